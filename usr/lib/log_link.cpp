// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/log_link.h"

#include "lib/messages.h"

namespace hn
{

namespace
{

constexpr std::size_t messages_per_turn = 64;

} // namespace

Result<LogLink> LogLink::open(int rcvbuf)
{
	Result<GroupLink> group = GroupLink::open(HN_GENL_GROUP_LOG, rcvbuf, GroupLink::Full::Lose);

	if (!group)
		return fail(group.error());
	if (const Result<void> watched = group->watch_family(); !watched)
		return fail(watched.error());
	return LogLink(std::move(*group));
}

Result<void> LogLink::receive(const Callback &callback)
{
	const auto handle = [&](nlmsghdr &nlh) -> Result<void> {
		const Result<LogBatch> batch = log_parse(nlh, events_);

		if (!batch)
			return fail(batch.error());
		return callback(*batch);
	};
	const Result<std::size_t> n = group_.receive(HN_CMD_LOG, handle, messages_per_turn);

	if (!n)
		return fail(n.error());
	return {};
}

std::uint64_t LogGaps::missing(const LogBatch &batch)
{
	const bool known = epoch_ == batch.epoch;
	const std::uint64_t gap = known && batch.seq > next_ ? batch.seq - next_ : 0;

	epoch_ = batch.epoch;
	next_ = batch.seq + batch.events.size();
	return gap;
}

} // namespace hn
