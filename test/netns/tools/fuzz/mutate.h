// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "packet.h"
#include "random.h"

namespace hn::fuzz
{

// Damages the packet: single fields that the translator looks at, or bytes anywhere; then repairs
// lengths and checksums in most of the cases, for what is damaged too plainly gets no further than
// the host's own checks. `other` lends bytes. No longer than `limit`.
void mutate(Random &random, Bytes &packet, View other, std::size_t limit);

} // namespace hn::fuzz
