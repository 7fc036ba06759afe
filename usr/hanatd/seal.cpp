// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/seal.h"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <string_view>

namespace hn
{

namespace
{

constexpr std::string_view context = "hanat frame 1";

static_assert(crypto_aead_chacha20poly1305_ietf_ABYTES == wire_tag_size);
static_assert(crypto_aead_chacha20poly1305_ietf_KEYBYTES == key_secret_size);

using Nonce = std::array<unsigned char, crypto_aead_chacha20poly1305_ietf_NPUBBYTES>;

template<class T>
void put_be(unsigned char *to, T value)
{
	for (std::size_t i = sizeof(value); i-- > 0; value = static_cast<T>(value >> 8))
		to[i] = static_cast<unsigned char>(value & 0xff);
}

// That of one stream of one (node, epoch): no two frames under it have one sequence.
Key stream_key(const Key &key, const FrameHeader &header)
{
	std::array<unsigned char, context.size() + sizeof(header.node) + sizeof(header.epoch) +
					  sizeof(header.stream)>
		input{};
	Key::Secret secret{};
	auto *at = std::copy(context.begin(), context.end(), input.data());

	put_be(at, header.node);
	at += sizeof(header.node);
	for (const std::byte b : header.epoch)
		*at++ = std::to_integer<unsigned char>(b);
	*at = header.stream;
	crypto_generichash(secret.data(), secret.size(), input.data(), input.size(),
			   key.secret().data(), key.secret().size());
	Key derived(key.id(), secret);
	sodium_memzero(secret.data(), secret.size());
	return derived;
}

Nonce nonce_of(std::uint64_t sequence)
{
	Nonce nonce{};

	put_be(nonce.data() + nonce.size() - sizeof(sequence), sequence);
	return nonce;
}

const unsigned char *raw(const std::byte *bytes)
{
	// NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes for a C library
	return reinterpret_cast<const unsigned char *>(bytes);
}

unsigned char *raw(std::byte *bytes)
{
	// NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes for a C library
	return reinterpret_cast<unsigned char *>(bytes);
}

} // namespace

void seal(const Key &key, const FrameHeader &header, Bytes &frame)
{
	const Key secret = stream_key(key, header);
	const Nonce nonce = nonce_of(header.sequence);
	const std::size_t size = frame.size() - wire_header_size;

	frame.resize(frame.size() + wire_tag_size);
	unsigned char *body = raw(frame.data() + wire_header_size);
	crypto_aead_chacha20poly1305_ietf_encrypt(body, nullptr, body, size, raw(frame.data()),
						  wire_header_size, nullptr, nonce.data(),
						  secret.secret().data());
}

bool open(const Key &key, const FrameHeader &header, std::span<const std::byte> frame, Bytes &plain)
{
	plain.clear();
	if (frame.size() < wire_header_size + wire_tag_size)
		return false;
	const Key secret = stream_key(key, header);
	const Nonce nonce = nonce_of(header.sequence);
	const std::span<const std::byte> body = frame.subspan(wire_header_size);

	plain.resize(body.size() - wire_tag_size);
	const bool whole = crypto_aead_chacha20poly1305_ietf_decrypt(
				   raw(plain.data()), nullptr, nullptr, raw(body.data()),
				   body.size(), raw(frame.data()), wire_header_size, nonce.data(),
				   secret.secret().data()) == 0;
	if (!whole)
		plain.clear();
	return whole;
}

} // namespace hn
