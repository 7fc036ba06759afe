// SPDX-License-Identifier: GPL-2.0-or-later
// The frames of docs/protocol.md: the only code that knows their bytes. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hanat.h"

namespace hn
{

constexpr std::uint16_t wire_magic = 0x484e;
constexpr std::uint8_t wire_version = 1;
constexpr std::size_t wire_header_size = 36;
constexpr std::size_t wire_tag_size = 16;
constexpr std::size_t wire_frame_max = 65000;
constexpr std::size_t wire_record6_size = 37;
constexpr std::size_t wire_record4_size = 25;
constexpr std::size_t wire_streams = 16;

enum WireFlag : std::uint8_t { FlagAuthenticated = 1 };

enum Stream : std::uint8_t { StreamControl = 0, StreamDelta = 1, StreamTable = 2 };

enum Parts : std::uint8_t { PartOwn = 1, PartForeign = 2, PartAll = 3 };

using Epoch = std::array<std::byte, 16>;
using Bytes = std::vector<std::byte>;

struct FrameHeader {
	std::uint8_t stream = StreamControl;
	std::uint32_t node = 0;
	Epoch epoch{};
	std::uint64_t sequence = 0;
};

struct TableRequest {
	std::uint32_t target = 0; // 0: everybody
	std::uint32_t request = 0;
	std::uint8_t parts = 0;
};

struct TablePromise {
	std::uint32_t requester = 0;
	std::uint32_t request = 0;
};

// The last sequence sent in a stream.
struct StreamPosition {
	std::uint8_t stream = 0;
	std::uint64_t last = 0;
};

// A decoded frame. Reuse one object: it keeps its memory.
struct Frame {
	FrameHeader header;
	std::vector<hn_record> records; // of SESSIONS* (owner is the sender) and OWNED*
	std::vector<TableRequest> requests;
	std::vector<TablePromise> promises;
	std::vector<StreamPosition> positions; // of HEARTBEAT and BYE
	bool bye = false;
	std::size_t skipped = 0; // TLVs of unknown type

	void clear();
};

// X(enumerator, "name", "what is wrong"), in the order of the checks.
#define HN_DECODE_ERRORS(X)                                                                        \
	X(Short, "short", "shorter than a header")                                                 \
	X(Magic, "magic", "not a frame of hanatd")                                                 \
	X(Version, "version", "another version of the protocol")                                   \
	X(Flags, "flags", "unknown flag, or a key id without authentication")                      \
	X(Authenticated, "authenticated", "authenticated, and no key is known here")               \
	X(Length, "length", "length differs from the datagram's, or too long")                     \
	X(Header, "header", "node or sequence zero, or no such stream")                            \
	X(Tlv, "tlv", "a TLV goes beyond the end")                                                 \
	X(TlvLength, "tlv-length", "wrong length of a known TLV")                                  \
	X(Value, "value", "a value out of its range")

enum class DecodeError {
	None,
#define HN_DECODE_ERROR_ENUM(id, name, help) id,
	HN_DECODE_ERRORS(HN_DECODE_ERROR_ENUM)
#undef HN_DECODE_ERROR_ENUM
};

constexpr std::size_t decode_error_count = static_cast<std::size_t>(DecodeError::Value) + 1;

const char *decode_error_name(DecodeError error);

// Total: any input gives a frame or an error. After an error, out is empty.
DecodeError decode(std::span<const std::byte> in, Frame &out);

// 4-bit exponent, 12-bit mantissa, unit 16 ms; encoding rounds up and saturates.
std::uint16_t lifetime_encode(std::uint32_t ms);
std::uint32_t lifetime_decode(std::uint16_t code);

// Collects the TLVs of one frame, not longer than the limit.
class FrameWriter
{
public:
	explicit FrameWriter(std::size_t limit) : limit_(limit) {}

	// False: no room left, nothing was added. A frame always has room for one of each.
	bool add_own(const hn_record &record);	 // SESSIONS6 or SESSIONS4
	bool add_owned(const hn_record &record); // OWNED6 or OWNED4, by record.owner
	bool add(const TableRequest &request);
	bool add(const TablePromise &promise);
	bool add_heartbeat(std::span<const StreamPosition> positions);
	bool add_bye(std::span<const StreamPosition> positions);

	[[nodiscard]] bool empty() const { return sections_.empty(); }

	// The frame; the writer is empty afterwards and takes the new limit.
	Bytes finish(const FrameHeader &header);
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
	bool add_positions(std::uint16_t type, std::span<const StreamPosition> positions);

	std::size_t limit_;
	std::size_t size_ = wire_header_size;
	std::vector<Section> sections_;
};

} // namespace hn
