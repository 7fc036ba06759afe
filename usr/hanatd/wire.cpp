// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/wire.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "hanatd/seal.h"
#include "hanatd/tlv.h"

namespace hn
{

namespace
{

// Reads fields off the front of a buffer: the one place where bounds are checked. One short read
// makes every later read return zero and ok() false.
class WireReader
{
public:
	explicit WireReader(std::span<const std::byte> buf) : buf_(buf) {}

	std::uint8_t u8() { return static_cast<std::uint8_t>(be(1)); }
	std::uint16_t u16() { return static_cast<std::uint16_t>(be(2)); }
	std::uint32_t u32() { return static_cast<std::uint32_t>(be(4)); }
	std::uint64_t u64() { return be(8); }

	std::span<const std::byte> bytes(std::size_t n)
	{
		if (!ok_ || buf_.size() < n) {
			ok_ = false;
			return {};
		}
		const std::span<const std::byte> front = buf_.first(n);
		buf_ = buf_.subspan(n);
		return front;
	}

	// Bytes as they are, for what stays in network byte order.
	void copy(void *to, std::size_t n)
	{
		const std::span<const std::byte> from = bytes(n);

		if (from.size() == n)
			std::memcpy(to, from.data(), n);
	}

	[[nodiscard]] bool ok() const { return ok_; }
	[[nodiscard]] std::size_t left() const { return buf_.size(); }

private:
	std::uint64_t be(std::size_t n)
	{
		std::uint64_t v = 0;

		for (const std::byte b : bytes(n))
			v = v << 8 | std::to_integer<std::uint64_t>(b);
		return v;
	}

	std::span<const std::byte> buf_;
	bool ok_ = true;
};

// The caller has checked that the record is there. False if a field is out of range.
bool read_record(WireReader &in, bool mapped, std::uint32_t owner, hn_record &record)
{
	record = {};
	if (mapped) {
		record.inside.s6_addr[10] = 0xff;
		record.inside.s6_addr[11] = 0xff;
		in.copy(&record.inside.s6_addr[mapped_prefix], 4);
	} else {
		in.copy(&record.inside, sizeof(record.inside));
		if (is_mapped(record.inside))
			return false;
	}
	in.copy(&record.ext, sizeof(record.ext));
	in.copy(&record.remote, sizeof(record.remote));
	in.copy(&record.inside_port, sizeof(record.inside_port));
	in.copy(&record.ext_port, sizeof(record.ext_port));
	in.copy(&record.remote_port, sizeof(record.remote_port));
	const unsigned kind = in.u8();
	record.proto = static_cast<std::uint8_t>(kind & kind_proto_mask);
	record.state = static_cast<std::uint8_t>(kind >> kind_state_shift & kind_state_mask);
	record.flags = kind & kind_delete ? HN_RF_DELETE : 0;
	record.lifetime = lifetime_decode(in.u16());
	if (record.flags & HN_RF_DELETE)
		record.lifetime = 0;
	record.owner = owner;
	record.generation = in.u16();
	record.version = in.u16();
	return !(kind & kind_reserved) && record.proto < HN_PROTO_COUNT;
}

DecodeError read_records(WireReader &value, bool mapped, std::uint32_t owner, Frame &out)
{
	const std::size_t size = record_size(mapped);

	if (!value.ok() || value.left() == 0 || value.left() % size != 0)
		return DecodeError::TlvLength;
	if (owner == 0)
		return DecodeError::Value;
	while (value.left() > 0)
		if (!read_record(value, mapped, owner, out.records.emplace_back()))
			return DecodeError::Value;
	return DecodeError::None;
}

DecodeError read_request(WireReader &value, Frame &out)
{
	if (value.left() != request_size)
		return DecodeError::TlvLength;
	const TableRequest request{
		.target = value.u32(), .request = value.u32(), .parts = value.u8()};
	if (request.parts == 0 || request.parts > PartAll)
		return DecodeError::Value;
	out.requests.push_back(request);
	return DecodeError::None;
}

template<class Answer>
DecodeError read_table_answer(WireReader &value, std::vector<Answer> &out)
{
	if (value.left() != table_answer_size)
		return DecodeError::TlvLength;
	out.push_back({.requester = value.u32(), .request = value.u32()});
	return DecodeError::None;
}

DecodeError read_positions(WireReader &value, std::vector<StreamPosition> &out)
{
	if (value.left() == 0 || value.left() % position_size != 0)
		return DecodeError::TlvLength;
	while (value.left() > 0) {
		const StreamPosition position{.stream = value.u8(), .last = value.u64()};

		if (position.stream >= wire_streams)
			return DecodeError::Value;
		out.push_back(position);
	}
	return DecodeError::None;
}

DecodeError read_ack(WireReader &value, Frame &out)
{
	Ack ack{.target = value.u32(), .positions = {}};

	if (!value.ok())
		return DecodeError::TlvLength;
	if (ack.target == 0)
		return DecodeError::Value;
	const DecodeError error = read_positions(value, ack.positions);
	out.acks.push_back(std::move(ack));
	return error;
}

DecodeError read_nack(WireReader &value, Frame &out)
{
	Nack nack{.target = value.u32(), .stream = value.u8(), .ranges = {}};

	if (!value.ok() || value.left() == 0 || value.left() % range_size != 0)
		return DecodeError::TlvLength;
	if (nack.target == 0 || nack.stream >= wire_streams ||
	    value.left() / range_size > wire_nack_ranges)
		return DecodeError::Value;
	while (value.left() > 0) {
		const SequenceRange range{.first = value.u64(), .count = value.u16()};

		if (range.first == 0 || range.count == 0)
			return DecodeError::Value;
		nack.ranges.push_back(range);
	}
	out.nacks.push_back(std::move(nack));
	return DecodeError::None;
}

DecodeError read_hello(WireReader &value, Frame &out)
{
	if (value.left() != hello_size)
		return DecodeError::TlvLength;
	const Hello hello{.oldest_version = value.u8(),
			  .newest_version = value.u8(),
			  .flags = value.u16(),
			  .features = value.u32(),
			  .uptime = value.u32(),
			  .share = value.u8(),
			  .shares = value.u8()};
	if (hello.oldest_version == 0 || hello.oldest_version > hello.newest_version ||
	    hello.share > hello.shares)
		return DecodeError::Value;
	out.hello = hello;
	return DecodeError::None;
}

DecodeError read_fingerprint(WireReader &value, Frame &out)
{
	if (value.left() == 0 || value.left() % fingerprint_size != 0)
		return DecodeError::TlvLength;
	while (value.left() > 0) {
		const std::uint8_t item = value.u8();

		out.fingerprint[item] = value.u64();
	}
	return DecodeError::None;
}

DecodeError read_challenge(WireReader &value, Frame &out)
{
	if (value.left() != challenge_size)
		return DecodeError::TlvLength;
	Challenge &challenge = out.challenges.emplace_back();
	challenge.node = value.u32();
	value.copy(challenge.epoch.data(), challenge.epoch.size());
	challenge.nonce = value.u64();
	return DecodeError::None;
}

DecodeError read_answer(WireReader &value, Frame &out)
{
	ChallengeAnswer answer{.nonce = value.u64()};

	if (!value.ok() || value.left() % position_size != 0)
		return DecodeError::TlvLength;
	while (value.left() > 0) {
		const std::uint8_t stream = value.u8();

		if (stream >= wire_streams)
			return DecodeError::Value;
		answer.last[stream] = value.u64();
	}
	out.answers.push_back(answer);
	return DecodeError::None;
}

DecodeError read_digest(WireReader &value, Frame &out)
{
	Digest digest{
		.first = value.u16(), .span = value.u16(), .sessions = value.u32(), .sums = {}};
	const std::size_t n = value.left() / 8;

	if (!value.ok() || n == 0 || value.left() % 8 != 0)
		return DecodeError::TlvLength;
	if ((digest.span != 1 && digest.span != wire_digest_sums) ||
	    digest.first % digest.span != 0 || n > wire_digest_sums ||
	    digest.first + n * digest.span > HN_DIGEST_BUCKETS)
		return DecodeError::Value;
	while (value.left() > 0)
		digest.sums.push_back(value.u64());
	out.digests.push_back(std::move(digest));
	return DecodeError::None;
}

DecodeError read_digest_request(WireReader &value, Frame &out)
{
	DigestRequest request{.target = value.u32(), .groups = {}};

	if (!value.ok() || value.left() == 0)
		return DecodeError::TlvLength;
	if (request.target == 0 || value.left() > wire_digest_groups)
		return DecodeError::Value;
	while (value.left() > 0) {
		request.groups.push_back(value.u8());
		if (request.groups.back() >= wire_digest_groups)
			return DecodeError::Value;
	}
	out.digest_requests.push_back(std::move(request));
	return DecodeError::None;
}

DecodeError read_buckets_request(WireReader &value, Frame &out)
{
	BucketsRequest request{.target = value.u32(), .request = value.u32(), .buckets = {}};

	if (!value.ok() || value.left() == 0 || value.left() % 2 != 0)
		return DecodeError::TlvLength;
	if (request.target == 0 || value.left() / 2 > wire_request_buckets)
		return DecodeError::Value;
	while (value.left() > 0) {
		request.buckets.push_back(value.u16());
		if (request.buckets.back() >= HN_DIGEST_BUCKETS)
			return DecodeError::Value;
	}
	out.buckets_requests.push_back(std::move(request));
	return DecodeError::None;
}

DecodeError read_buckets_sent(WireReader &value, Frame &out)
{
	if (value.left() != buckets_sent_size)
		return DecodeError::TlvLength;
	out.buckets_sent.push_back(
		{.requester = value.u32(), .request = value.u32(), .last = value.u64()});
	return DecodeError::None;
}

DecodeError read_sums_request(WireReader &value, Frame &out)
{
	if (value.left() != target_size)
		return DecodeError::TlvLength;
	out.sums_requests.push_back({.target = value.u32()});
	return out.sums_requests.back().target ? DecodeError::None : DecodeError::Value;
}

// All that is left.
std::string read_text(WireReader &value)
{
	std::string text(value.left(), '\0');

	value.copy(text.data(), text.size());
	return text;
}

bool is_config_size(std::uint32_t size)
{
	return size > 0 && size <= wire_config_max;
}

DecodeError read_config_request(WireReader &value, Frame &out)
{
	if (value.left() != config_request_size)
		return DecodeError::TlvLength;
	const ConfigRequest request{.target = value.u32(),
				    .hash = value.u64(),
				    .offset = value.u32(),
				    .parts = value.u8()};
	if (request.target == 0 || request.parts == 0 || request.parts > wire_config_parts)
		return DecodeError::Value;
	out.config_requests.push_back(request);
	return DecodeError::None;
}

DecodeError read_config_part(WireReader &value, Frame &out)
{
	ConfigPart part{.requester = value.u32(),
			.hash = value.u64(),
			.size = value.u32(),
			.offset = value.u32(),
			.bytes = {}};
	const std::size_t n = value.left();

	if (!value.ok() || n == 0 || n > wire_config_part)
		return DecodeError::TlvLength;
	if (part.hash == 0 || !is_config_size(part.size) || part.offset > part.size ||
	    n > part.size - part.offset)
		return DecodeError::Value;
	part.bytes = read_text(value);
	out.config_parts.push_back(std::move(part));
	return DecodeError::None;
}

DecodeError read_config_offer(WireReader &value, Frame &out)
{
	if (value.left() != config_offer_size)
		return DecodeError::TlvLength;
	const ConfigOffer offer{.target = value.u32(),
				.request = value.u32(),
				.hash = value.u64(),
				.size = value.u32()};
	if (offer.target == 0 || offer.hash == 0 || !is_config_size(offer.size))
		return DecodeError::Value;
	out.config_offers.push_back(offer);
	return DecodeError::None;
}

DecodeError read_config_answer(WireReader &value, Frame &out)
{
	ConfigAnswer answer{.requester = value.u32(), .request = value.u32(), .why = {}};
	const std::uint8_t outcome = value.u8();

	answer.changes = value.u32();
	if (!value.ok() || value.left() > wire_config_why)
		return DecodeError::TlvLength;
	answer.outcome = static_cast<ConfigOutcome>(outcome);
	answer.why = read_text(value);
	if (outcome > static_cast<std::uint8_t>(ConfigOutcome::Failed) ||
	    !std::all_of(answer.why.begin(), answer.why.end(), is_printable))
		return DecodeError::Value;
	out.config_answers.push_back(std::move(answer));
	return DecodeError::None;
}

DecodeError read_tlv(std::uint16_t type, WireReader value, Frame &out)
{
	switch (type) {
	case TlvSessions6:
	case TlvSessions4:
		return read_records(value, type == TlvSessions4, out.header.node, out);
	case TlvOwned6:
	case TlvOwned4: {
		const std::uint32_t owner = value.u32();
		return read_records(value, type == TlvOwned4, owner, out);
	}
	case TlvRequestTable:
		return read_request(value, out);
	case TlvTablePromise:
		return read_table_answer(value, out.promises);
	case TlvTableSent:
		return read_table_answer(value, out.tables_sent);
	case TlvBye:
		out.bye = true;
		[[fallthrough]];
	case TlvHeartbeat:
		return read_positions(value, out.positions);
	case TlvAck:
		return read_ack(value, out);
	case TlvNack:
		return read_nack(value, out);
	case TlvOldest:
		return read_positions(value, out.oldest);
	case TlvHello:
		return read_hello(value, out);
	case TlvFingerprint:
		return read_fingerprint(value, out);
	case TlvRequestConfig:
		return read_config_request(value, out);
	case TlvConfigPart:
		return read_config_part(value, out);
	case TlvConfigOffer:
		return read_config_offer(value, out);
	case TlvConfigAnswer:
		return read_config_answer(value, out);
	case TlvDigest:
		return read_digest(value, out);
	case TlvRequestDigest:
		return read_digest_request(value, out);
	case TlvRequestBuckets:
		return read_buckets_request(value, out);
	case TlvBucketsSent:
		return read_buckets_sent(value, out);
	case TlvRequestSums:
		return read_sums_request(value, out);
	case TlvChallenge:
		return read_challenge(value, out);
	case TlvChallengeAnswer:
		return read_answer(value, out);
	default:
		++out.skipped;
		return DecodeError::None;
	}
}

// Whether a frame with this key id is acceptable at all.
DecodeError check_key(std::uint8_t key_id, const Keyring &keys)
{
	if (keys.empty())
		return key_id == 0 ? DecodeError::None : DecodeError::Authenticated;
	if (key_id == 0)
		return DecodeError::Unauthenticated;
	return keys.find(key_id) ? DecodeError::None : DecodeError::Key;
}

DecodeError read_header(WireReader &in, std::size_t size, const Keyring &keys, FrameHeader &header)
{
	if (size < wire_header_size)
		return DecodeError::Short;
	if (in.u16() != wire_magic)
		return DecodeError::Magic;
	if (in.u8() != wire_version)
		return DecodeError::Version;
	const std::uint8_t flags = in.u8();
	header.key = in.u8();
	if ((flags & ~FlagAuthenticated) || (flags != 0) != (header.key != 0))
		return DecodeError::Flags;
	const DecodeError error = check_key(header.key, keys);
	if (error != DecodeError::None)
		return error;
	header.stream = in.u8();
	if (in.u16() != size || size > wire_frame_max)
		return DecodeError::Length;
	header.node = in.u32();
	in.copy(header.epoch.data(), header.epoch.size());
	header.sequence = in.u64();
	if (header.node == 0 || header.sequence == 0 || header.stream >= wire_streams)
		return DecodeError::Header;
	return DecodeError::None;
}

DecodeError read_tlvs(std::span<const std::byte> bytes, Frame &out)
{
	WireReader in(bytes);
	DecodeError error = DecodeError::None;

	while (error == DecodeError::None && in.left() > 0) {
		const std::uint16_t type = in.u16();
		const std::uint16_t length = in.u16();
		const std::span<const std::byte> value = in.bytes(length);

		error = in.ok() ? read_tlv(type, WireReader(value), out) : DecodeError::Tlv;
	}
	return error;
}

DecodeError read_frame(std::span<const std::byte> bytes, const Keyring &keys, Frame &out)
{
	WireReader in(bytes);
	const DecodeError error = read_header(in, bytes.size(), keys, out.header);

	if (error != DecodeError::None)
		return error;
	if (keys.empty())
		return read_tlvs(bytes.subspan(wire_header_size), out);
	if (!open(*keys.find(out.header.key), out.header, bytes, out.plain))
		return DecodeError::Forged;
	return read_tlvs(out.plain, out);
}

} // namespace

void Frame::clear()
{
	header = {};
	records.clear();
	requests.clear();
	promises.clear();
	tables_sent.clear();
	positions.clear();
	acks.clear();
	nacks.clear();
	oldest.clear();
	hello.reset();
	fingerprint.clear();
	challenges.clear();
	answers.clear();
	digests.clear();
	digest_requests.clear();
	buckets_requests.clear();
	buckets_sent.clear();
	sums_requests.clear();
	config_requests.clear();
	config_parts.clear();
	config_offers.clear();
	config_answers.clear();
	plain.clear();
	bye = false;
	skipped = 0;
}

const char *decode_error_name(DecodeError error)
{
	static constexpr std::array<const char *, decode_error_count> names = {
		"none",
#define HN_DECODE_ERROR_NAME(id, name, help) name,
		HN_DECODE_ERRORS(HN_DECODE_ERROR_NAME)
#undef HN_DECODE_ERROR_NAME
	};

	return names[static_cast<std::size_t>(error)];
}

DecodeError decode(std::span<const std::byte> in, Frame &out, const Keyring &keys)
{
	out.clear();
	const DecodeError error = read_frame(in, keys, out);
	if (error != DecodeError::None)
		out.clear();
	return error;
}

bool decode_epoch(std::span<const std::byte> in, Epoch &epoch)
{
	if (in.size() < wire_header_size)
		return false;
	WireReader(in.subspan(epoch_offset)).copy(epoch.data(), epoch.size());
	return true;
}

std::optional<std::size_t> decode_length(std::span<const std::byte> in)
{
	WireReader prefix(in);

	if (in.size() < wire_prefix_size)
		return 0;
	const bool magic = prefix.u16() == wire_magic;
	prefix.bytes(length_offset - sizeof(wire_magic));
	const std::size_t length = prefix.u16();
	if (!magic || length < wire_header_size || length > wire_frame_max)
		return std::nullopt;
	return length;
}

std::uint16_t lifetime_encode(std::uint32_t ms)
{
	const std::uint64_t units =
		(static_cast<std::uint64_t>(ms) + lifetime_unit - 1) / lifetime_unit;
	const unsigned width = static_cast<unsigned>(std::bit_width(units));
	unsigned exponent = std::min(std::max(width, mantissa_bits) - mantissa_bits, exponent_max);

	// Rounding up may carry into a 13th bit: then the next exponent is needed.
	if (exponent < exponent_max && (units + (1U << exponent) - 1) >> exponent > mantissa_max)
		++exponent;
	const std::uint64_t mantissa = (units + (1U << exponent) - 1) >> exponent;
	return static_cast<std::uint16_t>(exponent << mantissa_bits |
					  std::min(mantissa, mantissa_max));
}

std::uint32_t lifetime_decode(std::uint16_t code)
{
	const std::uint32_t mantissa = code & mantissa_max;

	// At most (2^12 - 1) << 15 times 2^4: below 2^31.
	return (mantissa << (code >> mantissa_bits)) * lifetime_unit;
}

} // namespace hn
