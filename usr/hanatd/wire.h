// SPDX-License-Identifier: GPL-2.0-or-later
// The frames of docs/protocol.md: with frame_writer the only code that knows their bytes. Pure. The
// program has called sodium_init() before any frame is sealed or opened.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hanat.h"
#include "hanatd/fingerprint.h"
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
constexpr std::size_t wire_config_max = 16U << 20;
constexpr std::size_t wire_config_part = 1024;
constexpr std::uint8_t wire_config_parts = 32;
constexpr std::size_t wire_config_why = 256;

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

// That of FOREIGN was kept: what was asked for is in TABLE before this.
struct TableSent {
	std::uint32_t requester = 0;
	std::uint32_t request = 0;
};

// A sequence of a stream: the last one sent, if nothing else is said.
struct StreamPosition {
	std::uint8_t stream = 0;
	std::uint64_t last = 0;
};

// What came of the target's streams: of each all up to this one, but for what was given up.
struct Ack {
	std::uint32_t target = 0;
	std::vector<StreamPosition> positions;
};

enum HelloFlag : std::uint16_t { HelloReady = 1 };
enum HelloFeature : std::uint32_t { HelloCompares = 1, HelloTellsEnd = 2, HelloTellsConfig = 4 };

// What a node is; how it is configured.
struct Hello {
	std::uint8_t oldest_version = wire_version; // that it speaks
	std::uint8_t newest_version = wire_version;
	std::uint16_t flags = 0;    // HelloFlag; others are for the future
	std::uint32_t features = 0; // HelloFeature; others are for the future
	std::uint32_t uptime = 0;   // of the daemon, in seconds
	std::uint8_t share = 0;	    // of pool4, from 1; 0: it is not shared
	std::uint8_t shares = 0;    // how many there are

	[[nodiscard]] bool ready() const { return flags & HelloReady; }
	[[nodiscard]] bool compares() const { return features & HelloCompares; }
	[[nodiscard]] bool tells_end() const { return features & HelloTellsEnd; }
	[[nodiscard]] bool tells_config() const { return features & HelloTellsConfig; }
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
	std::uint32_t sessions = 0; // in all buckets
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

// Asks for the sums of all groups.
struct SumsRequest {
	std::uint32_t target = 0;
};

// They were sent, as deltas up to this one.
struct BucketsSent {
	std::uint32_t requester = 0;
	std::uint32_t request = 0;
	std::uint64_t last = 0;
};

// Asks for so many pieces of what the target is configured with, from this byte on.
struct ConfigRequest {
	std::uint32_t target = 0;
	std::uint64_t hash = 0; // of the text; 0: that of now
	std::uint32_t offset = 0;
	std::uint8_t parts = 1;
};

struct ConfigPart {
	std::uint32_t requester = 0;
	std::uint64_t hash = 0; // of all of the text
	std::uint32_t size = 0; // likewise
	std::uint32_t offset = 0;
	std::string bytes;
};

// Asks the target to be configured with this text.
struct ConfigOffer {
	std::uint32_t target = 0;
	std::uint32_t request = 0;
	std::uint64_t hash = 0;
	std::uint32_t size = 0;
};

enum class ConfigOutcome : std::uint8_t { Loaded, Refused, Failed };

// What became of that.
struct ConfigAnswer {
	std::uint32_t requester = 0;
	std::uint32_t request = 0;
	ConfigOutcome outcome = ConfigOutcome::Loaded;
	std::uint32_t changes = 0;
	std::string why; // it was not loaded; printable ASCII
};

// A decoded frame. Reuse one object: it keeps its memory.
struct Frame {
	FrameHeader header;
	std::vector<hn_record> records; // of SESSIONS* (owner is the sender) and OWNED*
	std::vector<TableRequest> requests;
	std::vector<TablePromise> promises;
	std::vector<TableSent> tables_sent;
	std::vector<StreamPosition> positions; // of HEARTBEAT and BYE
	std::vector<Ack> acks;
	std::vector<Nack> nacks;
	std::vector<StreamPosition> oldest; // of OLDEST: the first that can be sent again
	std::optional<Hello> hello;
	Fingerprint fingerprint; // empty: it does not say
	std::vector<Challenge> challenges;
	std::vector<ChallengeAnswer> answers;
	std::vector<Digest> digests;
	std::vector<DigestRequest> digest_requests;
	std::vector<BucketsRequest> buckets_requests;
	std::vector<BucketsSent> buckets_sent;
	std::vector<SumsRequest> sums_requests;
	std::vector<ConfigRequest> config_requests;
	std::vector<ConfigPart> config_parts;
	std::vector<ConfigOffer> config_offers;
	std::vector<ConfigAnswer> config_answers;
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

// How long the frame is that begins with these bytes: 0 if they are too few to tell, nothing if
// they begin none. That much of it is the same in every version.
constexpr std::size_t wire_prefix_size = 8;
std::optional<std::size_t> decode_length(std::span<const std::byte> in);

// 4-bit exponent, 12-bit mantissa, unit 16 ms; encoding rounds up and saturates.
std::uint16_t lifetime_encode(std::uint32_t ms);
std::uint32_t lifetime_decode(std::uint16_t code);

} // namespace hn
