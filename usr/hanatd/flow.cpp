// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/flow.h"

#include <cstring>
#include <tuple>

namespace hn
{

bool FlowBefore::operator()(const hn_record &a, const hn_record &b) const
{
	const auto rest = [](const hn_record &r) {
		return std::tuple(r.inside_port, r.remote, r.remote_port, r.ext, r.ext_port,
				  r.proto);
	};
	const int order = std::memcmp(&a.inside, &b.inside, sizeof(a.inside));

	return order != 0 ? order < 0 : rest(a) < rest(b);
}

} // namespace hn
