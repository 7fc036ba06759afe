// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <optional>
#include <string>

#include "lib/result.h"
#include "lib/unique_fd.h"
#include "packet.h"

namespace hn::fuzz
{

// What goes before a frame (PACKET_VNET_HDR); linux/virtio_net.h has it in C only.
struct Offload {
	std::uint8_t flags = 0;
	std::uint8_t gso_type = 0;
	std::uint16_t hdr_len = 0;
	std::uint16_t gso_size = 0;
	std::uint16_t csum_start = 0;
	std::uint16_t csum_offset = 0;
};

static_assert(sizeof(Offload) == 10);

enum : std::uint8_t { NeedsChecksum = 1 };
enum : std::uint8_t {
	NoGso = 0,
	GsoTcp4 = 1,
	GsoUdp = 3,
	GsoTcp6 = 4,
	GsoUdpSegments = 5,
	GsoEcn = 128
};

// A network-layer packet as a virtual machine would hand it to the host. `offload.csum_start` and
// hdr_len count from the link header, which is 14 bytes.
struct Frame {
	Bytes packet;
	Offload offload;
};

inline constexpr std::size_t link_header = 14;

// The checksum is left to the host: the field gets the sum of the pseudo header.
void leave_checksum(Frame &frame);
// What the receiver does whom a checksum was left to.
void complete_checksum(Frame &frame);

// An end of a cable in a network namespace: sends to the translator, and receives what it sends.
class PacketLink
{
public:
	static Result<PacketLink> open(const std::string &space, const std::string &interface,
				       const std::string &peer, bool v6);

	// False: the kernel will not have such a frame.
	[[nodiscard]] Result<bool> send(const Frame &frame) const;
	// The next frame from the peer, checksum completed; nothing: none is there.
	[[nodiscard]] std::optional<Frame> receive() const;
	[[nodiscard]] int fd() const { return fd_.get(); }
	// Packets that nobody fetched in time.
	[[nodiscard]] unsigned missed() const;

private:
	using Mac = std::array<std::uint8_t, 6>;

	UniqueFd fd_;
	Mac self_{}, peer_{};
	bool v6_ = false;
};

} // namespace hn::fuzz
