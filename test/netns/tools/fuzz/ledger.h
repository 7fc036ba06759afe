// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "packet.h"

namespace hn::fuzz
{

// What is known of packets that come out of the translator.
enum class Origin {
	Recorded, // every one was recorded as it was sent
	Valid,	  // others are segments of an aggregate: their checksums are right
	Unknown,  // the host may have made anything of what was sent
};

// What is wrong with a packet from the translator in itself: lengths, header checksum, headers that
// have no business there, addresses, the inside of ICMP errors. Empty if nothing is.
std::string flaw(View packet);

// Remembers the transport of the packets that were sent, which translation leaves alone but for
// ports, identifiers and checksum, and by how much each checksum was wrong: by as much it has to be
// wrong when the packet comes out. Of old ones it forgets all.
class Ledger
{
public:
	// As the translator gets it, with its checksum completed.
	void record(View packet);
	// What is wrong with a packet, or empty; of a fragment only what flaw() sees.
	[[nodiscard]] std::string judge(View packet, Origin origin) const;

private:
	using Errors = std::vector<int>;

	void insert(std::uint64_t key, int error);
	[[nodiscard]] std::string compare(View packet, const Layout &at, bool inner,
					  Origin origin) const;

	// The younger one first.
	std::array<std::unordered_map<std::uint64_t, Errors>, 2> generations_;
};

// Puts fragments together again that the translator sent.
class Reassembly
{
public:
	// The whole packet, once its last part is there.
	std::optional<Bytes> add(View fragment);

private:
	struct Parts {
		std::vector<std::pair<std::size_t, Bytes>> parts;
		std::optional<std::size_t> length;
	};

	std::unordered_map<std::string, Parts> datagrams_;
};

} // namespace hn::fuzz
