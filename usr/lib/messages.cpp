// SPDX-License-Identifier: GPL-2.0-or-later
#include "lib/messages.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <netlink/attr.h>

#include "lib/attrs.h"
#include "rfc6052.h"

namespace hn
{

namespace
{

template<class T>
Result<std::uint32_t> parse_batch(nlmsghdr &nlh, hn_attr array, std::vector<T> &records)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	std::uint32_t cursor = 0;

	if (!a)
		return fail(a.error());
	if (!a->get_array(array, records) || !a->get(HN_A_CURSOR, cursor))
		return other_abi("dump");
	return cursor;
}

// False: it is of another size.
bool read_setting(nlattr *attr, hn_global_type type, GlobalValue &out)
{
	const auto size = static_cast<std::size_t>(nla_len(attr));

	if (type != HN_GT_MTUS) {
		if (size != sizeof(std::uint32_t))
			return false;
		out = nla_get_u32(attr);
		return true;
	}
	Mtus mtus(size / sizeof(std::uint16_t));
	if (!mtus.empty())
		std::memcpy(mtus.data(), nla_data(attr), mtus.size() * sizeof(std::uint16_t));
	out = std::move(mtus);
	return size % sizeof(std::uint16_t) == 0;
}

} // namespace

Result<Instance> instance_parse(nlmsghdr &nlh)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	Instance out;

	if (!a)
		return fail(a.error());
	if (!a->get(HN_A_POOL6, out.pool6) || !a->get(HN_A_NODE, out.node) ||
	    !a->get(HN_A_EPOCH, out.epoch) || !a->get(HN_A_SESSIONS, out.sessions) ||
	    !a->get(HN_A_MAPPINGS, out.mappings) || !a->get(HN_A_POOL4_PORTS, out.pool4_ports) ||
	    !hn_prefix6_valid(&out.pool6))
		return other_abi("instance");
	// Older modules know of no shares and no static mappings.
	if ((a->find(HN_A_SHARES) && !a->get(HN_A_SHARES, out.shares)) ||
	    (a->find(HN_A_SHARES_HELD) && !a->get(HN_A_SHARES_HELD, out.shares_held)))
		return other_abi("instance");
	if (a->find(HN_A_STATIC_DIGEST) && !a->get(HN_A_STATIC_DIGEST, out.static_digest.emplace()))
		return other_abi("instance");
	const std::span<const std::byte> text = a->bytes(HN_A_VERSION);
	out.version.assign(static_cast<const char *>(static_cast<const void *>(text.data())),
			   text.size());
	out.version.erase(std::find(out.version.begin(), out.version.end(), '\0'),
			  out.version.end());
	return out;
}

Result<Globals> globals_parse(nlmsghdr &nlh)
{
	std::array<nlattr *, HN_G_MAX + 1> tb{};
	const Result<Attrs> a = Attrs::parse(nlh);
	Globals out{};

	if (!a)
		return fail(a.error());
	nlattr *nest = a->find(HN_A_GLOBALS);
	if (!nest || nla_parse_nested(tb.data(), HN_G_MAX, nest, nullptr) < 0)
		return other_abi("globals");
	for (const GlobalInfo &info : globals_info())
		if (tb.at(info.id) && !read_setting(tb.at(info.id), info.type, out.at(info.id)))
			return other_abi("globals");
	return out;
}

Result<std::vector<std::uint64_t>> stats_parse(nlmsghdr &nlh)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	std::vector<std::uint64_t> out;

	if (!a)
		return fail(a.error());
	if (!a->get_array(HN_A_STATS, out))
		return other_abi("stats");
	out.resize(std::min<std::size_t>(out.size(), HN_STAT_COUNT));
	return out;
}

Result<Applied> applied_parse(nlmsghdr &nlh)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	std::vector<std::uint32_t> counts;
	Applied out{};

	if (!a)
		return fail(a.error());
	if (!a->get_array(HN_A_APPLIED, counts))
		return other_abi("apply");
	std::copy_n(counts.begin(), std::min(counts.size(), out.size()), out.begin());
	return out;
}

Result<Holding> holding_parse(nlmsghdr &nlh)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	Holding out;

	if (!a)
		return fail(a.error());
	if (!a->get(HN_A_SESSIONS, out.sessions) || !a->get_array(HN_A_DIGEST, out.sums) ||
	    out.sums.size() != HN_DIGEST_BUCKETS)
		return other_abi("digest");
	return out;
}

Result<std::vector<hn_pool4_entry>> pool4_parse(nlmsghdr &nlh)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	std::vector<hn_pool4_entry> out;

	if (!a)
		return fail(a.error());
	if (!a->get_array(HN_A_POOL4, out))
		return other_abi("pool4");
	return out;
}

Result<std::vector<hn_prefix6>> prefixes_parse(nlmsghdr &nlh)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	std::vector<hn_prefix6> out;

	if (!a)
		return fail(a.error());
	if (!a->get_array(HN_A_PREFIXES, out))
		return other_abi("prefixes");
	return out;
}

Result<std::uint32_t> batch_parse(nlmsghdr &nlh, std::vector<hn_record> &records)
{
	return parse_batch(nlh, HN_A_RECORDS, records);
}

Result<std::uint32_t> batch_parse(nlmsghdr &nlh, std::vector<hn_bib_record> &records)
{
	return parse_batch(nlh, HN_A_BIB, records);
}

Result<Delta> delta_parse(nlmsghdr &nlh, std::vector<hn_record> &records)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	Delta delta;

	if (!a)
		return fail(a.error());
	if (!a->get(HN_A_NODE, delta.node) || !a->get(HN_A_EPOCH, delta.epoch) ||
	    !a->get(HN_A_SEQ, delta.seq) || !a->get_array(HN_A_RECORDS, records) ||
	    (a->find(HN_A_LOST) && !a->get(HN_A_LOST, delta.lost)))
		return other_abi("delta");
	delta.records = records;
	return delta;
}

Result<LogBatch> log_parse(nlmsghdr &nlh, std::vector<hn_log_event> &events)
{
	const Result<Attrs> a = Attrs::parse(nlh);
	LogBatch batch;

	if (!a)
		return fail(a.error());
	if (!a->get(HN_A_NODE, batch.node) || !a->get(HN_A_EPOCH, batch.epoch) ||
	    !a->get(HN_A_SEQ, batch.seq) || !a->get_array(HN_A_EVENTS, events))
		return other_abi("log");
	batch.events = events;
	return batch;
}

} // namespace hn
