// SPDX-License-Identifier: GPL-2.0-or-later
#include "judge.h"

#include <algorithm>

#include "hanatd/digest.h"

namespace hn::sim
{

namespace
{

// Turns of the loop that want another one at once: more than any table here takes.
constexpr std::uint64_t turns_max = 300;
// A session that was there for so long was there when its owner was asked for it, however late
// the answer was: the owner's word is waited for so long, and a daemon may have stalled over it.
constexpr std::uint64_t mentioned_ms = 40000;
// More than any run of ours sends, and soon reached where each frame has an answer.
constexpr std::uint64_t frames_max = 200000;
// By which clocks of two nodes may differ about how long ago something was, within a run.
constexpr std::uint64_t clocks_ms = 5000;
// A session that ends within this may have done so already by another node's clock.
constexpr std::uint64_t lives_ms = 10000;

std::uint64_t refused(const Counters &counters)
{
	std::uint64_t n = counters.frames_own;

	for (const std::uint64_t cause : counters.malformed)
		n += cause;
	return n;
}

// What is counted when something has to be mended.
std::vector<std::pair<const char *, std::uint64_t>> repairs(const Counters &c)
{
	return {{"gaps", c.gaps},
		{"requests-sent", c.requests_sent},
		{"nacks-sent", c.nacks_sent},
		{"frames-repeated", c.frames_repeated},
		{"tables-sent", c.tables_sent},
		{"buckets-different", c.buckets_different},
		{"records-pruned", c.records_pruned},
		{"records-restored", c.records_restored},
		{"unapplied", c.unapplied},
		{"kernel-gaps", c.kernel_gaps},
		{"advertisements", c.advertisements},
		{"challenges-sent", c.challenges_sent}};
}

std::set<std::uint32_t> equal_peers(const Machine &m)
{
	std::set<std::uint32_t> equal;

	for (const auto &[node, peer] : m.node.sync->peers())
		if (peer.alive() && peer.equal())
			equal.insert(node);
	return equal;
}

// But for what was told of it.
bool is_same(const hn_record &a, hn_record b)
{
	const std::uint64_t hash = flow_hash(a, {});

	b.version = a.version;
	return hash == flow_hash(b, {}) && digest_of(a, hash) == digest_of(b, hash);
}

} // namespace

Judge::Judge(const Plan &plan, const Machines &machines, const Trace &trace)
	: plan_(plan), machines_(machines), trace_(trace), accounts_(plan.nodes)
{
}

void Judge::fail(const char *property, const Machine &m, const std::string &text)
{
	if (failure_)
		return;
	failure_ = {.property = property,
		    .text = "node " + std::to_string(m.node.kernel.node) + ": " + text};
	if (trace_.on())
		trace_.line("FAILURE: " + failure_->property + ": " + failure_->text);
}

void Judge::started(const Machine &m, std::uint64_t now)
{
	Account &account = accounts_[m.index];

	account.began = now;
	account.met.clear();
	account.ended.clear();
	account.turns = 0;
	account.ready = false;
	++starts_;
}

// What is heard in it is judged by what was known before.
void Judge::turns(const Machine &m)
{
	accounts_[m.index].equal = equal_peers(m);
}

void Judge::emptied(const Machine &m)
{
	accounts_[m.index].ended.clear();
}

void Judge::told(const Machine &m, const test::Delta &delta)
{
	++accounts_[m.index].messages;
	for (const hn_record &r : delta.records)
		if (r.flags & HN_RF_DELETE)
			ends_.emplace(r.ext_port, r.generation, r.version);
}

void Judge::sent(const Machine &m, std::size_t bytes)
{
	if (++accounts_[m.index].frames > frames_max)
		fail("storm", m, "more than " + std::to_string(frames_max) + " frames");
	if (bytes > plan_.payload)
		fail("payload", m, "a frame of " + std::to_string(bytes) + " bytes");
}

void Judge::lost(const Machine &from, const Machine &to)
{
	++accounts_[from.index].lost;
	++accounts_[to.index].lost;
}

void Judge::attacked(const Machine &to)
{
	++accounts_[to.index].attacks;
}

void Judge::handed_on(const std::string &text)
{
	texts_.insert(text);
}

void Judge::configured(const Machine &m, const std::string &text)
{
	if (!texts_.contains(text))
		fail("config", m, "is configured with what no node is");
}

// In an answer that came late, or an epoch that is in use here, a frame on record is one that was
// delayed.
bool Judge::may_be_believed(const Account &account, const Frame &frame) const
{
	const auto met = account.met.find(frame.header.node);

	return !frame.answers.empty() ||
	       (met != account.met.end() && met->second == frame.header.epoch);
}

void Judge::hear(Machine &m, std::uint64_t local, const Datagram &datagram)
{
	Account &account = accounts_[m.index];
	test::Node &node = m.node;
	bool judged = datagram.kind == Kind::Damaged;

	if (datagram.kind == Kind::Replayed)
		judged = decode(*datagram.frame, frame_, node.keys) != DecodeError::None ||
			 !may_be_believed(account, frame_);
	if (judged)
		node.act(local); // what is to be done because of earlier ones
	const std::uint64_t before = refused(node.counters);
	const Origin origin = node.receive(local, *datagram.frame);
	Epoch epoch{};
	if (origin.admitted && decode_epoch(*datagram.frame, epoch))
		account.met[origin.node] = epoch;
	if (!judged)
		return;
	const SyncActions actions = node.sync->take();
	if (origin.admitted || !actions.apply.empty() || !actions.frames.empty() ||
	    actions.advertise || actions.read_table || actions.sum)
		fail(datagram.kind == Kind::Damaged ? "damaged" : "replayed", m,
		     "has an effect: " + frame_text(*datagram.frame, node.keys));
	else if (datagram.kind == Kind::Damaged && refused(node.counters) != before + 1)
		fail("damaged", m, "is not refused: " + frame_text(*datagram.frame, node.keys));
}

const Machine *Judge::owner(std::uint32_t node) const
{
	const auto it = std::find_if(machines_.begin(), machines_.end(), [&](const auto &m) {
		return m->node.kernel.node == node && m->takes_part();
	});

	return it == machines_.end() ? nullptr : it->get();
}

void Judge::applied(const Machine &m, const hn_record &record,
		    const std::optional<test::Session> &before, hn_apply_fate fate)
{
	// A kernel may have a new id of which the daemon does not know yet.
	if (fate == HN_APPLY_INVALID && m.known_id == m.node.kernel.node)
		fail("valid", m, "gives its kernel what it refuses: " + record_text(record));
	if (fate == HN_APPLY_DELETED && before)
		deleted(m, record, *before);
	else if (fate == HN_APPLY_INSERTED)
		inserted(m, record);
}

void Judge::deleted(const Machine &m, const hn_record &record, const test::Session &before)
{
	if (ends_.contains({record.ext_port, record.generation, record.version}))
		accounts_[m.index].ended[record.ext_port] = {.owner = record.owner,
							     .generation = record.generation,
							     .version = record.version};
	else if (m.node.kernel.owns(before))
		fail("own", m, "loses its own " + record_text(before) + " to nobody's word");
	else
		pruned(m, record, before);
}

// What has ended by its owner's word does not come back by an earlier one, unless it was not known,
// before or after, whether all that the owner said is here: then another node's word counts as
// well.
void Judge::inserted(const Machine &m, const hn_record &record)
{
	const auto &ended = accounts_[m.index].ended;
	const auto it = ended.find(record.ext_port);

	if (it == ended.end() || it->second.owner != record.owner ||
	    it->second.generation != record.generation ||
	    static_cast<std::int16_t>(record.version - it->second.version) > 0)
		return;
	if (accounts_[m.index].equal.contains(record.owner) &&
	    equal_peers(m).contains(record.owner) && !has(record.owner, ntohs(record.ext_port)))
		fail("revived", m, "has again what has ended: " + record_text(record));
}

// The node has taken the session again, from somebody who had not heard of its end.
bool Judge::has(std::uint32_t node, std::uint16_t port) const
{
	const Machine *from = owner(node);

	if (!from)
		return false;
	const auto it = from->node.kernel.table.find(port);
	return it != from->node.kernel.table.end() && from->node.kernel.owns(it->second);
}

// A deletion that no kernel told is right only if the owner has no such session.
void Judge::pruned(const Machine &m, const hn_record &record, const test::Session &before)
{
	const Machine *from = owner(before.owner);

	if (!from || record.owner != before.owner)
		return;
	const test::ModelKernel &kernel = from->node.kernel;
	const auto it = kernel.table.find(ntohs(before.ext_port));
	if (it == kernel.table.end() || !kernel.owns(it->second) ||
	    kernel.now < it->second.owned_since + mentioned_ms || !is_same(before, it->second))
		return;
	fail("pruned", m, "deletes what lives: " + record_text(before));
}

void Judge::turned(const Machine &m, std::uint64_t now, bool idle, std::uint64_t deadline)
{
	Account &account = accounts_[m.index];

	if (m.node.sync->ready() && !account.ready)
		became_ready(m, now);
	account.ready = m.node.sync->ready();
	if (!idle || deadline > m.local(now)) {
		account.turns = 0;
		return;
	}
	if (++account.turns > turns_max)
		fail("deadline", m, "is always due");
}

// It holds what each peer that lives, as far as it knows, owned before it asked.
void Judge::became_ready(const Machine &m, std::uint64_t now)
{
	const std::uint64_t age = (now - accounts_[m.index].began) / 1000 + clocks_ms;

	if (m.known_epoch != m.node.kernel.epoch)
		return;
	for (const auto &[node, peer] : m.node.sync->peers()) {
		const Machine *from = owner(node);

		if (!peer.alive() || !from || from->node.epoch != peer.epoch)
			continue;
		const std::string text = lacks(m, *from, age);
		if (!text.empty())
			fail("ready", m, "is ready, and has no " + text);
	}
	has_what_dead_own(m, age);
}

// And what the peer that it chose as its source held for nodes that are gone, and that it did not
// hear itself: those may have come back for a moment, with nothing.
void Judge::has_what_dead_own(const Machine &m, std::uint64_t age)
{
	const std::uint32_t source = m.node.sync->source().node();
	const Machine *from = owner(source);
	const Peer *peer = m.node.sync->peers().find(source);

	if (!from || !peer || !peer->alive() || from->node.epoch != peer->epoch)
		return;
	const test::ModelKernel &theirs = from->node.kernel;
	for (const auto &[port, s] : theirs.table) {
		if (theirs.owns(s) || owner(s.owner) || m.node.sync->peers().find(s.owner) ||
		    theirs.now < s.held_since + age || s.deadline < theirs.now + lives_ms ||
		    !lacks(m, port, s))
			continue;
		fail("ready", m,
		     "is ready, and has not, of a node that is gone, " + record_text(s));
	}
}

bool Judge::lacks(const Machine &m, std::uint16_t port, const test::Session &s)
{
	const auto it = m.node.kernel.table.find(port);

	return it == m.node.kernel.table.end() ||
	       static_cast<std::int16_t>(it->second.generation - s.generation) < 0;
}

std::string Judge::lacks(const Machine &m, const Machine &from, std::uint64_t age) const
{
	const test::ModelKernel &theirs = from.node.kernel;

	for (const auto &[port, s] : theirs.table)
		if (theirs.owns(s) && theirs.now >= s.owned_since + age && lacks(m, port, s))
			return record_text(s);
	return {};
}

void Judge::sizes(const Machine &m)
{
	if (!m.node.sync)
		return;
	const SyncSize size = m.node.sync->size();
	const std::size_t peers = machines_.size() * 40;

	if (size.peers > Peers::max_peers || size.frames > 2 * FrameRing::max_frames ||
	    size.frame_bytes > 2 * FrameRing::max_bytes ||
	    size.graves > 2 * Tombstones::max_graves * peers ||
	    size.compared > 2 * Comparison::max_fresh * peers || size.ended > Walks::max_ended ||
	    size.waiting > 2 * Challenges::max_waiting + peers)
		fail("memory", m, "is out of bounds");
}

// The session of a node that is gone prevails, for whoever still has it, until it expires
// (docs/design.md, section 7).
bool Judge::haunts(const hn_record &theirs, const hn_record &mine) const
{
	return theirs.owner != mine.owner && !owner(theirs.owner) && test::prevails(theirs, mine);
}

bool Judge::haunted() const
{
	for (const auto &from : machines_)
		for (const auto &other : machines_)
			for (const auto &[port, s] : other->node.kernel.table) {
				const auto it = from->node.kernel.table.find(port);

				if (it != from->node.kernel.table.end() &&
				    from->node.kernel.owns(it->second) && haunts(s, it->second))
					return true;
			}
	return false;
}

// Of the sessions that one of them owns, as a digest shows them.
std::string Judge::difference(const Machine &from, const Machine &other) const
{
	const test::ModelKernel &mine = from.node.kernel;
	const test::ModelKernel &theirs = other.node.kernel;

	for (const auto &[port, s] : mine.table) {
		const auto it = theirs.table.find(port);

		if (!mine.owns(s))
			continue;
		if (it == theirs.table.end())
			return "has no " + record_text(s);
		if (haunts(it->second, s))
			continue;
		if (it->second.owner != s.owner || !is_same(it->second, s) ||
		    it->second.version != s.version)
			return "has " + record_text(it->second) + " for " + record_text(s);
	}
	for (const auto &[port, s] : theirs.table) {
		const auto it = mine.table.find(port);

		if (s.owner == mine.node && (it == mine.table.end() || !mine.owns(it->second)))
			return "has " + record_text(s) + ", which has ended";
	}
	return {};
}

std::string Judge::difference() const
{
	for (const auto &from : machines_)
		for (const auto &other : machines_) {
			if (from == other || !from->takes_part() || !other->takes_part())
				continue;
			const std::string text = difference(*from, *other);
			if (!text.empty())
				return "node " + std::to_string(other->node.kernel.node) + " " +
				       text;
		}
	return {};
}

void Judge::equal()
{
	const std::string text = difference();

	if (!text.empty())
		fail("equal", *machines_.front(), text);
}

std::uint64_t Judge::messages_told() const
{
	std::uint64_t n = 0;

	for (const Account &account : accounts_)
		n += account.messages;
	return n;
}

void Judge::quiet_begins()
{
	quiet_messages_ = messages_told();
	for (const auto &m : machines_) {
		Account &account = accounts_[m->index];

		account.quiet = m->node.counters;
		account.quiet_frames = account.frames;
		if (!m->node.sync)
			continue;
		const SyncSize size = m->node.sync->size();
		if (size.graves + size.compared + size.waiting > 0)
			fail("memory", *m,
			     "is kept: " + std::to_string(size.graves) + " graves, " +
				     std::to_string(size.compared) + " compared, " +
				     std::to_string(size.waiting) + " waiting");
	}
}

// Heartbeats, digests, and what the kernels told: each message may be on its way while a peer's
// digest is compared, which asks for two looks at it.
void Judge::quiet_ends(std::uint64_t ms)
{
	const std::uint64_t messages = messages_told() - quiet_messages_;

	for (const auto &m : machines_) {
		const Account &account = accounts_[m->index];
		const auto before = repairs(account.quiet);
		const auto after = repairs(m->node.counters);
		const std::uint64_t frames = account.frames - account.quiet_frames;
		const std::uint64_t expected =
			ms / 1000 + 2 + (ms / plan_.digest_ms + 1) * 2 + 6 * messages;

		for (std::size_t i = 0; i < before.size(); ++i)
			if (before[i].second != after[i].second)
				fail("quiet", *m,
				     std::string(after[i].first) + " when all was well");
		if (frames > expected)
			fail("quiet", *m, std::to_string(frames) + " frames when all was well");
	}
}

std::uint64_t Judge::frames_sent() const
{
	std::uint64_t n = 0;

	for (const Account &account : accounts_)
		n += account.frames;
	return n;
}

void Judge::frames(std::uint64_t ms)
{
	// Each 100 ms a request for four kilobytes, and what comes of it; each 500 ms an offer.
	const std::uint64_t pushing =
		texts_.size() * (push_ms / 100 * (1 + 10) + push_ms / 500 * 2);

	for (const auto &m : machines_) {
		const Account &account = accounts_[m->index];
		const double most = static_cast<double>(
			50 + ms / 1000 + ms / plan_.digest_ms * 10 + 3 * account.messages +
			20 * account.lost + 3 * account.attacks + 100 * starts_ + pushing);
		const double share = static_cast<double>(account.frames) / most;

		if (share > 1)
			fail("frames", *m,
			     std::to_string(account.frames) + " frames, " + std::to_string(share) +
				     " of what may be");
	}
}

} // namespace hn::sim
