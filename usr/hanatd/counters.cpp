// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/counters.h"

namespace hn
{

namespace
{

void put(std::string &out, const std::string &name, std::uint64_t value)
{
	out += (out.empty() ? "{\"" : ",\"") + name + "\":" + std::to_string(value);
}

} // namespace

std::string counters_json(const Counters &counters)
{
	static constexpr std::array<const char *, HN_APPLY_COUNT> fates = {
		"inserted", "updated", "deleted", "stale", "outside",
		"conflict", "full",    "invalid", "nomem"};
	std::string out;

#define HN_DAEMON_COUNTER(member, name, help) put(out, name, counters.member);
	HN_DAEMON_COUNTERS(HN_DAEMON_COUNTER)
#undef HN_DAEMON_COUNTER
	for (std::size_t i = 1; i < decode_error_count; ++i)
		put(out, std::string("malformed-") + decode_error_name(static_cast<DecodeError>(i)),
		    counters.malformed[i]);
	for (std::size_t i = 0; i < fates.size(); ++i)
		put(out, std::string("applied-") + fates[i], counters.applied[i]);
	return out + "}";
}

} // namespace hn
