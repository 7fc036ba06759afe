// SPDX-License-Identifier: GPL-2.0-or-later
#include "request.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <span>

#include "hanat.h"

namespace hn::fuzz
{

namespace
{

using Data = std::vector<std::byte>;

constexpr std::size_t attribute_header = sizeof(nlattr);
constexpr std::size_t max_payload = 0xffff - attribute_header;

// What an attribute says it is need not be what it is.
struct Attribute {
	std::uint16_t type = 0;
	std::uint16_t length = 0; // as its header says
	Data payload;
};

template<typename Object>
void append_object(Data &to, const Object &object)
{
	const auto bytes = std::as_bytes(std::span(&object, 1));

	to.insert(to.end(), bytes.begin(), bytes.end());
}

Attribute attribute(std::uint16_t type, Data payload)
{
	payload.resize(std::min(payload.size(), max_payload));

	const auto length = static_cast<std::uint16_t>(attribute_header + payload.size());

	return {type, length, std::move(payload)};
}

template<typename Object>
Attribute object(std::uint16_t type, const Object &value)
{
	Data payload;

	append_object(payload, value);
	return attribute(type, std::move(payload));
}

void append_attribute(Data &to, const Attribute &attribute)
{
	append_object(to, nlattr{attribute.length, attribute.type});
	to.insert(to.end(), attribute.payload.begin(), attribute.payload.end());
	to.resize(aligned(to.size()));
}

std::uint32_t big_endian(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d)
{
	const std::array<std::uint8_t, 4> bytes = {a, b, c, d};
	std::uint32_t value = 0;

	std::memcpy(&value, bytes.data(), sizeof(value));
	return value;
}

std::uint16_t big_endian(std::size_t port)
{
	return static_cast<std::uint16_t>((port >> 8 & 0xff) | (port & 0xff) << 8);
}

std::uint32_t draw_number(Random &random)
{
	static constexpr std::array<std::uint32_t, 10> marks = {
		0, 1, 2, 7, 4095, 4096, 8192, 120000, 86400000, 0xffffffff};

	return random.percent(70) ? random.pick(marks) : random.number();
}

Data draw_pool6(Random &random)
{
	static constexpr std::array<std::uint8_t, 8> lengths = {96, 96, 96, 96, 64, 40, 32, 33};
	hn_prefix6 prefix{};

	prefix.addr.s6_addr[1] = 0x64;
	prefix.addr.s6_addr[2] = 0xff;
	prefix.addr.s6_addr[3] = 0x9b;
	prefix.len = random.pick(lengths);
	if (random.percent(5))
		prefix.reserved[random.below(3)] = random.byte();

	Data payload;

	append_object(payload, prefix);
	return payload;
}

// For mappings that are asked for: no packet of the traffic has a mark, and takes its ports.
hn_pool4_entry reserved_entry()
{
	hn_pool4_entry entry{};

	entry.addr = big_endian(198, 18, 0, 0);
	entry.len = 32;
	entry.protos = HN_PROTO_BIT(HN_PROTO_UDP);
	entry.port_min = 61001;
	entry.port_max = 61002;
	entry.mark = 9;
	return entry;
}

// Mostly what the traffic uses, or those; most are one of two ranges, which is then there to be
// removed.
hn_pool4_entry draw_entry(Random &random)
{
	static constexpr std::array<std::uint8_t, 8> lengths = {32, 32, 32, 31, 30, 24, 20, 15};
	hn_pool4_entry entry{};

	entry.addr = big_endian(192, 0, 2, 1);
	entry.len = 32;
	entry.protos = HN_PROTO_BIT(HN_PROTO_TCP) | HN_PROTO_BIT(HN_PROTO_UDP);
	entry.port_min = 61001;
	entry.port_max = 61016;
	if (random.percent(40))
		return entry;
	if (random.percent(60))
		return reserved_entry();
	entry.addr = big_endian(192, 0, 2, static_cast<std::uint8_t>(random.below(2)));
	entry.protos =
		static_cast<std::uint8_t>(random.percent(90) ? 1 + random.below(7) : random.byte());
	entry.port_max = static_cast<std::uint16_t>(61001 + 15 * random.below(3));
	if (random.percent(30)) {
		entry.addr = big_endian(198, 18, 0, 0);
		// Large ones take seconds.
		entry.len = random.percent(4) ? std::uint8_t{16} : random.pick(lengths);
	}
	if (random.percent(20)) {
		entry.port_min = random.word();
		entry.port_max = random.word();
	}
	if (random.percent(10))
		entry.share = static_cast<std::uint16_t>(random.below(4));
	if (random.percent(10))
		entry.mark = static_cast<std::uint32_t>(random.below(8));
	if (random.percent(3))
		entry.used = random.byte();
	return entry;
}

// No more than 256 addresses with all ports, or 65536 with a few.
void limit_entry(Data &payload)
{
	hn_pool4_entry entry{};

	if (payload.size() < sizeof(entry))
		return;
	std::memcpy(&entry, payload.data(), sizeof(entry));
	if (entry.len < 24)
		entry.port_max = std::min<std::uint16_t>(
			entry.port_max,
			static_cast<std::uint16_t>(std::min(entry.port_min + 15, 65535)));
	std::memcpy(payload.data(), &entry, sizeof(entry));
}

std::uint32_t draw_owner(Random &random)
{
	return static_cast<std::uint32_t>(1 + random.below(3));
}

hn_record draw_record(Random &random)
{
	hn_record record{};

	record.inside = {{{0x20, 0x01, 0x0d, 0xb8, 0, 1}}};
	record.inside.s6_addr[15] = static_cast<std::uint8_t>(random.below(4));
	record.ext = big_endian(192, 0, 2, 1);
	record.remote = big_endian(198, 51, 100, static_cast<std::uint8_t>(random.below(4)));
	record.inside_port = big_endian(5000 + random.below(16));
	record.ext_port = big_endian(61001 + random.below(20));
	record.remote_port = big_endian(9000 + random.below(4));
	record.proto = static_cast<std::uint8_t>(random.below(3));
	record.state = record.proto == HN_PROTO_TCP ? static_cast<std::uint8_t>(random.below(8))
						    : static_cast<std::uint8_t>(HN_TCP_ESTABLISHED);
	record.lifetime = static_cast<std::uint32_t>(random.below(300000));
	record.owner = draw_owner(random);
	record.generation = static_cast<std::uint16_t>(random.below(4));
	record.version = random.word();
	record.flags = random.percent(20) ? HN_RF_DELETE : 0;
	if (record.proto == HN_PROTO_ICMP)
		record.remote_port = record.ext_port;
	if (random.percent(15)) {
		auto *bytes = reinterpret_cast<std::uint8_t *>(&record);

		bytes[random.below(sizeof(record))] = random.byte();
	}
	return record;
}

// Most are of the reserved ports, and then there to be removed; the others are of the traffic's
// addresses and ports.
hn_bib_entry draw_bib_entry(Random &random)
{
	hn_bib_entry entry{};

	entry.inside = {{{0x20, 0x01, 0x0d, 0xb8, 0, 1}}};
	if (random.percent(80)) {
		const hn_pool4_entry reserved = reserved_entry();

		entry.inside.s6_addr[15] = 7;
		entry.ext = reserved.addr;
		entry.inside_port = big_endian(5000);
		entry.ext_port = big_endian(reserved.port_min + random.below(2));
		entry.protos = reserved.protos;
		return entry;
	}
	entry.inside.s6_addr[15] = static_cast<std::uint8_t>(random.below(4));
	entry.ext = big_endian(192, 0, 2, static_cast<std::uint8_t>(random.below(2)));
	entry.inside_port = big_endian(5000 + random.below(16));
	entry.ext_port = big_endian(61001 + random.below(18));
	entry.protos = static_cast<std::uint8_t>(
		random.percent(70) ? HN_PROTO_BIT(random.below(HN_PROTO_COUNT)) : random.below(9));
	if (entry.protos == HN_PROTO_BIT(HN_PROTO_ICMP))
		entry.ext_port = big_endian(random.below(12));
	if (random.percent(3))
		entry.reserved[random.below(3)] = random.byte();
	return entry;
}

// By one end, mostly; both are seldom those of one mapping.
hn_bib_entry draw_bib_removal(Random &random)
{
	hn_bib_entry entry = draw_bib_entry(random);

	if (random.percent(45)) {
		entry.ext = 0;
		entry.ext_port = 0;
	} else if (random.percent(90)) {
		entry.inside = {};
		entry.inside_port = 0;
	}
	return entry;
}

Data draw_records(Random &random)
{
	static constexpr std::array<std::size_t, 8> counts = {
		1, 1, 2, 10, 100, HN_APPLY_MAX_RECORDS, HN_APPLY_MAX_RECORDS + 1, 1365};
	Data payload;

	for (std::size_t n = random.pick(counts); n; n--)
		append_object(payload, draw_record(random));
	return payload;
}

// Few differ, so that one that is to be removed is there; half of them would be too many with a
// few more.
Data draw_prefixes(Random &random)
{
	static constexpr std::array<std::size_t, 4> counts = {1, 1, 2, HN_PREFIXES_MAX / 2};
	const std::size_t count = random.pick(counts);
	Data payload;

	for (std::size_t n = 0; n < count; n++) {
		hn_prefix6 prefix{};

		prefix.addr.s6_addr[10] = 0xff;
		prefix.addr.s6_addr[11] = 0xff;
		prefix.addr.s6_addr[12] = 198;
		prefix.addr.s6_addr[13] = 51;
		prefix.addr.s6_addr[14] = count > 2 ? static_cast<std::uint8_t>(n >> 6) : 100;
		prefix.addr.s6_addr[15] =
			static_cast<std::uint8_t>(count > 2 ? n << 2 & 0xff : random.below(2) << 1);
		prefix.len = 127;
		append_object(payload, prefix);
	}
	return payload;
}

// An array of MTUs that is one, mostly.
Data draw_mtus(Random &random)
{
	static constexpr std::array<std::size_t, 6> counts = {
		1, 2, 11, HN_PLATEAUS_MAX, HN_PLATEAUS_MAX + 1, 0};
	Data payload;

	for (std::size_t n = random.pick(counts); n; n--)
		append_object(payload,
			      static_cast<std::uint16_t>(random.percent(99) ? 68 + 7 * n : n / 2));
	if (random.percent(5))
		payload.push_back(std::byte{1});
	return payload;
}

// Values that are allowed, mostly. Not those that end the traffic for long. Without
// HN_G_SS_ENABLED, two commands are refused.
Data draw_globals(Random &random)
{
	static constexpr std::array<std::uint32_t, __HN_G_LAST> defaults = {0,
#define HN_DEFAULT(id, name, type, def, min, max, help) def,
									    HN_GLOBALS(HN_DEFAULT)
#undef HN_DEFAULT
	};
	Data payload;

	for (std::size_t n = 1 + random.below(3); n; n--) {
		const auto type = random.percent(30)
					  ? std::uint16_t{HN_G_SS_ENABLED}
					  : static_cast<std::uint16_t>(1 + random.below(HN_G_MAX));
		std::uint32_t value = random.percent(50) ? defaults[type] : draw_number(random);

		if (type == HN_G_SS_ENABLED || type == HN_G_LOGGING_BIB ||
		    type == HN_G_LOGGING_SESSION)
			value = random.percent(70);
		if (type == HN_G_MTU_PLATEAUS) {
			append_attribute(payload, attribute(type, draw_mtus(random)));
			continue;
		}
		append_attribute(payload, object(type, value));
	}
	return payload;
}

Data draw_data(Random &random, std::size_t size)
{
	Data data(size);

	std::generate(data.begin(), data.end(), [&] { return std::byte{random.byte()}; });
	return data;
}

std::vector<Attribute> draw_attributes(Random &random, std::uint8_t command)
{
	std::vector<Attribute> all;

	switch (command) {
	case HN_CMD_INSTANCE_ADD:
		all.push_back(attribute(HN_A_POOL6, draw_pool6(random)));
		break;
	case HN_CMD_GLOBAL_SET:
		all.push_back(attribute(HN_A_GLOBALS | NLA_F_NESTED, draw_globals(random)));
		break;
	case HN_CMD_POOL4_ADD:
		all.push_back(object(HN_A_POOL4, draw_entry(random)));
		break;
	case HN_CMD_POOL4_REMOVE:
		all.push_back(object(HN_A_POOL4, draw_entry(random)));
		[[fallthrough]];
	case HN_CMD_POOL4_FLUSH:
		if (random.percent(40))
			all.push_back(object(HN_A_FLAGS, std::uint32_t{random.percent(80)}));
		break;
	case HN_CMD_BIB_ADD:
		all.push_back(object(HN_A_BIB_ENTRY, draw_bib_entry(random)));
		break;
	case HN_CMD_BIB_REMOVE:
		all.push_back(object(HN_A_BIB_ENTRY, draw_bib_removal(random)));
		if (random.percent(40))
			all.push_back(object(HN_A_FLAGS, std::uint32_t{random.percent(80)}));
		break;
	case HN_CMD_SESSION_GET:
		if (random.percent(30))
			all.push_back(
				object(HN_A_FLAGS, random.percent(80) ? HN_F_FOREIGN : HN_F_QUICK));
		if (random.percent(30))
			all.push_back(object(HN_A_OWNER, draw_owner(random)));
		if (random.percent(30))
			all.push_back(attribute(HN_A_DIGEST_BUCKETS,
						draw_data(random, HN_DIGEST_BUCKETS / 8)));
		if (random.percent(50))
			all.push_back(attribute(HN_A_DIGEST_KEY, draw_data(random, 16)));
		[[fallthrough]];
	case HN_CMD_BIB_GET:
		if (random.percent(50))
			all.push_back(object(HN_A_CURSOR, draw_number(random)));
		if (random.percent(50))
			all.push_back(
				object(HN_A_PROTOS, static_cast<std::uint8_t>(random.below(9))));
		break;
	case HN_CMD_DIGEST_GET:
		all.push_back(object(HN_A_OWNER, draw_owner(random)));
		all.push_back(attribute(HN_A_DIGEST_KEY, draw_data(random, 16)));
		break;
	case HN_CMD_SHARES_HOLD:
		all.push_back(object(HN_A_SHARES, static_cast<std::uint32_t>(1 + random.below(2))));
		all.push_back(object(HN_A_SHARES_HELD, std::uint64_t{random.below(4)}));
		break;
	case HN_CMD_PREFIX_ADD:
	case HN_CMD_PREFIX_REMOVE:
		all.push_back(attribute(HN_A_PREFIXES, draw_prefixes(random)));
		[[fallthrough]];
	case HN_CMD_PREFIX_FLUSH:
	case HN_CMD_PREFIX_GET:
		all.push_back(
			object(HN_A_LIST, static_cast<std::uint8_t>(random.below(HN_LIST_COUNT))));
		break;
	case HN_CMD_APPLY:
		all.push_back(attribute(HN_A_RECORDS, draw_records(random)));
		break;
	default:
		break;
	}
	return all;
}

// An attribute that nobody asked for.
Attribute draw_stray(Random &random)
{
	const auto type = static_cast<std::uint16_t>(
		random.below(HN_A_MAX + 3) | (random.percent(20) ? NLA_F_NESTED : 0U) |
		(random.percent(5) ? NLA_F_NET_BYTEORDER : 0U));
	const std::size_t size = random.percent(80) ? random.below(20) : random.below(max_payload);

	return attribute(type, draw_data(random, size));
}

void damage(Random &random, Attribute &attribute)
{
	static constexpr std::array<std::uint16_t, 8> lengths = {0, 1, 3, 4, 5, 8, 0x7fff, 0xffff};

	switch (random.below(8)) {
	case 0:
		attribute.type = static_cast<std::uint16_t>(random.below(HN_A_MAX + 3));
		return;
	case 1:
		attribute.type ^= static_cast<std::uint16_t>(1U << (14 + random.below(2)));
		return;
	case 2:
		attribute.length = random.percent(70) ? random.pick(lengths) : random.word();
		return;
	case 3: {
		// Inside itself.
		Data nested;

		append_attribute(nested, attribute);
		nested.resize(std::min(nested.size(), max_payload));
		attribute.payload = std::move(nested);
		break;
	}
	case 4:
		attribute.payload.resize(random.below(attribute.payload.size() + 1));
		break;
	case 5:
		attribute.payload.resize(
			std::min(attribute.payload.size() + 1 + random.below(60), max_payload));
		break;
	default:
		if (attribute.payload.empty())
			return;
		attribute.payload[random.below(attribute.payload.size())] =
			std::byte{random.byte()};
		return;
	}
	attribute.length = static_cast<std::uint16_t>(attribute_header + attribute.payload.size());
}

void damage(Random &random, std::vector<Attribute> &attributes)
{
	const std::size_t place = random.below(attributes.size() + 1);
	const auto at = attributes.begin() + static_cast<std::ptrdiff_t>(place);

	if (at == attributes.end() || random.percent(30))
		attributes.insert(at, draw_stray(random));
	else if (random.percent(20))
		attributes.erase(at);
	else if (random.percent(20))
		attributes.emplace(at, attributes[place]);
	else
		damage(random, *at);
}

bool is_dump(std::uint8_t command)
{
	return command == HN_CMD_POOL4_GET || command == HN_CMD_SESSION_GET ||
	       command == HN_CMD_BIB_GET;
}

} // namespace

bool is_request(unsigned command)
{
	return command > HN_CMD_UNSPEC && command <= HN_CMD_MAX && command != HN_CMD_DELTA &&
	       command != HN_CMD_LOG;
}

void Request::set_sequence(std::uint32_t sequence)
{
	std::memcpy(message.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof(sequence));
}

Request draw_request(Random &random, std::uint16_t family)
{
	// The instance shall be there for most of the time.
	static constexpr auto commands = std::to_array<std::uint8_t>({
		HN_CMD_INSTANCE_ADD,  HN_CMD_INSTANCE_ADD,  HN_CMD_INSTANCE_REMOVE,
		HN_CMD_INSTANCE_GET,  HN_CMD_GLOBAL_GET,    HN_CMD_GLOBAL_SET,
		HN_CMD_GLOBAL_SET,    HN_CMD_GLOBAL_SET,    HN_CMD_POOL4_ADD,
		HN_CMD_POOL4_ADD,     HN_CMD_POOL4_ADD,	    HN_CMD_POOL4_ADD,
		HN_CMD_POOL4_ADD,     HN_CMD_POOL4_REMOVE,  HN_CMD_POOL4_REMOVE,
		HN_CMD_POOL4_FLUSH,   HN_CMD_POOL4_GET,	    HN_CMD_SESSION_GET,
		HN_CMD_SESSION_GET,   HN_CMD_BIB_GET,	    HN_CMD_STATS_GET,
		HN_CMD_APPLY,	      HN_CMD_APPLY,	    HN_CMD_APPLY,
		HN_CMD_APPLY,	      HN_CMD_ADVERTISE,	    HN_CMD_ADVERTISE,
		HN_CMD_DIGEST_GET,    HN_CMD_DIGEST_GET,    HN_CMD_DELTA,
		HN_CMD_PREFIX_ADD,    HN_CMD_PREFIX_ADD,    HN_CMD_PREFIX_REMOVE,
		HN_CMD_PREFIX_REMOVE, HN_CMD_PREFIX_REMOVE, HN_CMD_PREFIX_REMOVE,
		HN_CMD_PREFIX_ADD,    HN_CMD_PREFIX_FLUSH,  HN_CMD_PREFIX_GET,
		HN_CMD_SHARES_HOLD,   HN_CMD_SHARES_HOLD,   HN_CMD_BIB_ADD,
		HN_CMD_BIB_ADD,	      HN_CMD_BIB_ADD,	    HN_CMD_BIB_ADD,
		HN_CMD_BIB_ADD,	      HN_CMD_BIB_REMOVE,    HN_CMD_BIB_REMOVE,
		HN_CMD_BIB_REMOVE,    HN_CMD_BIB_REMOVE,    HN_CMD_BIB_REMOVE,
		HN_CMD_BIB_REMOVE,
	});
	Request request;
	nlmsghdr header{};
	genlmsghdr generic{};

	request.command = random.percent(97) ? random.pick(commands) : random.byte();
	request.dump = is_dump(request.command) != random.percent(3);
	request.addressed = is_request(request.command) && request.dump == is_dump(request.command);

	std::vector<Attribute> attributes = draw_attributes(random, request.command);

	for (std::size_t n = random.percent(60) ? 0 : 1 + random.below(3); n; n--)
		damage(random, attributes);

	header.nlmsg_type = family;
	header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	if (request.dump)
		header.nlmsg_flags |= NLM_F_DUMP;
	generic.cmd = request.command;
	generic.version = random.percent(90) ? HN_GENL_VERSION : random.byte();
	if (random.percent(2)) {
		generic.reserved = random.word();
		request.addressed &= generic.reserved == 0;
	}
	append_object(request.message, header);
	append_object(request.message, generic);
	for (Attribute &each : attributes) {
		if ((each.type & NLA_TYPE_MASK) == HN_A_POOL4)
			limit_entry(each.payload);
		append_attribute(request.message, each);
	}
	if (random.percent(3)) {
		const Data trail = draw_data(random, random.below(12));

		request.message.insert(request.message.end(), trail.begin(), trail.end());
	}
	if (random.percent(2)) {
		// Less of it, perhaps not even the generic header.
		request.message.resize(sizeof(header) +
				       random.below(request.message.size() - sizeof(header)));
		request.addressed &= request.message.size() >= sizeof(header) + sizeof(generic);
	}
	header.nlmsg_len = static_cast<std::uint32_t>(request.message.size());
	std::memcpy(request.message.data(), &header, sizeof(header));
	return request;
}

} // namespace hn::fuzz
