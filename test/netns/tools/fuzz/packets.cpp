// SPDX-License-Identifier: GPL-2.0-or-later
// fuzz-packets: random damage to packets of both families, sent through the translator in both
// directions, and a close look at what comes out. See --help.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <poll.h>
#include <string>
#include <utility>

#include "ledger.h"
#include "mutate.h"
#include "seeds.h"
#include "wire.h"

namespace
{

using namespace hn::fuzz;
using Clock = std::chrono::steady_clock;

constexpr char usage[] =
	"usage: fuzz-packets OPTION VALUE...\n"
	"Sends packets from the namespaces n6 and n4 to the translator between them.\n"
	"  --mode MODE     plain: single packets, damaged; what comes out is judged byte by byte\n"
	"                  whole: well-formed fragments and aggregates, whose parts are judged\n"
	"                  wild: damaged ones of these, of which only headers are judged\n"
	"  --mac6, --mac4  link-layer addresses of the translator's two sides\n"
	"  --mtu6, --mtu4  longest packet there\n"
	"  --seed N        of all random numbers (1)\n"
	"  --first N       number of the first packet (0): goes on where a run ended\n"
	"  --packets N     how many (1000)\n"
	"  --seconds N     and for how long at least (0)\n"
	"Prints `sent', `refused' (by the sending host), `received', `unseen' (not judged for want "
	"of\n"
	"room) and `bad'; the first bad ones in full. Fails if there are any.\n";

constexpr std::size_t batch = 16;
constexpr unsigned long shown = 10;
constexpr int quiet_ms = 300;

struct Options {
	std::string mode = "plain";
	std::array<std::string, 2> mac;
	std::array<std::size_t, 2> mtu = {1500, 1500};
	unsigned long seed = 1, first = 0, packets = 1000, seconds = 0;
};

// The namespace of IPv6 is side 0, that of IPv4 side 1.
class Fuzzer
{
public:
	Fuzzer(Options options, std::array<PacketLink, 2> links)
		: options_(std::move(options)), links_(std::move(links))
	{
	}

	bool run();

private:
	void draw(Random &random, std::size_t side, std::vector<Frame> &frames) const;
	void draw_single(Random &random, std::size_t side, std::vector<Frame> &frames) const;
	void draw_fragments(Random &random, std::size_t side, std::vector<Frame> &frames) const;
	[[nodiscard]] Frame draw_gso(Random &random, std::size_t side) const;
	void make_wild(Random &random, std::size_t side, std::vector<Frame> &frames) const;
	bool send(std::size_t side, const Frame &frame);
	void drain();
	void drain_until_quiet();
	void judge(const Frame &frame, Origin origin);
	[[nodiscard]] Origin origin() const;

	Options options_;
	std::array<PacketLink, 2> links_;
	Ledger ledger_;
	Reassembly reassembly_;
	unsigned long sent_ = 0, refused_ = 0, received_ = 0, bad_ = 0;
};

// Where the pages of a long packet begin: anywhere, also inside its headers.
std::uint16_t draw_linear(Random &random, const Frame &frame)
{
	return static_cast<std::uint16_t>(
		std::min(random.below(160), link_header + frame.packet.size()));
}

Bytes draw_seed(Random &random, bool v6, std::size_t limit)
{
	return v6 ? draw_from_inside(random, limit) : draw_from_outside(random, limit);
}

void Fuzzer::draw_single(Random &random, std::size_t side, std::vector<Frame> &frames) const
{
	const std::size_t mtu = options_.mtu[side];
	Frame frame;

	frame.packet = draw_seed(random, side == 0, mtu);
	if (random.percent(70))
		mutate(random, frame.packet, draw_seed(random, side == 0, mtu), mtu);
	if (random.percent(20))
		leave_checksum(frame);
	frame.offload.hdr_len = draw_linear(random, frame);
	frames.push_back(std::move(frame));
}

void Fuzzer::draw_fragments(Random &random, std::size_t side, std::vector<Frame> &frames) const
{
	const Bytes packet = draw_seed(random, side == 0, 3000);
	const std::size_t most = (options_.mtu[side] - 100) / 8;
	const std::size_t size = random.percent(50) ? 1 + random.below(20) : 1 + random.below(most);

	for (Bytes &fragment : cut(random, packet, size * 8)) {
		const std::size_t place =
			random.percent(80) ? frames.size() : random.below(frames.size() + 1);

		frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(place),
			      Frame{std::move(fragment), {}});
	}
}

Frame Fuzzer::draw_gso(Random &random, std::size_t side) const
{
	const bool v6 = side == 0;
	Frame frame{draw_aggregate(random, v6, 1 + random.below(20000)), {}};
	const std::size_t transport = find_layout(frame.packet)->transport;
	const std::size_t header = (frame.packet[transport + 12] >> 4) * 4U;

	leave_checksum(frame);
	frame.offload.gso_type = v6 ? GsoTcp6 : GsoTcp4;
	frame.offload.hdr_len = static_cast<std::uint16_t>(link_header + transport + header);
	// Segments that fit either side, by far or just so; or that do not.
	frame.offload.gso_size = static_cast<std::uint16_t>(
		random.percent(50) ? 1 + random.below(1200) : 1200 + random.below(300));
	return frame;
}

void make_wild_offload(Random &random, Frame &frame)
{
	static constexpr std::array<std::uint8_t, 6> types = {
		NoGso, GsoTcp4, GsoUdp, GsoTcp6, GsoUdpSegments, GsoTcp4 | GsoEcn,
	};
	Offload &offload = frame.offload;

	if (random.percent(40))
		offload.gso_type = random.pick(types);
	if (random.percent(40))
		offload.gso_size = static_cast<std::uint16_t>(random.percent(50) ? random.below(64)
										 : random.word());
	if (random.percent(40))
		offload.flags = NeedsChecksum;
	if (random.percent(40))
		offload.csum_start = static_cast<std::uint16_t>(random.below(160));
	if (random.percent(30))
		offload.csum_offset = static_cast<std::uint16_t>(random.below(40));
	if (random.percent(30))
		offload.hdr_len = draw_linear(random, frame);
}

void Fuzzer::make_wild(Random &random, std::size_t side, std::vector<Frame> &frames) const
{
	const bool again = random.percent(20);

	for (Frame &frame : frames) {
		const bool aggregate = frame.offload.gso_type != NoGso;

		if (random.percent(50))
			mutate(random, frame.packet, draw_seed(random, side == 0, 1500),
			       aggregate ? 60000 : options_.mtu[side]);
		if (random.percent(50))
			make_wild_offload(random, frame);
	}
	// A part twice, or none of it.
	const std::size_t place = random.below(frames.size());

	if (again)
		frames.emplace_back(frames[place]);
	else if (frames.size() > 1 && random.percent(20))
		frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(place));
}

void Fuzzer::draw(Random &random, std::size_t side, std::vector<Frame> &frames) const
{
	const bool wild = options_.mode == "wild";

	if (options_.mode == "plain" || (wild && random.percent(40)))
		draw_single(random, side, frames);
	else if (random.percent(50))
		draw_fragments(random, side, frames);
	else
		frames.push_back(draw_gso(random, side));
	if (wild)
		make_wild(random, side, frames);
}

Origin Fuzzer::origin() const
{
	if (options_.mode == "wild")
		return Origin::Unknown;
	return options_.mode == "whole" ? Origin::Valid : Origin::Recorded;
}

bool Fuzzer::send(std::size_t side, const Frame &frame)
{
	const auto sent = links_[side].send(frame);

	if (!sent) {
		std::fprintf(stderr, "%s\n", sent.error().what.c_str());
		return false;
	}
	++(*sent ? sent_ : refused_);
	return true;
}

void Fuzzer::judge(const Frame &frame, Origin origin)
{
	const std::string why = ledger_.judge(frame.packet, origin);

	if (why.empty())
		return;
	if (bad_++ < shown)
		std::printf("bad %s: %s\n", why.c_str(), hex(frame.packet).c_str());
}

void Fuzzer::drain()
{
	for (const PacketLink &link : links_) {
		while (const auto frame = link.receive()) {
			// What the translator's host says to its neighbours of its own.
			if (frame->packet[0] >> 4 == 6 &&
			    (frame->packet.size() < header6 ||
			     !is_pool6(View(frame->packet).subspan(8))))
				continue;
			received_++;
			judge(*frame, origin());
			const auto whole = reassembly_.add(frame->packet);

			if (whole)
				judge(Frame{*whole, {}}, origin());
		}
	}
}

void Fuzzer::drain_until_quiet()
{
	std::array<pollfd, 2> fds = {{{links_[0].fd(), POLLIN, 0}, {links_[1].fd(), POLLIN, 0}}};

	do {
		drain();
	} while (poll(fds.data(), fds.size(), quiet_ms) > 0);
}

bool Fuzzer::run()
{
	const auto end = Clock::now() + std::chrono::seconds(options_.seconds);
	std::vector<Frame> frames;
	unsigned long n = 0;

	for (; n < options_.packets || Clock::now() < end; n++) {
		Random random(options_.seed, options_.first + n);
		const std::size_t side = random.below(2);

		if (n % 1000 == 0)
			std::printf("at %lu\n", options_.first + n);
		frames.clear();
		draw(random, side, frames);
		if (frames.size() > 1 && options_.mode == "whole") {
			// Recorded as what the fragments come to.
			Reassembly parts;

			for (const Frame &frame : frames) {
				const auto whole = parts.add(frame.packet);

				if (whole)
					ledger_.record(*whole);
			}
		}
		for (const Frame &frame : frames) {
			Frame completed = frame;

			complete_checksum(completed);
			ledger_.record(completed.packet);
			if (!send(side, frame))
				return false;
		}
		if (n % batch == 0)
			drain();
	}
	drain_until_quiet();
	std::printf("sent %lu\nrefused %lu\nreceived %lu\nunseen %u\nbad %lu\n", sent_, refused_,
		    received_, links_[0].missed() + links_[1].missed(), bad_);
	return bad_ == 0;
}

[[noreturn]] void usage_error()
{
	std::fputs(usage, stderr);
	std::exit(2);
}

Options parse(int argc, char **argv)
{
	static constexpr std::array<option, 11> known = {{
		{"mode", required_argument, nullptr, 'm'},
		{"mac6", required_argument, nullptr, '6'},
		{"mac4", required_argument, nullptr, '4'},
		{"mtu6", required_argument, nullptr, 'u'},
		{"mtu4", required_argument, nullptr, 'v'},
		{"seed", required_argument, nullptr, 's'},
		{"first", required_argument, nullptr, 'f'},
		{"packets", required_argument, nullptr, 'n'},
		{"seconds", required_argument, nullptr, 't'},
		{"help", no_argument, nullptr, 'h'},
		{nullptr, 0, nullptr, 0},
	}};
	Options options;

	for (int c = 0; (c = getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
		const std::string value = optarg ? optarg : "";
		const unsigned long number = std::strtoul(value.c_str(), nullptr, 0);

		switch (c) {
		case 'm':
			options.mode = value;
			break;
		case '6':
			options.mac[0] = value;
			break;
		case '4':
			options.mac[1] = value;
			break;
		case 'u':
			options.mtu[0] = number;
			break;
		case 'v':
			options.mtu[1] = number;
			break;
		case 's':
			options.seed = number;
			break;
		case 'f':
			options.first = number;
			break;
		case 'n':
			options.packets = number;
			break;
		case 't':
			options.seconds = number;
			break;
		case 'h':
			std::fputs(usage, stdout);
			std::exit(0);
		default:
			usage_error();
		}
	}
	if (optind != argc ||
	    (options.mode != "plain" && options.mode != "whole" && options.mode != "wild"))
		usage_error();
	return options;
}

} // namespace

int main(int argc, char **argv)
{
	const Options options = parse(argc, argv);
	auto link6 = PacketLink::open("n6", "eth0", options.mac[0], true);
	auto link4 = PacketLink::open("n4", "eth0", options.mac[1], false);

	std::setvbuf(stdout, nullptr, _IOLBF, 0);
	for (const auto *link : {&link6, &link4}) {
		if (!*link) {
			std::fprintf(stderr, "fuzz-packets: %s\n", link->error().what.c_str());
			return 2;
		}
	}
	std::printf("seed %lu\n", options.seed);

	Fuzzer fuzzer(options, {std::move(*link6), std::move(*link4)});

	return fuzzer.run() ? 0 : 1;
}
