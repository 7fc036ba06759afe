// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <span>

#include "hanatd/counters.h"
#include "hanatd/digest.h"
#include "hanatd/flow.h"
#include "hanatd/own_digest.h"
#include "hanatd/peer.h"
#include "hanatd/sender.h"
#include "hanatd/wire.h"

namespace hn
{

// Which part of the table to read.
struct TableQuery {
	std::uint32_t owner = 0;		       // 0: any
	bool foreign = false;			       // not this node's own
	Epoch key{};				       // of the digests
	std::optional<Buckets> buckets = std::nullopt; // all of them, if nothing
};

// The sums of the digests of the sessions of this owner.
struct SumsQuery {
	std::uint32_t owner = 0;
	Epoch key{};
};

// Walks over the kernel's table, which are dear: one reading and one summing up at a time, and for
// whom. Pure.
class Walks
{
public:
	static constexpr std::uint64_t table_ms = 1000; // between two readings for everybody
	static constexpr std::uint64_t sums_ms = 200;	// between two walks for digests, at least
	// And so many times as long as the last one took: of a large table, on a machine that is
	// slow, one takes a second, in which this process does nothing else.
	static constexpr std::uint64_t sums_pauses = 3;
	static constexpr std::uint64_t pause_after(std::uint64_t took)
	{
		return std::max(sums_ms, sums_pauses * took);
	}
	static constexpr std::size_t max_ended = 65536;

	Walks(const Epoch &epoch, Peers &peers, OwnDigest &own, Sender &sender, Counters &counters);

	// Whether anything of what is read is of use, and as which node.
	void up(std::uint32_t node);
	void down();

	// A session of this node's own changed, while its table may be being read for a peer.
	void changed(const hn_record &record);

	// What is to be read now, or summed up; nothing: something is, or is not wanted.
	std::optional<TableQuery> next_reading(std::uint64_t now);
	std::optional<SumsQuery> next_summing(std::uint64_t now);

	// What came of them; now is when that was known. The buckets that differ from that peer's.
	void table(std::span<const hn_record> records);
	void table_end(std::uint64_t now, bool whole);
	struct Difference {
		std::uint32_t node = 0;
		std::size_t buckets = 0;
	};
	std::optional<Difference> sums(std::uint64_t now, const DigestSums &sums,
				       std::uint64_t sessions);
	void sums_failed(std::uint64_t now);

	// Sessions that ended since the last answer with buckets began.
	[[nodiscard]] std::size_t ended() const { return ended_.size(); }

	// When one of next_*() may have something.
	[[nodiscard]] std::uint64_t deadline() const;

private:
	// For those who asked for FOREIGN; for a peer's request; to compare with that peer.
	enum class Reading { Nothing, Table, Answer, Comparison };

	[[nodiscard]] bool table_wanted() const;
	void begin_table();
	std::optional<std::uint32_t> end_summing(std::uint64_t now);
	void end_table(bool whole);

	Epoch epoch_;
	Peers &peers_;
	OwnDigest &own_;
	Sender &sender_;
	Counters &counters_;
	std::uint32_t node_ = 0;     // 0: down
	std::uint64_t table_at_ = 0; // not before
	Reading reading_ = Reading::Nothing;
	BucketsSent answer_;			// requester 0: nobody gets it
	std::set<hn_record, FlowBefore> ended_; // and was told so since reading for it began
	std::uint32_t compared_ = 0;
	std::optional<std::uint32_t> summing_; // of this node, or a peer
	std::uint32_t summed_ = 0;	       // the last one of which it was, or is
	std::uint64_t sums_began_ = 0;
	std::uint64_t sums_at_ = 0; // not before
};

} // namespace hn
