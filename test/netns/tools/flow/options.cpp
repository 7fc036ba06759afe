// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <limits>

namespace hn::flow
{
namespace
{

constexpr char usage[] =
	"usage: flow COMMAND HOST PORT [OPTION VALUE]...\n"
	"Servers, at that address, until they are killed:\n"
	"  tcp-server, udp-server  echo; with --silent a UDP server does not\n"
	"Clients of that server:\n"
	"  tcp-echo    a connection for each --size, with so many random bytes, which must\n"
	"              come back\n"
	"  udp-echo    a datagram for each --size, which must come back unchanged; with --ttl\n"
	"  udp-expect  opens a mapping with a datagram, then waits for --times --text in one\n"
	"  udp-send    sends that, with --no-checksum without one\n"
	"  tcp-stream  a line each --interval, until SIGTERM\n"
	"  udp-stream  a datagram each --interval, forever\n"
	"  tcp-knock   --times SYNs of one flow, one each --interval, from sockets that give up\n"
	"              at once\n"
	"  udp-burst   opens --count flows, --fan destination ports from each source port,\n"
	"              --rate a second; prints how many, in how many ms, and when the last was\n"
	"              sent (ms since 1970)\n"
	"  udp-aggregate\n"
	"              --size bytes sent in one go, in datagrams of --segment, to a socket in\n"
	"              the namespace --to at port --at that takes aggregates; prints how many\n"
	"              reads that took and the sizes of the segments that these were of\n"
	"Options of several: --timeout S (20, times HN_SLOW), --bind ADDRESS, --bind-port N,\n"
	"  --report FILE: lines KEY VALUE..., replaced while the command runs.\n";

[[noreturn]] void refuse(const std::string &why)
{
	std::fprintf(stderr, "flow: %s\n%s", why.c_str(), usage);
	std::exit(2);
}

double number(const std::string &text, double most)
{
	char *end = nullptr;
	const double value = std::strtod(text.c_str(), &end);

	if (text.empty() || *end != '\0' || value < 0 || value > most)
		refuse(text + ": not a number of that option");
	return value;
}

template<typename T>
T integer(const std::string &text)
{
	return static_cast<T>(number(text, std::numeric_limits<T>::max()));
}

enum Name : int {
	Report = 1,
	Timeout,
	Size,
	Times,
	Silent,
	Text,
	Ttl,
	NoChecksum,
	Bind,
	BindPort,
	Interval,
	Count,
	Fan,
	Rate,
	To,
	At,
	Segment,
};

constexpr std::array<option, 18> names = {{
	{"report", required_argument, nullptr, Report},
	{"timeout", required_argument, nullptr, Timeout},
	{"size", required_argument, nullptr, Size},
	{"times", required_argument, nullptr, Times},
	{"silent", no_argument, nullptr, Silent},
	{"text", required_argument, nullptr, Text},
	{"ttl", required_argument, nullptr, Ttl},
	{"no-checksum", no_argument, nullptr, NoChecksum},
	{"bind", required_argument, nullptr, Bind},
	{"bind-port", required_argument, nullptr, BindPort},
	{"interval", required_argument, nullptr, Interval},
	{"count", required_argument, nullptr, Count},
	{"fan", required_argument, nullptr, Fan},
	{"rate", required_argument, nullptr, Rate},
	{"to", required_argument, nullptr, To},
	{"at", required_argument, nullptr, At},
	{"segment", required_argument, nullptr, Segment},
	{nullptr, 0, nullptr, 0},
}};

constexpr double most_seconds = 1e6;

// So many times longer than on other kernels everything may take.
double slowness()
{
	const char *slow = std::getenv("HN_SLOW");

	return slow ? number(slow, 100) : 1;
}

void take(Options &options, int name, const std::string &value)
{
	switch (name) {
	case Report:
		options.report = value;
		break;
	case Timeout:
		options.timeout = Seconds{number(value, most_seconds)};
		break;
	case Size:
		options.sizes.push_back(integer<std::uint32_t>(value));
		break;
	case Times:
		options.times = integer<unsigned>(value);
		break;
	case Silent:
		options.silent = true;
		break;
	case Text:
		options.text = value;
		break;
	case Ttl:
		options.ttl = integer<std::uint8_t>(value);
		break;
	case NoChecksum:
		options.no_checksum = true;
		break;
	case Bind:
		options.bind = value;
		break;
	case BindPort:
		options.bind_port = integer<std::uint16_t>(value);
		break;
	case Interval:
		options.interval = Seconds{number(value, most_seconds)};
		break;
	case Count:
		options.count = integer<std::uint32_t>(value);
		break;
	case Fan:
		options.fan = integer<std::uint16_t>(value);
		break;
	case Rate:
		options.rate = number(value, 1e9);
		break;
	case To:
		options.to = value;
		break;
	case At:
		options.at = integer<std::uint16_t>(value);
		break;
	case Segment:
		options.segment = integer<std::uint16_t>(value);
		break;
	default:
		std::fputs(usage, stderr);
		std::exit(2);
	}
}

} // namespace

Options parse_options(int argc, char **argv)
{
	Options options;
	int name;

	options.timeout *= slowness();
	if (argc < 4)
		refuse("COMMAND, HOST and PORT are needed");
	options.command = argv[1];
	options.host = argv[2];
	options.port = integer<std::uint16_t>(argv[3]);
	optind = 4;
	// '+': what is no option belongs to the one before it, as in --size 1 100.
	while ((name = getopt_long(argc, argv, "+", names.data(), nullptr)) >= 0) {
		take(options, name, optarg != nullptr ? optarg : "");
		while (name == Size && optind < argc && argv[optind][0] != '-')
			take(options, Size, argv[optind++]);
	}
	if (optind < argc)
		refuse(std::string{argv[optind]} + ": not an option");
	if (options.sizes.empty())
		options.sizes = {100};
	return options;
}

} // namespace hn::flow
