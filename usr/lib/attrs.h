// SPDX-License-Identifier: GPL-2.0-or-later
// Reading the messages of the family "hanat"; for messages.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "hanat.h"
#include "lib/result.h"
#include "version.h"

namespace hn
{

inline Failure other_abi(std::string_view where)
{
	return fail(EPROTO, std::string(where) + ": the module speaks another ABI than " +
				    "this program, which is of version " HN_VERSION);
}

// The attributes of one message of the family. Unknown ones are skipped.
class Attrs
{
public:
	static Result<Attrs> parse(nlmsghdr &nlh)
	{
		Attrs attrs;

		if (genlmsg_parse(&nlh, 0, attrs.tb_.data(), HN_A_MAX, nullptr) < 0)
			return other_abi("malformed message");
		return attrs;
	}

	[[nodiscard]] nlattr *find(hn_attr attr) const { return tb_[attr]; }

	[[nodiscard]] std::span<const std::byte> bytes(hn_attr attr) const
	{
		const nlattr *a = tb_[attr];

		if (!a)
			return {};
		return {static_cast<const std::byte *>(nla_data(a)),
			static_cast<std::size_t>(nla_len(a))};
	}

	// False when the attribute is missing or of another size.
	template<class T>
	[[nodiscard]] bool get(hn_attr attr, T &out) const
	{
		const std::span<const std::byte> in = bytes(attr);

		if (in.size() != sizeof(T))
			return false;
		std::memcpy(&out, in.data(), sizeof(T));
		return true;
	}

	// Copies an array, which may be unaligned; an absent one is empty. False when its length is
	// no multiple of T's.
	template<class T>
	[[nodiscard]] bool get_array(hn_attr attr, std::vector<T> &out) const
	{
		const std::span<const std::byte> in = bytes(attr);

		out.resize(in.size() / sizeof(T));
		if (!out.empty())
			std::memcpy(out.data(), in.data(), out.size() * sizeof(T));
		return in.size() % sizeof(T) == 0;
	}

private:
	std::array<nlattr *, HN_A_MAX + 1> tb_{};
};

} // namespace hn
