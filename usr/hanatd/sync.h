// SPDX-License-Identifier: GPL-2.0-or-later
// The protocol's decisions (docs/protocol.md, sections 6 and 7). Pure: bytes, records and the time
// go in, frames and orders come out; there is no socket, no clock and no kernel here. The session
// table is the kernel's: nothing is kept per session.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "hanatd/challenge.h"
#include "hanatd/counters.h"
#include "hanatd/digest.h"
#include "hanatd/flow.h"
#include "hanatd/own_digest.h"
#include "hanatd/peer.h"
#include "hanatd/sender.h"
#include "hanatd/wire.h"

namespace hn
{

// Something the administrator should read.
enum class Notice {
	PeerFound,
	PeerRestarted,
	PeerLeft,
	PeerSilent,
	PeerBack,
	PeerClash, // two peers share a node id
	NodeClash, // a peer uses this node's id
	PeersFull,
	Gap,	 // value: frames lost
	Differs, // value: buckets
	OtherVersion,
	PeerHasKey,   // and this node has none
	PeerHasNoKey, // and this node has one
	OtherKey,
	Forged,
};

struct NoticeOf {
	Notice notice;
	std::uint32_t node;
	std::uint64_t value;
};

// Which part of the table to read.
struct TableQuery {
	std::uint32_t owner = 0;	// 0: any
	Epoch key{};			// of the digests
	std::optional<Buckets> buckets; // all of them, if nothing
};

// The sums of the digests of the sessions of this owner.
struct SumsQuery {
	std::uint32_t owner = 0;
	Epoch key{};
};

// What the world outside has to do, in any order but that which is given.
struct SyncActions {
	std::vector<Bytes> frames;	      // send these, in this order
	std::vector<hn_record> apply;	      // install these in the kernel, in this order, first
	bool advertise = false;		      // ask the kernel to send all own sessions
	std::optional<TableQuery> read_table; // read this: table() for its parts, then table_end()
	std::optional<SumsQuery> sum;	      // sums(), or sums_failed()
	std::vector<NoticeOf> notices;	      // log these
};

class Sync
{
public:
	static constexpr std::uint64_t heartbeat_ms = 1000;
	static constexpr std::uint64_t tail_ms = 50; // after a frame with sessions
	// Until missing frames are asked for: once to twice this, twice as long each time nothing
	// came of it.
	static constexpr std::uint64_t nack_ms = 10;
	static constexpr std::uint64_t nack_max_ms = 500;
	static constexpr std::uint64_t answer_ms = 1000; // between answers; also of advertisements
	static constexpr std::uint64_t pause_ms = 1000;	 // between requests, at first
	static constexpr std::uint64_t pause_max_ms = 32000;
	static constexpr std::uint64_t calm_ms = 60000; // after so long without a gap, as at first
	static constexpr std::uint64_t sums_ms = 200;	// between walks over the table for digests
	static constexpr std::size_t max_ended = 65536;

	Sync(const Epoch &epoch, const ChallengeSecret &secret, Counters &counters);

	// From now on; none: nothing is authenticated.
	void set_keys(const Keyring &keys);

	// The kernel's instance is there and synchronises; again after each change of these. Until
	// the first up(), and after down(), nothing is sent and received sessions are dropped.
	void up(std::uint64_t now, std::uint32_t node);
	void down();
	void set_max_payload(std::size_t bytes) { sender_.set_max_payload(bytes); }
	void set_digest_period(std::uint64_t ms) { own_digest_.set_period(ms); }

	// Frames wait to be sent: no heartbeat, for it would only queue behind them.
	void set_backlog(bool backlog) { backlog_ = backlog; }

	// A datagram of the group.
	void receive(std::uint64_t now, std::span<const std::byte> datagram);

	// A message of the kernel with changed sessions, or the news that some were missed.
	void changed(std::uint64_t kernel_epoch, std::uint64_t sequence, std::uint64_t lost,
		     std::span<const hn_record> records);
	void changes_missed();

	// The kernel did not take what it was to apply: all or some of it.
	void unapplied(std::uint64_t now);

	// The table that read_table asked for; whole, or something of it could not be read.
	void table(std::span<const hn_record> records);
	void table_end(std::uint64_t now, bool whole);

	// What sum asked for, as of now, and of how many sessions.
	void sums(std::uint64_t now, const DigestSums &sums, std::uint64_t sessions);
	void sums_failed(std::uint64_t now);

	// Call after any of the above, and at deadline(); then take().
	void tick(std::uint64_t now);
	[[nodiscard]] std::uint64_t deadline() const;

	// Says BYE; nothing may follow but take().
	void stop();

	SyncActions take();

private:
	void note(Notice notice, std::uint32_t node, std::uint64_t value = 0);
	std::uint32_t next_request();
	void malformed(DecodeError error);
	bool trusted(std::uint64_t now);
	[[nodiscard]] const ChallengeAnswer *proof(std::uint64_t now) const;
	bool admitted(std::uint64_t now);
	void new_peer(std::uint64_t now, Peer &peer);
	bool in_sequence(std::uint64_t now, Peer &peer);
	void read_frame(std::uint64_t now, Peer &peer);
	void read_promises(Peer &peer) const;
	void read_requests(Peer &peer);
	void read_records(Peer &peer);
	bool buried(Peer &peer, const hn_record &record);
	void read_challenges();
	void read_nacks(std::uint64_t now);
	void read_digests(Peer &peer);
	void mind(const hn_record &record);
	void hold(std::uint64_t now, const Nack &nack);

	void tick_peer(std::uint64_t now, std::uint32_t node, Peer &peer);
	void tick_gaps(std::uint64_t now, std::uint32_t node, Peer &peer);
	static void want_again(std::uint64_t now, Peer &peer, std::uint8_t parts);
	void tick_repairs(std::uint64_t now, std::uint32_t node, Peer &peer);
	void tick_request(std::uint64_t now, std::uint32_t node, Peer &peer);
	void tick_comparison(std::uint64_t now, std::uint32_t node, Peer &peer);
	void tick_answers(std::uint64_t now);
	void tick_reading(std::uint64_t now);
	void tick_sums(std::uint64_t now);
	void tick_challenges(std::uint64_t now);

	std::uint64_t jitter(std::uint64_t ms) { return ms + random_() % ms; }

	Epoch epoch_;
	Counters &counters_;
	std::minstd_rand random_; // what peers do at random, so that they do not do it at once
	std::uint32_t node_ = 0;
	bool up_ = false;
	bool backlog_ = false;

	Keyring keys_;
	Challenges challenges_;
	Peers peers_;
	Frame frame_; // the one being read

	Sender sender_;
	std::uint32_t request_ = 0;	// last used id
	std::uint32_t request_all_ = 0; // the last one to everybody
	std::uint64_t request_all_at_ = 0;
	std::uint64_t heartbeat_at_ = 0;

	std::uint64_t kernel_epoch_ = 0;
	std::uint64_t kernel_sequence_ = 0;

	bool advertise_wanted_ = false;
	std::uint64_t advertise_at_ = 0; // not before
	bool table_wanted_ = false;
	std::uint64_t table_at_ = 0; // not before

	OwnDigest own_digest_;

	// What is being read, or summed up, one at a time: for a table; for a peer's request; to
	// compare with that peer.
	enum class Reading { Nothing, Table, Answer, Comparison };
	Reading reading_ = Reading::Nothing;
	BucketsSent answer_;			// requester 0: nobody gets it
	std::set<hn_record, FlowBefore> ended_; // and was told so since reading for it began
	std::uint32_t compared_ = 0;
	std::optional<std::uint32_t> summing_; // of this node, or a peer
	std::uint64_t sums_at_ = 0;	       // not before

	SyncActions actions_;
};

} // namespace hn
