// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "hanatd/comparison.h"
#include "hanatd/fingerprint.h"
#include "hanatd/lag.h"
#include "hanatd/sequence.h"
#include "hanatd/tombstones.h"
#include "hanatd/wire.h"

namespace hn
{

// What is known of another node, in its present epoch.
struct Peer {
	struct Retired {
		Epoch epoch{};
		std::uint64_t at = 0;
	};

	// What is missing of a stream is asked for at this time.
	struct Repair {
		std::uint64_t oldest = 0; // as of then; 0: nothing was missing
		std::uint64_t at = 0;
		std::uint64_t pause = 0;    // until it is asked for again
		std::uint64_t asked_at = 0; // first, for the oldest; 0: not yet
		std::uint64_t took = 0;	    // until answers came, lately

		// What was the oldest is here, or given up.
		void answered(std::uint64_t now)
		{
			if (asked_at)
				took = took ? (3 * took + now - asked_at) / 4 : now - asked_at;
			asked_at = 0;
		}
	};

	// A part of its table: whether this node wants it, and the last request for it, 0 if
	// something was missed since.
	struct Part {
		static constexpr std::uint64_t pause_ms = 1000;	   // between requests, at first
		static constexpr std::uint64_t patience_ms = 5000; // with a peer that says nothing

		bool wanted = false;
		bool coming = false; // it was promised, and its end is not here yet
		bool whole = false;  // all of it is here, up to an end that was told
		std::uint32_t request = 0;
		std::uint64_t end = 0; // the frame that is its last; 0: not told
		std::uint64_t at = 0;  // not before
		std::uint64_t pause = pause_ms;

		void want()
		{
			wanted = true;
			coming = whole = false;
			request = 0; // what was promised before may be what is missing
			end = 0;
		}
		[[nodiscard]] bool pending() const { return wanted || coming; }

		// So much of the stream is here.
		void arrived(std::uint64_t complete)
		{
			if (!coming || end == 0 || complete < end)
				return;
			coming = false;
			whole = true;
		}

		// For so long nothing more of it needs to come.
		void wait(std::uint64_t now) { at = std::max(at, now + patience_ms); }
	};

	// What came of it in this epoch.
	struct Received {
		std::uint64_t frames = 0;
		std::uint64_t bytes = 0;
		std::uint64_t sessions = 0;
		std::uint64_t deletions = 0;
		std::uint64_t lost = 0; // frames
		// What the kernel made of the sessions that it owns, whoever told of them; by enum
		// hn_apply_fate.
		std::array<std::uint64_t, HN_APPLY_COUNT> applied{};
	};

	[[nodiscard]] bool alive() const { return !silent && !gone; }

	// Whether it is configured otherwise in something without which sessions make no sense.
	[[nodiscard]] bool mismatched() const { return !drift.empty() && is_fatal(drift.front()); }

	// Whether its sessions can be compared with what is here of them.
	[[nodiscard]] bool comparable() const { return alive() && !mismatched(); }

	// Whether all that it owns is here. Of a node from before there were these digests nobody
	// knows more than that it has sent its table.
	[[nodiscard]] bool equal() const
	{
		const bool compares = hello && hello->compares();

		return !own.wanted && !foreign.pending() && !mismatched() &&
		       (comparison.proven() || (!compares && comparison.unanswered()));
	}

	Epoch epoch{};
	std::array<SequenceWindow, wire_streams> windows;
	std::array<Repair, wire_streams> repairs;
	Tombstones tombstones; // of DELTA
	std::uint64_t heard_at = 0;
	bool silent = false;
	bool gone = false; // it said BYE
	Received received;

	std::optional<Hello> hello; // nothing: it did not say
	Fingerprint fingerprint;
	std::vector<std::uint8_t> drift; // of this node's from that one

	Lag lag; // of what this node sends
	// Of what it sends: frames with sessions that are not acknowledged, and when they are to
	// be.
	std::size_t unacknowledged = 0;
	std::uint64_t acknowledge_at = 0;

	Part own;
	Part foreign;
	std::uint64_t gap_at = 0;

	Comparison comparison; // of what it owns with what is here

	// Its request for FOREIGN, which is not answered yet; and that for which the table is
	// being read.
	std::optional<std::uint32_t> table_asked;
	std::optional<std::uint32_t> table_answered;

	std::array<Retired, 4> retired{};
	std::size_t retired_next = 0;
};

enum class Admission {
	Known,
	Found,	   // a new peer
	Restarted, // a known node in a new epoch
	Retired,   // an epoch that has been replaced: not admitted
	Clash,	   // the same, so long after that two nodes must share the id: not admitted
	Full,	   // not admitted
};

// The peers of this node, by node id.
class Peers
{
public:
	static constexpr std::size_t max_peers = 64;
	static constexpr std::uint64_t silent_ms = 5000;
	static constexpr std::uint64_t forget_ms = 600000;
	static constexpr std::uint64_t forget_gone_ms = 60000;
	static constexpr std::uint64_t retire_ms = 2000; // for frames still on their way

	// Whether admit() would find it Known.
	[[nodiscard]] bool knows(std::uint32_t node, const Epoch &epoch) const;

	Admission admit(std::uint32_t node, const Epoch &epoch, std::uint64_t now);

	// Null: none.
	Peer *find(std::uint32_t node);
	[[nodiscard]] const Peer *find(std::uint32_t node) const;

	// One that is admitted.
	Peer &at(std::uint32_t node) { return peers_.at(node); }

	// Drops those unheard for too long.
	void forget(std::uint64_t now);

	auto begin() { return peers_.begin(); }
	auto end() { return peers_.end(); }
	[[nodiscard]] auto begin() const { return peers_.begin(); }
	[[nodiscard]] auto end() const { return peers_.end(); }

private:
	bool make_room(std::uint64_t now);

	std::map<std::uint32_t, Peer> peers_;
};

} // namespace hn
