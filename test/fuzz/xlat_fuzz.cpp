// SPDX-License-Identifier: GPL-2.0-or-later
// The headers that the translation in the kernel is made of. Checksums that are adjusted equal
// those that are computed anew, addresses that are embedded come out again, the TCP state machine
// stays in its table and lives only after both SYNs, ICMP errors have a translation that has one
// back.
#include <algorithm>
#include <array>
#include <vector>

#include "csum.h"
#include "expect.h"
#include "icmp_map.h"
#include "input.h"
#include "rfc6052.h"
#include "target.h"
#include "tcp_fsm.h"

namespace
{

using hn::fuzz::Input;
using Octets = std::vector<std::uint8_t>;

constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;

void append(Octets &to, const void *from, std::size_t size)
{
	const auto *octets = static_cast<const std::uint8_t *>(from);

	to.insert(to.end(), octets, octets + size);
}

// RFC 1071 as it is written: the complement of the sum of all 16-bit words.
std::uint16_t naive_checksum(const Octets &octets)
{
	std::uint64_t sum = 0;

	for (std::size_t i = 0; i < octets.size(); i++)
		sum += i % 2 ? octets[i] : octets[i] * 256U;
	while (sum > 0xffff)
		sum = sum % 0x10000 + sum / 0x10000;
	return htons(static_cast<std::uint16_t>(~sum));
}

// What TCP and UDP checksums cover besides the segment (RFC 793, RFC 8200 section 8.1).
Octets pseudo_header(std::span<const std::uint8_t> source,
		     std::span<const std::uint8_t> destination, std::uint8_t protocol,
		     std::size_t length)
{
	Octets out(source.begin(), source.end());
	const std::uint32_t be_length = htonl(static_cast<std::uint32_t>(length));

	append(out, destination.data(), destination.size());
	append(out, &be_length, sizeof(be_length));
	out.insert(out.end(), {0, 0, 0, protocol});
	return out;
}

template<class T>
std::span<const std::uint8_t> octets_of(const T &value)
{
	return {static_cast<const std::uint8_t *>(static_cast<const void *>(&value)),
		sizeof(value)};
}

hn_prefix6 valid_prefix(Input &in)
{
	static constexpr std::array<std::uint8_t, 6> lengths{32, 40, 48, 56, 64, 96};
	hn_prefix6 out{};

	out.len = lengths.at(in.below(lengths.size()));
	out.addr = in.take<in6_addr>();
	out.addr.s6_addr[8] = 0;
	std::fill(std::begin(out.addr.s6_addr) + out.len / 8, std::end(out.addr.s6_addr),
		  std::uint8_t{0});
	HN_EXPECT(hn_prefix6_valid(&out));
	return out;
}

bool naive_contains(const hn_prefix6 &prefix, const in6_addr &addr)
{
	return std::equal(std::begin(addr.s6_addr), std::begin(addr.s6_addr) + prefix.len / 8,
			  std::begin(prefix.addr.s6_addr));
}

void addresses(Input &in)
{
	const hn_prefix6 prefix = valid_prefix(in);
	const auto v4 = in.take<__be32>();
	const auto any = in.take<in6_addr>();
	const auto claimed = in.take<hn_prefix6>();
	in6_addr v6{};

	hn_rfc6052_embed(&v6, &prefix, v4);
	HN_EXPECT(naive_contains(prefix, v6) && hn_prefix6_contains(&prefix, &v6));
	HN_EXPECT(hn_rfc6052_extract(&prefix, &v6) == v4);
	HN_EXPECT(v6.s6_addr[8] == 0);

	HN_EXPECT(!hn_prefix6_contains(&prefix, &any) == !naive_contains(prefix, any));
	static_cast<void>(hn_rfc6052_extract(&prefix, &any));
	if (hn_prefix6_valid(&claimed)) {
		HN_EXPECT(hn_prefix6_len_valid(claimed.len));
		HN_EXPECT(hn_prefix6_contains(&claimed, &claimed.addr));
	}
}

// A segment of TCP or UDP with its two ports, and where its checksum is.
struct Segment {
	std::uint8_t protocol;
	Octets octets;

	[[nodiscard]] std::size_t at() const { return protocol == protocol_tcp ? 16 : 6; }

	[[nodiscard]] std::uint16_t checksum() const
	{
		std::uint16_t out = 0;

		std::memcpy(&out, &octets[at()], sizeof(out));
		return out;
	}

	void set_word(std::size_t offset, std::uint16_t word)
	{
		std::memcpy(&octets[offset], &word, sizeof(word));
	}

	// UDP's zero means none: it is sent as its other form (RFC 768).
	[[nodiscard]] std::uint16_t on_the_wire(std::uint16_t check) const
	{
		return protocol == protocol_udp && !check ? 0xffff : check;
	}

	void fill_checksum(std::span<const std::uint8_t> source,
			   std::span<const std::uint8_t> destination)
	{
		set_word(at(), 0);
		Octets all = pseudo_header(source, destination, protocol, octets.size());
		append(all, octets.data(), octets.size());
		set_word(at(), on_the_wire(naive_checksum(all)));
	}
};

Segment segment(Input &in)
{
	Segment out{.protocol = in.below(2) ? protocol_tcp : protocol_udp, .octets = {}};
	const std::span<const std::uint8_t> payload = in.rest();

	out.octets.assign(payload.begin(), payload.end());
	out.octets.resize(std::max<std::size_t>(out.octets.size(), 20));
	return out;
}

// The addresses and the source port of a segment change as they do in a session: there and back.
void checksums(Input &in)
{
	const hn_prefix6 pool6 = valid_prefix(in);
	const auto inside = in.take<in6_addr>();
	const auto external = in.take<__be32>();
	const auto remote = in.take<__be32>();
	const auto external_port = in.take<std::uint16_t>();
	Segment s = segment(in);
	in6_addr remote6{};
	std::uint16_t inside_port = 0;

	hn_rfc6052_embed(&remote6, &pool6, remote);
	std::memcpy(&inside_port, s.octets.data(), sizeof(inside_port));
	s.fill_checksum(octets_of(inside), octets_of(remote6));
	const Segment before = s;

	std::uint16_t delta = hn_csum_add(hn_csum_words(&external, 4), hn_csum_words(&remote, 4));
	delta = hn_csum_sub(delta, hn_csum_words(&inside, 16));
	delta = hn_csum_sub(delta, hn_csum_words(&remote6, 16));
	delta = hn_csum_add(delta, hn_csum_sub(external_port, inside_port));

	const std::uint16_t adjusted = s.on_the_wire(hn_csum_update(s.checksum(), delta));
	s.set_word(0, external_port);
	s.fill_checksum(octets_of(external), octets_of(remote));
	HN_EXPECT(adjusted == s.checksum());
	const auto back = static_cast<std::uint16_t>(~delta);
	HN_EXPECT(s.on_the_wire(hn_csum_update(adjusted, back)) == before.checksum());
}

// Some words are replaced by others, as many or not: RFC 1624.
void sums(Input &in)
{
	std::array<std::uint16_t, 32> was = in.take<std::array<std::uint16_t, 32>>();
	std::array<std::uint16_t, 32> is = in.take<std::array<std::uint16_t, 32>>();
	const unsigned was_size = 2 * in.below(33);
	const unsigned is_size = 2 * in.below(33);
	Octets old_octets{0x45};
	Octets new_octets{0x45};

	old_octets.push_back(in.take<std::uint8_t>());
	new_octets.push_back(old_octets.back());
	const std::span<const std::uint8_t> rest = in.rest();
	append(old_octets, was.data(), was_size);
	append(old_octets, rest.data(), rest.size());
	append(new_octets, is.data(), is_size);
	append(new_octets, rest.data(), rest.size());

	const std::uint16_t delta =
		hn_csum_sub(hn_csum_words(is.data(), is_size), hn_csum_words(was.data(), was_size));
	HN_EXPECT(hn_csum_update(naive_checksum(old_octets), delta) == naive_checksum(new_octets));
}

bool same(const hn_icmp_error &a, const hn_icmp_error &b)
{
	return a.type == b.type && a.code == b.code && a.info == b.info;
}

void expect_icmp6(const hn_icmp_error &e)
{
	HN_EXPECT(e.type >= HN_ICMP6_UNREACH && e.type <= HN_ICMP6_PARAM);
	HN_EXPECT(e.code <= 4);
	HN_EXPECT(e.type != HN_ICMP6_PARAM || e.info < 40);
}

void expect_icmp4(const hn_icmp_error &e)
{
	HN_EXPECT(e.type == HN_ICMP4_UNREACH || e.type == HN_ICMP4_TIME ||
		  e.type == HN_ICMP4_PARAM);
	HN_EXPECT(e.code <= 15);
	HN_EXPECT(e.type != HN_ICMP4_PARAM || e.info < 20);
}

// What was translated can be translated back, and then means what it meant at first.
void icmp_errors(Input &in)
{
	const hn_icmp_error e{in.take<__u8>(), in.take<__u8>(), in.take<__u32>()};
	hn_icmp_error there{}, back{}, again{};

	if (hn_icmp_error46(&e, &there)) {
		expect_icmp6(there);
		HN_EXPECT(hn_icmp_error64(&there, &back));
		HN_EXPECT(hn_icmp_error46(&back, &again) && same(again, there));
	}
	if (hn_icmp_error64(&e, &there)) {
		expect_icmp4(there);
		HN_EXPECT(hn_icmp_error46(&there, &back));
		HN_EXPECT(hn_icmp_error64(&back, &again) && same(again, there));
	}
}

void mtus(Input &in)
{
	constexpr std::array<std::uint16_t, 11> plateaus{HN_PLATEAUS};
	const auto reported = in.take<std::uint32_t>();
	const std::uint32_t length = in.take<std::uint16_t>();
	const std::uint32_t mtu4 = in.take<std::uint32_t>() % (1U << 31);
	const std::uint32_t mtu6 = in.take<std::uint32_t>() % (1U << 31);
	const std::uint32_t mtu =
		reported ? reported : hn_icmp_plateau(plateaus.data(), plateaus.size(), length);
	const std::uint32_t up = hn_icmp_mtu46(mtu, mtu4, mtu6);
	const std::uint32_t down = hn_icmp_mtu64(reported, mtu4, mtu6);

	HN_EXPECT(up >= 1280 && up <= std::max(1280U, std::min(mtu4 + 20, mtu6)));
	HN_EXPECT(!reported || reported > mtu4 || up <= std::max(1280U, reported + 20));
	HN_EXPECT(reported || length <= 68 || up < std::max(1281U, length + 20));
	HN_EXPECT(down <= 65535 && down <= mtu4 && down >= std::min(68U, mtu4));
	HN_EXPECT(down <= std::max(68U, std::min(reported, mtu6) - std::min(reported, 20U)));
}

// What happened to a connection so far.
struct History {
	bool syn4 = false, syn6 = false;
	bool fin4 = false, fin6 = false;

	void add(hn_tcp_event event)
	{
		syn4 |= event == HN_TCP_EV_V4_SYN;
		syn6 |= event == HN_TCP_EV_V6_SYN;
		fin4 |= event == HN_TCP_EV_V4_FIN;
		fin6 |= event == HN_TCP_EV_V6_FIN;
	}
};

void connection(Input &in)
{
	hn_tcp_state state = HN_TCP_CLOSED;
	History seen;

	while (!in.empty()) {
		const auto bits = in.take<std::uint8_t>();
		const hn_tcp_event event = hn_tcp_event_of(bits & 1, bits & 2, bits & 4, bits & 8);
		HN_EXPECT(event < HN_TCP_EV_COUNT);
		const struct hn_tcp_step step = hn_tcp_step(state, event);

		seen.add(event);
		HN_EXPECT(step.state < HN_TCP_COUNT && step.timer <= HN_TCP_TIMER_EST);
		HN_EXPECT(state == HN_TCP_CLOSED || step.state != HN_TCP_CLOSED);
		HN_EXPECT(state != HN_TCP_FIN_FIN || step.state == HN_TCP_FIN_FIN);
		state = static_cast<hn_tcp_state>(step.state);
		const bool opened = hn_tcp_class_of(state) != HN_TCP_OPENS;
		HN_EXPECT(!opened || (seen.syn4 && seen.syn6));
		HN_EXPECT(state != HN_TCP_V4_FIN || seen.fin4);
		HN_EXPECT(state != HN_TCP_V6_FIN || seen.fin6);
		HN_EXPECT(state != HN_TCP_FIN_FIN || (seen.fin4 && seen.fin6));
	}
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static constexpr std::array parts{addresses,   checksums, sums,
					  icmp_errors, mtus,	  connection};
	Input in(data, size);

	parts.at(in.below(parts.size()))(in);
	return 0;
}
