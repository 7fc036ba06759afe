// SPDX-License-Identifier: GPL-2.0-or-later
// Encryption of frames, docs/protocol.md, section 9: ChaCha20-Poly1305 (RFC 8439) under a key of
// each sender's stream. Pure.
#pragma once

#include <cstddef>
#include <span>

#include "hanatd/wire.h"
#include "lib/keys.h"

namespace hn
{

// Encrypts all behind the header, which is written, and appends the tag.
void seal(const Key &key, const FrameHeader &header, Bytes &frame);

// What the frame held behind its header. False, with plain empty, if the frame is not as it was
// sealed with this key, or too short to be.
bool open(const Key &key, const FrameHeader &header, std::span<const std::byte> frame,
	  Bytes &plain);

} // namespace hn
