// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <random>
#include <string>

#include "rfc6052.h"

namespace hn
{
namespace
{

constexpr std::array<std::uint8_t, 6> lengths{32, 40, 48, 56, 64, 96};

in6_addr v6(const std::string &text)
{
	in6_addr addr{};

	EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &addr), 1) << text;
	return addr;
}

std::uint32_t v4(const std::string &text)
{
	in_addr addr{};

	EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &addr), 1) << text;
	return addr.s_addr;
}

std::string text_of(const in6_addr &addr)
{
	std::array<char, INET6_ADDRSTRLEN> text{};

	return inet_ntop(AF_INET6, &addr, text.data(), text.size());
}

hn_prefix6 prefix(const std::string &addr, std::uint8_t len)
{
	hn_prefix6 p{};

	p.addr = v6(addr);
	p.len = len;
	return p;
}

/* A prefix with every bit of its length set, but for the u octet, which is zero. */
hn_prefix6 dense_prefix(std::uint8_t len)
{
	hn_prefix6 p{};

	p.len = len;
	for (std::size_t i = 0; i < len / 8U; i++)
		p.addr.s6_addr[i] = 0xff;
	p.addr.s6_addr[8] = 0;
	return p;
}

/* Where RFC 6052 section 2.2 draws the octets of the IPv4 address, by prefix length. */
struct Layout {
	std::uint8_t len;
	std::array<std::size_t, 4> octets;
};

constexpr std::array<Layout, 6> layouts{{
	{32, {4, 5, 6, 7}},
	{40, {5, 6, 7, 9}},
	{48, {6, 7, 9, 10}},
	{56, {7, 9, 10, 11}},
	{64, {9, 10, 11, 12}},
	{96, {12, 13, 14, 15}},
}};

struct Vector {
	const char *prefix;
	std::uint8_t len;
	const char *v4;
	const char *v6;
};

/* Both tables of section 2.4, and the ends of the address range. */
constexpr std::array<Vector, 9> vectors{{
	{"2001:db8::", 32, "192.0.2.33", "2001:db8:c000:221::"},
	{"2001:db8:100::", 40, "192.0.2.33", "2001:db8:1c0:2:21::"},
	{"2001:db8:122::", 48, "192.0.2.33", "2001:db8:122:c000:2:2100::"},
	{"2001:db8:122:300::", 56, "192.0.2.33", "2001:db8:122:3c0:0:221::"},
	{"2001:db8:122:344::", 64, "192.0.2.33", "2001:db8:122:344:c0:2:2100::"},
	{"2001:db8:122:344::", 96, "192.0.2.33", "2001:db8:122:344::192.0.2.33"},
	{"64:ff9b::", 96, "192.0.2.33", "64:ff9b::192.0.2.33"},
	{"64:ff9b::", 96, "0.0.0.0", "64:ff9b::"},
	{"64:ff9b::", 96, "255.255.255.255", "64:ff9b::ffff:ffff"},
}};

TEST(Rfc6052, Vectors)
{
	for (const Vector &v : vectors) {
		const hn_prefix6 p = prefix(v.prefix, v.len);
		const in6_addr embedded = v6(v.v6);
		in6_addr out{};

		EXPECT_TRUE(hn_prefix6_valid(&p)) << v.prefix;
		hn_rfc6052_embed(&out, &p, v4(v.v4));
		EXPECT_EQ(text_of(out), text_of(embedded)) << v.prefix << '/' << int{v.len};
		EXPECT_EQ(hn_rfc6052_extract(&p, &embedded), v4(v.v4)) << v.v6;
		EXPECT_TRUE(hn_prefix6_contains(&p, &embedded)) << v.v6;
	}
}

TEST(Rfc6052, OctetsAreWhereTheRfcDrawsThem)
{
	constexpr std::array<std::uint8_t, 4> octets{0x12, 0x34, 0x56, 0x78};

	for (const Layout &layout : layouts) {
		const hn_prefix6 p = dense_prefix(layout.len);
		in6_addr wanted = p.addr;
		in6_addr out{};

		for (std::size_t n = 0; n < 4; n++)
			wanted.s6_addr[layout.octets[n]] = octets[n];
		hn_rfc6052_embed(&out, &p, htonl(0x12345678));
		EXPECT_EQ(text_of(out), text_of(wanted)) << int{layout.len};
		EXPECT_EQ(out.s6_addr[8], 0) << "u octet, length " << int{layout.len};
	}
}

TEST(Rfc6052, RoundTrip)
{
	std::mt19937 random(6052);

	for (const std::uint8_t len : lengths) {
		for (int i = 0; i < 1000; i++) {
			hn_prefix6 p{};
			in6_addr out{};
			const auto addr = static_cast<std::uint32_t>(random());

			p.len = len;
			for (std::size_t n = 0; n < len / 8U; n++)
				p.addr.s6_addr[n] = random() & 0xff;
			p.addr.s6_addr[8] = 0;
			ASSERT_TRUE(hn_prefix6_valid(&p));
			hn_rfc6052_embed(&out, &p, addr);
			ASSERT_EQ(hn_rfc6052_extract(&p, &out), addr) << text_of(out);
			ASSERT_EQ(out.s6_addr[8], 0) << text_of(out);
			ASSERT_TRUE(hn_prefix6_contains(&p, &out)) << text_of(out);
		}
	}
}

/* The u octet and the suffix belong to nobody: section 2.2 leaves them to the future. */
TEST(Rfc6052, SuffixIsZeroAndIgnored)
{
	for (const Layout &layout : layouts) {
		const hn_prefix6 p = dense_prefix(layout.len);
		const std::uint32_t addr = htonl(0x12345678);
		in6_addr out{};

		hn_rfc6052_embed(&out, &p, addr);
		for (std::size_t i = layout.len / 8U; i < 16; i++) {
			if (std::ranges::find(layout.octets, i) != layout.octets.end())
				continue;
			EXPECT_EQ(out.s6_addr[i], 0) << int{layout.len} << " byte " << i;
			out.s6_addr[i] = 0xff;
		}
		EXPECT_EQ(hn_rfc6052_extract(&p, &out), addr) << int{layout.len};
		EXPECT_TRUE(hn_prefix6_contains(&p, &out)) << int{layout.len};
	}
}

TEST(Rfc6052, Lengths)
{
	for (unsigned int len = 0; len <= 256; len++) {
		const bool valid = std::ranges::find(lengths, len) != lengths.end();

		EXPECT_EQ(hn_prefix6_len_valid(len) != 0, valid) << len;
	}
	for (unsigned int len = 0; len <= 255; len++) {
		const bool valid = std::ranges::find(lengths, len) != lengths.end();
		const hn_prefix6 p = prefix("2000::", static_cast<std::uint8_t>(len));

		EXPECT_EQ(hn_prefix6_valid(&p) != 0, valid) << len;
	}
}

TEST(Rfc6052, BitsBehindTheLength)
{
	for (const std::uint8_t len : lengths) {
		for (unsigned int bit = 0; bit < 128; bit++) {
			const bool in_prefix = bit < len && bit / 8 != 8;
			hn_prefix6 p{};

			p.len = len;
			p.addr.s6_addr[bit / 8] = static_cast<std::uint8_t>(0x80U >> bit % 8);
			EXPECT_EQ(hn_prefix6_valid(&p) != 0, in_prefix)
				<< int{len} << " bit " << bit;
		}
	}
}

TEST(Rfc6052, WellKnown)
{
	hn_prefix6 prefix{.addr = v6("64:ff9b::"), .len = 96, .reserved = {}};

	EXPECT_TRUE(hn_prefix6_well_known(&prefix));
	prefix.addr = v6("64:ff9b:1::");
	EXPECT_FALSE(hn_prefix6_well_known(&prefix));
	prefix.addr = v6("64:ff9b:0:0:0:1::");
	EXPECT_FALSE(hn_prefix6_well_known(&prefix));
	prefix = {.addr = v6("64:ff9b::"), .len = 64, .reserved = {}};
	EXPECT_FALSE(hn_prefix6_well_known(&prefix));
}

TEST(Rfc6052, Contains)
{
	for (const std::uint8_t len : lengths) {
		const hn_prefix6 p = dense_prefix(len);

		for (unsigned int bit = 0; bit < 128; bit++) {
			in6_addr a{};

			hn_rfc6052_embed(&a, &p, htonl(0xc0000221));
			a.s6_addr[bit / 8] ^= static_cast<std::uint8_t>(0x80U >> bit % 8);
			EXPECT_EQ(hn_prefix6_contains(&p, &a) != 0, bit >= len)
				<< int{len} << " bit " << bit;
		}
	}
}

} // namespace
} // namespace hn
