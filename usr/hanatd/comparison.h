// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hanatd/digest.h"
#include "hanatd/flow.h"
#include "hanatd/sequence.h"
#include "hanatd/wire.h"

namespace hn
{

// Whether this node holds what one peer owns, and how it is mended where it does not
// (docs/protocol.md, section 10, the comparer). The peer's epoch is the key of its digests. Pure.
class Comparison
{
public:
	static constexpr std::uint64_t look_ms = 1000; // between two: what was on its way is here
	static constexpr unsigned max_looks = 6;
	// Until an answer is looked at as far as it came, or sessions are asked for again.
	static constexpr std::uint64_t answer_ms = 2000;
	static constexpr unsigned max_asks = 3; // for the same sessions
	// Until the sums are asked for; then, until they are asked for again, and twice that each
	// time: as long as they do not come, and as long as nothing comes of them.
	static constexpr std::uint64_t prove_ms = 200;
	static constexpr std::uint64_t sums_ms = 200;
	static constexpr std::uint64_t prove_pause_ms = 1000;
	static constexpr std::uint64_t prove_pause_max_ms = 32000;
	// While most is on its way: half of the time that the rest takes at that rate, but not more
	// than this, for it may stop.
	static constexpr std::uint64_t coming_pause_max_ms = 5000;
	// Requests for sums, until all is wanted that the peer owns.
	static constexpr unsigned max_unanswered = 5;
	// What comes slower than so is not the whole that was asked for.
	static constexpr std::uint64_t whole_looks = 256;
	static constexpr std::size_t max_sessions = 16384; // that are mended at once, about
	static constexpr std::size_t max_fresh = 65536;
	static constexpr std::size_t max_found = 1000; // differences that are remembered

	// From the peer's frames. A record is one that it owns.
	void digest(const Digest &digest);
	void heard(const hn_record &record, const Epoch &key);
	void sent(const BucketsSent &sent);

	// Sums of what this node has of the peer are wanted; there they are, of so many sessions.
	// How many buckets are now known to differ.
	[[nodiscard]] bool wants_sums() const { return look_; }
	std::size_t compare(std::uint64_t now, const DigestSums &mine, std::uint64_t sessions);

	// The sessions that it has in these buckets are wanted; there they are. All of them, or
	// nothing comes of it.
	[[nodiscard]] bool wants_table() const { return phase_ == Phase::Read; }
	[[nodiscard]] const Buckets &buckets() const { return batch_; }
	void table(const hn_record &record, const Epoch &key);
	void table_end(std::uint64_t now, bool whole);

	// Something of the peer is missing for good, or it does not answer: until the next digest.
	void give_up();

	// Nothing is known to be equal any more: the sums are asked for until each bucket was seen
	// to be.
	void doubt(std::uint64_t now);
	// The same at once, and what was found before is forgotten.
	void verify(std::uint64_t now);
	// The same, and what is going on is of no use.
	void begin(std::uint64_t now);
	[[nodiscard]] bool proven() const { return unproven_.none(); }
	// It does not answer: it may not know what is asked.
	[[nodiscard]] bool unanswered() const { return unanswered_ >= max_unanswered; }
	// Of which buckets it is not so, and when all were last seen equal; 0: never.
	[[nodiscard]] std::size_t unproven() const { return unproven_.count(); }
	[[nodiscard]] std::uint64_t proven_at() const { return proven_at_; }

	// The sessions that differed since all was last seen to be equal, or was to be verified:
	// what the peer has, or, as a deletion, what it has not.
	[[nodiscard]] const std::vector<hn_record> &found() const { return found_; }

	struct Due {
		bool whole = false;	      // all that the peer owns is missing
		std::uint64_t missing = 0;    // sessions, then; 0: nobody knows
		bool sums = false;	      // of all groups are to be asked for
		DigestRequest ask;	      // without groups: nothing
		BucketsRequest fetch;	      // without buckets: nothing
		std::vector<hn_record> apply; // in this order: deletions, then sessions
		std::size_t pruned = 0;	      // deletions
		std::size_t mended = 0;	      // buckets
		std::size_t undecided = 0;    // buckets that changed from look to look
	};
	// What is to be done, given the peer's stream DELTA. The request is numbered if there is
	// one.
	Due take(std::uint64_t now, const SequenceWindow &deltas, std::uint32_t request);

	// Nothing while it rests, or waits for sums or a table.
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

	// Records that are kept until it ends.
	[[nodiscard]] std::size_t size() const { return unconfirmed_.size() + fresh_.size(); }

private:
	enum class Phase {
		Rest,  // until a digest of all groups
		Look,  // the buckets of those that differ are asked for
		Pause, // what differed may have been on its way
		Read,  // this node's own sessions in the buckets that differ are being read
		Wait,  // the peer's are on their way
	};

	void ask(std::uint64_t now, const Groups &groups);
	void look_at_groups(std::uint64_t now, const GroupSums &mine, std::uint64_t before);
	void want_whole(std::uint64_t before);
	[[nodiscard]] bool much_came(std::uint64_t before) const;
	[[nodiscard]] bool coming(std::uint64_t before) const;
	[[nodiscard]] std::uint64_t half_of_rest(std::uint64_t now, std::uint64_t before) const;
	void look_at_buckets(std::uint64_t now, const DigestSums &mine);
	void equal(std::uint64_t now, const Buckets &buckets);
	void pick_batch();
	void fetch(std::uint64_t now);
	void late(std::uint64_t now);
	void finish(Due &due);

	Phase phase_ = Phase::Rest;
	std::uint64_t at_ = 0; // of the next step, or the end of patience
	bool look_ = false;
	bool asked_ = false; // take() is to ask

	GroupSums groups_{};
	Groups groups_here_;
	DigestSums sums_{};
	Groups wanted_, here_; // groups whose buckets are asked for; are here
	Buckets suspects_;     // they differed each time they were looked at
	// By how much, by bucket. The same twice: that is no session on its way.
	std::set<std::pair<std::size_t, std::uint64_t>> differences_;
	unsigned looks_ = 0;
	std::size_t undecided_ = 0; // take() is to tell

	Buckets unproven_ = Buckets().set(); // not seen to be equal
	std::uint64_t prove_at_ = 0;
	std::uint64_t prove_pause_ = prove_pause_ms;
	std::uint64_t proven_at_ = 0;
	unsigned unanswered_ = 0;   // requests for sums
	std::uint64_t theirs_ = 0;  // sessions, as they said last
	bool whole_ = false;	    // take() is to tell
	bool whole_wanted_ = false; // and has told, lately

	Buckets different_;	      // are to be mended
	Buckets batch_;		      // of these, being mended
	std::uint64_t sessions_ = 0;  // as this node saw at the last look
	std::uint64_t looked_at_ = 0; // when that was
	std::uint32_t request_ = 0;
	unsigned asks_ = 0;					   // for the batch
	std::optional<std::uint64_t> last_;			   // delta of the peer's answer
	std::unordered_map<std::uint64_t, hn_record> unconfirmed_; // by digest
	std::set<hn_record, FlowBefore> fresh_;
	std::vector<hn_record> found_;
};

} // namespace hn
