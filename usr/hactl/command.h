// SPDX-License-Identifier: GPL-2.0-or-later
// The table of commands, and the grammar: from the words of a command line to an Invocation.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hactl/print.h"
#include "hanat.h"
#include "lib/family.h"
#include "lib/result.h"

namespace hn
{

// Options, as bits of Command::options.
enum Option : unsigned {
	OptTcp = 1U << 0,
	OptUdp = 1U << 1,
	OptIcmp = 1U << 2,
	OptNumeric = 1U << 3,
	OptQuick = 1U << 4,
	OptPool6 = 1U << 5,
	OptJson = 1U << 6,
	OptCsv = 1U << 7,
	OptNoHeaders = 1U << 8,
	OptSettings = 1U << 9, // every --SETTING VALUE
	OptTimeout = 1U << 10,
	OptForeign = 1U << 11,
	OptShare = 1U << 12,
	OptOrigin = 1U << 13,
	OptAll = 1U << 14,
	OptExplain = 1U << 15,
	OptMark = 1U << 16,
	OptBib = 1U << 17,
	OptSession = 1U << 18,
	OptCount = 1U << 19,
	OptBuffer = 1U << 20,
	OptCancel = 1U << 21,
	OptHttp = 1U << 22,
	OptInterval = 1U << 23,
	OptProtos = OptTcp | OptUdp | OptIcmp,
	OptFormat = OptJson | OptCsv | OptNoHeaders,
};

struct OptionInfo {
	Option bit;
	std::string_view name;
	std::string_view value; // what its value is called; empty for a flag
	bool required;		// by the commands that take it
	std::string_view help;
};

std::span<const OptionInfo> options_info();

// A letter that stands for a noun, a verb or an option, as in -sin.
struct LetterInfo {
	char letter;
	std::string_view name;
};

std::span<const LetterInfo> letters_info();

struct Invocation;

struct Command {
	std::string_view noun;	    // perhaps of two words, of which the first may be a noun
	std::string_view verb;	    // empty: the noun is the whole command
	std::string_view alias;	    // another word for noun and verb together, or empty
	std::string_view arguments; // for help
	unsigned options;
	Result<void> (*read)(Invocation &); // checks the arguments; null: it takes none
	Result<void> (*run)(const Invocation &, Out &);
	std::string_view help;

	[[nodiscard]] std::string name() const;
};

std::span<const Command> commands();

// A command line that is right as far as can be told without the kernel.
struct Invocation {
	const Command *command = nullptr;
	std::vector<std::string> arguments;
	std::uint8_t protos = 0; // 0: none was named
	bool numeric = false;
	bool quick = false;
	bool headers = true;
	Format format = Format::Text;
	bool foreign = false;
	bool all = false;
	bool explain = false;
	bool cancel = false;
	bool http = false;
	bool bib_events = false; // of the log; neither: both
	bool session_events = false;
	std::optional<std::uint32_t> count;  // of events, or screens
	std::optional<std::uint32_t> buffer; // bytes
	std::optional<hn_prefix6> pool6;
	std::optional<std::uint32_t> timeout; // milliseconds
	std::optional<std::uint32_t> interval;
	std::optional<std::uint32_t> share;  // of pool4 ranges
	std::optional<std::uint32_t> mark;   // of pool4 ranges
	std::optional<std::uint32_t> origin; // node id; 0: this one
	std::optional<std::uint32_t> peer;   // node id
	std::vector<Setting> settings;
	std::vector<hn_pool4_entry> pool4; // one request each
	hn_bib_entry bib{};		   // one request; an end that is not given is zero
	std::vector<hn_prefix6> prefixes;  // one request for all
	std::uint64_t shares = 0;	   // a mask
};

// Every error is one of usage.
Result<Invocation> parse(std::span<const std::string> args);

// A setting of `global update`; fails if it is unknown, out of range or there already.
Result<void> add_setting(Invocation &inv, std::string_view name, std::string_view value);

// ": no such thing" with the likely meant one of the candidates.
std::string suggest(std::string_view word, std::span<const std::string_view> candidates);

} // namespace hn
