// SPDX-License-Identifier: GPL-2.0-or-later
// fuzz-netlink: requests to the netlink family that are damaged in most ways, from several threads
// at once. See --help.

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <getopt.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "answers.h"
#include "hanat.h"
#include "lib/nl.h"
#include "lib/unique_fd.h"
#include "request.h"

namespace
{

using namespace hn::fuzz;
using Clock = std::chrono::steady_clock;

constexpr char usage[] =
	"usage: fuzz-netlink [OPTION VALUE]...\n"
	"Sends requests to the family \"hanat\" in this network namespace, and listens to it.\n"
	"  --admins N      threads that are privileged (3)\n"
	"  --others N      threads that are not, and must change nothing (1)\n"
	"  --listeners N   threads that join a multicast group and leave it (1)\n"
	"  --seed N        of all random numbers (1)\n"
	"  --requests N    of each thread (1000)\n"
	"  --seconds N     and for how long at least (0)\n"
	"  --patience N    seconds in which an answer must come (20)\n"
	"  --lie           take -EINVAL for undocumented: must fail\n"
	"Prints how often each command was answered with what, which were `never' carried out, and "
	"what\n"
	"is `bad': not documented. Fails if anything is.\n";

constexpr unsigned nobody = 65534;
constexpr std::size_t longest_answer = 1 << 17;
// Of a listener that waits for more, in milliseconds: perhaps there is none.
constexpr int longest_pause = 10;

struct Options {
	unsigned long admins = 3, others = 1, listeners = 1;
	unsigned long seed = 1, requests = 1000, seconds = 0, patience = 20;
	bool lie = false;
};

struct Family {
	std::uint16_t id = 0;
	std::array<int, 2> groups{};
};

// This thread alone, and for good; the library would take all threads.
bool become_nobody()
{
	return syscall(SYS_setresgid, nobody, nobody, nobody) == 0 &&
	       syscall(SYS_setresuid, nobody, nobody, nobody) == 0;
}

// One thread's way to the family.
class Correspondent
{
public:
	Correspondent(const Options &options, const Family &family, Answers &answers,
		      bool privileged)
		: options_(options), family_(family), answers_(answers), privileged_(privileged)
	{
	}

	// Some requests in one go, and their answers.
	void exchange(Random &random);
	// Joins a group, and hears for a while what it says.
	void listen(Random &random);

private:
	void renew();
	bool send(std::vector<Request> &requests);
	void receive(std::vector<Request> &requests, Random &random);
	bool settle(std::vector<Request> &requests, const nlmsghdr &message,
		    const std::byte *payload);

	const Options &options_;
	const Family &family_;
	Answers &answers_;
	bool privileged_;
	hn::UniqueFd fd_;
	std::uint32_t sequence_ = 0;
	std::vector<std::byte> buffer_ = std::vector<std::byte>(longest_answer);
};

void Correspondent::renew()
{
	const timeval patience{static_cast<time_t>(options_.patience), 0};

	fd_ = hn::UniqueFd(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC));
	if (!fd_ || setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		answers_.fail("no netlink socket");
}

bool Correspondent::send(std::vector<Request> &requests)
{
	std::vector<iovec> parts;

	for (Request &request : requests) {
		static std::array<std::byte, NLMSG_ALIGNTO> padding{};

		request.set_sequence(++sequence_);
		parts.push_back({request.message.data(), request.message.size()});
		parts.push_back(
			{padding.data(), aligned(request.message.size()) - request.message.size()});
	}
	return writev(fd_.get(), parts.data(), static_cast<int>(parts.size())) >= 0;
}

// Whether the message ends the answer to a request, which is then no longer waited for.
bool Correspondent::settle(std::vector<Request> &requests, const nlmsghdr &message,
			   const std::byte *payload)
{
	int error = 0;

	if (message.nlmsg_type != NLMSG_ERROR && message.nlmsg_type != NLMSG_DONE)
		return false;
	// The last requests have the last numbers.
	const std::uint32_t first = sequence_ - static_cast<std::uint32_t>(requests.size()) + 1;
	const std::size_t place = message.nlmsg_seq - first;

	if (message.nlmsg_len >= sizeof(nlmsghdr) + sizeof(error))
		std::memcpy(&error, payload, sizeof(error));
	if (place >= requests.size() || requests[place].message.empty())
		return false;
	answers_.add(requests[place], -error, privileged_);
	requests[place].message.clear();
	return true;
}

void Correspondent::receive(std::vector<Request> &requests, Random &random)
{
	std::size_t waiting = requests.size();

	while (waiting) {
		const ssize_t size = recv(fd_.get(), buffer_.data(), buffer_.size(), 0);

		if (size < 0) {
			// Too many messages at once: some answers are lost.
			if (errno != ENOBUFS)
				answers_.fail(std::string("no answer: ") + std::strerror(errno));
			return fd_ = {}, void();
		}
		for (std::size_t at = 0; at + sizeof(nlmsghdr) <= static_cast<std::size_t>(size);) {
			nlmsghdr message{};

			std::memcpy(&message, buffer_.data() + at, sizeof(message));
			if (message.nlmsg_len < sizeof(nlmsghdr))
				return answers_.fail("a message shorter than its header");
			waiting -=
				settle(requests, message, buffer_.data() + at + sizeof(nlmsghdr));
			at += aligned(message.nlmsg_len);
		}
		// A dump that nobody wants to the end.
		if (requests.back().dump && random.percent(10))
			return fd_ = {}, void();
	}
}

void Correspondent::exchange(Random &random)
{
	std::vector<Request> requests;

	if (!fd_ || random.percent(2))
		renew();
	for (std::size_t n = random.percent(80) ? 1 : 1 + random.below(4); n; n--)
		requests.push_back(draw_request(random, family_.id));
	if (send(requests))
		receive(requests, random);
	else if (errno != EMSGSIZE) // together they are more than a socket takes
		answers_.fail(std::string("not sent: ") + std::strerror(errno));
}

void Correspondent::listen(Random &random)
{
	const int group = family_.groups.at(random.below(family_.groups.size()));

	renew();

	const int joined =
		setsockopt(fd_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));

	if ((joined == 0) != privileged_ || (joined < 0 && errno != EPERM))
		answers_.fail(privileged_ ? "the group is refused" : "the group is for everybody");
	if (random.percent(30)) {
		const int on = 1;

		setsockopt(fd_.get(), SOL_NETLINK, NETLINK_BROADCAST_ERROR, &on, sizeof(on));
	}
	for (std::size_t n = random.below(50); n; n--) {
		pollfd ready{fd_.get(), POLLIN, 0};

		if (random.percent(10))
			poll(&ready, 1, longest_pause);
		recv(fd_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
	}
	if (random.percent(50))
		setsockopt(fd_.get(), SOL_NETLINK, NETLINK_DROP_MEMBERSHIP, &group, sizeof(group));
}

enum class Role { Admin, Other, Listener };

void work(const Options &options, const Family &family, Answers &answers, Role role,
	  unsigned long number)
{
	const auto end = Clock::now() + std::chrono::seconds(options.seconds);
	Correspondent correspondent(options, family, answers, role != Role::Other);

	if (role == Role::Other && !become_nobody())
		return answers.fail("cannot become nobody");
	for (unsigned long n = 0; n < options.requests || Clock::now() < end; n++) {
		Random random(options.seed + number, n);

		if (role == Role::Listener || (role == Role::Other && random.percent(2)))
			correspondent.listen(random);
		else
			correspondent.exchange(random);
	}
}

[[noreturn]] void usage_error()
{
	std::fputs(usage, stderr);
	std::exit(2);
}

Options parse(int argc, char **argv)
{
	static constexpr std::array<option, 10> known = {{
		{"admins", required_argument, nullptr, 'a'},
		{"others", required_argument, nullptr, 'o'},
		{"listeners", required_argument, nullptr, 'l'},
		{"seed", required_argument, nullptr, 's'},
		{"requests", required_argument, nullptr, 'n'},
		{"seconds", required_argument, nullptr, 't'},
		{"patience", required_argument, nullptr, 'p'},
		{"lie", no_argument, nullptr, 'x'},
		{"help", no_argument, nullptr, 'h'},
		{nullptr, 0, nullptr, 0},
	}};
	Options options;

	for (int c = 0; (c = getopt_long(argc, argv, "", known.data(), nullptr)) != -1;) {
		const unsigned long number = optarg ? std::strtoul(optarg, nullptr, 0) : 0;

		switch (c) {
		case 'a':
			options.admins = number;
			break;
		case 'o':
			options.others = number;
			break;
		case 'l':
			options.listeners = number;
			break;
		case 's':
			options.seed = number;
			break;
		case 'n':
			options.requests = number;
			break;
		case 't':
			options.seconds = number;
			break;
		case 'p':
			options.patience = number;
			break;
		case 'x':
			options.lie = true;
			break;
		case 'h':
			std::fputs(usage, stdout);
			std::exit(0);
		default:
			usage_error();
		}
	}
	if (optind != argc)
		usage_error();
	return options;
}

hn::Result<Family> find_family()
{
	auto sock = hn::nl_connect_genl();

	if (!sock)
		return hn::fail(sock.error());

	const auto id = hn::nl_family_id(**sock, HN_GENL_NAME);
	const auto sessions = hn::nl_group_id(**sock, HN_GENL_NAME, HN_GENL_GROUP_SESSIONS);
	const auto log = hn::nl_group_id(**sock, HN_GENL_NAME, HN_GENL_GROUP_LOG);

	if (!id)
		return hn::fail(id.error());
	if (!sessions)
		return hn::fail(sessions.error());
	if (!log)
		return hn::fail(log.error());
	return Family{static_cast<std::uint16_t>(*id), {*sessions, *log}};
}

} // namespace

int main(int argc, char **argv)
{
	const Options options = parse(argc, argv);
	const auto family = find_family();
	Answers answers(options.lie);
	std::vector<std::thread> threads;
	unsigned long number = 0;

	if (!family) {
		std::fprintf(stderr, "fuzz-netlink: %s\n", family.error().what.c_str());
		return 2;
	}
	std::printf("seed %lu\n", options.seed);
	for (const auto &[role, count] :
	     {std::pair{Role::Admin, options.admins}, std::pair{Role::Other, options.others},
	      std::pair{Role::Listener, options.listeners}}) {
		for (unsigned long n = 0; n < count; n++) {
			const Role each = role;

			threads.emplace_back([&options, &family, &answers, each, at = number++] {
				work(options, *family, answers, each, at);
			});
		}
	}
	for (std::thread &thread : threads)
		thread.join();
	answers.print();
	return answers.bad() ? 1 : 0;
}
