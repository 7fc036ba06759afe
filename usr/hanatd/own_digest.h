// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "hanatd/digest.h"
#include "hanatd/wire.h"

namespace hn
{

// What this node tells others of the sessions it owns, so that they can compare
// (docs/protocol.md, section 10, the owner). Pure.
class OwnDigest
{
public:
	static constexpr std::uint64_t period_ms = 30000; // unless set
	static constexpr std::uint64_t interval_ms = 200; // between two answers with sessions
	static constexpr std::uint64_t put_off_ms = 1000; // when it cannot be looked at

	void set_period(std::uint64_t ms) { period_ = ms; }

	// Anew: the first digest after a period.
	void begin(std::uint64_t now);

	// Somebody asks: for the sums of groups, for those of buckets, or for sessions. Of these
	// one request of each node waits, the last one.
	void asked() { at_ = 0; }
	void asked(const DigestRequest &request);
	void asked(std::uint32_t requester, const BucketsRequest &request);

	// The sums of this node's own sessions are wanted; what is to be said of them.
	[[nodiscard]] bool wants_sums(std::uint64_t now) const { return now >= deadline(); }
	std::vector<Digest> tell(std::uint64_t now, const DigestSums &sums, std::uint64_t sessions);
	void put_off(std::uint64_t now) { not_before_ = now + put_off_ms; }

	// The next request for sessions; nothing: none waits.
	struct Fetch {
		BucketsSent answer; // but for the sequence
		Buckets buckets;
	};
	std::optional<Fetch> next(std::uint64_t now);
	[[nodiscard]] std::optional<std::uint64_t> next_at() const;
	[[nodiscard]] std::size_t waiting() const { return requests_.size(); }

	// When sums are wanted.
	[[nodiscard]] std::uint64_t deadline() const;

private:
	std::uint64_t period_ = period_ms;
	std::uint64_t at_ = 0;	       // of the next digest of all groups
	std::uint64_t not_before_ = 0; // it was put off
	Groups groups_;		       // whose buckets are asked for
	std::map<std::uint32_t, BucketsRequest> requests_;
	std::uint64_t next_at_ = 0; // not before
};

} // namespace hn
