// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "hanat.h"

namespace hn
{

// Orders records by addresses, ports and protocol: those of one session are equal.
struct FlowBefore {
	bool operator()(const hn_record &a, const hn_record &b) const;
};

} // namespace hn
