// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/family.h"

#include <linux/netlink.h>
#include <optional>

#include <netlink/attr.h>

#include "lib/attrs.h"
#include "lib/messages.h"

namespace hn
{

namespace
{

constexpr int pool4_dump_tries = 8;
constexpr int dump_resumes = 8;

// For errors to which the kernel added no text.
std::string explain(hn_cmd cmd, int code)
{
	switch (code) {
	case EPERM:
		return "needs CAP_NET_ADMIN in this network namespace";
	case ENODEV:
		return "no instance in this network namespace";
	case EOPNOTSUPP:
		return "ss-enabled is false";
	case ENOENT:
		return cmd == HN_CMD_POOL4_REMOVE    ? "no such range"
		       : cmd == HN_CMD_PREFIX_REMOVE ? "no such prefix"
		       : cmd == HN_CMD_BIB_ADD	     ? "not in pool4"
		       : cmd == HN_CMD_BIB_REMOVE    ? "no such static mapping"
						     : "kernel module hanat is not loaded any more";
	case EEXIST:
		return cmd == HN_CMD_INSTANCE_ADD ? "there is an instance already"
		       : cmd == HN_CMD_PREFIX_ADD ? "such a prefix is there already"
		       : cmd == HN_CMD_BIB_ADD	  ? "is bound already"
						  : "overlaps an existing range";
	default:
		return std::generic_category().message(code);
	}
}

bool put_query(nl_msg &msg, const DumpQuery &query, std::uint32_t cursor)
{
	const auto put = [&](hn_attr attr, std::span<const std::byte> bytes) {
		return bytes.empty() || nl_put(msg, attr, bytes);
	};

	const std::uint32_t flags = HN_F_FOREIGN;

	return nl_put_object(msg, HN_A_PROTOS, query.protos) &&
	       nl_put_object(msg, HN_A_CURSOR, cursor) &&
	       (!query.foreign || nl_put_object(msg, HN_A_FLAGS, flags)) &&
	       (!query.owner || nl_put_object(msg, HN_A_OWNER, query.owner)) &&
	       put(HN_A_DIGEST_KEY, query.digest_key) &&
	       put(HN_A_DIGEST_BUCKETS, query.digest_buckets);
}

bool put_setting(nl_msg &msg, const Setting &setting)
{
	const auto &[id, value] = setting;

	if (const auto *mtus = std::get_if<Mtus>(&value))
		return nl_put(msg, id, std::as_bytes(std::span(*mtus)));
	return nl_put_object(msg, id, number(value));
}

bool worth_resuming(int code)
{
	return code == EINTR || code == EAGAIN || code == ENOBUFS;
}

} // namespace

Result<FamilyLink> FamilyLink::open()
{
	Result<NlSock> sock = nl_connect_genl();

	if (!sock)
		return fail(sock.error());
	const Result<int> family = nl_family_id(**sock, HN_GENL_NAME);
	if (!family && (family.error().code == ENOENT || family.error().code == ENODEV))
		return fail(ENOENT, "kernel module hanat is not loaded");
	if (!family)
		return fail(family.error());
	return FamilyLink(std::move(*sock), *family);
}

NlMsg FamilyLink::request(hn_cmd cmd, int flags, std::size_t room) const
{
	return nl_request(family_, static_cast<std::uint8_t>(cmd), flags, room);
}

NlAnswer FamilyLink::exchange(nl_msg &msg, const NlHandler &handler)
{
	const auto *genl = static_cast<const genlmsghdr *>(nlmsg_data(nlmsg_hdr(&msg)));
	const auto cmd = static_cast<hn_cmd>(genl->cmd);
	NlAnswer answer = nl_exchange(*sock_, msg, handler);

	if (!answer.complete) {
		Result<NlSock> fresh = nl_connect_genl();
		if (fresh)
			sock_ = std::move(*fresh);
		else if (answer.result)
			answer.result = fail(fresh.error());
	}
	if (!answer.result && answer.result.error().what.empty()) {
		const int code = answer.result.error().code;
		answer.result = fail(code, explain(cmd, code));
	}
	return answer;
}

// A request that is answered by an ack alone. Null: it could not be built.
Result<void> FamilyLink::command(nl_msg *msg)
{
	if (!msg)
		return fail(ENOMEM, "out of memory");
	return exchange(*msg, [](nlmsghdr &) -> Result<NlNext> { return NlNext::Continue; }).result;
}

// A request that is answered by one message, then an ack. Null: it could not be built.
template<class T>
Result<T> FamilyLink::query(nl_msg *msg, Result<T> (*parse)(nlmsghdr &))
{
	std::optional<T> out;

	if (!msg)
		return fail(ENOMEM, "out of memory");
	const NlAnswer answer = exchange(*msg, [&](nlmsghdr &nlh) -> Result<NlNext> {
		Result<T> parsed = parse(nlh);
		if (!parsed)
			return fail(parsed.error());
		out = std::move(*parsed);
		return NlNext::Continue;
	});
	if (!answer.result)
		return fail(answer.result.error());
	if (!out)
		return other_abi("no answer");
	return std::move(*out);
}

Result<void> FamilyLink::instance_add(const hn_prefix6 &pool6)
{
	const NlMsg msg = request(HN_CMD_INSTANCE_ADD);

	if (!msg || !nl_put_object(*msg, HN_A_POOL6, pool6))
		return fail(ENOMEM, "out of memory");
	return command(msg.get());
}

Result<void> FamilyLink::instance_remove()
{
	return command(request(HN_CMD_INSTANCE_REMOVE).get());
}

Result<Instance> FamilyLink::instance()
{
	return query(request(HN_CMD_INSTANCE_GET).get(), instance_parse);
}

Result<Globals> FamilyLink::globals()
{
	return query(request(HN_CMD_GLOBAL_GET).get(), globals_parse);
}

Result<void> FamilyLink::set_globals(std::span<const Setting> settings)
{
	constexpr std::size_t room =
		64 + HN_G_MAX * std::size_t{8} + HN_PLATEAUS_MAX * sizeof(__u16);
	const NlMsg msg = request(HN_CMD_GLOBAL_SET, 0, room);
	nlattr *nest = msg ? nla_nest_start(msg.get(), HN_A_GLOBALS) : nullptr;
	bool fits = nest;

	for (const Setting &setting : settings)
		fits = fits && put_setting(*msg, setting);
	if (!fits)
		return fail(ENOMEM, "out of memory");
	nla_nest_end(msg.get(), nest);
	return command(msg.get());
}

Result<void> FamilyLink::pool4_add(const hn_pool4_entry &entry)
{
	const NlMsg msg = request(HN_CMD_POOL4_ADD);

	if (!msg || !nl_put_object(*msg, HN_A_POOL4, entry))
		return fail(ENOMEM, "out of memory");
	return command(msg.get());
}

Result<void> FamilyLink::pool4_remove(const hn_pool4_entry &entry, bool quick)
{
	const NlMsg msg = request(HN_CMD_POOL4_REMOVE);
	const std::uint32_t flags = HN_F_QUICK;

	if (!msg || !nl_put_object(*msg, HN_A_POOL4, entry) ||
	    (quick && !nl_put_object(*msg, HN_A_FLAGS, flags)))
		return fail(ENOMEM, "out of memory");
	return command(msg.get());
}

Result<void> FamilyLink::pool4_flush(bool quick)
{
	const NlMsg msg = request(HN_CMD_POOL4_FLUSH);
	const std::uint32_t flags = HN_F_QUICK;

	if (!msg || (quick && !nl_put_object(*msg, HN_A_FLAGS, flags)))
		return fail(ENOMEM, "out of memory");
	return command(msg.get());
}

Result<std::vector<hn_pool4_entry>> FamilyLink::pool4_list()
{
	for (int tries = 0; tries < pool4_dump_tries; tries++) {
		const NlMsg msg = request(HN_CMD_POOL4_GET, NLM_F_DUMP);
		std::vector<hn_pool4_entry> all;

		if (!msg)
			return fail(ENOMEM, "out of memory");
		const NlAnswer answer = exchange(*msg, [&](nlmsghdr &nlh) -> Result<NlNext> {
			const Result<std::vector<hn_pool4_entry>> batch = pool4_parse(nlh);
			if (!batch)
				return fail(batch.error());
			all.insert(all.end(), batch->begin(), batch->end());
			return NlNext::Continue;
		});
		if (answer.result && !answer.interrupted)
			return all;
		if (!answer.result && !worth_resuming(answer.result.error().code))
			return fail(answer.result.error());
	}
	return fail(EAGAIN, "pool4 keeps changing while it is read");
}

Result<void> FamilyLink::bib_add(const hn_bib_entry &entry)
{
	const NlMsg msg = request(HN_CMD_BIB_ADD);

	if (!msg || !nl_put_object(*msg, HN_A_BIB_ENTRY, entry))
		return fail(ENOMEM, "out of memory");
	return command(msg.get());
}

Result<void> FamilyLink::bib_remove(const hn_bib_entry &entry, bool quick)
{
	const NlMsg msg = request(HN_CMD_BIB_REMOVE);
	const std::uint32_t flags = HN_F_QUICK;

	if (!msg || !nl_put_object(*msg, HN_A_BIB_ENTRY, entry) ||
	    (quick && !nl_put_object(*msg, HN_A_FLAGS, flags)))
		return fail(ENOMEM, "out of memory");
	return command(msg.get());
}

Result<void> FamilyLink::hold_shares(std::uint32_t shares, std::uint64_t held)
{
	const NlMsg msg = request(HN_CMD_SHARES_HOLD);

	if (!msg || !nl_put_object(*msg, HN_A_SHARES, shares) ||
	    !nl_put_object(*msg, HN_A_SHARES_HELD, held))
		return fail(ENOMEM, "out of memory");
	return command(msg.get());
}

// Null: out of memory.
NlMsg FamilyLink::list_request(hn_cmd cmd, hn_list list, std::span<const hn_prefix6> prefixes) const
{
	const auto which = static_cast<std::uint8_t>(list);
	NlMsg msg = request(cmd, 0, 64 + prefixes.size_bytes());

	if (!msg || !nl_put_object(*msg, HN_A_LIST, which) ||
	    (!prefixes.empty() && !nl_put(*msg, HN_A_PREFIXES, std::as_bytes(prefixes))))
		return {};
	return msg;
}

Result<void> FamilyLink::change_list(hn_cmd cmd, hn_list list, std::span<const hn_prefix6> prefixes)
{
	if (prefixes.size() > HN_PREFIXES_MAX)
		return fail(E2BIG, "too many prefixes in one request");
	return command(list_request(cmd, list, prefixes).get());
}

Result<void> FamilyLink::prefixes_add(hn_list list, std::span<const hn_prefix6> prefixes)
{
	return change_list(HN_CMD_PREFIX_ADD, list, prefixes);
}

Result<void> FamilyLink::prefixes_remove(hn_list list, std::span<const hn_prefix6> prefixes)
{
	return change_list(HN_CMD_PREFIX_REMOVE, list, prefixes);
}

Result<void> FamilyLink::prefixes_flush(hn_list list)
{
	return command(list_request(HN_CMD_PREFIX_FLUSH, list, {}).get());
}

Result<std::vector<hn_prefix6>> FamilyLink::prefixes(hn_list list)
{
	return query(list_request(HN_CMD_PREFIX_GET, list, {}).get(), prefixes_parse);
}

// Walks a table from a cursor. After an error that passes, the walk goes on where it was.
template<class T>
Result<DumpEnd> FamilyLink::dump(hn_cmd cmd, const DumpQuery &query,
				 const std::function<DumpNext(std::span<const T>)> &fn)
{
	DumpEnd end{.cursor = query.cursor};
	std::vector<T> batch;
	bool heard = false;

	for (int resumes = 0;; resumes++) {
		const NlMsg msg = request(cmd, NLM_F_DUMP, 256 + query.digest_buckets.size());
		if (!msg || !put_query(*msg, query, end.cursor))
			return fail(ENOMEM, "out of memory");
		const NlAnswer answer = exchange(*msg, [&](nlmsghdr &nlh) -> Result<NlNext> {
			const Result<std::uint32_t> next = batch_parse(nlh, batch);
			if (!next)
				return fail(next.error());
			end.cursor = *next;
			heard = true;
			if (!batch.empty() && fn(batch) == DumpNext::Stop)
				return NlNext::Stop;
			return NlNext::Continue;
		});
		end.interrupted = end.interrupted || answer.interrupted;
		// The cursor of the message that reaches the end of the table is 0.
		if (answer.result || (heard && !end.cursor)) {
			end.done = answer.complete || !end.cursor;
			return end;
		}
		if (!worth_resuming(answer.result.error().code) || resumes == dump_resumes)
			return fail(answer.result.error());
	}
}

Result<DumpEnd> FamilyLink::sessions(const DumpQuery &query, const RecordsFn &fn)
{
	return dump<hn_record>(HN_CMD_SESSION_GET, query, fn);
}

Result<DumpEnd> FamilyLink::bib(const DumpQuery &query, const BibFn &fn)
{
	return dump<hn_bib_record>(HN_CMD_BIB_GET, query, fn);
}

Result<Holding> FamilyLink::holding(std::uint32_t owner, std::span<const std::byte> key)
{
	const NlMsg msg = request(HN_CMD_DIGEST_GET);

	if (!msg || !nl_put_object(*msg, HN_A_OWNER, owner) || !nl_put(*msg, HN_A_DIGEST_KEY, key))
		return fail(ENOMEM, "out of memory");
	return query(msg.get(), holding_parse);
}

Result<std::vector<std::uint64_t>> FamilyLink::stats()
{
	return query(request(HN_CMD_STATS_GET).get(), stats_parse);
}

Result<Applied> FamilyLink::apply(std::span<const hn_record> records, std::uint64_t more)
{
	const NlMsg msg = request(HN_CMD_APPLY, 0, 64 + records.size_bytes());

	if (records.size() > HN_APPLY_MAX_RECORDS)
		return fail(E2BIG, "too many records in one request");
	if (!msg || (more > 0 && !nl_put_object(*msg, HN_A_SESSIONS, more)) ||
	    (!records.empty() && !nl_put(*msg, HN_A_RECORDS, std::as_bytes(records))))
		return fail(ENOMEM, "out of memory");
	return query(msg.get(), applied_parse);
}

Result<void> FamilyLink::advertise()
{
	return command(request(HN_CMD_ADVERTISE).get());
}

} // namespace hn
