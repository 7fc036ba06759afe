// SPDX-License-Identifier: GPL-2.0-or-later
// The words of hactl's command line, each ended by a zero byte, or by a newline where there is no
// zero byte. They are a command whose arguments are in range, or one line says what is wrong.
#include <set>

#include "expect.h"
#include "hactl/command.h"
#include "input.h"
#include "lib/model.h"
#include "setting.h"
#include "target.h"

namespace
{

std::vector<std::string> words_of(std::string_view text)
{
	const char end = text.find('\0') == std::string_view::npos ? '\n' : '\0';
	std::vector<std::string> out;

	while (!text.empty()) {
		const std::string_view word = text.substr(0, text.find(end));

		out.emplace_back(word);
		text.remove_prefix(std::min(text.size(), word.size() + 1));
	}
	return out;
}

void expect_settings(std::span<const hn::Setting> settings)
{
	std::set<hn_global> seen;

	for (const auto &[id, value] : settings) {
		HN_EXPECT(id > HN_G_UNSPEC && id <= HN_G_MAX);
		const hn::GlobalInfo &info = hn::global_info(id);
		HN_EXPECT(hn::fuzz::in_range(info, value));
		HN_EXPECT(seen.insert(id).second);
	}
}

void expect_pool4(std::span<const hn_pool4_entry> entries)
{
	for (const hn_pool4_entry &e : entries) {
		HN_EXPECT(e.len >= 16 && e.len <= 32);
		HN_EXPECT(e.len == 32 || !(ntohl(e.addr) << e.len));
		HN_EXPECT(e.protos && !(e.protos & ~HN_PROTO_ALL));
		HN_EXPECT(e.port_min <= e.port_max);
		HN_EXPECT(e.port_min || e.protos == HN_PROTO_BIT(HN_PROTO_ICMP));
		HN_EXPECT(e.share <= HN_SHARES_MAX && !e.used);
	}
}

// Help is what can be carried out without a kernel.
void run(const hn::Invocation &inv)
{
	hn::Out out;

	if (inv.command->noun != "help" && inv.command->noun != "version")
		return;
	HN_EXPECT(inv.command->run(inv, out));
	HN_EXPECT(!out.text().empty());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	const hn::Result<hn::Invocation> inv = hn::parse(words_of(hn::fuzz::as_text({data, size})));

	if (!inv) {
		HN_EXPECT(hn::fuzz::is_one_line(inv.error().what));
		return 0;
	}
	HN_EXPECT(inv->command);
	expect_settings(inv->settings);
	expect_pool4(inv->pool4);
	HN_EXPECT(inv->prefixes.size() <= HN_PREFIXES_MAX);
	run(*inv);
	return 0;
}
