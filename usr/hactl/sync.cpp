// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cinttypes>
#include <variant>
#include <vector>

#include "hactl/nouns.h"
#include "lib/control.h"
#include "lib/role.h"
#include "lib/units.h"

namespace hn
{

namespace
{

constexpr int answer_ms = 10000; // beyond what a request may take

bool says(const Json &answer, std::string_view key)
{
	const bool *value = json_get<bool>(answer, key);

	return value && *value;
}

Result<void> show(const Invocation &inv, Out &out, const std::string &request)
{
	const Result<Json> answer = daemon_ask(request);

	if (!answer)
		return fail(answer.error());
	print_tree(out, inv.format, inv.headers, *answer);
	return {};
}

// What was foreign when it was looked at, as deletions that are newer than it was.
Result<std::vector<hn_record>> foreign_deletions(FamilyLink &link)
{
	std::vector<hn_record> out;
	const DumpQuery query{.foreign = true};
	const Result<DumpEnd> end = link.sessions(query, [&](std::span<const hn_record> records) {
		for (hn_record record : records) {
			record.flags = HN_RF_DELETE;
			record.lifetime = 0;
			++record.version;
			out.push_back(record);
		}
		return DumpNext::Continue;
	});

	if (!end)
		return fail(end.error());
	return out;
}

} // namespace

Result<Json> daemon_ask(const std::string &request, std::uint32_t wait_ms, std::uint32_t node)
{
	const std::string line =
		request + " " + std::to_string(wait_ms) + " " + std::to_string(node);
	const int timeout =
		static_cast<int>(std::min<std::uint32_t>(wait_ms, 86400000)) + answer_ms;
	const Result<std::string> text = control_ask(line, timeout);

	if (!text)
		return fail(text.error());
	Result<Json> answer = json_parse(*text);
	if (!answer)
		return fail(EPROTO, "hanatd went away, or its answer makes no sense");
	if (const auto *why = json_get<std::string>(*answer, "error"))
		return fail(EPERM, *why);
	return answer;
}

Result<void> sync_advertise(const Invocation & /*inv*/, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->advertise();
}

Result<void> sync_status(const Invocation &inv, Out &out)
{
	return show(inv, out, "status");
}

Result<void> sync_stats(const Invocation &inv, Out &out)
{
	return show(inv, out, "stats");
}

Result<void> sync_peers(const Invocation &inv, Out &out)
{
	const Result<Json> answer = daemon_ask("status");

	if (!answer)
		return fail(answer.error());
	if (const Json *peers = json_find(*answer, "peers"))
		print_tree(out, inv.format, inv.headers, *peers);
	return {};
}

Result<void> sync_wait(const Invocation &inv, Out &out)
{
	const Result<Json> answer = daemon_ask("wait", inv.timeout.value_or(daemon_wait_ms));

	if (!answer)
		return fail(answer.error());
	if (inv.format != Format::Text)
		print_tree(out, inv.format, inv.headers, *answer);
	if (!says(*answer, "ready"))
		return fail(ETIMEDOUT, "not ready in time; \"hactl sync status\" says why");
	return {};
}

Result<void> sync_verify(const Invocation &inv, Out &out)
{
	const Result<Json> answer = daemon_ask("verify", inv.timeout.value_or(daemon_wait_ms));

	if (!answer)
		return fail(answer.error());
	print_tree(out, inv.format, inv.headers, *answer);
	if (const auto *peers = json_get<JsonList>(*answer, "peers"); peers && peers->empty())
		return fail(ENOTCONN, "no peer is heard");
	if (!says(*answer, "equal"))
		return fail(EUCLEAN, "sessions differed");
	return {};
}

Result<void> sync_resync(const Invocation & /*inv*/, Out & /*out*/)
{
	const Result<Json> answer = daemon_ask("resync");

	if (!answer)
		return fail(answer.error());
	return {};
}

Result<void> yield(const Invocation &inv, Out &out)
{
	if (inv.cancel) {
		const Result<Json> answer = daemon_ask("yield-cancel");
		return answer ? Result<void>() : fail(answer.error());
	}
	const Result<Json> answer = daemon_ask("yield", inv.timeout.value_or(daemon_wait_ms));
	if (!answer)
		return fail(answer.error());
	if (inv.format != Format::Text)
		print_tree(out, inv.format, inv.headers, *answer);
	if (!says(*answer, "yielded"))
		return fail(ETIMEDOUT, "still the master, and willing again: does keepalived run, "
				       "and look at the file of hanatd's --ready-file?");
	return {};
}

Result<void> sync_role_read(Invocation &inv)
{
	if (inv.arguments.size() != 1 || !is_role(inv.arguments.front()))
		return fail(EINVAL, "sync role: needs master, backup, fault or stop");
	return {};
}

// A backup may have been active until now, and cut off from the one that is.
Result<void> sync_role(const Invocation &inv, Out &out)
{
	const std::string &role = inv.arguments.front();
	Result<void> done = role_write(role);

	if (role != "backup")
		return done;
	for (const auto step : {sync_advertise, sync_resync})
		if (const Result<void> result = step(inv, out); !result && done)
			done = result;
	return done;
}

// The word is asked for, since what it does cannot be undone without peers.
Result<void> sync_flush_read(Invocation &inv)
{
	if (!inv.foreign)
		return fail(EINVAL, "sync flush: needs --foreign");
	return {};
}

Result<void> sync_flush(const Invocation & /*inv*/, Out &out)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<std::vector<hn_record>> records = foreign_deletions(*link);
	if (!records)
		return fail(records.error());
	std::span<const hn_record> left = *records;
	while (!left.empty()) {
		const std::size_t n = std::min<std::size_t>(left.size(), HN_APPLY_MAX_RECORDS);

		if (const Result<Applied> applied = link->apply(left.first(n)); !applied)
			return fail(applied.error());
		left = left.subspan(n);
	}
	out.put("(Forgot " + std::to_string(records->size()) + " sessions.)\n");
	return {};
}

Result<void> sync_hold_read(Invocation &inv)
{
	if (inv.arguments.empty())
		return fail(EINVAL, "sync hold: needs numbers of shares, or none");
	if (inv.arguments.size() == 1 && inv.arguments.front() == "none")
		return {};
	for (const std::string &text : inv.arguments) {
		const Result<std::uint32_t> share = parse_number(text, 1, HN_SHARES_MAX);
		if (!share)
			return fail("sync hold", share.error());
		inv.shares |= std::uint64_t{1} << (*share - 1);
	}
	return {};
}

Result<void> sync_hold(const Invocation &inv, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	const Result<Instance> instance = link->instance();
	if (!instance)
		return fail(instance.error());
	return link->hold_shares(instance->shares, inv.shares);
}

} // namespace hn
