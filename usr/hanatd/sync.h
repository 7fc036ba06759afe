// SPDX-License-Identifier: GPL-2.0-or-later
// The protocol's decisions (docs/protocol.md, sections 6 and 7). Pure: bytes, records and the time
// go in, frames and orders come out; there is no socket, no clock and no kernel here. The session
// table is the kernel's: nothing is kept per session.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <vector>

#include "hanatd/challenge.h"
#include "hanatd/config_exchange.h"
#include "hanatd/counters.h"
#include "hanatd/digest.h"
#include "hanatd/fingerprint.h"
#include "hanatd/own_digest.h"
#include "hanatd/peer.h"
#include "hanatd/readiness.h"
#include "hanatd/sender.h"
#include "hanatd/shares.h"
#include "hanatd/table_source.h"
#include "hanatd/walks.h"
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
	Mismatch,   // value: FingerprintItem; its sessions are not applied
	Drift,	    // value: FingerprintItem
	Alike,	    // neither any more
	LeftBehind, // it is too slow for the others to wait
	Ready,
	NotReady,
	ShareClash,    // value: this node's share of pool4, which is that node's as well
	Shares,	       // value: how many shares this node holds now
	ConfigLoaded,  // value: changes
	ConfigFailed,  // it was not loaded
	ConfigRefused, // that peer may not configure this node
	Count
};

struct NoticeOf {
	Notice notice;
	std::uint32_t node;
	std::uint64_t value;
};

// What the world outside has to do, in any order but that which is given.
struct SyncActions {
	std::vector<Outgoing> frames;	      // send these, in this order
	std::vector<hn_record> apply;	      // install these in the kernel, in this order, first
	std::uint64_t expected = 0;	      // about so many more will be installed soon
	bool advertise = false;		      // ask the kernel to send all own sessions
	std::optional<ShareMask> hold;	      // take new ports from these shares of pool4
	std::optional<TableQuery> read_table; // read this: table() for its parts, then table_end()
	std::optional<SumsQuery> sum;	      // sums(), or sums_failed()
	bool read_config = false;	      // what this node is configured with: config_read()
	std::optional<std::string> load_config; // be configured with this: config_loaded()
	std::vector<NoticeOf> notices;		// log these
};

// What is kept of other nodes and of the past, each within a bound.
struct SyncSize {
	std::size_t peers = 0;
	std::size_t frames = 0; // to be sent again
	std::size_t frame_bytes = 0;
	std::size_t graves = 0;	  // deletions, until nothing older is missing
	std::size_t compared = 0; // records, until a comparison ends
	std::size_t ended = 0;	  // sessions, since the last answer with buckets began
	std::size_t waiting = 0;  // challenges, answers and requests
};

// Whose frame came in: where it came from, its node is reached.
struct Origin {
	std::uint32_t node = 0; // 0: nobody can say
	bool admitted = false;	// false: it may be a record, he has yet to answer a challenge
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
	static constexpr std::uint64_t answer_ms = 1000;     // between advertisements
	static constexpr std::uint64_t pause_max_ms = 32000; // between requests
	static constexpr std::uint64_t calm_ms = 60000; // after so long without a gap, as at first
	// Until frames are acknowledged, if not so many come before.
	static constexpr std::uint64_t acknowledge_ms = 20;
	static constexpr std::size_t acknowledge_frames = 64;

	Sync(const Epoch &epoch, const ChallengeSecret &secret, Counters &counters);

	// From now on; none: nothing is authenticated.
	void set_keys(const Keyring &keys);

	// The kernel's instance is there and synchronises; again after each change of these. Until
	// the first up(), and after down(), nothing is sent and received sessions are dropped.
	void up(std::uint64_t now, std::uint32_t node);
	void down();
	void set_max_payload(std::size_t bytes) { sender_.set_max_payload(bytes); }
	void set_digest_period(std::uint64_t ms) { own_digest_.set_period(ms); }
	void set_ready_alone(std::uint64_t ms) { readiness_.set_alone(ms); }
	// Whether it can be ready while a living peer is configured otherwise, in what is no reason
	// not to apply its sessions.
	void set_ready_with_drift(bool can) { ready_with_drift_ = can; }
	void set_fingerprint(std::uint64_t now, const Fingerprint &fingerprint);
	void set_accepts_config(bool accepts) { config_.set_accepts(accepts); }

	// Of pool4: this node's, of how many, and which the kernel takes new ports from now.
	void set_shares(std::uint8_t share, std::uint8_t shares, ShareMask held);

	// Frames wait to be sent: no heartbeat, for it would only queue behind them.
	void set_backlog(bool backlog) { backlog_ = backlog; }

	// Peers have enough on their way: neither changed() nor table() now.
	[[nodiscard]] bool congested() const { return congested_; }

	// Whether this node could take over from any peer now.
	[[nodiscard]] bool ready() const { return readiness_.ready(); }
	[[nodiscard]] const Peers &peers() const { return peers_; }
	[[nodiscard]] const TableSource &source() const { return source_; }
	[[nodiscard]] auto positions() const { return sender_.positions(); }

	// Compares with all living peers now, whatever the period. Done when all are known to be
	// equal, or are again; verified: there are some, and nothing had to be mended.
	void verify(std::uint64_t now);
	[[nodiscard]] bool verification_done() const;
	[[nodiscard]] bool verified() const;

	// Requests all sessions of all peers once more.
	void resync(std::uint64_t now);

	// For an operator here: what that peer is configured with is to come; it is to be
	// configured as this node is, until then. What becomes of that is in config().
	Result<void> fetch_config(std::uint64_t now, std::uint32_t node);
	Result<void> offer_config(std::uint64_t now, std::uint32_t node, std::uint64_t until);
	ConfigExchange &config() { return config_; }

	// A datagram, or a frame of a byte stream.
	Origin receive(std::uint64_t now, std::span<const std::byte> datagram);

	// A message of the kernel with changed sessions, or the news that some were missed.
	void changed(std::uint64_t kernel_epoch, std::uint64_t sequence, std::uint64_t lost,
		     std::span<const hn_record> records);
	void changes_missed();

	// What became of records of this owner that it was to apply; by enum hn_apply_fate.
	void applied(std::uint32_t owner, std::span<const std::uint32_t> fates);

	// The kernel did not take what it was to apply: all or some of it.
	void unapplied(std::uint64_t now);

	// The table that read_table asked for; whole, or something of it could not be read.
	void table(std::span<const hn_record> records);
	void table_end(std::uint64_t now, bool whole);

	// What sum asked for, as of now, and of how many sessions.
	void sums(std::uint64_t now, const DigestSums &sums, std::uint64_t sessions);
	void sums_failed(std::uint64_t now);

	// What read_config and load_config asked for.
	void config_read(std::uint64_t now, const Result<std::string> &text);
	void config_loaded(const ConfigLoaded &loaded);

	// Call after any of the above, and at deadline(); then take().
	void tick(std::uint64_t now);
	[[nodiscard]] std::uint64_t deadline() const;

	// Says BYE; nothing may follow but take().
	void stop();

	SyncActions take();

	[[nodiscard]] SyncSize size() const;

private:
	void note(Notice notice, std::uint32_t node, std::uint64_t value = 0);
	std::uint32_t next_request();
	void malformed(DecodeError error);
	bool trusted(std::uint64_t now);
	[[nodiscard]] const ChallengeAnswer *proof(std::uint64_t now) const;
	bool admitted(std::uint64_t now);
	void new_peer(std::uint64_t now, Peer &peer, bool followed);
	bool in_sequence(std::uint64_t now, Peer &peer);
	void read_frame(std::uint64_t now, Peer &peer);
	void read_promises(std::uint64_t now, Peer &peer) const;
	void read_requests(Peer &peer);
	void read_records(Peer &peer);
	bool first_hand(std::uint32_t node);
	bool buried(Peer &peer, const hn_record &record);
	void read_challenges();
	void read_hello(std::uint64_t now, Peer &peer);
	void read_acks(std::uint64_t now, Peer &peer);
	void read_nacks(std::uint64_t now);
	void read_digests(Peer &peer);
	void read_config(std::uint64_t now);
	[[nodiscard]] Result<void> tells_config(std::uint32_t node) const;
	void find_drift(std::uint64_t now, std::uint32_t node, Peer &peer);
	void hold(std::uint64_t now, const Nack &nack);

	void tick_peer(std::uint64_t now, std::uint32_t node, Peer &peer);
	void tick_gaps(std::uint64_t now, std::uint32_t node, Peer &peer);
	void acknowledge(std::uint32_t node, Peer &peer);
	static void missed(std::uint64_t now, Peer &peer);
	void tick_repairs(std::uint64_t now, std::uint32_t node, Peer &peer);
	void tick_request(std::uint64_t now, std::uint32_t node, Peer::Part &part, Parts which);
	void tick_comparison(std::uint64_t now, std::uint32_t node, Peer &peer);
	void doubt_others(std::uint64_t now, const Peer &pruned);
	void tick_source(std::uint64_t now);
	void tick_answers(std::uint64_t now);
	void tick_window(std::uint64_t now);
	void tick_readiness(std::uint64_t now);
	void tick_shares();
	void tick_challenges(std::uint64_t now);
	void tick_config(std::uint64_t now);
	void tick_heartbeat(std::uint64_t now);
	[[nodiscard]] std::uint64_t deadline_of(const Peer &peer) const;

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
	std::uint32_t request_ = 0; // last used id
	std::uint64_t heartbeat_at_ = 0;

	std::uint64_t kernel_epoch_ = 0;
	std::uint64_t kernel_sequence_ = 0;

	std::uint64_t advertise_at_ = 0; // not before
	OwnDigest own_digest_;
	Walks walks_;
	TableSource source_;
	Readiness readiness_;
	ConfigExchange config_;
	Fingerprint fingerprint_;
	std::uint8_t share_ = 1; // of shares_
	std::uint8_t shares_ = 1;
	ShareMask held_ = 1;
	std::uint64_t started_at_ = 0;
	bool advertise_wanted_ = false;
	bool congested_ = false;
	bool ready_with_drift_ = true;

	SyncActions actions_;
};

} // namespace hn
