// SPDX-License-Identifier: GPL-2.0-or-later
#include "trace.h"

#include <arpa/inet.h>
#include <array>
#include <cinttypes>
#include <cstdio>

namespace hn::sim
{

namespace
{

std::string hex(std::uint64_t value)
{
	std::array<char, 24> text{};

	std::snprintf(text.data(), text.size(), "%" PRIx64, value);
	return text.data();
}

std::string decimal(std::uint64_t value)
{
	return std::to_string(value);
}

std::string epoch_text(const Epoch &epoch)
{
	std::uint64_t first = 0;

	for (std::size_t i = 0; i < 4; ++i)
		first = first << 8 | std::to_integer<std::uint64_t>(epoch[i]);
	return hex(first);
}

std::string positions_text(const std::vector<StreamPosition> &positions)
{
	std::string out;

	for (const StreamPosition &p : positions)
		out += " " + decimal(p.stream) + ":" + decimal(p.last);
	return out;
}

std::string nack_text(const Nack &nack)
{
	std::string out = " NACK " + decimal(nack.target) + " " + decimal(nack.stream) + ":";

	for (const SequenceRange &range : nack.ranges)
		out += decimal(range.first) + "+" + decimal(range.count) + ",";
	return out;
}

std::string requests_text(const Frame &frame)
{
	std::string out;

	for (const TableRequest &r : frame.requests)
		out += " REQUEST_TABLE " + decimal(r.target) + " #" + hex(r.request) + " parts " +
		       decimal(r.parts);
	for (const TablePromise &p : frame.promises)
		out += " TABLE_PROMISE " + decimal(p.requester) + " #" + hex(p.request);
	for (const TableSent &s : frame.tables_sent)
		out += " TABLE_SENT " + decimal(s.requester) + " #" + hex(s.request);
	for (const Ack &ack : frame.acks)
		out += " ACK " + decimal(ack.target) + positions_text(ack.positions);
	for (const Nack &nack : frame.nacks)
		out += nack_text(nack);
	if (!frame.oldest.empty())
		out += " OLDEST" + positions_text(frame.oldest);
	for (const Challenge &c : frame.challenges)
		out += " CHALLENGE " + decimal(c.node) + "/" + epoch_text(c.epoch) + " " +
		       hex(c.nonce);
	for (const ChallengeAnswer &a : frame.answers)
		out += " CHALLENGE_ANSWER " + hex(a.nonce) + " 1:" + decimal(a.last[StreamDelta]) +
		       " 2:" + decimal(a.last[StreamTable]);
	return out;
}

std::string digests_text(const Frame &frame)
{
	std::string out;

	for (const Digest &d : frame.digests)
		out += " DIGEST " + decimal(d.first) + "+" + decimal(d.sums.size()) + "x" +
		       decimal(d.span);
	for (const DigestRequest &r : frame.digest_requests) {
		out += " REQUEST_DIGEST " + decimal(r.target) + ":";
		for (const std::uint8_t group : r.groups)
			out += decimal(group) + ",";
	}
	for (const BucketsRequest &r : frame.buckets_requests) {
		out += " REQUEST_BUCKETS " + decimal(r.target) + " #" + hex(r.request) + ":";
		for (const std::uint16_t bucket : r.buckets)
			out += decimal(bucket) + ",";
	}
	for (const SumsRequest &r : frame.sums_requests)
		out += " REQUEST_SUMS " + decimal(r.target);
	for (const BucketsSent &s : frame.buckets_sent)
		out += " BUCKETS_SENT " + decimal(s.requester) + " #" + hex(s.request) +
		       " 1:" + decimal(s.last);
	return out;
}

std::string configs_text(const Frame &frame)
{
	std::string out;

	for (const ConfigRequest &r : frame.config_requests)
		out += " REQUEST_CONFIG " + decimal(r.target) + " from " + decimal(r.offset);
	for (const ConfigPart &p : frame.config_parts)
		out += " CONFIG_PART " + decimal(p.requester) + " at " + decimal(p.offset);
	for (const ConfigOffer &o : frame.config_offers)
		out += " CONFIG_OFFER " + decimal(o.target) + " #" + hex(o.request);
	for (const ConfigAnswer &a : frame.config_answers)
		out += " CONFIG_ANSWER " + decimal(a.requester) + " #" + hex(a.request);
	return out;
}

} // namespace

std::string record_text(const hn_record &r)
{
	return "p" + decimal(ntohs(r.ext_port)) + (r.flags & HN_RF_DELETE ? " ends" : "") + " of " +
	       decimal(r.owner) + " g" + decimal(r.generation) + " v" + decimal(r.version) + " s" +
	       decimal(r.state);
}

std::string delta_text(const test::Delta &delta)
{
	std::string out = "#" + decimal(delta.sequence);

	if (delta.lost > 0)
		out += " lost " + decimal(delta.lost);
	for (const hn_record &r : delta.records)
		out += " [" + record_text(r) + "]";
	return out;
}

std::string notice_text(const NoticeOf &notice)
{
	static constexpr std::array<const char *, static_cast<std::size_t>(Notice::Count)> names{
		"peer found",	   "peer restarted", "peer left",
		"peer silent",	   "peer back",	     "peer clash",
		"node clash",	   "peers full",     "gap",
		"differs",	   "other version",  "peer has a key",
		"peer has no key", "other key",	     "forged",
		"mismatch",	   "drift",	     "alike",
		"left behind",	   "ready",	     "not ready",
		"share clash",	   "shares",	     "configured",
		"not configured",  "config refused",
	};
	static_assert(names.back() != nullptr);
	const auto index = static_cast<std::size_t>(notice.notice);

	return std::string("notices: ") + names.at(index) + " " + decimal(notice.node) + " " +
	       decimal(notice.value);
}

const char *fate_text(hn_apply_fate fate)
{
	static constexpr std::array<const char *, HN_APPLY_COUNT> names{
		"inserted", "updated", "deleted", "stale", "outside",
		"conflict", "full",    "invalid", "nomem", "won"};
	static_assert(names.back() != nullptr);

	return names.at(fate);
}

const char *kind_text(Kind kind)
{
	switch (kind) {
	case Kind::Damaged:
		return "(damaged) ";
	case Kind::Replayed:
		return "(replayed) ";
	case Kind::Genuine:
		break;
	}
	return "";
}

std::string frame_text(std::span<const std::byte> bytes, const Keyring &keys)
{
	Frame frame;
	const DecodeError error = decode(bytes, frame, keys);

	if (error != DecodeError::None)
		return decimal(bytes.size()) + " bytes, " + decode_error_name(error);
	std::string out = "node " + decimal(frame.header.node) + "/" +
			  epoch_text(frame.header.epoch) + " " + decimal(frame.header.stream) +
			  ":" + decimal(frame.header.sequence);
	if (!frame.positions.empty())
		out += (frame.bye ? " BYE" : " HEARTBEAT") + positions_text(frame.positions);
	if (frame.hello)
		out += frame.hello->ready() ? " HELLO ready" : " HELLO";
	out += requests_text(frame) + digests_text(frame) + configs_text(frame);
	for (const hn_record &r : frame.records)
		out += " [" + record_text(r) + "]";
	if (frame.skipped > 0)
		out += " unknown " + decimal(frame.skipped);
	return out;
}

void Trace::line(const std::string &text) const
{
	std::printf("%3" PRIu64 ".%06" PRIu64 " %s\n", now_ / 1000000, now_ % 1000000,
		    text.c_str());
}

} // namespace hn::sim
