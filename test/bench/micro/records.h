// SPDX-License-Identifier: GPL-2.0-or-later
// Sessions to measure with: different flows of one owner.
#pragma once

#include <arpa/inet.h>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "hanat.h"

namespace hn::bench
{

inline std::vector<hn_record> records_of(std::uint32_t owner, std::size_t count)
{
	std::vector<hn_record> records(count);

	for (std::size_t i = 0; i < count; ++i) {
		hn_record &r = records[i];

		r.inside.s6_addr32[0] = htonl(0x20010db8);
		r.inside.s6_addr32[3] = htonl(static_cast<std::uint32_t>(i / 100));
		r.inside_port = htons(static_cast<std::uint16_t>(1024 + i % 60000));
		r.ext = htonl(0xc0000201);
		r.ext_port = htons(static_cast<std::uint16_t>(1024 + i % 60000));
		r.remote = htonl(0xc6336401);
		r.remote_port = htons(443);
		r.proto = HN_PROTO_TCP;
		r.state = HN_TCP_ESTABLISHED;
		r.lifetime = 7200000;
		r.owner = owner;
		r.version = 1;
	}
	return records;
}

} // namespace hn::bench
