// SPDX-License-Identifier: GPL-2.0-or-later
// Two nodes, a network that loses, repeats and reorders, strangers on it, kernels that change and
// miss sessions, and time: the input says what happens next. After each event it holds that frames
// are right and in sequence, that received records and frames are each counted once, that nothing
// is said twice a second that may be said once, and that the daemon may sleep until deadline().
#include <array>
#include <deque>
#include <memory>
#include <numeric>
#include <utility>

#include "expect.h"
#include "hanatd/sync.h"
#include "input.h"
#include "target.h"

namespace
{

using hn::Bytes;
using hn::Counters;
using hn::Frame;
using hn::Sync;
using hn::SyncActions;
using hn::fuzz::Input;

constexpr std::size_t in_flight_max = 64;

hn_record record(Input &in)
{
	hn_record r = in.take<hn_record>();

	r.proto = static_cast<__u8>(r.proto % HN_PROTO_COUNT);
	r.state = static_cast<__u8>(r.state % HN_TCP_COUNT);
	r.flags = r.flags % 2 ? HN_RF_DELETE : 0;
	r.owner %= 4;
	r.reserved = 0;
	return r;
}

std::vector<hn_record> records(Input &in)
{
	std::vector<hn_record> out(in.below(4));

	for (hn_record &r : out)
		r = record(in);
	return out;
}

hn::Epoch epoch(std::uint32_t node, std::uint32_t life)
{
	hn::Epoch out{};

	out[0] = static_cast<std::byte>(node);
	out[4] = static_cast<std::byte>(life);
	out[5] = static_cast<std::byte>(life >> 8);
	return out;
}

// Small numbers, and now and then the largest ones.
std::uint64_t sequence(Input &in)
{
	const auto n = in.take<std::uint8_t>();

	if (n < 200)
		return n;
	return n < 220 ? in.take<std::uint64_t>() : ~std::uint64_t{0} - (n - 220U);
}

// One daemon, and all that can be seen of it from outside.
class Node
{
public:
	explicit Node(std::uint32_t id) : id_(id) { restart(); }

	void restart()
	{
		epoch_ = epoch(id_, ++life_);
		sync_ = std::make_unique<Sync>(epoch_, hn::ChallengeSecret{}, counters_);
		sequences_ = {};
		payload_ = 1452;
		up_ = false;
		reading_ = false;
		summing_ = false;
		advertised_ = 0;
		table_ended_ = 0;
	}

	void up(std::uint64_t now, std::uint32_t id)
	{
		id_ = id;
		up_ = true;
		sync_->up(now, id);
	}

	void down()
	{
		up_ = false;
		sync_->down();
	}

	void set_max_payload(std::size_t bytes)
	{
		payload_ = bytes;
		sync_->set_max_payload(bytes);
	}

	void set_backlog(bool backlog) { sync_->set_backlog(backlog); }

	std::vector<Bytes> stop(std::uint64_t now)
	{
		sync_->stop();
		std::vector<Bytes> frames = take(now);
		restart();
		return frames;
	}

	void changed(std::uint64_t kernel_epoch, std::uint64_t skipped, std::uint64_t lost,
		     std::span<const hn_record> records)
	{
		const std::uint64_t counted = counters_.records_sent + counters_.kernel_foreign;

		kernel_sequence_ += 1 + skipped;
		sync_->changed(kernel_epoch, kernel_sequence_, lost, records);
		HN_EXPECT(counters_.records_sent + counters_.kernel_foreign ==
			  counted + (up_ ? records.size() : 0));
	}

	void changes_missed() { sync_->changes_missed(); }

	void table(std::span<const hn_record> records)
	{
		if (reading_)
			sync_->table(records);
	}

	void table_end(std::uint64_t now, bool whole)
	{
		if (!std::exchange(reading_, false))
			return;
		sync_->table_end(now, whole);
		if (table_)
			table_ended_ = now;
	}

	void sums(std::uint64_t now, Input &in)
	{
		hn::DigestSums sums{};

		if (!std::exchange(summing_, false))
			return;
		for (std::size_t n = in.below(4); n > 0; --n)
			sums.at(in.below(sums.size())) = in.take<std::uint64_t>();
		sync_->sums(now, sums, in.take<std::uint16_t>());
	}

	void sums_failed(std::uint64_t now)
	{
		if (std::exchange(summing_, false))
			sync_->sums_failed(now);
	}

	// Answers to the datagram are not longer than it is, but for frames sent once more.
	std::vector<Bytes> receive(std::uint64_t now, std::span<const std::byte> datagram)
	{
		const Counters was = counters_;
		hn::Epoch claimed{};
		const bool own = hn::decode_epoch(datagram, claimed) && claimed == epoch_;

		static_cast<void>(hn::decode(datagram, frame_));
		sync_->receive(now, datagram);
		HN_EXPECT(counters_.frames_own == was.frames_own + own);
		HN_EXPECT(counters_.frames_received == was.frames_received + !own);
		const std::uint64_t refused = refusals(counters_) - refusals(was);
		HN_EXPECT(refused <= !own);
		HN_EXPECT(counters_.records_received - was.records_received ==
			  (own || refused ? 0 : frame_.records.size()));
		std::vector<Bytes> frames = take(now);
		HN_EXPECT(size(frames) <= datagram.size() + std::exchange(repeated_bytes_, 0));
		return frames;
	}

	// As the daemon does after each event.
	std::vector<Bytes> tick(std::uint64_t now)
	{
		sync_->tick(now);
		std::vector<Bytes> frames = take(now);
		HN_EXPECT(sync_->deadline() > now);
		HN_EXPECT(counters_.peers <= hn::Peers::max_peers);
		return frames;
	}

private:
	static std::uint64_t refusals(const Counters &c)
	{
		return std::accumulate(c.malformed.begin(), c.malformed.end(),
				       c.node_clash + c.frames_old + c.peers_full + c.duplicates);
	}

	static std::size_t size(const std::vector<Bytes> &frames)
	{
		return std::accumulate(
			frames.begin(), frames.end(), std::size_t{0},
			[](std::size_t sum, const Bytes &frame) { return sum + frame.size(); });
	}

	std::vector<Bytes> take(std::uint64_t now)
	{
		SyncActions actions = sync_->take();
		std::vector<Bytes> frames;

		for (hn::Outgoing &out : actions.frames) {
			expect_frame(out.frame);
			frames.push_back(std::move(out.frame));
		}
		HN_EXPECT(sent_ == counters_.records_sent + counters_.foreign_sent);
		HN_EXPECT(repeated_ == counters_.frames_repeated);
		expect_applicable(actions.apply);
		HN_EXPECT(actions.notices.size() <= 3 * hn::Peers::max_peers);
		if (actions.advertise) {
			HN_EXPECT(up_ && (!advertised_ || now - advertised_ >= Sync::answer_ms));
			advertised_ = now;
		}
		if (actions.read_table) {
			HN_EXPECT(up_ && !reading_);
			reading_ = true;
			table_ = !actions.read_table->buckets;
			HN_EXPECT(!table_ || !table_ended_ ||
				  now - table_ended_ >= Sync::answer_ms);
		}
		if (actions.sum) {
			HN_EXPECT(up_ && !summing_ && actions.sum->owner);
			summing_ = true;
		}
		return frames;
	}

	void expect_frame(const Bytes &bytes)
	{
		HN_EXPECT(up_ && bytes.size() <= payload_);
		HN_EXPECT(hn::decode(bytes, frame_) == hn::DecodeError::None && !frame_.skipped);
		HN_EXPECT(frame_.header.node == id_ && frame_.header.epoch == epoch_);
		std::uint64_t &last = sequences_.at(frame_.header.stream);
		if (frame_.header.sequence <= last) {
			HN_EXPECT(frame_.header.stream != hn::StreamControl);
			++repeated_;
			repeated_bytes_ += bytes.size();
			return;
		}
		HN_EXPECT(frame_.header.sequence == ++last);
		for (const hn_record &r : frame_.records)
			HN_EXPECT((r.owner == id_) == (frame_.header.stream == hn::StreamDelta));
		sent_ += frame_.records.size();
	}

	void expect_applicable(std::span<const hn_record> records)
	{
		for (const hn_record &r : records)
			HN_EXPECT(up_ && r.owner && r.owner != id_ && r.proto < HN_PROTO_COUNT);
		applied_ += records.size();
		HN_EXPECT(counters_.records_received ==
			  applied_ + counters_.records_own + counters_.records_hearsay +
				  counters_.records_unapplied + counters_.records_late -
				  counters_.records_pruned - counters_.records_restored);
	}

	std::uint32_t id_;
	std::uint32_t life_ = 0;
	hn::Epoch epoch_{};
	Counters counters_;
	std::unique_ptr<Sync> sync_;
	Frame frame_;

	std::array<std::uint64_t, 3> sequences_{};
	std::size_t payload_ = 0;
	std::uint64_t kernel_sequence_ = 0;
	std::uint64_t sent_ = 0;	 // records in frames
	std::uint64_t repeated_ = 0;	 // frames
	std::size_t repeated_bytes_ = 0; // since the last datagram
	std::uint64_t applied_ = 0;	 // records given to the kernel
	std::uint64_t advertised_ = 0;
	bool summing_ = false;
	bool table_ = false; // what is read is one, for a peer
	std::uint64_t table_ended_ = 0;
	bool up_ = false;
	bool reading_ = false;
};

// Mostly the same few, so that something comes of them; but more than there is room for.
std::uint32_t forged_node(Input &in)
{
	const auto n = in.take<std::uint8_t>();

	return n < 128 ? 1 + n % 4U : n;
}

// A frame of somebody else, or of a node's former life.
Bytes forged(Input &in)
{
	const std::uint32_t node = forged_node(in);
	hn::FrameWriter writer(hn::wire_frame_max);
	hn::FrameHeader header{.stream = static_cast<std::uint8_t>(in.below(4)),
			       .node = node,
			       .epoch = epoch(node, in.below(4)),
			       .sequence = sequence(in)};

	for (unsigned tlvs = in.below(6); tlvs > 0; tlvs--) {
		const std::array<hn::StreamPosition, 1> position{
			{{static_cast<std::uint8_t>(in.below(4)), sequence(in)}}};
		hn_record r = record(in);

		switch (in.below(8)) {
		case 0:
			writer.add_own(r);
			break;
		case 1:
			r.owner += 1;
			writer.add_owned(r);
			break;
		case 2:
			writer.add(hn::TableRequest{
				.target = in.below(4),
				.request = in.take<std::uint8_t>(),
				.parts = static_cast<std::uint8_t>(1 + in.below(hn::PartAll))});
			break;
		case 3:
			writer.add(hn::TablePromise{.requester = in.below(4),
						    .request = in.take<std::uint32_t>()});
			break;
		case 4:
			writer.add_heartbeat(position);
			break;
		case 5:
			writer.add_bye(position);
			break;
		case 6:
			writer.add(hn::Nack{.target = 1 + in.below(3),
					    .stream = static_cast<std::uint8_t>(in.below(4)),
					    .ranges = {{.first = 1 + sequence(in) / 2,
							.count = static_cast<std::uint16_t>(
								1 + in.below(9))}}});
			break;
		case 7:
			writer.add_oldest(position[0]);
			break;
		}
	}
	return writer.finish(header);
}

class World
{
public:
	explicit World(Input in) : in_(in) {}

	void run()
	{
		for (Node &node : nodes_) {
			node.up(now_, node_id(node));
			send(node.tick(now_));
		}
		while (!in_.empty()) {
			Node &node = nodes_.at(in_.below(2));

			event(node);
			for (Node &each : nodes_)
				send(each.tick(now_));
		}
	}

private:
	std::uint32_t node_id(const Node &node) const { return &node == &nodes_[0] ? 1 : 2; }

	void send(std::vector<Bytes> frames)
	{
		for (Bytes &frame : frames)
			in_flight_.push_back(std::move(frame));
		while (in_flight_.size() > in_flight_max)
			in_flight_.pop_front();
	}

	// A frame on the way reaches a node, which may be the one that sent it.
	void deliver(Node &node, bool keep)
	{
		if (in_flight_.empty())
			return;
		const auto at = in_flight_.begin() +
				static_cast<std::ptrdiff_t>(in_.below(4) % in_flight_.size());
		const Bytes frame = *at;

		if (!keep)
			in_flight_.erase(at);
		send(node.receive(now_, frame));
	}

	void lose()
	{
		if (!in_flight_.empty())
			in_flight_.pop_front();
	}

	void event(Node &node)
	{
		switch (in_.below(20)) {
		case 0:
			now_ += in_.take<std::uint8_t>();
			break;
		case 1:
			now_ += in_.take<std::uint8_t>() * std::uint64_t{4000};
			break;
		case 2:
			deliver(node, false);
			break;
		case 3:
			deliver(node, true);
			break;
		case 4:
			lose();
			break;
		case 5:
			send(node.receive(now_, forged(in_)));
			break;
		case 6:
			send(node.receive(now_, std::as_bytes(in_.bytes(in_.below(256)))));
			break;
		case 7:
			node.restart();
			break;
		case 8:
			send(node.stop(now_));
			break;
		default:
			kernel_event(node);
			break;
		}
	}

	void changes(Node &node)
	{
		const std::uint64_t epoch = 1 + in_.below(2);
		const std::uint64_t skipped = in_.below(2);
		const std::uint64_t lost = in_.below(2);

		node.changed(epoch, skipped, lost, records(in_));
	}

	void kernel_event(Node &node)
	{
		switch (in_.below(13)) {
		case 0:
			node.up(now_, node_id(node));
			break;
		case 1:
			node.up(now_, 1 + in_.below(4));
			break;
		case 2:
			node.down();
			break;
		case 3:
			node.set_max_payload(512 +
					     in_.take<std::uint16_t>() % std::size_t{65000 - 511});
			break;
		case 4:
			node.set_backlog(in_.below(2));
			break;
		case 5:
			node.changes_missed();
			break;
		case 6:
			changes(node);
			break;
		case 7:
			node.changed(1, 0, 0, records(in_));
			break;
		case 8:
			node.table(records(in_));
			break;
		case 9:
			node.table_end(now_, true);
			break;
		case 10:
			node.table_end(now_, false);
			break;
		case 11:
			node.sums(now_, in_);
			break;
		case 12:
			node.sums_failed(now_);
			break;
		}
	}

	Input in_;
	std::array<Node, 2> nodes_{Node(1), Node(2)};
	std::deque<Bytes> in_flight_;
	std::uint64_t now_ = 1000000;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	World(Input(data, size)).run();
	return 0;
}
