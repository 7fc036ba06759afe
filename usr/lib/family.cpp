// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/family.h"

#include <algorithm>
#include <linux/netlink.h>

#include <netlink/attr.h>

#include "lib/attrs.h"

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
		return cmd == HN_CMD_POOL4_REMOVE ? "no such range"
						  : "kernel module hanat is not loaded any more";
	case EEXIST:
		return cmd == HN_CMD_INSTANCE_ADD ? "there is an instance already"
						  : "overlaps an existing range";
	default:
		return std::generic_category().message(code);
	}
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

// A request that is answered by one message, then an ack.
Result<void> FamilyLink::query(hn_cmd cmd, const std::function<Result<void>(nlmsghdr &)> &read)
{
	const NlMsg msg = request(cmd);
	bool answered = false;

	if (!msg)
		return fail(ENOMEM, "out of memory");
	const NlAnswer answer = exchange(*msg, [&](nlmsghdr &nlh) -> Result<NlNext> {
		answered = true;
		const Result<void> ok = read(nlh);
		if (!ok)
			return fail(ok.error());
		return NlNext::Continue;
	});
	if (answer.result && !answered)
		return other_abi("no answer");
	return answer.result;
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
	Instance out;

	const Result<void> done = query(HN_CMD_INSTANCE_GET, [&](nlmsghdr &nlh) -> Result<void> {
		const Result<Attrs> a = Attrs::parse(nlh);
		if (!a)
			return fail(a.error());
		if (!a->get(HN_A_POOL6, out.pool6) || !a->get(HN_A_NODE, out.node) ||
		    !a->get(HN_A_EPOCH, out.epoch) || !a->get(HN_A_SESSIONS, out.sessions) ||
		    !a->get(HN_A_MAPPINGS, out.mappings) ||
		    !a->get(HN_A_POOL4_PORTS, out.pool4_ports))
			return other_abi("instance");
		const std::span<const std::byte> text = a->bytes(HN_A_VERSION);
		out.version.assign(
			static_cast<const char *>(static_cast<const void *>(text.data())),
			text.size());
		out.version.erase(std::find(out.version.begin(), out.version.end(), '\0'),
				  out.version.end());
		return {};
	});
	if (!done)
		return fail(done.error());
	return out;
}

Result<Globals> FamilyLink::globals()
{
	Globals out{};

	const Result<void> done = query(HN_CMD_GLOBAL_GET, [&](nlmsghdr &nlh) -> Result<void> {
		std::array<nlattr *, HN_G_MAX + 1> tb{};
		const Result<Attrs> a = Attrs::parse(nlh);
		if (!a)
			return fail(a.error());
		nlattr *nest = a->find(HN_A_GLOBALS);
		if (!nest || nla_parse_nested(tb.data(), HN_G_MAX, nest, nullptr) < 0)
			return other_abi("globals");
		for (std::size_t id = HN_G_UNSPEC + 1; id < tb.size(); id++) {
			if (tb[id] && nla_len(tb[id]) != sizeof(std::uint32_t))
				return other_abi("globals");
			if (tb[id])
				out[id] = nla_get_u32(tb[id]);
		}
		return {};
	});
	if (!done)
		return fail(done.error());
	return out;
}

Result<void> FamilyLink::set_globals(std::span<const Setting> settings)
{
	const NlMsg msg = request(HN_CMD_GLOBAL_SET, 0, 64 + settings.size() * 8);
	nlattr *nest = msg ? nla_nest_start(msg.get(), HN_A_GLOBALS) : nullptr;
	bool fits = nest;

	for (const auto &[id, value] : settings)
		fits = fits && nl_put_object(*msg, id, value);
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
		std::vector<hn_pool4_entry> batch;

		if (!msg)
			return fail(ENOMEM, "out of memory");
		const NlAnswer answer = exchange(*msg, [&](nlmsghdr &nlh) -> Result<NlNext> {
			const Result<Attrs> a = Attrs::parse(nlh);
			if (!a)
				return fail(a.error());
			if (!a->get_array(HN_A_POOL4, batch))
				return other_abi("pool4");
			all.insert(all.end(), batch.begin(), batch.end());
			return NlNext::Continue;
		});
		if (answer.result && !answer.interrupted)
			return all;
		if (!answer.result && !worth_resuming(answer.result.error().code))
			return fail(answer.result.error());
	}
	return fail(EAGAIN, "pool4 keeps changing while it is read");
}

// Walks a table from a cursor. After an error that passes, the walk goes on where it was.
template<class T>
Result<DumpEnd> FamilyLink::dump(hn_cmd cmd, hn_attr array, std::uint8_t protos,
				 std::uint32_t cursor,
				 const std::function<DumpNext(std::span<const T>)> &fn)
{
	DumpEnd end{.cursor = cursor};
	std::vector<T> batch;
	bool heard = false;

	for (int resumes = 0;; resumes++) {
		const NlMsg msg = request(cmd, NLM_F_DUMP);
		if (!msg || !nl_put_object(*msg, HN_A_PROTOS, protos) ||
		    !nl_put_object(*msg, HN_A_CURSOR, end.cursor))
			return fail(ENOMEM, "out of memory");
		const NlAnswer answer = exchange(*msg, [&](nlmsghdr &nlh) -> Result<NlNext> {
			const Result<Attrs> a = Attrs::parse(nlh);
			if (!a)
				return fail(a.error());
			if (!a->get_array(array, batch) || !a->get(HN_A_CURSOR, end.cursor))
				return other_abi("dump");
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

Result<DumpEnd> FamilyLink::sessions(std::uint8_t protos, std::uint32_t cursor, const RecordsFn &fn)
{
	return dump<hn_record>(HN_CMD_SESSION_GET, HN_A_RECORDS, protos, cursor, fn);
}

Result<DumpEnd> FamilyLink::bib(std::uint8_t protos, std::uint32_t cursor, const BibFn &fn)
{
	return dump<hn_bib_record>(HN_CMD_BIB_GET, HN_A_BIB, protos, cursor, fn);
}

Result<std::vector<std::uint64_t>> FamilyLink::stats()
{
	std::vector<std::uint64_t> out;

	const Result<void> done = query(HN_CMD_STATS_GET, [&](nlmsghdr &nlh) -> Result<void> {
		const Result<Attrs> a = Attrs::parse(nlh);
		if (!a)
			return fail(a.error());
		if (!a->get_array(HN_A_STATS, out))
			return other_abi("stats");
		return {};
	});
	if (!done)
		return fail(done.error());
	out.resize(std::min<std::size_t>(out.size(), HN_STAT_COUNT));
	return out;
}

Result<Applied> FamilyLink::apply(std::span<const hn_record> records)
{
	const NlMsg msg = request(HN_CMD_APPLY, 0, 64 + records.size_bytes());
	std::vector<std::uint32_t> counts;
	Applied out{};

	if (records.size() > HN_APPLY_MAX_RECORDS)
		return fail(E2BIG, "too many records in one request");
	if (!msg || !nl_put(*msg, HN_A_RECORDS, std::as_bytes(records)))
		return fail(ENOMEM, "out of memory");
	const NlAnswer answer = exchange(*msg, [&](nlmsghdr &nlh) -> Result<NlNext> {
		const Result<Attrs> a = Attrs::parse(nlh);
		if (!a)
			return fail(a.error());
		if (!a->get_array(HN_A_APPLIED, counts))
			return other_abi("apply");
		return NlNext::Continue;
	});
	if (!answer.result)
		return fail(answer.result.error());
	std::copy_n(counts.begin(), std::min(counts.size(), out.size()), out.begin());
	return out;
}

Result<void> FamilyLink::advertise()
{
	return command(request(HN_CMD_ADVERTISE).get());
}

} // namespace hn
