// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

namespace hn
{

// Why something failed: an errno, and one line for people, without a full stop.
struct Error {
	int code = 0;
	std::string what;
};

// What fail() returns and every Result takes; the role of std::unexpected.
struct Failure {
	Error error;
};

// Control characters, which come from words that are quoted, are replaced: one line stays one.
inline Failure fail(Error error)
{
	for (char &c : error.what)
		if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
			c = '?';
	return {std::move(error)};
}

inline Failure fail(int code, std::string what)
{
	return fail(Error{code, std::move(what)});
}

// The same error with where it happened in front: "where: what".
inline Failure fail(std::string where, const Error &error)
{
	return fail(Error{error.code, std::move(where) + ": " + error.what});
}

// For a failed system call: "where: No such file or directory".
inline Failure fail_errno(int code, std::string where)
{
	return fail(Error{code, std::move(where) + ": " + std::generic_category().message(code)});
}

// A value or an Error: the part of C++23's std::expected that we use. To take the value of a
// failure, or the error of a success, aborts.
template<class T>
class [[nodiscard]] Result
{
public:
	using value_type = T; // NOLINT(readability-identifier-naming): as std::expected

	// NOLINTNEXTLINE(google-explicit-constructor): `return value;`
	Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
	// NOLINTNEXTLINE(google-explicit-constructor): `return fail(...);`
	Result(Failure failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}

	[[nodiscard]] bool has_value() const { return state_.index() == 0; }
	explicit operator bool() const { return has_value(); }

	[[nodiscard]] T &value() & { return *checked(std::get_if<0>(&state_)); }
	[[nodiscard]] const T &value() const & { return *checked(std::get_if<0>(&state_)); }
	[[nodiscard]] T &&value() && { return std::move(*checked(std::get_if<0>(&state_))); }
	[[nodiscard]] T &operator*() & { return value(); }
	[[nodiscard]] const T &operator*() const & { return value(); }
	[[nodiscard]] T &&operator*() && { return std::move(*this).value(); }
	[[nodiscard]] T *operator->() { return &value(); }
	[[nodiscard]] const T *operator->() const { return &value(); }

	[[nodiscard]] const Error &error() const { return *checked(std::get_if<1>(&state_)); }

private:
	template<class P>
	static P *checked(P *p)
	{
		if (!p)
			std::abort();
		return p;
	}

	std::variant<T, Error> state_;
};

template<>
class [[nodiscard]] Result<void>
{
public:
	using value_type = void; // NOLINT(readability-identifier-naming): as std::expected

	Result() = default;
	// NOLINTNEXTLINE(google-explicit-constructor): `return fail(...);`
	Result(Failure failure) : error_(std::move(failure.error)) {}

	[[nodiscard]] bool has_value() const { return !error_; }
	explicit operator bool() const { return has_value(); }

	[[nodiscard]] const Error &error() const
	{
		if (!error_)
			std::abort();
		return *error_;
	}

private:
	std::optional<Error> error_;
};

} // namespace hn
