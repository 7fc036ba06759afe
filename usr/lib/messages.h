// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel's messages of the family "hanat" say. A message without what it must have, or
// with what cannot be, comes from a module of another ABI: EPROTO.
#pragma once

#include <cstdint>
#include <linux/netlink.h>
#include <vector>

#include "lib/family.h"
#include "lib/log_link.h"

namespace hn
{

Result<Instance> instance_parse(nlmsghdr &nlh);
Result<Globals> globals_parse(nlmsghdr &nlh);
Result<std::vector<std::uint64_t>> stats_parse(nlmsghdr &nlh);
Result<Applied> applied_parse(nlmsghdr &nlh);
Result<Holding> holding_parse(nlmsghdr &nlh);
Result<std::vector<hn_pool4_entry>> pool4_parse(nlmsghdr &nlh);
Result<std::vector<hn_prefix6>> prefixes_parse(nlmsghdr &nlh);

// One message of a dump; the cursor is returned. Records are copied to the given vector, for they
// may be unaligned.
Result<std::uint32_t> batch_parse(nlmsghdr &nlh, std::vector<hn_record> &records);
Result<std::uint32_t> batch_parse(nlmsghdr &nlh, std::vector<hn_bib_record> &records);

// One message of a multicast group, likewise.
Result<Delta> delta_parse(nlmsghdr &nlh, std::vector<hn_record> &records);
Result<LogBatch> log_parse(nlmsghdr &nlh, std::vector<hn_log_event> &events);

} // namespace hn
