// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/frame_writer.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "hanatd/seal.h"
#include "hanatd/tlv.h"

namespace hn
{

namespace
{

// Makes room for so many bytes at the end.
std::byte *append(Bytes &out, std::size_t size)
{
	const std::size_t before = out.size();

	out.resize(before + size);
	return out.data() + before;
}

// Returns where the next one belongs.
std::byte *store(std::byte *at, std::uint64_t value, std::size_t size)
{
	for (std::size_t i = size; i-- > 0; value >>= 8)
		at[i] = static_cast<std::byte>(value & 0xff);
	return at + size;
}

void put(Bytes &out, std::uint64_t value, std::size_t size)
{
	store(append(out, size), value, size);
}

void put_raw(Bytes &out, const void *from, std::size_t size)
{
	const auto *bytes = static_cast<const std::byte *>(from);

	out.insert(out.end(), bytes, bytes + size);
}

std::uint8_t kind_of(const hn_record &record)
{
	unsigned kind = (record.proto & kind_proto_mask) | (record.state & kind_state_mask)
								   << kind_state_shift;

	if (record.flags & HN_RF_DELETE)
		kind |= kind_delete;
	return static_cast<std::uint8_t>(kind);
}

// Of a record, what is as it is on the wire: addresses and ports.
constexpr std::size_t flow_size = offsetof(hn_record, proto);
static_assert(flow_size + kind_size + lifetime_size + generation_size + version_size ==
	      wire_record6_size);
static_assert(wire_record4_size + mapped_prefix == wire_record6_size);

void put_record(Bytes &out, const hn_record &record, bool mapped)
{
	const std::size_t skip = mapped ? mapped_prefix : 0;
	const bool gone = record.flags & HN_RF_DELETE;
	std::byte *at = append(out, record_size(mapped));

	std::memcpy(at, reinterpret_cast<const std::byte *>(&record) + skip, flow_size - skip);
	at = store(at + flow_size - skip, kind_of(record), kind_size);
	at = store(at, gone ? 0 : lifetime_encode(record.lifetime), lifetime_size);
	at = store(at, record.generation, generation_size);
	store(at, record.version, version_size);
}

void put_positions(Bytes &out, std::span<const StreamPosition> positions)
{
	for (const StreamPosition &position : positions) {
		put(out, position.stream, 1);
		put(out, position.last, 8);
	}
}

} // namespace

Bytes *FrameWriter::reserve(std::uint16_t type, std::uint32_t owner, std::size_t size, bool extend)
{
	const auto it = std::find_if(sections_.begin(), sections_.end(), [&](const Section &s) {
		return extend && s.type == type && s.owner == owner;
	});
	const bool found = it != sections_.end();
	const std::size_t need =
		size + (found ? 0 : tlv_header_size) + (found || !owner ? 0 : owner_size);

	if (size_ + need > limit_)
		return nullptr;
	size_ += need;
	if (found)
		return &it->value;
	Section &section =
		sections_.emplace_back(Section{.type = type, .owner = owner, .value = {}});
	if (extend) // more is likely to follow
		section.value.reserve(need + limit_ - size_);
	if (owner)
		put(section.value, owner, owner_size);
	return &section.value;
}

bool FrameWriter::add_record(const hn_record &record, std::uint16_t type6, std::uint32_t owner)
{
	const bool mapped = is_mapped(record.inside);
	const auto type = static_cast<std::uint16_t>(type6 + (mapped ? 1 : 0));
	Bytes *out = reserve(type, owner, record_size(mapped), true);

	if (out)
		put_record(*out, record, mapped);
	return out;
}

bool FrameWriter::add_own(const hn_record &record)
{
	return add_record(record, TlvSessions6, 0);
}

bool FrameWriter::add_owned(const hn_record &record)
{
	return add_record(record, TlvOwned6, record.owner);
}

bool FrameWriter::add(const TableRequest &request)
{
	Bytes *out = reserve(TlvRequestTable, 0, request_size, false);

	if (!out)
		return false;
	put(*out, request.target, 4);
	put(*out, request.request, 4);
	put(*out, request.parts, 1);
	return true;
}

bool FrameWriter::add_table_answer(std::uint16_t type, std::uint32_t requester,
				   std::uint32_t request)
{
	Bytes *out = reserve(type, 0, table_answer_size, false);

	if (!out)
		return false;
	put(*out, requester, 4);
	put(*out, request, 4);
	return true;
}

bool FrameWriter::add(const TablePromise &promise)
{
	return add_table_answer(TlvTablePromise, promise.requester, promise.request);
}

bool FrameWriter::add(const TableSent &sent)
{
	return add_table_answer(TlvTableSent, sent.requester, sent.request);
}

bool FrameWriter::add(const Challenge &challenge)
{
	Bytes *out = reserve(TlvChallenge, 0, challenge_size, false);

	if (!out)
		return false;
	put(*out, challenge.node, 4);
	put_raw(*out, challenge.epoch.data(), challenge.epoch.size());
	put(*out, challenge.nonce, nonce_size);
	return true;
}

bool FrameWriter::add(const ChallengeAnswer &answer)
{
	const auto idle = std::count(answer.last.begin(), answer.last.end(), 0U);
	const std::size_t used = answer.last.size() - static_cast<std::size_t>(idle);
	Bytes *out = reserve(TlvChallengeAnswer, 0, nonce_size + used * position_size, false);

	if (!out)
		return false;
	put(*out, answer.nonce, nonce_size);
	for (std::size_t stream = 0; stream < answer.last.size(); ++stream) {
		if (answer.last[stream] == 0)
			continue;
		put(*out, stream, 1);
		put(*out, answer.last[stream], 8);
	}
	return true;
}

bool FrameWriter::add_positions(std::uint16_t type, std::span<const StreamPosition> positions)
{
	Bytes *out = reserve(type, 0, positions.size() * position_size, false);

	if (out)
		put_positions(*out, positions);
	return out;
}

bool FrameWriter::add(const Ack &ack)
{
	Bytes *out = reserve(TlvAck, 0, target_size + ack.positions.size() * position_size, false);

	if (!out)
		return false;
	put(*out, ack.target, 4);
	put_positions(*out, ack.positions);
	return true;
}

bool FrameWriter::add(const Nack &nack)
{
	Bytes *out = reserve(TlvNack, 0, nack_size + nack.ranges.size() * range_size, false);

	if (!out)
		return false;
	put(*out, nack.target, 4);
	put(*out, nack.stream, 1);
	for (const SequenceRange &range : nack.ranges) {
		put(*out, range.first, 8);
		put(*out, range.count, 2);
	}
	return true;
}

bool FrameWriter::add(const Digest &digest)
{
	Bytes *out = reserve(TlvDigest, 0, digest_size + digest.sums.size() * 8, false);

	if (!out)
		return false;
	put(*out, digest.first, 2);
	put(*out, digest.span, 2);
	put(*out, digest.sessions, 4);
	for (const std::uint64_t sum : digest.sums)
		put(*out, sum, 8);
	return true;
}

bool FrameWriter::add(const DigestRequest &request)
{
	Bytes *out =
		reserve(TlvRequestDigest, 0, digest_request_size + request.groups.size(), false);

	if (!out)
		return false;
	put(*out, request.target, 4);
	for (const std::uint8_t group : request.groups)
		put(*out, group, 1);
	return true;
}

bool FrameWriter::add(const BucketsRequest &request)
{
	Bytes *out = reserve(TlvRequestBuckets, 0,
			     buckets_request_size + request.buckets.size() * 2, false);

	if (!out)
		return false;
	put(*out, request.target, 4);
	put(*out, request.request, 4);
	for (const std::uint16_t bucket : request.buckets)
		put(*out, bucket, 2);
	return true;
}

bool FrameWriter::add(const BucketsSent &sent)
{
	Bytes *out = reserve(TlvBucketsSent, 0, buckets_sent_size, false);

	if (!out)
		return false;
	put(*out, sent.requester, 4);
	put(*out, sent.request, 4);
	put(*out, sent.last, 8);
	return true;
}

bool FrameWriter::add(const SumsRequest &request)
{
	Bytes *out = reserve(TlvRequestSums, 0, target_size, false);

	if (out)
		put(*out, request.target, target_size);
	return out;
}

bool FrameWriter::add(const Hello &hello)
{
	Bytes *out = reserve(TlvHello, 0, hello_size, false);

	if (!out)
		return false;
	put(*out, hello.oldest_version, 1);
	put(*out, hello.newest_version, 1);
	put(*out, hello.flags, 2);
	put(*out, hello.features, 4);
	put(*out, hello.uptime, 4);
	put(*out, hello.share, 1);
	put(*out, hello.shares, 1);
	return true;
}

bool FrameWriter::add(const Fingerprint &fingerprint)
{
	Bytes *out = reserve(TlvFingerprint, 0, fingerprint.size() * fingerprint_size, false);

	if (!out)
		return false;
	for (const auto &[item, hash] : fingerprint) {
		put(*out, item, 1);
		put(*out, hash, 8);
	}
	return true;
}

bool FrameWriter::add(const ConfigRequest &request)
{
	Bytes *out = reserve(TlvRequestConfig, 0, config_request_size, false);

	if (!out)
		return false;
	put(*out, request.target, 4);
	put(*out, request.hash, 8);
	put(*out, request.offset, 4);
	put(*out, request.parts, 1);
	return true;
}

bool FrameWriter::add(const ConfigPart &part)
{
	Bytes *out = reserve(TlvConfigPart, 0, config_part_size + part.bytes.size(), false);

	if (!out)
		return false;
	put(*out, part.requester, 4);
	put(*out, part.hash, 8);
	put(*out, part.size, 4);
	put(*out, part.offset, 4);
	put_raw(*out, part.bytes.data(), part.bytes.size());
	return true;
}

bool FrameWriter::add(const ConfigOffer &offer)
{
	Bytes *out = reserve(TlvConfigOffer, 0, config_offer_size, false);

	if (!out)
		return false;
	put(*out, offer.target, 4);
	put(*out, offer.request, 4);
	put(*out, offer.hash, 8);
	put(*out, offer.size, 4);
	return true;
}

bool FrameWriter::add(const ConfigAnswer &answer)
{
	Bytes *out = reserve(TlvConfigAnswer, 0, config_answer_size + answer.why.size(), false);

	if (!out)
		return false;
	put(*out, answer.requester, 4);
	put(*out, answer.request, 4);
	put(*out, static_cast<std::uint8_t>(answer.outcome), 1);
	put(*out, answer.changes, 4);
	put_raw(*out, answer.why.data(), answer.why.size());
	return true;
}

std::size_t FrameWriter::config_room() const
{
	return std::min(wire_config_part,
			limit_ - wire_header_size - tlv_header_size - config_part_size);
}

bool FrameWriter::add_oldest(const StreamPosition &oldest)
{
	return add_positions(TlvOldest, {&oldest, 1});
}

bool FrameWriter::add_heartbeat(std::span<const StreamPosition> positions)
{
	return add_positions(TlvHeartbeat, positions);
}

bool FrameWriter::add_bye(std::span<const StreamPosition> positions)
{
	return add_positions(TlvBye, positions);
}

Bytes FrameWriter::finish(const FrameHeader &header, const Key *key)
{
	const std::size_t size = size_ + (key ? wire_tag_size : 0);
	Bytes out;

	out.reserve(size);
	put(out, wire_magic, 2);
	put(out, wire_version, 1);
	put(out, key ? FlagAuthenticated : 0, 1);
	put(out, key ? key->id() : 0, 1);
	put(out, header.stream, 1);
	put(out, size, 2);
	put(out, header.node, 4);
	put_raw(out, header.epoch.data(), header.epoch.size());
	put(out, header.sequence, 8);
	for (const Section &section : sections_) {
		put(out, section.type, 2);
		put(out, section.value.size(), 2);
		out.insert(out.end(), section.value.begin(), section.value.end());
	}
	sections_.clear();
	size_ = wire_header_size;
	if (key)
		seal(*key, header, out);
	return out;
}

} // namespace hn
