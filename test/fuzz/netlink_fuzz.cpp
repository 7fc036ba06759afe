// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's side of netlink: messages of every command, errors, acks and ends of dumps, read as
// an answer, and what is understood is printed in every form. The first byte chooses the form.
#include <array>
#include <cstring>

#include <netlink/genl/genl.h>

#include "expect.h"
#include "hactl/nouns.h"
#include "input.h"
#include "lib/messages.h"
#include "lib/model.h"
#include "lib/nl_answer.h"
#include "target.h"

namespace
{

using hn::NlNext;
using hn::Result;

constexpr std::uint32_t sequence = 1;

// Prints what it reads, as hactl does.
class Reader
{
public:
	explicit Reader(hn::Format format) { inv_.format = format; }

	Result<NlNext> read(nlmsghdr &nlh)
	{
		const auto *genl = static_cast<const genlmsghdr *>(nlmsg_data(&nlh));

		if (!genlmsg_valid_hdr(&nlh, 0))
			return read_records(nlh);
		switch (genl->cmd) {
		case HN_CMD_INSTANCE_GET:
			return take(hn::instance_parse(nlh), [&](const hn::Instance &instance) {
				instance_ = instance;
				hn::print_instance(inv_, out_, instance);
			});
		case HN_CMD_GLOBAL_GET:
			return take(hn::globals_parse(nlh), [&](const hn::Globals &globals) {
				hn::print_globals(inv_, out_, globals);
				hn::print_status(inv_, out_, instance_, globals, stats_);
			});
		case HN_CMD_STATS_GET:
			return take(hn::stats_parse(nlh), [&](const std::vector<std::uint64_t> &s) {
				HN_EXPECT(s.size() <= HN_STAT_COUNT);
				stats_ = s;
				hn::print_stats(inv_, out_, s);
			});
		case HN_CMD_POOL4_GET:
			return take(hn::pool4_parse(nlh),
				    [&](const std::vector<hn_pool4_entry> &entries) {
					    hn::print_pool4(inv_, out_, entries);
				    });
		case HN_CMD_PREFIX_GET:
			return take(hn::prefixes_parse(nlh),
				    [&](const std::vector<hn_prefix6> &prefixes) {
					    hn::print_list(inv_, out_, prefixes);
				    });
		case HN_CMD_DIGEST_GET:
			return take(hn::holding_parse(nlh), [](const hn::Holding &holding) {
				HN_EXPECT(holding.sums.size() == HN_DIGEST_BUCKETS);
			});
		case HN_CMD_LOG:
			return read_events(nlh);
		case HN_CMD_APPLY:
			return take(hn::applied_parse(nlh), [](const hn::Applied &) {});
		default:
			return read_records(nlh);
		}
	}

	[[nodiscard]] const std::string &text() const { return out_.text(); }

private:
	Result<NlNext> read_records(nlmsghdr &nlh)
	{
		std::vector<hn_record> records;
		std::vector<hn_bib_record> bib;

		const Result<hn::Delta> delta = hn::delta_parse(nlh, records);
		if (delta)
			for (const hn_record &r : delta->records)
				HN_EXPECT(hn::fuzz::is_one_line(hn::describe(r)));
		const Result<std::uint32_t> bindings = hn::batch_parse(nlh, bib);
		if (bindings)
			print(bib, hn::BibPrinter(inv_, out_, hn::format_endpoint));
		return take(hn::batch_parse(nlh, records), [&](std::uint32_t) {
			print(records,
			      hn::SessionPrinter(inv_, out_, instance_, hn::format_endpoint));
		});
	}

	Result<NlNext> read_events(nlmsghdr &nlh)
	{
		std::vector<hn_log_event> events;
		hn::LogPrinter printer(inv_, out_);

		return take(hn::log_parse(nlh, events), [&](const hn::LogBatch &batch) {
			HN_EXPECT(gaps_.missing(batch) <= batch.seq);
			for (const hn_log_event &event : batch.events)
				printer.put(batch.node, event);
			HN_EXPECT(printer.count() <= batch.events.size());
		});
	}

	template<class T, class Printer>
	static void print(const std::vector<T> &records, Printer printer)
	{
		printer.begin_proto(HN_PROTO_TCP);
		for (const T &record : records)
			printer.put(record);
		printer.end_proto();
		printer.end();
	}

	template<class T, class Use>
	static Result<NlNext> take(const Result<T> &parsed, const Use &use)
	{
		if (!parsed)
			return hn::fail(parsed.error());
		use(*parsed);
		return NlNext::Continue;
	}

	hn::Invocation inv_;
	hn::Out out_;
	hn::Instance instance_;
	hn::LogGaps gaps_;
	std::vector<std::uint64_t> stats_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static constexpr std::array formats{hn::Format::Text, hn::Format::Json, hn::Format::Csv};
	hn::fuzz::Input in(data, size);
	Reader reader(formats.at(in.below(formats.size())));
	const hn::NlHandler handler = [&](nlmsghdr &nlh) { return reader.read(nlh); };
	const std::span<const std::uint8_t> rest = in.rest();
	std::vector<std::byte> datagram(rest.size());
	hn::NlAnswerReader answer(sequence, handler);

	if (!rest.empty())
		std::memcpy(datagram.data(), rest.data(), rest.size());
	answer.read(datagram);
	const hn::NlAnswer &result = answer.answer();
	HN_EXPECT(result.complete || answer.over());
	HN_EXPECT(result.result || answer.over());
	HN_EXPECT(result.result || result.result.error().code > 0);
	HN_EXPECT(result.result || result.result.error().what.empty() ||
		  hn::fuzz::is_one_line(result.result.error().what));
	return 0;
}
