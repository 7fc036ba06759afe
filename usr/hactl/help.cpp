// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "hactl/nouns.h"
#include "lib/model.h"
#include "version.h"

namespace hn
{

namespace
{

// Whether a command is one of those that the arguments of help name; none names all.
bool named(const Command &command, std::span<const std::string> words)
{
	std::string text;

	if (words.empty())
		return true;
	for (const std::string &word : words)
		text += (text.empty() ? "" : " ") +
			(&word != &words.front() && word == "show" ? "display" : word);
	return text == command.noun || command.noun.starts_with(text + " ") ||
	       text == command.alias || text == command.name();
}

std::string synopsis(const Command &command)
{
	std::string out = "hactl " + command.name();

	for (const OptionInfo &o : options_info()) {
		if (!(command.options & o.bit))
			continue;
		std::string text = "--" + std::string(o.name);

		if (!o.value.empty())
			text += " " + std::string(o.value);
		out += o.required ? " " + text : " [" + text + "]";
	}
	if (command.options & OptSettings)
		out += " [--SETTING VALUE]...";
	if (!command.arguments.empty())
		out += " " + std::string(command.arguments);
	return out;
}

std::string option_lines(const OptionInfo &o)
{
	std::string out = "  --" + std::string(o.name);

	if (!o.value.empty())
		out += " " + std::string(o.value);
	return out + "\n\t" + std::string(o.help) + "\n";
}

std::string_view value_name(const GlobalInfo &info)
{
	switch (info.type) {
	case HN_GT_BOOL:
		return "BOOL";
	case HN_GT_TIME:
		return "TIME";
	case HN_GT_PROTOS:
		return "PROTOCOLS";
	case HN_GT_MTUS:
		return "MTUS";
	case HN_GT_NUM:
		break;
	}
	return "NUMBER";
}

std::string setting_lines(const GlobalInfo &info)
{
	std::string out = "  --" + std::string(info.name) + " " + std::string(value_name(info)) +
			  "\n\t" + std::string(info.help) + "\n\tdefault " +
			  format_global(info, default_value(info));

	if (info.type != HN_GT_BOOL && info.type != HN_GT_PROTOS)
		out += ", from " + format_global(info, info.min) + " to " +
		       format_global(info, info.max);
	return out + "\n";
}

std::string letter_lines()
{
	std::string out;

	for (const LetterInfo &info : letters_info())
		out += std::string("  -") + info.letter + " " + std::string(info.name) + "\n";
	return out;
}

} // namespace

Result<void> help_read(Invocation &inv)
{
	if (std::any_of(commands().begin(), commands().end(),
			[&](const Command &c) { return named(c, inv.arguments); }))
		return {};
	std::string words;
	for (const std::string &word : inv.arguments)
		words += " " + word;
	return fail(EINVAL, "help" + words + ": no such command");
}

Result<void> help(const Invocation &inv, Out &out)
{
	unsigned options = 0;

	if (inv.arguments.empty())
		out.put("Shows and changes the translator of this network namespace; see "
			"hactl(8).\n\n");
	for (const Command &c : commands()) {
		if (!named(c, inv.arguments))
			continue;
		options |= c.options;
		out.put(synopsis(c) + "\n\t" + std::string(c.help) + "\n");
	}
	if (options)
		out.put("\nOptions:\n");
	for (const OptionInfo &o : options_info())
		if (options & o.bit)
			out.put(option_lines(o));
	if (options & OptSettings) {
		out.put("\nSettings; BOOL is true or false, TIME is [[HH:]MM:]SS[.mmm], "
			"PROTOCOLS is\nall, or some of tcp,udp,icmp, MTUS are numbers with commas "
			"between:\n");
		for (const GlobalInfo &info : globals_info())
			out.put(setting_lines(info));
	}
	if (!inv.arguments.empty())
		return {};
	out.put("\nNouns and verbs can be written with dashes too, as --pool4 --add. 'show' is "
		"'display',\nwhich is the verb when none is given. Letters can be bundled, as "
		"-sin:\n" +
		letter_lines());
	out.put("\nExit code: 0 done, 1 failed, 2 wrong usage.\n");
	return {};
}

Result<void> version(const Invocation & /*inv*/, Out &out)
{
	out.put("hactl " HN_VERSION "\n");
	return {};
}

} // namespace hn
