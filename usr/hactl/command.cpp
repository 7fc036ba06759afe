// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/command.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <utility>

#include <boost/program_options.hpp>

#include "hactl/nouns.h"
#include "hactl/sorter.h"
#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

namespace po = boost::program_options;

Failure usage(std::string what, const std::string &why)
{
	return fail(EINVAL, std::move(what) + ": " + why);
}

// An option with a value; the text of the value is taken by take_option().
void add_valued(po::options_description &options, std::string_view name)
{
	auto value = std::make_unique<po::untyped_value>();

	options.add_options()(std::string(name).c_str(), value.release()); // Boost owns it now
}

po::options_description describe_options(const Command &command)
{
	po::options_description out;

	for (const OptionInfo &o : options_info()) {
		if (!(command.options & o.bit))
			continue;
		if (o.value.empty())
			out.add_options()(std::string(o.name).c_str(), "");
		else
			add_valued(out, o.name);
	}
	if (command.options & OptSettings)
		for (const GlobalInfo &g : globals_info())
			add_valued(out, g.name);
	return out;
}

// The only place where Boost throws; its errors become ours.
Result<std::vector<po::option>> parse_options(const Command &command,
					      const std::vector<std::string> &options)
{
	constexpr int style =
		po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent;
	const po::options_description known = describe_options(command);

	try {
		return po::command_line_parser(options).options(known).style(style).run().options;
	} catch (const po::unknown_option &e) {
		const std::string name = e.get_option_name();
		return usage(command.name(), "does not take " + name.substr(0, name.find('=')));
	} catch (const po::invalid_command_line_syntax &e) {
		const bool extra = e.kind() == po::invalid_command_line_syntax::extra_parameter;
		return usage(e.get_option_name(), extra ? "takes no value" : "needs a value");
	} catch (const po::error &e) {
		return usage(command.name(), e.what());
	}
}

Result<void> take_flag(Invocation &inv, Option flag)
{
	const auto format = [&](Format wanted) -> Result<void> {
		if (inv.format != Format::Text && inv.format != wanted)
			return usage("--csv", "cannot be together with --json");
		inv.format = wanted;
		return {};
	};
	const auto proto = [&](hn_proto wanted) -> Result<void> {
		inv.protos = static_cast<std::uint8_t>(inv.protos | HN_PROTO_BIT(wanted));
		return {};
	};

	switch (flag) {
	case OptTcp:
		return proto(HN_PROTO_TCP);
	case OptUdp:
		return proto(HN_PROTO_UDP);
	case OptIcmp:
		return proto(HN_PROTO_ICMP);
	case OptJson:
		return format(Format::Json);
	case OptCsv:
		return format(Format::Csv);
	case OptNumeric:
		inv.numeric = true;
		break;
	case OptQuick:
		inv.quick = true;
		break;
	case OptNoHeaders:
		inv.headers = false;
		break;
	case OptForeign:
		inv.foreign = true;
		break;
	case OptAll:
		inv.all = true;
		break;
	case OptExplain:
		inv.explain = true;
		break;
	case OptCancel:
		inv.cancel = true;
		break;
	case OptHttp:
		inv.http = true;
		break;
	case OptBib:
		inv.bib_events = true;
		break;
	case OptSession:
		inv.session_events = true;
		break;
	default:
		break;
	}
	return {};
}

Result<std::uint32_t> parse_share(std::string_view text)
{
	return parse_number(text, 1, HN_SHARES_MAX);
}

Result<std::uint32_t> parse_origin(std::string_view text)
{
	if (text == "local")
		return 0U;
	return parse_number(text, 1, std::numeric_limits<std::uint32_t>::max());
}

Result<std::uint32_t> parse_count(std::string_view text)
{
	return parse_number(text, 1, std::numeric_limits<std::uint32_t>::max());
}

Result<std::uint32_t> parse_buffer(std::string_view text)
{
	return parse_number(text, 4096, 1U << 30);
}

Result<std::uint32_t> parse_interval(std::string_view text)
{
	constexpr std::uint32_t min_ms = 100, max_ms = 3600000;
	Result<std::uint32_t> ms = parse_duration(text);

	if (ms && (*ms < min_ms || *ms > max_ms))
		return fail(EINVAL, "must be from 0.1 to 1:00:00");
	return ms;
}

template<class T>
Result<void> take_value(const OptionInfo &info, Result<T> (*parse)(std::string_view),
			const std::string &text, std::optional<T> &out)
{
	const std::string name = "--" + std::string(info.name);

	if (out)
		return usage(name, "given more than once");
	const Result<T> value = parse(text);
	if (!value)
		return fail(name, value.error());
	out = *value;
	return {};
}

Result<void> take_option(Invocation &inv, const po::option &option)
{
	const auto info =
		std::find_if(options_info().begin(), options_info().end(),
			     [&](const OptionInfo &o) { return o.name == option.string_key; });

	if (info != options_info().end() && info->value.empty())
		return take_flag(inv, info->bit);
	if (option.value.empty())
		return usage("--" + option.string_key, "needs a value");
	if (info == options_info().end())
		return add_setting(inv, option.string_key, option.value.front());
	if (info->bit == OptPool6)
		return take_value(*info, parse_pool6, option.value.front(), inv.pool6);
	if (info->bit == OptOrigin)
		return take_value(*info, parse_origin, option.value.front(), inv.origin);
	if (info->bit == OptCount)
		return take_value(*info, parse_count, option.value.front(), inv.count);
	if (info->bit == OptBuffer)
		return take_value(*info, parse_buffer, option.value.front(), inv.buffer);
	if (info->bit == OptInterval)
		return take_value(*info, parse_interval, option.value.front(), inv.interval);
	if (info->bit == OptShare)
		return take_value(*info, parse_share, option.value.front(), inv.share);
	if (info->bit == OptMark)
		return take_value(*info, parse_mark, option.value.front(), inv.mark);
	return take_value(*info, parse_duration, option.value.front(), inv.timeout);
}

} // namespace

std::string suggest(std::string_view word, std::span<const std::string_view> candidates)
{
	const std::string_view meant = closest(word, candidates);

	return meant.empty() ? std::string() : "; did you mean '" + std::string(meant) + "'?";
}

Result<void> add_setting(Invocation &inv, std::string_view name, std::string_view value)
{
	const GlobalInfo *info = find_global(name);

	if (!info) {
		std::vector<std::string_view> names;
		for (const GlobalInfo &g : globals_info())
			names.push_back(g.name);
		return usage(std::string(name), "no such setting" + suggest(name, names));
	}
	const Result<GlobalValue> parsed = parse_global(*info, value);
	if (!parsed)
		return fail(std::string(name), parsed.error());
	if (std::any_of(inv.settings.begin(), inv.settings.end(),
			[&](const Setting &s) { return s.first == info->id; }))
		return usage(std::string(name), "given more than once");
	inv.settings.emplace_back(info->id, *parsed);
	return {};
}

Result<Invocation> parse(std::span<const std::string> args)
{
	Result<Sorted> sorted = sort_words(args);
	Invocation inv;

	if (!sorted)
		return fail(sorted.error());
	inv.command = sorted->command;
	inv.arguments = std::move(sorted->arguments);
	const Result<std::vector<po::option>> options =
		parse_options(*inv.command, sorted->options);
	if (!options)
		return fail(options.error());
	for (const po::option &option : *options)
		if (const Result<void> taken = take_option(inv, option); !taken)
			return fail(taken.error());
	if (!inv.headers && inv.format != Format::Csv)
		return usage("--no-headers", "goes with --csv only");
	if (inv.command->arguments.empty() && !inv.arguments.empty())
		return usage(inv.command->name(), "does not take '" + inv.arguments.front() + "'");
	if (inv.command->read)
		if (const Result<void> read = inv.command->read(inv); !read)
			return fail(read.error());
	return inv;
}

} // namespace hn
