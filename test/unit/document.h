// SPDX-License-Identifier: GPL-2.0-or-later
// The sender and the TCP session of the examples in docs/protocol.md.
#pragma once

#include <arpa/inet.h>
#include <cstddef>
#include <gtest/gtest.h>

#include "hanatd/wire.h"

namespace hn::test
{

inline Epoch document_epoch()
{
	Epoch epoch{};

	for (std::size_t i = 0; i < epoch.size(); ++i)
		epoch[i] = static_cast<std::byte>(0xe0 + i);
	return epoch;
}

inline hn_record record(const char *inside)
{
	hn_record r{};

	EXPECT_EQ(inet_pton(AF_INET6, inside, &r.inside), 1);
	inet_pton(AF_INET, "192.0.2.1", &r.ext);
	inet_pton(AF_INET, "192.0.2.8", &r.remote);
	return r;
}

inline hn_record tcp_record()
{
	hn_record r = record("2001:db8::8");

	r.inside_port = htons(5831);
	r.ext_port = htons(61001);
	r.remote_port = htons(80);
	r.state = HN_TCP_ESTABLISHED;
	r.lifetime = 7440000;
	r.owner = 7;
	r.generation = 1;
	r.version = 2;
	return r;
}

} // namespace hn::test
