// SPDX-License-Identifier: GPL-2.0-or-later
// flow: traffic for the tests. Servers that echo, clients that check, and bursts.

#include <cstdio>
#include <exception>
#include <map>
#include <string_view>

#include "commands.h"

int main(int argc, char **argv)
{
	using namespace hn::flow;
	static const std::map<std::string_view, void (*)(const Options &)> commands = {
		{"tcp-server", tcp_server},	  {"tcp-echo", tcp_echo},
		{"tcp-stream", tcp_stream},	  {"tcp-knock", tcp_knock},
		{"udp-server", udp_server},	  {"udp-echo", udp_echo},
		{"udp-expect", udp_expect},	  {"udp-send", udp_send},
		{"udp-stream", udp_stream},	  {"udp-burst", udp_burst},
		{"udp-aggregate", udp_aggregate},
	};

	try {
		const Options options = parse_options(argc, argv);
		const auto command = commands.find(options.command);

		if (command == commands.end()) {
			std::fprintf(stderr, "flow: %s: no such command\n",
				     options.command.c_str());
			return 2;
		}
		command->second(options);
	} catch (const std::exception &error) {
		std::fprintf(stderr, "flow: %s\n", error.what());
		return 1;
	}
	return 0;
}
