// SPDX-License-Identifier: GPL-2.0-or-later
#include "mutant.h"

#include <algorithm>

namespace hn::sim
{

bool is_request(std::span<const std::byte> bytes, const Keyring &keys)
{
	Frame frame;

	return decode(bytes, frame, keys) == DecodeError::None &&
	       !(frame.requests.empty() && frame.nacks.empty() && frame.digests.empty() &&
		 frame.digest_requests.empty() && frame.buckets_requests.empty() &&
		 frame.sums_requests.empty());
}

Bytes resealed(const Bytes &bytes, const Keyring &keys, bool strip)
{
	Frame frame;
	FrameWriter writer(wire_frame_max);

	if (decode(bytes, frame, keys) != DecodeError::None || frame.header.stream != StreamDelta ||
	    (strip && frame.records.size() < 2))
		return bytes;
	if (strip)
		frame.records.resize(frame.records.size() / 2);
	for (hn_record record : frame.records) {
		if (!strip)
			record.remote ^= htonl(1);
		writer.add_own(record);
	}
	return writer.finish(frame.header, keys.sending());
}

void forget_deletions(test::Delta &delta)
{
	std::erase_if(delta.records, [](const hn_record &r) { return r.flags & HN_RF_DELETE; });
}

void apply_own(test::Node &node)
{
	for (const auto &[port, s] : node.kernel.table) {
		if (!node.kernel.owns(s))
			continue;
		const test::Session own = s;
		node.applied(own, own, node.kernel.apply(own));
		return;
	}
}

} // namespace hn::sim
