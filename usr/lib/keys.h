// SPDX-License-Identifier: GPL-2.0-or-later
// The keys that the nodes of a group share, and the file they are kept in.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/result.h"

namespace hn
{

constexpr std::size_t key_secret_size = 32;
constexpr std::size_t key_file_max_bytes = 4096;

// A secret, erased from memory when it is destroyed.
class Key
{
public:
	using Secret = std::array<unsigned char, key_secret_size>;

	// The id is 1 to 255: 0 in a frame means that it has none.
	Key(std::uint8_t id, const Secret &secret) : id_(id), secret_(secret) {}
	Key(const Key &) = default;
	Key(Key &&) = default;
	Key &operator=(const Key &) = default;
	Key &operator=(Key &&) = default;
	~Key();

	[[nodiscard]] std::uint8_t id() const { return id_; }
	[[nodiscard]] const Secret &secret() const { return secret_; }

private:
	std::uint8_t id_;
	Secret secret_;
};

// At most two keys, of different ids: with the first one frames are sent, both are accepted. None:
// nothing is authenticated.
class Keyring
{
public:
	static constexpr std::size_t max_keys = 2;

	[[nodiscard]] bool empty() const { return keys_.empty(); }

	// Null if there is none, or none of this id.
	[[nodiscard]] const Key *sending() const { return empty() ? nullptr : &keys_.front(); }
	[[nodiscard]] const Key *find(std::uint8_t id) const;

	// False: there are two already, or one of this id.
	bool add(const Key &key);

private:
	std::vector<Key> keys_;
};

// Lines "ID SECRET", the secret in 64 hexadecimal digits; empty lines and those that begin with #
// are skipped. Whoever has keys from here may use libsodium. Errors are one line, "FILE:LINE:
// what".
Result<Keyring> keys_parse(std::string_view text, const std::string &file);

// Refuses a file that is readable by others than its owner.
Result<Keyring> keys_read(const std::string &file);

// Writes a random key to a new file, readable by its owner only. Fails with EEXIST if it is there.
Result<void> key_generate(const std::string &file);

} // namespace hn
