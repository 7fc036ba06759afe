// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/sorter.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lib/model.h"
#include "lib/units.h"

namespace hn
{

namespace
{

Failure usage(std::string what, const std::string &why)
{
	return fail(EINVAL, std::move(what) + ": " + why);
}

bool has_noun(std::string_view word)
{
	return std::any_of(commands().begin(), commands().end(),
			   [&](const Command &c) { return c.noun == word; });
}

// The noun that goes on with this word, or nothing.
std::string_view longer_noun(std::string_view noun, std::string_view word)
{
	const std::string longer = std::string(noun) + " " + std::string(word);
	const auto at = std::find_if(commands().begin(), commands().end(),
				     [&](const Command &c) { return c.noun == longer; });

	return at == commands().end() ? std::string_view() : at->noun;
}

const Command *find_alias(std::string_view word)
{
	const auto at = std::find_if(commands().begin(), commands().end(), [&](const Command &c) {
		return !c.alias.empty() && c.alias == word;
	});

	return at == commands().end() ? nullptr : &*at;
}

// A verb of the noun, or of any noun when it is empty. "show" is "display".
std::string_view find_verb(std::string_view noun, std::string_view word)
{
	const std::string_view verb = word == "show" ? "display" : word;
	const auto at = std::find_if(commands().begin(), commands().end(), [&](const Command &c) {
		return !verb.empty() && c.verb == verb && (noun.empty() || c.noun == noun);
	});

	return at == commands().end() ? std::string_view() : at->verb;
}

const Command *find_command(std::string_view noun, std::string_view verb)
{
	const auto at = std::find_if(commands().begin(), commands().end(), [&](const Command &c) {
		return c.noun == noun && c.verb == verb;
	});

	return at == commands().end() ? nullptr : &*at;
}

const OptionInfo *find_option(std::string_view name)
{
	const auto at = std::find_if(options_info().begin(), options_info().end(),
				     [&](const OptionInfo &o) { return o.name == name; });

	return at == options_info().end() ? nullptr : &*at;
}

unsigned noun_options(std::string_view noun)
{
	unsigned out = 0;

	for (const Command &c : commands())
		if (c.noun == noun)
			out |= c.options;
	return out;
}

// Or second words of longer nouns.
std::vector<std::string_view> verbs_of(std::string_view noun)
{
	std::vector<std::string_view> out;

	for (const Command &c : commands()) {
		if (c.noun == noun && !c.verb.empty())
			out.push_back(c.verb);
		if (!c.noun.starts_with(std::string(noun) + " "))
			continue;
		const std::string_view second = c.noun.substr(noun.size() + 1);
		if (std::find(out.begin(), out.end(), second) == out.end())
			out.push_back(second);
	}
	return out;
}

std::string join(std::span<const std::string_view> words)
{
	std::string out;

	for (const std::string_view word : words)
		out += (out.empty() ? "" : ", ") + std::string(word);
	return out;
}

// All that can be written after two dashes.
std::vector<std::string_view> dashed_names()
{
	std::vector<std::string_view> out;

	for (const OptionInfo &o : options_info())
		out.push_back(o.name);
	for (const GlobalInfo &g : globals_info())
		out.push_back(g.name);
	for (const Command &c : commands())
		for (const std::string_view word : {c.noun, c.verb, c.alias})
			if (!word.empty())
				out.push_back(word);
	return out;
}

std::vector<std::string_view> nouns_and_aliases()
{
	std::vector<std::string_view> out;

	for (const Command &c : commands())
		for (const std::string_view word : {c.noun, c.alias})
			if (!word.empty())
				out.push_back(word);
	return out;
}

// Takes the words one by one and finds the noun, the verb and the rest.
class Sorter
{
public:
	explicit Sorter(std::span<const std::string> args) : args_(args) {}

	Result<void> sort();
	Result<Sorted> sorted() const;

private:
	Result<const Command *> command() const;
	[[nodiscard]] std::vector<std::string> command_words() const;
	Result<void> letters(const std::string &arg);
	Result<void> dashed(const std::string &shown, const std::string &name);
	Result<void> word(const std::string &text);
	Result<void> set_noun(const std::string &shown, std::string_view noun);
	Result<void> set_verb(const std::string &shown, std::string_view verb);
	Result<void> take_value(const std::string &shown, const std::string &name);

	std::span<const std::string> args_;
	std::size_t at_ = 0;
	std::string noun_;
	std::string verb_;
	std::vector<std::string> options_; // as --name or --name=value
	std::vector<std::string> words_;   // other than noun and verb
	bool settings_ = false;
	bool help_ = false;
};

Result<void> Sorter::sort()
{
	bool only_words = false;

	for (at_ = 0; at_ < args_.size(); at_++) {
		const std::string &arg = args_[at_];
		Result<void> done;

		if (only_words)
			words_.push_back(arg);
		else if (arg == "--")
			only_words = true;
		else if (arg.starts_with("--"))
			done = dashed(arg.substr(0, arg.find('=')), arg.substr(2));
		else if (arg.starts_with("-") && arg.size() > 1)
			done = letters(arg);
		else
			done = word(arg);
		if (!done)
			return done;
	}
	return {};
}

Result<void> Sorter::letters(const std::string &arg)
{
	for (const char letter : arg.substr(1)) {
		const auto at =
			std::find_if(letters_info().begin(), letters_info().end(),
				     [&](const LetterInfo &info) { return info.letter == letter; });
		if (at == letters_info().end())
			return usage(arg, std::string("no such option: -") + letter);
		Result<void> done = dashed(std::string("-") + letter, std::string(at->name));
		if (!done)
			return done;
	}
	return {};
}

// What is behind two dashes: a noun, a verb, an option or a setting. The first noun decides: behind
// it, --pool6 may be its option.
Result<void> Sorter::dashed(const std::string &shown, const std::string &name)
{
	const std::string key = name.substr(0, name.find('='));
	const bool bare = key.size() == name.size();
	const OptionInfo *option = find_option(key);

	if (bare && key == "help") {
		help_ = true;
		return {};
	}
	if (option && (!has_noun(key) || (!noun_.empty() && (noun_options(noun_) & option->bit)))) {
		if (!option->value.empty() && bare)
			return take_value(shown, key);
		options_.push_back("--" + name);
		return {};
	}
	if (const std::string_view longer = longer_noun(noun_, key); bare && !longer.empty()) {
		noun_ = longer;
		return {};
	}
	if (const std::string_view verb = find_verb(noun_, key);
	    bare && !noun_.empty() && !verb.empty())
		return set_verb(shown, verb);
	if (bare && has_noun(key))
		return set_noun(shown, key);
	if (const Command *c = find_alias(key); bare && c && noun_.empty()) {
		verb_ = c->verb;
		noun_ = c->noun;
		return {};
	}
	if (const std::string_view verb = find_verb("", key); bare && !verb.empty())
		return set_verb(shown, verb);
	if (find_global(key)) {
		settings_ = true;
		if (bare)
			return take_value(shown, key);
		options_.push_back("--" + name);
		return {};
	}
	return usage(shown, "no such option or setting" + suggest(key, dashed_names()));
}

Result<void> Sorter::take_value(const std::string &shown, const std::string &name)
{
	if (at_ + 1 >= args_.size() || args_[at_ + 1].starts_with("--"))
		return usage(shown, "needs a value");
	options_.push_back("--" + name + "=" + args_[++at_]);
	return {};
}

Result<void> Sorter::word(const std::string &text)
{
	if (noun_.empty()) {
		if (has_noun(text))
			return set_noun(text, text);
		if (const Command *c = find_alias(text)) {
			noun_ = c->noun;
			verb_ = c->verb;
			return {};
		}
		return usage(text, "no such command" + suggest(text, nouns_and_aliases()));
	}
	const bool expected = verb_.empty() && words_.empty();
	if (const std::string_view longer = longer_noun(noun_, text); expected && !longer.empty()) {
		noun_ = longer;
		return {};
	}
	if (const std::string_view verb = find_verb(noun_, text); expected && !verb.empty())
		return set_verb(text, verb);
	words_.push_back(text);
	return {};
}

Result<void> Sorter::set_noun(const std::string &shown, std::string_view noun)
{
	if (!noun_.empty() && noun_ != noun)
		return usage(shown, "the command is about " + noun_ + " already");
	noun_ = noun;
	return {};
}

Result<void> Sorter::set_verb(const std::string &shown, std::string_view verb)
{
	if (!verb_.empty() && verb_ != verb)
		return usage(shown, "the command is to " + verb_ + " already");
	verb_ = verb;
	return {};
}

std::vector<std::string> Sorter::command_words() const
{
	std::vector<std::string> out;

	for (const std::string &part : {noun_, verb_})
		if (!part.empty())
			out.push_back(part);
	out.insert(out.end(), words_.begin(), words_.end());
	return out;
}

Result<const Command *> Sorter::command() const
{
	std::string noun = noun_;
	std::string verb = verb_;

	if (noun.empty() && settings_)
		noun = "global";
	if (noun.empty() && !verb.empty())
		return usage(verb, "needs a noun, as in 'hactl pool4 " + verb + "'");
	if (noun.empty())
		noun = "status";
	if (const Command *whole = find_command(noun, ""); whole && verb.empty())
		return whole;
	const std::vector<std::string_view> verbs = verbs_of(noun);
	if (verb.empty() && !words_.empty()) {
		const std::string_view meant = closest(words_.front(), verbs);
		return usage(noun + " " + words_.front(),
			     "no such command; " + (meant.empty()
							    ? noun + " has: " + join(verbs)
							    : "did you mean '" + noun + " " +
								      std::string(meant) + "'?"));
	}
	if (verb.empty())
		verb = noun == "global" && settings_ ? "update" : "display";
	if (const Command *c = find_command(noun, verb))
		return c;
	if (verb_.empty())
		return usage(noun, "needs a verb: " + join(verbs));
	return usage(noun + " " + verb, "no such command; " + noun + " has: " + join(verbs));
}

Result<Sorted> Sorter::sorted() const
{
	if (help_)
		return Sorted{find_command("help", ""), {}, command_words()};
	const Result<const Command *> found = command();
	if (!found)
		return fail(found.error());
	return Sorted{*found, options_, words_};
}

} // namespace

Result<Sorted> sort_words(std::span<const std::string> args)
{
	Sorter sorter(args);

	if (const Result<void> done = sorter.sort(); !done)
		return fail(done.error());
	return sorter.sorted();
}

} // namespace hn
