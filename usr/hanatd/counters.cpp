// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/counters.h"

namespace hn
{

void for_each_counter(const Counters &counters,
		      const std::function<void(const std::string &, std::uint64_t)> &fn)
{
	static constexpr std::array<const char *, HN_APPLY_COUNT> fates = {
		"inserted", "updated", "deleted", "stale", "outside",
		"conflict", "full",    "invalid", "nomem", "won"};

#define HN_DAEMON_COUNTER(member, name, help) fn(name, counters.member);
	HN_DAEMON_COUNTERS(HN_DAEMON_COUNTER)
#undef HN_DAEMON_COUNTER
	for (std::size_t i = 1; i < decode_error_count; ++i)
		fn(std::string("malformed-") + decode_error_name(static_cast<DecodeError>(i)),
		   counters.malformed[i]);
	for (std::size_t i = 0; i < fates.size(); ++i)
		fn(std::string("applied-") + fates[i], counters.applied[i]);
}

std::string counters_json(const Counters &counters)
{
	std::string out;

	for_each_counter(counters, [&](const std::string &name, std::uint64_t value) {
		out += (out.empty() ? "{\"" : ",\"") + name + "\":" + std::to_string(value);
	});
	return out + "}";
}

} // namespace hn
