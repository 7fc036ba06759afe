// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hanatd/wire.h"

namespace hn
{

// Collects the TLVs of one frame, not longer than the limit.
class FrameWriter
{
public:
	explicit FrameWriter(std::size_t limit) : limit_(limit) {}

	// False: no room left, nothing was added. An empty frame has room for any.
	bool add_own(const hn_record &record);	 // SESSIONS6 or SESSIONS4
	bool add_owned(const hn_record &record); // OWNED6 or OWNED4, by record.owner
	bool add(const TableRequest &request);
	bool add(const TablePromise &promise);
	bool add(const TableSent &sent);
	bool add(const Challenge &challenge);
	bool add(const ChallengeAnswer &answer);
	bool add(const Ack &ack);
	bool add(const Nack &nack);
	bool add(const Digest &digest);
	bool add(const DigestRequest &request);
	bool add(const BucketsRequest &request);
	bool add(const BucketsSent &sent);
	bool add(const SumsRequest &request);
	bool add(const Hello &hello);
	bool add(const Fingerprint &fingerprint);
	bool add(const ConfigRequest &request);
	bool add(const ConfigPart &part); // of at most config_room() bytes
	bool add(const ConfigOffer &offer);
	bool add(const ConfigAnswer &answer);
	bool add_oldest(const StreamPosition &oldest);
	bool add_heartbeat(std::span<const StreamPosition> positions);
	bool add_bye(std::span<const StreamPosition> positions);

	[[nodiscard]] bool empty() const { return sections_.empty(); }

	// Of a text, how much an empty frame has room for.
	[[nodiscard]] std::size_t config_room() const;

	// The frame; the writer is empty afterwards. With a key it is encrypted and
	// wire_tag_size longer than the limit; the header's key id is the key's then, else 0.
	Bytes finish(const FrameHeader &header, const Key *key = nullptr);
	void set_limit(std::size_t limit) { limit_ = limit; }

private:
	struct Section {
		std::uint16_t type;
		std::uint32_t owner; // 0 in those without
		Bytes value;
	};

	// The value to append so many bytes to, in the section that may be extended if extend; null
	// if there is no room.
	Bytes *reserve(std::uint16_t type, std::uint32_t owner, std::size_t size, bool extend);
	bool add_record(const hn_record &record, std::uint16_t type6, std::uint32_t owner);
	bool add_table_answer(std::uint16_t type, std::uint32_t requester, std::uint32_t request);
	bool add_positions(std::uint16_t type, std::span<const StreamPosition> positions);

	std::size_t limit_;
	std::size_t size_ = wire_header_size;
	std::vector<Section> sections_;
};

} // namespace hn
