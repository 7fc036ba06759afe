// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
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
	static constexpr std::uint64_t second_look_ms = 1000; // what was on its way is here by then
	static constexpr std::uint64_t patience_ms = 5000;
	static constexpr std::size_t max_sessions = 16384; // that are mended at once, about
	static constexpr std::size_t max_fresh = 65536;

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

	struct Due {
		DigestRequest ask;	      // without groups: nothing
		BucketsRequest fetch;	      // without buckets: nothing
		std::vector<hn_record> apply; // in this order: deletions, then sessions
		std::size_t pruned = 0;	      // deletions
		std::size_t mended = 0;	      // buckets
	};
	// What is to be done, given the peer's stream DELTA. The request is numbered if there is
	// one.
	Due take(std::uint64_t now, const SequenceWindow &deltas, std::uint32_t request);

	// Nothing while it rests, or waits for sums or a table.
	[[nodiscard]] std::optional<std::uint64_t> deadline() const;

private:
	enum class Phase {
		Rest,	// until a digest of all groups
		First,	// the buckets of those that differ are asked for
		Pause,	// what differed may have been on its way
		Second, // they are asked for again
		Read,	// this node's own sessions in the buckets that differ are being read
		Wait,	// the peer's are on their way
	};

	void ask(std::uint64_t now, Phase phase, const Groups &groups);
	void pick_batch();
	[[nodiscard]] Buckets differing(const DigestSums &mine) const;
	void finish(Due &due);

	Phase phase_ = Phase::Rest;
	std::uint64_t at_ = 0; // of the next step, or the end of patience
	bool look_ = false;
	bool asked_ = false; // take() is to ask

	GroupSums groups_{};
	Groups groups_here_;
	DigestSums sums_{};
	Groups wanted_, here_; // groups whose buckets are asked for; are here
	Buckets suspects_;     // they differed when last looked at

	Buckets batch_; // of suspects_, being mended
	std::uint64_t sessions_ = 0;
	std::uint32_t request_ = 0;
	std::optional<std::uint64_t> last_; // delta of the peer's answer
	std::unordered_map<std::uint64_t, hn_record> unconfirmed_;
	std::set<hn_record, FlowBefore> fresh_;
};

} // namespace hn
