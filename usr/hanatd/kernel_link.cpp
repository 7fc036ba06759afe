// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/kernel_link.h"

#include <algorithm>
#include <array>
#include <cerrno>

#include "lib/changes.h"

namespace hn
{

namespace
{

// Messages of the kernel in one turn of the loop, and records of the table in one step: small
// enough that the sockets of the group are served every few milliseconds.
constexpr std::size_t messages_per_turn = 64;
constexpr std::size_t records_per_step = 4096;

Result<PrefixLists> lists_of(FamilyLink &family)
{
	PrefixLists lists;

	for (std::size_t list = 0; list < lists.size(); ++list) {
		Result<std::vector<hn_prefix6>> prefixes =
			family.prefixes(static_cast<hn_list>(list));
		if (!prefixes)
			return fail(prefixes.error());
		lists.at(list) = std::move(*prefixes);
	}
	return lists;
}

} // namespace

KernelLink::KernelLink(std::size_t event_buffer, std::optional<std::uint32_t> node,
		       Counters &counters)
	: event_buffer_(event_buffer), node_(node), counters_(counters)
{
}

Result<void> KernelLink::open()
{
	if (!family_) {
		Result<FamilyLink> family = FamilyLink::open();
		if (!family)
			return fail(family.error());
		family_.emplace(std::move(*family));
	}
	if (!deltas_) {
		Result<DeltaLink> deltas = DeltaLink::open(static_cast<int>(event_buffer_));
		if (!deltas)
			return fail(deltas.error());
		deltas_.emplace(std::move(*deltas));
	}
	return {};
}

Result<void> KernelLink::set_node(Instance &instance)
{
	if (!node_ || instance.node == *node_)
		return {};
	const std::array<Setting, 1> settings{{{HN_G_SS_NODE, *node_}}};
	const Result<void> done = family_->set_globals(settings);
	if (!done)
		return fail("can't set ss-node", done.error());
	instance.node = *node_;
	return {};
}

Result<KernelState> KernelLink::look()
{
	const Result<void> opened = open();

	if (!opened) {
		close();
		return fail(opened.error());
	}
	Result<Instance> instance = family_->instance();
	const Result<void> set = instance ? set_node(*instance) : Result<void>{};
	const Result<Globals> globals = family_->globals();
	const Result<std::vector<hn_pool4_entry>> pool4 = family_->pool4_list();
	const Result<PrefixLists> lists = lists_of(*family_);
	const auto setting = [&](hn_global id) { return number(globals->at(id)); };
	if (instance && set && globals && pool4 && lists)
		return KernelState{.epoch = instance->epoch,
				   .node = instance->node,
				   .synchronises = setting(HN_G_SS_ENABLED) != 0,
				   .max_payload = setting(HN_G_SS_MAX_PAYLOAD),
				   .fingerprint =
					   fingerprint_of(*instance, *pool4, *lists, *globals),
				   .share = static_cast<std::uint8_t>(setting(HN_G_SS_SHARE)),
				   .shares = static_cast<std::uint8_t>(instance->shares),
				   .shares_held = instance->shares_held};
	close();
	if (!instance)
		return fail(instance.error());
	if (!set)
		return fail(set.error());
	if (!globals)
		return fail(globals.error());
	return fail(pool4 ? lists.error() : pool4.error());
}

int KernelLink::fd() const
{
	return deltas_ ? deltas_->fd() : -1;
}

void KernelLink::close()
{
	deltas_.reset();
	family_.reset();
}

Result<void> KernelLink::receive(const DeltaLink::Callback &callback)
{
	if (!deltas_)
		return {};
	const Result<std::size_t> n = deltas_->receive(callback, messages_per_turn);
	if (!n)
		return fail(n.error());
	return {};
}

Result<void> KernelLink::apply(std::span<const hn_record> records, const Fates &fates)
{
	std::uint32_t starved = 0;

	while (!records.empty() && family_) {
		const std::uint32_t owner = records.front().owner;
		const std::size_t most =
			std::min<std::size_t>(records.size(), HN_APPLY_MAX_RECORDS);
		const auto batch = records.first(most);
		const auto end = std::find_if(batch.begin(), batch.end(),
					      [&](const hn_record &r) { return r.owner != owner; });
		const auto n = static_cast<std::size_t>(end - batch.begin());
		const Result<Applied> applied = family_->apply(records.first(n));

		if (!applied) {
			++counters_.apply_errors;
			counters_.records_unapplied += records.size();
			return fail("can't apply received sessions", applied.error());
		}
		fates(owner, *applied);
		starved += (*applied)[HN_APPLY_NOMEM];
		records = records.subspan(n);
	}
	counters_.records_unapplied += records.size();
	if (starved > 0)
		return fail(ENOMEM,
			    "no memory for " + std::to_string(starved) + " received sessions");
	return {};
}

Result<void> KernelLink::expect(std::uint64_t sessions)
{
	if (!family_)
		return {};
	const Result<Applied> told = family_->apply({}, sessions);
	if (!told)
		return fail("can't say how many sessions will come", told.error());
	return {};
}

Result<void> KernelLink::advertise()
{
	if (!family_)
		return {};
	return family_->advertise();
}

Result<void> KernelLink::hold_shares(std::uint32_t shares, ShareMask held)
{
	if (!family_)
		return {};
	return family_->hold_shares(shares, held);
}

void KernelLink::table_begin(const TableQuery &query)
{
	query_ = query;
	cursor_ = 0;
	buckets_.assign(query.buckets ? HN_DIGEST_BUCKETS / 8 : 0, std::byte{0});
	for (std::size_t bucket = 0; bucket < 8 * buckets_.size(); ++bucket)
		if (query.buckets->test(bucket))
			buckets_[bucket / 8] |= std::byte{1} << bucket % 8;
}

Result<Holding> KernelLink::holding(const SumsQuery &query)
{
	if (!family_)
		return fail(ENODEV, "the module is gone");
	return family_->holding(query.owner, query.key);
}

Result<InstanceConfig> KernelLink::config_now()
{
	if (!family_)
		return fail(ENODEV, "the module is gone");
	Result<InstanceConfig> now = instance_config_present(*family_);
	if (!now)
		return fail("can't read the configuration", now.error());
	return now;
}

Result<std::string> KernelLink::config_text()
{
	const Result<InstanceConfig> now = config_now();

	if (!now)
		return fail(now.error());
	return instance_config_text(with_unshared(*now, {}));
}

Result<std::size_t> KernelLink::load_config(const std::string &text)
{
	const Result<InstanceConfig> wanted = instance_config_parse(text);
	const Result<InstanceConfig> now = config_now();

	if (!wanted || !now)
		return fail(wanted ? now.error() : wanted.error());
	const Result<std::vector<Change>> list = changes(&*now, with_unshared(*wanted, *now));
	if (!list)
		return fail(list.error());
	const Result<void> made = make_changes(*family_, *list);
	if (!made)
		return fail(made.error());
	return list->size();
}

Result<bool> KernelLink::table_step(const std::function<void(std::span<const hn_record>)> &fn)
{
	std::size_t records = 0;

	if (!family_)
		return fail(ENODEV, "the module is gone");
	DumpQuery query{.cursor = cursor_, .owner = query_.owner, .foreign = query_.foreign};
	if (query_.buckets) {
		query.digest_key = query_.key;
		query.digest_buckets = buckets_;
	}
	const Result<DumpEnd> end = family_->sessions(query, [&](std::span<const hn_record> batch) {
		fn(batch);
		records += batch.size();
		return records < records_per_step ? DumpNext::Continue : DumpNext::Stop;
	});
	if (!end)
		return fail("can't read the table", end.error());
	cursor_ = end->cursor;
	return end->done;
}

} // namespace hn
