// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>
#include <initializer_list>
#include <optional>

#include "icmp_map.h"

namespace hn
{
namespace
{

struct Message {
	std::uint8_t type;
	std::uint8_t code;
	std::uint32_t info;

	bool operator==(const Message &) const = default;
};

struct Row {
	std::uint8_t type;
	std::uint8_t code;
	Message out;
};

std::optional<Message> error46(std::uint8_t type, std::uint8_t code, std::uint32_t info)
{
	const hn_icmp_error in{type, code, info};
	hn_icmp_error out{};

	if (!hn_icmp_error46(&in, &out))
		return std::nullopt;
	return Message{out.type, out.code, out.info};
}

std::optional<Message> error64(std::uint8_t type, std::uint8_t code, std::uint32_t info)
{
	const hn_icmp_error in{type, code, info};
	hn_icmp_error out{};

	if (!hn_icmp_error64(&in, &out))
		return std::nullopt;
	return Message{out.type, out.code, out.info};
}

template<std::size_t N>
const Message *find(const std::array<Row, N> &rows, unsigned int type, unsigned int code)
{
	const auto row = std::ranges::find_if(
		rows, [&](const Row &r) { return r.type == type && r.code == code; });

	return row == rows.end() ? nullptr : &row->out;
}

/* The value of the second word that the tests send, where it is no pointer: an MTU. */
constexpr std::uint32_t mtu = 1400;

/* RFC 7915 section 4.2, ICMPv4 errors that are translated; type 12 depends on its pointer. */
constexpr std::array<Row, 16> rows46{{
	{3, 0, {1, 0, 0}},   /* net unreachable: no route */
	{3, 1, {1, 0, 0}},   /* host unreachable: no route */
	{3, 2, {4, 1, 6}},   /* protocol unreachable: unrecognised Next Header, which is at 6 */
	{3, 3, {1, 4, 0}},   /* port unreachable */
	{3, 4, {2, 0, mtu}}, /* fragmentation needed: Packet Too Big */
	{3, 5, {1, 0, 0}},   /* source route failed: no route */
	{3, 6, {1, 0, 0}},   /* destination network unknown: no route */
	{3, 7, {1, 0, 0}},   /* destination host unknown: no route */
	{3, 8, {1, 0, 0}},   /* source host isolated: no route */
	{3, 9, {1, 1, 0}},   /* network prohibited: administratively prohibited */
	{3, 10, {1, 1, 0}},  /* host prohibited: administratively prohibited */
	{3, 11, {1, 0, 0}},  /* network unreachable for the service: no route */
	{3, 12, {1, 0, 0}},  /* host unreachable for the service: no route */
	{3, 13, {1, 1, 0}},  /* communication prohibited */
	/* 14, host precedence violation, is dropped */
	{3, 15, {1, 1, 0}}, /* precedence cutoff: administratively prohibited */
	{11, 0, {3, 0, 0}}, /* time to live exceeded; its other code below */
}};

/* RFC 7915 section 5.2, ICMPv6 errors that are translated; type 4 code 0 depends on its pointer. */
constexpr std::array<Row, 9> rows64{{
	{1, 0, {3, 1, 0}},   /* no route: host unreachable */
	{1, 1, {3, 10, 0}},  /* administratively prohibited: host prohibited */
	{1, 2, {3, 1, 0}},   /* beyond the scope of the source: host unreachable */
	{1, 3, {3, 1, 0}},   /* address unreachable: host unreachable */
	{1, 4, {3, 3, 0}},   /* port unreachable */
	{2, 0, {3, 4, mtu}}, /* Packet Too Big: fragmentation needed */
	{3, 0, {11, 0, 0}},  /* hop limit exceeded */
	{3, 1, {11, 1, 0}},  /* reassembly time exceeded */
	{4, 1, {3, 2, 0}},   /* unrecognised Next Header: protocol unreachable */
}};

constexpr int none = -1;

/* RFC 7915 section 4.2, figure 3, byte by byte. */
constexpr std::array<int, 20> pointers46{
	0,		    /* version, header length */
	1,		    /* type of service */
	4,    4,	    /* total length */
	none, none,	    /* identification */
	none,		    /* flags, fragment offset */
	none,		    /* fragment offset */
	7,		    /* time to live */
	6,		    /* protocol */
	none, none,	    /* header checksum */
	8,    8,    8,	8,  /* source address */
	24,   24,   24, 24, /* destination address */
};

/* RFC 7915 section 5.2, figure 6, byte by byte. */
constexpr std::array<int, 40> pointers64{
	0,				    /* version, traffic class */
	1,				    /* traffic class, flow label */
	none, none,			    /* flow label */
	2,    2,			    /* payload length */
	9,				    /* next header */
	8,				    /* hop limit */
	12,   12,   12, 12, 12, 12, 12, 12, /* source address */
	12,   12,   12, 12, 12, 12, 12, 12,
	16,   16,   16, 16, 16, 16, 16, 16, /* destination address */
	16,   16,   16, 16, 16, 16, 16, 16,
};

TEST(IcmpMap, EveryTypeAndCode46)
{
	for (unsigned int type = 0; type <= 255; type++) {
		for (unsigned int code = 0; code <= 255; code++) {
			const Message *wanted = find(rows46, type, code);
			const auto got = error46(static_cast<std::uint8_t>(type),
						 static_cast<std::uint8_t>(code), mtu);

			if (type == 11 && code == 1)
				EXPECT_EQ(got, (Message{3, 1, 0}));
			else if (wanted)
				EXPECT_EQ(got, *wanted) << type << '/' << code;
			else
				EXPECT_FALSE(got) << type << '/' << code;
		}
	}
}

TEST(IcmpMap, EveryTypeAndCode64)
{
	for (unsigned int type = 0; type <= 255; type++) {
		for (unsigned int code = 0; code <= 255; code++) {
			const Message *wanted = find(rows64, type, code);
			const auto got = error64(static_cast<std::uint8_t>(type),
						 static_cast<std::uint8_t>(code), mtu);

			/* RFC 4443 section 3.2: receivers ignore the code of Packet Too Big. */
			if (type == 2)
				EXPECT_EQ(got, (Message{3, 4, mtu})) << code;
			else if (wanted)
				EXPECT_EQ(got, *wanted) << type << '/' << code;
			else
				EXPECT_FALSE(got) << type << '/' << code;
		}
	}
}

TEST(IcmpMap, Pointers46)
{
	for (unsigned int pointer = 0; pointer <= 255; pointer++) {
		const int wanted = pointer < pointers46.size() ? pointers46.at(pointer) : none;

		/* 0 the pointer indicates the error, 1 a missing option, 2 a bad length. */
		for (const std::uint8_t code : std::initializer_list<std::uint8_t>{0, 2}) {
			const auto got = error46(12, code, pointer);

			if (wanted == none)
				EXPECT_FALSE(got) << pointer;
			else
				EXPECT_EQ(got, (Message{4, 0, static_cast<std::uint32_t>(wanted)}))
					<< pointer;
		}
		for (unsigned int code = 0; code <= 255; code++) {
			if (code == 0 || code == 2)
				continue;
			ASSERT_FALSE(error46(12, static_cast<std::uint8_t>(code), pointer)) << code;
		}
	}
}

TEST(IcmpMap, Pointers64)
{
	for (std::uint32_t pointer = 0; pointer <= 300; pointer++) {
		const int wanted = pointer < pointers64.size() ? pointers64.at(pointer) : none;
		const auto got = error64(4, 0, pointer);

		if (wanted == none)
			EXPECT_FALSE(got) << pointer;
		else
			EXPECT_EQ(got, (Message{12, 0, static_cast<std::uint32_t>(wanted)}))
				<< pointer;
		/* Whatever it points at: an unrecognised Next Header, an unrecognised option. */
		EXPECT_EQ(error64(4, 1, pointer), (Message{3, 2, 0})) << pointer;
		EXPECT_FALSE(error64(4, 2, pointer)) << pointer;
	}
	/* Pointers of ICMPv6 have 32 bits. */
	for (const std::uint32_t pointer : std::initializer_list<std::uint32_t>{
		     0x100, 0x10000, 0x80000000, 0xfffffff0, 0xffffffff})
		EXPECT_FALSE(error64(4, 0, pointer)) << pointer;
}

std::uint32_t plateau(std::uint32_t len)
{
	constexpr std::array<std::uint16_t, 11> defaults{HN_PLATEAUS};

	return hn_icmp_plateau(defaults.data(), defaults.size(), len);
}

/* RFC 1191 section 7: the greatest plateau below the length of what did not fit. */
TEST(IcmpMap, Plateaus)
{
	constexpr std::array<std::uint32_t, 11> plateaus{65535, 32000, 17914, 8166, 4352, 2002,
							 1492,	1006,  508,   296,  68};
	constexpr std::array<std::uint16_t, 2> others{1500, 1400};

	for (std::uint32_t len = 69; len <= 65536; len++) {
		const auto below = std::ranges::find_if(
			plateaus, [&](std::uint32_t plateau) { return plateau < len; });

		ASSERT_NE(below, plateaus.end());
		ASSERT_EQ(plateau(len), *below) << len;
	}
	/* Nothing is below the smallest: a length that can't have been too big. */
	for (std::uint32_t len = 0; len <= 68; len++)
		EXPECT_EQ(plateau(len), 68U) << len;
	EXPECT_EQ(hn_icmp_plateau(others.data(), others.size(), 1501), 1500U);
	EXPECT_EQ(hn_icmp_plateau(others.data(), others.size(), 1500), 1400U);
	EXPECT_EQ(hn_icmp_plateau(others.data(), others.size(), 1400), 68U);
}

/* RFC 7915 section 4.2: max(1280, min(MTU + 20, MTU of the IPv6 hop, MTU of the IPv4 hop + 20)). */
TEST(IcmpMap, Mtu46)
{
	EXPECT_EQ(hn_icmp_mtu46(1400, 1500, 1500), 1420U);
	EXPECT_EQ(hn_icmp_mtu46(1500, 1500, 1500), 1500U);
	EXPECT_EQ(hn_icmp_mtu46(1500, 1500, 9000), 1520U);
	EXPECT_EQ(hn_icmp_mtu46(9000, 1400, 9000), 1420U);
	EXPECT_EQ(hn_icmp_mtu46(9000, 9000, 1400), 1400U);
	EXPECT_EQ(hn_icmp_mtu46(65535, 1500, 1500), 1500U);
	EXPECT_EQ(hn_icmp_mtu46(65535, 65535, 65575), 65555U);
	/* IPv6 has a floor. */
	EXPECT_EQ(hn_icmp_mtu46(1260, 1500, 1500), 1280U);
	EXPECT_EQ(hn_icmp_mtu46(1261, 1500, 1500), 1281U);
	EXPECT_EQ(hn_icmp_mtu46(576, 1500, 1500), 1280U);
	EXPECT_EQ(hn_icmp_mtu46(68, 1500, 1500), 1280U);
	EXPECT_EQ(hn_icmp_mtu46(1, 1500, 1500), 1280U);
	/* A router before RFC 1191 says zero: the plateau below the packet, but not below 1280. */
	EXPECT_EQ(hn_icmp_mtu46(plateau(1500), 1500, 1500), 1500U);
	EXPECT_EQ(hn_icmp_mtu46(plateau(1500), 9000, 9000), 1512U);
	EXPECT_EQ(hn_icmp_mtu46(plateau(1493), 9000, 9000), 1512U);
	EXPECT_EQ(hn_icmp_mtu46(plateau(1492), 9000, 9000), 1280U);
	EXPECT_EQ(hn_icmp_mtu46(plateau(9000), 9000, 9000), 8186U);
	EXPECT_EQ(hn_icmp_mtu46(plateau(65535), 65535, 65535), 32020U);
	EXPECT_EQ(hn_icmp_mtu46(plateau(68), 1500, 1500), 1280U);
	EXPECT_EQ(hn_icmp_mtu46(plateau(0), 1500, 1500), 1280U);
}

/* RFC 7915 section 5.2: min(MTU - 20, MTU of the IPv4 hop, MTU of the IPv6 hop - 20). */
TEST(IcmpMap, Mtu64)
{
	EXPECT_EQ(hn_icmp_mtu64(1400, 1500, 1500), 1380U);
	EXPECT_EQ(hn_icmp_mtu64(1280, 1500, 1500), 1260U);
	EXPECT_EQ(hn_icmp_mtu64(1500, 1500, 1500), 1480U);
	EXPECT_EQ(hn_icmp_mtu64(9000, 1500, 9000), 1500U);
	EXPECT_EQ(hn_icmp_mtu64(9000, 9000, 1400), 1380U);
	EXPECT_EQ(hn_icmp_mtu64(65535, 1500, 1500), 1480U);
	EXPECT_EQ(hn_icmp_mtu64(65535, 65535, 65535), 65515U);
	/* Never below what every IPv4 path carries, and no field of 16 bits overflows. */
	EXPECT_EQ(hn_icmp_mtu64(0, 1500, 1500), 68U);
	EXPECT_EQ(hn_icmp_mtu64(20, 1500, 1500), 68U);
	EXPECT_EQ(hn_icmp_mtu64(68, 1500, 1500), 68U);
	EXPECT_EQ(hn_icmp_mtu64(88, 1500, 1500), 68U);
	EXPECT_EQ(hn_icmp_mtu64(89, 1500, 1500), 69U);
	EXPECT_EQ(hn_icmp_mtu64(0xffffffff, 1500, 1500), 1480U);
	EXPECT_EQ(hn_icmp_mtu64(0xffffffff, 0xffffffff, 0xffffffff), 65535U);
}

/* Over all that a field can hold: within the limits, and never more than what was reported allows.
 */
TEST(IcmpMap, MtuLimits)
{
	for (std::uint32_t reported = 1; reported <= 0xffff; reported++) {
		const std::uint32_t up = hn_icmp_mtu46(reported, 9000, 9000);
		const std::uint32_t down = hn_icmp_mtu64(reported, 9000, 9000);

		ASSERT_GE(up, 1280U);
		ASSERT_LE(up, std::max(1280U, reported + 20));
		ASSERT_LE(up, 9000U);
		ASSERT_GE(down, 68U);
		ASSERT_LE(down, std::max(68U, reported - 20));
		ASSERT_LE(down, 8980U);
	}
}

} // namespace
} // namespace hn
