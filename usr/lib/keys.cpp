// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/keys.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <optional>
#include <sodium.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/unique_fd.h"

namespace hn
{

namespace
{

constexpr unsigned id_max = 255;

Error no_random()
{
	return {.code = EIO, .what = "libsodium: no source of random numbers"};
}

std::optional<Key> parse_line(std::string_view line)
{
	const std::size_t space = line.find(' ');
	const std::string_view id_text = line.substr(0, space);
	unsigned id = 0;
	Key::Secret secret{};
	std::size_t size = 0;

	if (space == std::string_view::npos)
		return std::nullopt;
	const std::string_view hex = line.substr(space + 1);
	const auto [end, error] =
		std::from_chars(id_text.data(), id_text.data() + id_text.size(), id);
	if (error != std::errc() || end != id_text.data() + id_text.size() || id == 0 ||
	    id > id_max || hex.size() != 2 * secret.size())
		return std::nullopt;
	if (sodium_hex2bin(secret.data(), secret.size(), hex.data(), hex.size(), nullptr, &size,
			   nullptr) != 0 ||
	    size != secret.size())
		return std::nullopt;
	const Key key(static_cast<std::uint8_t>(id), secret);
	sodium_memzero(secret.data(), secret.size());
	return key;
}

// The size of what was read.
Result<std::size_t> read_all(int fd, std::span<char> to, const std::string &file)
{
	std::size_t size = 0;

	while (size < to.size()) {
		const ssize_t n = ::read(fd, &to[size], to.size() - size);

		if (n < 0)
			return fail_errno(errno, file);
		if (n == 0)
			return size;
		size += static_cast<std::size_t>(n);
	}
	return fail(EFBIG, file + ": too long for a key file");
}

} // namespace

Key::~Key()
{
	sodium_memzero(secret_.data(), secret_.size());
}

const Key *Keyring::find(std::uint8_t id) const
{
	const auto it = std::find_if(keys_.begin(), keys_.end(),
				     [id](const Key &key) { return key.id() == id; });

	return it == keys_.end() ? nullptr : &*it;
}

bool Keyring::add(const Key &key)
{
	if (keys_.size() == max_keys || find(key.id()))
		return false;
	keys_.push_back(key);
	return true;
}

Result<Keyring> keys_parse(std::string_view text, const std::string &file)
{
	Keyring keys;
	unsigned number = 0;

	if (sodium_init() < 0)
		return fail(no_random());
	while (!text.empty()) {
		const std::size_t end = std::min(text.find('\n'), text.size());
		const std::string_view line = text.substr(0, end);
		const std::string where = file + ":" + std::to_string(++number) + ": ";

		text.remove_prefix(std::min(end + 1, text.size()));
		if (line.empty() || line.front() == '#')
			continue;
		const std::optional<Key> key = parse_line(line);
		if (!key)
			return fail(EINVAL, where + "expected a key: an id from 1 to 255, a space, "
						    "64 hexadecimal digits");
		if (keys.find(key->id()))
			return fail(EINVAL, where + "two keys with id " +
						    std::to_string(key->id()) +
						    ": generate another one");
		if (!keys.add(*key))
			return fail(EINVAL, where + "more than two keys: remove the oldest");
	}
	if (keys.empty())
		return fail(EINVAL, file + ": holds no key; \"hactl key generate\" makes one");
	return keys;
}

Result<Keyring> keys_read(const std::string &file)
{
	const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
	struct stat status = {};

	if (!fd || ::fstat(fd.get(), &status) != 0)
		return fail_errno(errno, file);
	if (!S_ISREG(status.st_mode))
		return fail(EINVAL, file + ": not a regular file");
	if (status.st_mode & (S_IRWXG | S_IRWXO))
		return fail(EACCES, file + ": open to others than its owner: run \"chmod 600 " +
					    file + "\"");
	std::array<char, key_file_max_bytes + 1> text{};
	const Result<std::size_t> size = read_all(fd.get(), text, file);
	if (!size)
		return fail(size.error());
	Result<Keyring> keys = keys_parse({text.data(), *size}, file);
	sodium_memzero(text.data(), text.size());
	return keys;
}

Result<void> key_generate(const std::string &file)
{
	std::array<char, 2 * key_secret_size + 1> hex{};
	Key::Secret secret{};

	if (sodium_init() < 0)
		return fail(no_random());
	const UniqueFd fd(
		::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
	if (!fd)
		return fail_errno(errno, file);
	randombytes_buf(secret.data(), secret.size());
	sodium_bin2hex(hex.data(), hex.size(), secret.data(), secret.size());
	std::string line =
		std::to_string(1 + randombytes_uniform(id_max)) + " " + hex.data() + "\n";
	const ssize_t written = ::write(fd.get(), line.data(), line.size());
	int error = written < 0 ? errno : ENOSPC;
	if (written == static_cast<ssize_t>(line.size()))
		error = ::fsync(fd.get()) == 0 ? 0 : errno;
	sodium_memzero(secret.data(), secret.size());
	sodium_memzero(hex.data(), hex.size());
	sodium_memzero(line.data(), line.size());
	if (error == 0)
		return {};
	::unlink(file.c_str());
	return fail_errno(error, file);
}

} // namespace hn
