// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers of docs/protocol.md, sections 3 and 4, that reading and writing frames share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <netinet/in.h>

#include "hanatd/wire.h"

namespace hn
{

enum TlvType : std::uint16_t {
	TlvSessions6 = 0x0001,
	TlvSessions4 = 0x0002,
	TlvOwned6 = 0x0003,
	TlvOwned4 = 0x0004,
	TlvRequestTable = 0x0010,
	TlvTablePromise = 0x0011,
	TlvTableSent = 0x0012,
	TlvHeartbeat = 0x0020,
	TlvBye = 0x0021,
	TlvAck = 0x0030,
	TlvNack = 0x0031,
	TlvOldest = 0x0032,
	TlvHello = 0x0040,
	TlvFingerprint = 0x0041,
	TlvRequestConfig = 0x0042,
	TlvConfigPart = 0x0043,
	TlvConfigOffer = 0x0044,
	TlvConfigAnswer = 0x0045,
	TlvDigest = 0x0058,
	TlvRequestDigest = 0x0059,
	TlvRequestBuckets = 0x005a,
	TlvBucketsSent = 0x005b,
	TlvRequestSums = 0x005c,
	TlvChallenge = 0x0070,
	TlvChallengeAnswer = 0x0071,
};

constexpr std::size_t length_offset = 6;
constexpr std::size_t epoch_offset = 12;
constexpr std::size_t tlv_header_size = 4;
constexpr std::size_t owner_size = 4;
constexpr std::size_t position_size = 9;
constexpr std::size_t nonce_size = 8;
constexpr std::size_t target_size = 4;
constexpr std::size_t hello_size = 14;
constexpr std::size_t fingerprint_size = 9; // of each item
constexpr std::size_t nack_size = 5;	    // without ranges
constexpr std::size_t range_size = 10;
constexpr std::size_t request_size = 9;
constexpr std::size_t table_answer_size = 8; // a promise, or that it was kept
constexpr std::size_t challenge_size = 28;
constexpr std::size_t digest_size = 8;		// without sums
constexpr std::size_t digest_request_size = 4;	// without groups
constexpr std::size_t buckets_request_size = 8; // without buckets
constexpr std::size_t buckets_sent_size = 16;
constexpr std::size_t config_request_size = 17;
constexpr std::size_t config_part_size = 20; // without what it brings
constexpr std::size_t config_offer_size = 20;
constexpr std::size_t config_answer_size = 13; // without the reason

// Of a record, behind its addresses and ports.
constexpr std::size_t kind_size = 1;
constexpr std::size_t lifetime_size = 2;
constexpr std::size_t generation_size = 2;
constexpr std::size_t version_size = 2;

constexpr unsigned kind_state_shift = 2;
constexpr unsigned kind_proto_mask = 0x03;
constexpr unsigned kind_state_mask = 0x07;
constexpr unsigned kind_delete = 0x20;
constexpr unsigned kind_reserved = 0xc0;

constexpr unsigned lifetime_unit = 16;
constexpr unsigned mantissa_bits = 12;
constexpr std::uint64_t mantissa_max = (1U << mantissa_bits) - 1;
constexpr unsigned exponent_max = 15;

constexpr std::size_t mapped_prefix = 12;

inline bool is_mapped(const in6_addr &addr)
{
	return IN6_IS_ADDR_V4MAPPED(&addr);
}

// ASCII that moves no cursor, wherever it is shown.
constexpr bool is_printable(char c)
{
	return c >= ' ' && c <= '~';
}

constexpr std::size_t record_size(bool mapped)
{
	return mapped ? wire_record4_size : wire_record6_size;
}

} // namespace hn
