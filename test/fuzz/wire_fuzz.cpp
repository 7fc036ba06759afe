// SPDX-License-Identifier: GPL-2.0-or-later
// The decoder of docs/protocol.md. Any input is a frame or an error; a frame is within the limits,
// and written again, in frames of any permitted length, encrypted or not, it says the same. Where
// there is a key no input is a frame, for nobody here can seal one.
#include <algorithm>
#include <cstring>
#include <tuple>

#include "expect.h"
#include "hanatd/frame_writer.h"
#include "target.h"

namespace
{

using hn::Frame;

constexpr std::size_t payload_min = 512; // of ss-max-payload

// Without padding, so records can be compared as bytes.
static_assert(sizeof(hn_record) == 48);

bool before(const hn_record &a, const hn_record &b)
{
	return std::memcmp(&a, &b, sizeof(a)) < 0;
}

bool same(const hn_record &a, const hn_record &b)
{
	return std::memcmp(&a, &b, sizeof(a)) == 0;
}

auto key(const hn::TableRequest &r)
{
	return std::tuple(r.target, r.request, r.parts);
}

auto key(const hn::TablePromise &p)
{
	return std::tuple(p.requester, p.request);
}

auto key(const hn::TableSent &s)
{
	return std::tuple(s.requester, s.request);
}

auto key(const hn::StreamPosition &p)
{
	return std::tuple(p.stream, p.last);
}

auto key(const hn::Nack &n)
{
	std::vector<std::pair<std::uint64_t, unsigned>> ranges;

	for (const hn::SequenceRange &range : n.ranges)
		ranges.emplace_back(range.first, range.count);
	return std::tuple(n.target, n.stream, ranges);
}

auto key(const hn::Challenge &c)
{
	return std::tuple(c.node, c.epoch, c.nonce);
}

auto key(const hn::ChallengeAnswer &a)
{
	return std::tuple(a.nonce, a.last);
}

auto key(const hn::ConfigRequest &r)
{
	return std::tuple(r.target, r.hash, r.offset, r.parts);
}

auto key(const hn::ConfigOffer &o)
{
	return std::tuple(o.target, o.request, o.hash, o.size);
}

auto key(const hn::ConfigAnswer &a)
{
	return std::tuple(a.requester, a.request, a.outcome, a.changes, a.why);
}

// In whatever order they come.
template<class T>
bool same_set(std::vector<T> a, std::vector<T> b)
{
	const auto less = [](const T &x, const T &y) { return key(x) < key(y); };

	std::sort(a.begin(), a.end(), less);
	std::sort(b.begin(), b.end(), less);
	return std::equal(a.begin(), a.end(), b.begin(), b.end(),
			  [](const T &x, const T &y) { return key(x) == key(y); });
}

// All that pieces bring, in their order.
std::string text_of(const std::vector<hn::ConfigPart> &parts)
{
	std::string text;

	for (const hn::ConfigPart &part : parts)
		text += part.bytes;
	return text;
}

void expect_empty(const Frame &frame)
{
	HN_EXPECT(frame.records.empty() && frame.requests.empty() && frame.promises.empty());
	HN_EXPECT(frame.tables_sent.empty());
	HN_EXPECT(frame.positions.empty() && !frame.bye && !frame.skipped);
	HN_EXPECT(frame.nacks.empty() && frame.oldest.empty());
	HN_EXPECT(frame.challenges.empty() && frame.answers.empty() && frame.plain.empty());
	HN_EXPECT(frame.config_requests.empty() && frame.config_parts.empty());
	HN_EXPECT(frame.config_offers.empty() && frame.config_answers.empty());
}

const hn::Keyring &keyring()
{
	static const hn::Keyring ring = [] {
		hn::Keyring one;

		HN_EXPECT(one.add(hn::Key(3, {1, 2, 3})));
		return one;
	}();

	return ring;
}

// The lengths that section 3 of the protocol gives to the values of its TLVs.
bool is_length(unsigned type, std::size_t length)
{
	const auto records = [&](std::size_t before, std::size_t record) {
		return length > before && (length - before) % record == 0;
	};

	switch (type) {
	case 0x01:
		return records(0, 37);
	case 0x02:
		return records(0, 25);
	case 0x03:
		return records(4, 37);
	case 0x04:
		return records(4, 25);
	case 0x10:
		return length == 9;
	case 0x11:
	case 0x12:
		return length == 8;
	case 0x20:
	case 0x21:
		return records(0, 9);
	case 0x31:
		return length >= 15 && (length - 5) % 10 == 0 && (length - 5) / 10 <= 32;
	case 0x32:
		return records(0, 9);
	case 0x42:
		return length == 17;
	case 0x43:
		return length > 20 && length <= 20 + 1024;
	case 0x44:
		return length == 20;
	case 0x45:
		return length >= 13 && length <= 13 + 256;
	case 0x70:
		return length == 28;
	case 0x71:
		return length >= 8 && (length - 8) % 9 == 0;
	default:
		return true;
	}
}

// Header and TLVs as the protocol has them, read in another way.
void expect_grammar(std::span<const std::uint8_t> frame)
{
	const auto u16 = [&](std::size_t at) { return frame[at] * 256U + frame[at + 1]; };
	std::size_t at = hn::wire_header_size;

	HN_EXPECT(u16(0) == 0x484e && frame[2] == 1 && !frame[3] && !frame[4]);
	HN_EXPECT(u16(6) == frame.size());
	while (at < frame.size()) {
		HN_EXPECT(frame.size() - at >= 4);
		const std::size_t length = u16(at + 2);
		HN_EXPECT(is_length(u16(at), length));
		at += 4 + length;
	}
	HN_EXPECT(at == frame.size());
}

void expect_in_range(const Frame &frame, std::size_t size)
{
	HN_EXPECT(size >= hn::wire_header_size && size <= hn::wire_frame_max);
	HN_EXPECT(frame.header.node && frame.header.sequence);
	HN_EXPECT(frame.header.stream < hn::wire_streams);
	HN_EXPECT(frame.records.size() * hn::wire_record4_size <= size);
	HN_EXPECT(frame.requests.size() + frame.promises.size() + frame.tables_sent.size() +
			  frame.positions.size() + frame.nacks.size() + frame.oldest.size() +
			  frame.challenges.size() + frame.answers.size() + frame.skipped <=
		  size);
	for (const hn_record &r : frame.records) {
		HN_EXPECT(r.owner && r.proto < HN_PROTO_COUNT && r.state < HN_TCP_COUNT);
		HN_EXPECT(!(r.flags & ~HN_RF_DELETE) && !r.reserved);
		HN_EXPECT(!(r.flags & HN_RF_DELETE) || !r.lifetime);
	}
	for (const hn::TableRequest &r : frame.requests)
		HN_EXPECT(r.parts && r.parts <= hn::PartAll);
	for (const hn::StreamPosition &p : frame.positions)
		HN_EXPECT(p.stream < hn::wire_streams);
	for (const hn::ConfigPart &p : frame.config_parts)
		HN_EXPECT(p.hash && !p.bytes.empty() && p.size <= hn::wire_config_max &&
			  p.offset + p.bytes.size() <= p.size);
	for (const hn::ConfigOffer &o : frame.config_offers)
		HN_EXPECT(o.target && o.hash && o.size && o.size <= hn::wire_config_max);
	for (const hn::ConfigAnswer &a : frame.config_answers)
		HN_EXPECT(std::all_of(a.why.begin(), a.why.end(),
				      [](char c) { return c >= 0x20 && c < 0x7f; }));
	for (const hn::Nack &n : frame.nacks)
		for (const hn::SequenceRange &range : n.ranges)
			HN_EXPECT(n.target && n.stream < hn::wire_streams && range.first &&
				  range.count);
}

// Writes frames as long as the limit allows and reads them back into one.
class Rewriter
{
public:
	Rewriter(const hn::FrameHeader &header, std::size_t limit, const hn::Keyring &keys)
		: header_(header), limit_(limit), keys_(keys),
		  writer_(limit - (keys.empty() ? 0 : hn::wire_tag_size))
	{
	}

	template<class Add>
	void write(const Add &add)
	{
		if (add(writer_))
			return;
		finish();
		HN_EXPECT(add(writer_));
	}

	// In pieces that there is room for, which together say the same.
	void write_text(hn::ConfigPart part)
	{
		const std::string text = part.bytes;

		finish();
		for (std::size_t at = 0; at < text.size(); at += part.bytes.size()) {
			part.bytes = text.substr(at, writer_.config_room());
			write([&](hn::FrameWriter &w) { return w.add(part); });
			part.offset += static_cast<std::uint32_t>(part.bytes.size());
		}
	}

	void finish()
	{
		const hn::Bytes bytes = writer_.finish(header_, keys_.sending());
		Frame part;

		HN_EXPECT(bytes.size() <= limit_);
		HN_EXPECT(hn::decode(bytes, part, keys_) == hn::DecodeError::None);
		HN_EXPECT(part.header.stream == header_.stream && part.header.node == header_.node);
		HN_EXPECT(part.header.epoch == header_.epoch);
		HN_EXPECT(part.header.sequence == header_.sequence && !part.skipped);
		append(read.records, part.records);
		append(read.requests, part.requests);
		append(read.promises, part.promises);
		append(read.tables_sent, part.tables_sent);
		append(read.positions, part.positions);
		append(read.nacks, part.nacks);
		append(read.oldest, part.oldest);
		append(read.challenges, part.challenges);
		append(read.answers, part.answers);
		append(read.config_requests, part.config_requests);
		append(read.config_parts, part.config_parts);
		append(read.config_offers, part.config_offers);
		append(read.config_answers, part.config_answers);
		read.bye = read.bye || part.bye;
	}

	Frame read;

private:
	template<class T>
	static void append(std::vector<T> &to, const std::vector<T> &from)
	{
		to.insert(to.end(), from.begin(), from.end());
	}

	const hn::FrameHeader header_;
	std::size_t limit_;
	const hn::Keyring &keys_;
	hn::FrameWriter writer_;
};

void expect_same_again(const Frame &frame, std::size_t limit, const hn::Keyring &keys)
{
	Rewriter again(frame.header, limit, keys);

	for (const hn_record &r : frame.records)
		again.write([&](hn::FrameWriter &w) {
			return r.owner == frame.header.node ? w.add_own(r) : w.add_owned(r);
		});
	for (const hn::TableRequest &r : frame.requests)
		again.write([&](hn::FrameWriter &w) { return w.add(r); });
	for (const hn::TablePromise &p : frame.promises)
		again.write([&](hn::FrameWriter &w) { return w.add(p); });
	for (const hn::TableSent &s : frame.tables_sent)
		again.write([&](hn::FrameWriter &w) { return w.add(s); });
	for (const hn::Nack &n : frame.nacks)
		again.write([&](hn::FrameWriter &w) { return w.add(n); });
	for (const hn::StreamPosition &p : frame.oldest)
		again.write([&](hn::FrameWriter &w) { return w.add_oldest(p); });
	for (const hn::Challenge &c : frame.challenges)
		again.write([&](hn::FrameWriter &w) { return w.add(c); });
	for (const hn::ChallengeAnswer &a : frame.answers)
		again.write([&](hn::FrameWriter &w) { return w.add(a); });
	for (const hn::ConfigRequest &r : frame.config_requests)
		again.write([&](hn::FrameWriter &w) { return w.add(r); });
	for (const hn::ConfigOffer &o : frame.config_offers)
		again.write([&](hn::FrameWriter &w) { return w.add(o); });
	for (const hn::ConfigAnswer &a : frame.config_answers)
		again.write([&](hn::FrameWriter &w) { return w.add(a); });
	for (const hn::ConfigPart &p : frame.config_parts)
		again.write_text(p);
	for (const hn::StreamPosition &p : frame.positions)
		again.write([&](hn::FrameWriter &w) {
			return frame.bye ? w.add_bye({&p, 1}) : w.add_heartbeat({&p, 1});
		});
	again.finish();

	std::vector<hn_record> was = frame.records;
	std::vector<hn_record> is = again.read.records;
	std::sort(was.begin(), was.end(), before);
	std::sort(is.begin(), is.end(), before);
	HN_EXPECT(std::equal(was.begin(), was.end(), is.begin(), is.end(), same));
	HN_EXPECT(same_set(frame.requests, again.read.requests));
	HN_EXPECT(same_set(frame.promises, again.read.promises));
	HN_EXPECT(same_set(frame.tables_sent, again.read.tables_sent));
	HN_EXPECT(same_set(frame.positions, again.read.positions));
	HN_EXPECT(same_set(frame.nacks, again.read.nacks));
	HN_EXPECT(same_set(frame.oldest, again.read.oldest));
	HN_EXPECT(same_set(frame.challenges, again.read.challenges));
	HN_EXPECT(same_set(frame.answers, again.read.answers));
	HN_EXPECT(same_set(frame.config_requests, again.read.config_requests));
	HN_EXPECT(same_set(frame.config_offers, again.read.config_offers));
	HN_EXPECT(same_set(frame.config_answers, again.read.config_answers));
	HN_EXPECT(text_of(frame.config_parts) == text_of(again.read.config_parts));
	HN_EXPECT(frame.bye == again.read.bye);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	Frame frame;
	const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
	HN_EXPECT(hn::decode(bytes, frame, keyring()) != hn::DecodeError::None);
	expect_empty(frame);

	const hn::DecodeError error = hn::decode(bytes, frame);
	HN_EXPECT(hn::decode_error_name(error)[0] != '\0');
	if (error != hn::DecodeError::None) {
		expect_empty(frame);
		return 0;
	}
	expect_grammar({data, size});
	expect_in_range(frame, size);
	const std::size_t limit =
		payload_min + frame.header.sequence % (hn::wire_frame_max - payload_min + 1);
	expect_same_again(frame, limit, {});
	expect_same_again(frame, limit, keyring());
	return 0;
}
