// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/node.h"

#include <algorithm>
#include <utility>

namespace hn::test
{

void Node::start(std::uint64_t now, const Epoch &life, const ChallengeSecret &secret)
{
	crash();
	epoch = life;
	sync = std::make_unique<Sync>(life, secret, counters);
	sync->set_keys(keys);
	sync->set_accepts_config(accepts_config);
	if (digest_period)
		sync->set_digest_period(*digest_period);
	look_at_ = now;
	turn(now);
}

void Node::crash()
{
	sync.reset();
	kernel.listen(false);
	state_.reset();
	reading_.reset();
	tx.clear();
}

void Node::stop(std::uint64_t now)
{
	kernel.now = now;
	if (!full())
		hear_kernel();
	sync->stop();
	for (Outgoing &out : sync->take().frames)
		tx.push_back(std::move(out));
	std::deque<Outgoing> last = std::exchange(tx, {});
	crash();
	tx = std::move(last);
}

Origin Node::receive(std::uint64_t now, std::span<const std::byte> datagram)
{
	kernel.now = now;
	return sync->receive(now, datagram);
}

void Node::turn(std::uint64_t now)
{
	kernel.now = now;
	if (!full())
		hear_kernel();
	if (now >= look_at_)
		look(now);
	sync->set_backlog(!tx.empty());
	sync->tick(now);
	act(now);
	if (reading_ && !full())
		read_table(now);
}

std::uint64_t Node::deadline() const
{
	const bool work = !full() && (reading_ || overrun || !kernel.socket.empty());

	return work ? 0 : std::min(look_at_, sync->deadline());
}

int Node::noticed(Notice notice) const
{
	return static_cast<int>(
		std::count_if(notices.begin(), notices.end(),
			      [&](const NoticeOf &n) { return n.notice == notice; }));
}

void Node::hear_kernel()
{
	if (std::exchange(overrun, false)) {
		sync->changes_missed();
		return;
	}
	for (std::size_t n = 0; n < messages_per_turn && !kernel.socket.empty(); ++n) {
		const Delta &delta = kernel.socket.front();

		if (!state_ || delta.epoch != state_->epoch || delta.node != state_->node)
			look_at_ = 0;
		sync->changed(delta.epoch, delta.sequence, delta.lost, delta.records);
		kernel.socket.pop_front();
	}
}

void Node::look(std::uint64_t now)
{
	look_at_ = now + look_ms;
	if (std::exchange(closed, false) || !present) {
		state_.reset();
		sync->down();
		return;
	}
	if (!state_)
		kernel.listen(true);
	if (!fingerprint.empty())
		sync->set_fingerprint(now, fingerprint);
	sync->set_max_payload(max_payload);
	const KernelState state{
		.epoch = kernel.epoch, .node = kernel.node, .enabled = kernel.enabled()};
	if (std::exchange(state_, state) == state)
		return;
	sync->down();
	if (state.enabled)
		sync->up(now, state.node);
}

void Node::act(std::uint64_t now)
{
	SyncActions actions = sync->take();

	notices.insert(notices.end(), actions.notices.begin(), actions.notices.end());
	for (Outgoing &out : actions.frames)
		tx.push_back(std::move(out));
	expected += actions.expected;
	if (!actions.apply.empty())
		apply(now, actions.apply);
	if (actions.advertise)
		advertise(now);
	if (actions.hold)
		held = *actions.hold;
	if (actions.read_table) {
		reading_ = actions.read_table;
		cursor_ = 0;
	}
	if (actions.sum)
		sum(now, *actions.sum);
	if (actions.read_config)
		sync->config_read(now, config);
	if (actions.load_config)
		load(*actions.load_config);
}

void Node::load(const std::string &text)
{
	if (config_error.empty()) {
		config = text;
		loaded.push_back(text);
		if (configured)
			configured(text);
	}
	sync->config_loaded({.changes = 1, .why = config_error});
}

void Node::apply(std::uint64_t now, std::span<const hn_record> records)
{
	if (!state_) {
		counters.records_unapplied += records.size();
		return;
	}
	if (!present || !kernel.enabled()) {
		++counters.apply_errors;
		counters.records_unapplied += records.size();
		kernel_failed(now);
		sync->unapplied(now);
		return;
	}
	const bool fails = faults.apply > 0 && random.chance(faults.apply);
	if (!apply_some(fails ? records.first(records.size() / 2) : records) || fails)
		sync->unapplied(now);
}

// False: there was no memory for some of them.
bool Node::apply_some(std::span<const hn_record> records)
{
	const std::uint64_t starved = counters.applied[HN_APPLY_NOMEM];

	for (const hn_record &record : records) {
		const auto it = kernel.table.find(ntohs(record.ext_port));
		std::optional<Session> before;

		if (applied && it != kernel.table.end())
			before = it->second;
		const hn_apply_fate fate = kernel.apply(record);
		++counters.applied[fate];
		if (applied)
			applied(record, before, fate);
	}
	return counters.applied[HN_APPLY_NOMEM] == starved;
}

void Node::advertise(std::uint64_t now)
{
	if (!state_)
		return;
	if (present && kernel.enabled() &&
	    !(faults.advertise > 0 && random.chance(faults.advertise))) {
		kernel.advertise();
		return;
	}
	kernel_failed(now);
	sync->changes_missed();
}

void Node::read_table(std::uint64_t now)
{
	std::vector<hn_record> records;

	if (!state_ || !present || (faults.read > 0 && random.chance(faults.read))) {
		kernel_failed(now);
		reading_.reset();
		sync->table_end(now, false);
	} else {
		cursor_ = kernel.read(*reading_, cursor_, read_step, records);
		sync->table(records);
		if (cursor_ == 0) {
			reading_.reset();
			sync->table_end(now, true);
		}
	}
	act(now);
}

void Node::sum(std::uint64_t now, const SumsQuery &query)
{
	std::uint64_t sessions = 0;

	if (!state_ || !present || (faults.sums > 0 && random.chance(faults.sums))) {
		kernel_failed(now);
		sync->sums_failed(now);
	} else {
		DigestSums sums = kernel.sums(query, sessions);

		sums[0] ^= faults.lies;
		sync->sums(now, sums, sessions);
	}
	act(now);
}

// Of a request; it may be that the instance is gone.
void Node::kernel_failed(std::uint64_t now)
{
	if (!present || !kernel.enabled())
		look_at_ = std::min(look_at_, now + 10);
}

} // namespace hn::test
