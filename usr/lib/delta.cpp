// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/family.h"
#include "lib/messages.h"

namespace hn
{

Result<DeltaLink> DeltaLink::open(int rcvbuf)
{
	Result<GroupLink> group =
		GroupLink::open(HN_GENL_GROUP_SESSIONS, rcvbuf, GroupLink::Full::Refuse);

	if (!group)
		return fail(group.error());
	return DeltaLink(std::move(*group));
}

Result<std::size_t> DeltaLink::receive(const Callback &callback, std::size_t max_messages)
{
	const auto handle = [&](nlmsghdr &nlh) -> Result<void> {
		const Result<Delta> delta = delta_parse(nlh, records_);

		if (!delta)
			return fail(delta.error());
		callback(*delta);
		return {};
	};

	return group_.receive(HN_CMD_DELTA, handle, max_messages);
}

} // namespace hn
