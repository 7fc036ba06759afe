// SPDX-License-Identifier: GPL-2.0-or-later
// The frames of docs/protocol.md: the only code that knows their bytes. Pure. The program has
// called sodium_init() before any frame is sealed or opened.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "hanat.h"
#include "hanatd/sequence.h"
#include "lib/keys.h"

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
constexpr std::size_t wire_nack_ranges = 32;
constexpr std::size_t wire_digest_sums = 32;
constexpr std::size_t wire_digest_groups = HN_DIGEST_BUCKETS / wire_digest_sums;
constexpr std::size_t wire_request_buckets = 128;

enum WireFlag : std::uint8_t { FlagAuthenticated = 1 };

enum Stream : std::uint8_t { StreamControl = 0, StreamDelta = 1, StreamTable = 2 };

enum Parts : std::uint8_t { PartOwn = 1, PartForeign = 2, PartAll = 3 };

using Epoch = std::array<std::byte, 16>;
using Bytes = std::vector<std::byte>;

struct FrameHeader {
	std::uint8_t key = 0; // its id; 0: not authenticated
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

// A sequence of a stream: the last one sent, if nothing else is said.
struct StreamPosition {
	std::uint8_t stream = 0;
	std::uint64_t last = 0;
};

// Asks whoever claims to be this node in this epoch to show that it is alive.
struct Challenge {
	std::uint32_t node = 0;
	Epoch epoch{};
	std::uint64_t nonce = 0;

	bool operator==(const Challenge &) const = default;
};

// Answers one.
struct ChallengeAnswer {
	std::uint64_t nonce = 0;
	std::array<std::uint64_t, wire_streams> last{}; // sent by then, by stream; 0: nothing
};

// Frames of the target's stream that the sender misses.
struct Nack {
	std::uint32_t target = 0;
	std::uint8_t stream = 0;
	std::vector<SequenceRange> ranges;
};

// Sums of the digests of sessions that the sender owns, each of so many buckets.
struct Digest {
	std::uint16_t first = 0; // bucket
	std::uint16_t span = 1;
	std::vector<std::uint64_t> sums;
};

// Asks for those of the buckets of these groups.
struct DigestRequest {
	std::uint32_t target = 0;
	std::vector<std::uint8_t> groups;
};

// Asks for the sessions in these buckets.
struct BucketsRequest {
	std::uint32_t target = 0;
	std::uint32_t request = 0;
	std::vector<std::uint16_t> buckets;
};

// They were sent, as deltas up to this one.
struct BucketsSent {
	std::uint32_t requester = 0;
	std::uint32_t request = 0;
	std::uint64_t last = 0;
};

// A decoded frame. Reuse one object: it keeps its memory.
struct Frame {
	FrameHeader header;
	std::vector<hn_record> records; // of SESSIONS* (owner is the sender) and OWNED*
	std::vector<TableRequest> requests;
	std::vector<TablePromise> promises;
	std::vector<StreamPosition> positions; // of HEARTBEAT and BYE
	std::vector<Nack> nacks;
	std::vector<StreamPosition> oldest; // of OLDEST: the first that can be sent again
	std::vector<Challenge> challenges;
	std::vector<ChallengeAnswer> answers;
	std::vector<Digest> digests;
	std::vector<DigestRequest> digest_requests;
	std::vector<BucketsRequest> buckets_requests;
	std::vector<BucketsSent> buckets_sent;
	bool bye = false;
	std::size_t skipped = 0; // TLVs of unknown type

	Bytes plain; // what the frame held, if it was encrypted

	void clear();
};

// X(enumerator, "name", "what is wrong"), in the order of the checks.
#define HN_DECODE_ERRORS(X)                                                                        \
	X(Short, "short", "shorter than a header")                                                 \
	X(Magic, "magic", "not a frame of hanatd")                                                 \
	X(Version, "version", "another version of the protocol")                                   \
	X(Flags, "flags", "unknown flag, or one that does not go with the key id")                 \
	X(Authenticated, "authenticated", "authenticated, and there is no key file here")          \
	X(Unauthenticated, "unauthenticated", "not authenticated, and there is a key file here")   \
	X(Key, "key", "key id that is not in the key file")                                        \
	X(Length, "length", "length differs from the datagram's, or too long")                     \
	X(Header, "header", "node or sequence zero, or no such stream")                            \
	X(Forged, "forged", "does not authenticate with that key")                                 \
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

// Total: any input gives a frame or an error. After an error, out is empty. If there are keys,
// only what authenticates with one of them is a frame.
DecodeError decode(std::span<const std::byte> in, Frame &out, const Keyring &keys = {});

// Whose frame it says it is: a cheap look, for what needs no more. False if it is too short.
bool decode_epoch(std::span<const std::byte> in, Epoch &epoch);

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
	bool add(const Challenge &challenge);
	bool add(const ChallengeAnswer &answer);
	bool add(const Nack &nack);
	bool add(const Digest &digest);
	bool add(const DigestRequest &request);
	bool add(const BucketsRequest &request);
	bool add(const BucketsSent &sent);
	bool add_oldest(const StreamPosition &oldest);
	bool add_heartbeat(std::span<const StreamPosition> positions);
	bool add_bye(std::span<const StreamPosition> positions);

	[[nodiscard]] bool empty() const { return sections_.empty(); }

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
	bool add_positions(std::uint16_t type, std::span<const StreamPosition> positions);

	std::size_t limit_;
	std::size_t size_ = wire_header_size;
	std::vector<Section> sections_;
};

} // namespace hn
