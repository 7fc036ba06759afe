// SPDX-License-Identifier: GPL-2.0-or-later
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <poll.h>

#include "hactl/nouns.h"
#include "lib/log_link.h"
#include "lib/loop.h"
#include "lib/model.h"

namespace hn
{

namespace
{

// Some 150,000 events in full messages.
constexpr std::uint32_t default_buffer = std::uint32_t{8} * 1024 * 1024;

constexpr std::array<std::string_view, 13> columns{
	"time",	  "event",	 "protocol", "inside", "inside-port", "external", "external-port",
	"remote", "remote-port", "static",   "node",   "owner",	      "last-port"};

using Row = std::array<std::optional<Cell>, columns.size()>;

// At once: the command may go on for ever.
void remark(const std::string &text)
{
	static_cast<void>(std::fprintf(stderr, "hactl: log: warning: %s\n", text.c_str()));
}

// Of the source of a block, which is a host or a prefix.
std::string source_of(const hn_log_event &event)
{
	hn_prefix6 prefix{};

	prefix.addr = event.inside;
	prefix.len = static_cast<__u8>(ntohs(event.inside_port));
	return format_prefix(prefix);
}

std::string line_of(std::uint32_t node, const hn_log_event &event)
{
	const LogFlow flow = log_flow(event);
	std::string out = format_time(event.time) + " " + std::string(log_kind_name(event.kind));

	if (is_block_event(event.kind))
		out += " " + source_of(event) + " " + format_endpoint(flow.external) + "-" +
		       std::to_string(ntohs(event.remote_port));
	if (is_bib_event(event.kind) || flow.remote)
		out += " " + std::string(proto_name(event.proto)) + " " +
		       format_endpoint(flow.inside) + " " + format_endpoint(flow.external);
	if (flow.remote)
		out += " " + format_endpoint(*flow.remote);
	if (event.flags & HN_LF_STATIC)
		out += " static";
	out += " node " + std::to_string(node);
	if (flow.remote && event.owner != node)
		out += " owner " + std::to_string(event.owner);
	return out + "\n";
}

void fill_block(Row &row, const hn_log_event &event)
{
	const LogFlow flow = log_flow(event);

	row[3] = source_of(event);
	row[5] = format_addr6(flow.external.addr);
	row[6] = std::uint64_t{flow.external.port};
	row[12] = std::uint64_t{ntohs(event.remote_port)};
}

Row row_of(std::uint32_t node, const hn_log_event &event)
{
	const LogFlow flow = log_flow(event);
	Row row{};

	row[0] = format_time(event.time);
	row[1] = std::string(log_kind_name(event.kind));
	row[10] = std::uint64_t{node};
	if (is_block_event(event.kind))
		fill_block(row, event);
	if (!is_bib_event(event.kind) && !flow.remote)
		return row;
	row[2] = std::string(proto_name(event.proto));
	row[3] = format_addr6(flow.inside.addr);
	row[4] = std::uint64_t{flow.inside.port};
	row[5] = format_addr6(flow.external.addr);
	row[6] = std::uint64_t{flow.external.port};
	row[9] = bool{(event.flags & HN_LF_STATIC) != 0};
	if (!flow.remote)
		return row;
	row[7] = format_addr6(flow.remote->addr);
	row[8] = std::uint64_t{flow.remote->port};
	row[11] = std::uint64_t{event.owner};
	return row;
}

bool shows_bib(const Invocation &inv)
{
	return inv.bib_events || !inv.session_events;
}

bool shows_sessions(const Invocation &inv)
{
	return inv.session_events || !inv.bib_events;
}

// Reads and prints until a signal comes, or there was enough.
class Follower
{
public:
	Follower(const Invocation &inv, Out &out) : out_(out), printer_(inv, out) {}

	Result<void> run(LogLink &link, Signals &signals)
	{
		while (!printer_.done()) {
			std::array<pollfd, 2> fds{
				{{link.fd(), POLLIN, 0}, {signals.fd(), POLLIN, 0}}};
			if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
				return fail_errno(errno, "poll");
			if (fds[1].revents && signals.take())
				return {};
			if (Result<void> read = receive(link); !read)
				return read;
		}
		return {};
	}

private:
	Result<void> receive(LogLink &link)
	{
		Result<void> received =
			link.receive([this](const LogBatch &batch) { return put(batch); });
		Result<void> written = out_.finish();

		if (!received && received.error().code == ENOBUFS)
			remark("events were lost, which came faster than they were read");
		else if (!received)
			return received;
		return written;
	}

	Result<void> put(const LogBatch &batch)
	{
		const std::uint64_t missing = gaps_.missing(batch);

		if (missing)
			remark("at " +
			       format_time(batch.events.empty() ? 0 : batch.events[0].time) + " " +
			       std::to_string(missing) + " events are missing");
		for (const hn_log_event &event : batch.events)
			if (!printer_.done())
				printer_.put(batch.node, event);
		return {};
	}

	Out &out_;
	LogPrinter printer_;
	LogGaps gaps_;
};

} // namespace

LogPrinter::LogPrinter(const Invocation &inv, Out &out)
	: inv_(inv), out_(out), lines_(out, inv.format, inv.headers, columns)
{
}

bool LogPrinter::wanted(const hn_log_event &event) const
{
	const unsigned protos = inv_.protos ? inv_.protos : HN_PROTO_ALL;

	if (is_block_event(event.kind))
		return shows_bib(inv_);
	if (is_bib_event(event.kind) ? !shows_bib(inv_)
				     : is_session_event(event.kind) && !shows_sessions(inv_))
		return false;
	// What this program does not know it shows.
	return event.proto >= HN_PROTO_COUNT || event.kind == HN_LOG_INSTANCE_END ||
	       (protos & HN_PROTO_BIT(event.proto));
}

void LogPrinter::put(std::uint32_t node, const hn_log_event &event)
{
	if (!wanted(event))
		return;
	count_++;
	if (inv_.format == Format::Text)
		out_.put(line_of(node, event));
	else
		lines_.row(row_of(node, event));
}

std::string log_hint(const Invocation &inv, const Globals &globals)
{
	if ((shows_bib(inv) && number(globals[HN_G_LOGGING_BIB])) ||
	    (shows_sessions(inv) && number(globals[HN_G_LOGGING_SESSION])))
		return {};
	if (shows_bib(inv) && shows_sessions(inv))
		return "logging-bib and logging-session are false: nothing is logged";
	return std::string(shows_bib(inv) ? "logging-bib" : "logging-session") +
	       " is false: nothing of that is logged";
}

Result<void> log_follow(const Invocation &inv, Out &out)
{
	Result<FamilyLink> family = FamilyLink::open();
	if (!family)
		return fail(family.error());
	const Result<Globals> globals = family->globals();
	if (!globals)
		return fail(globals.error());
	Result<Signals> signals = Signals::open({SIGINT, SIGTERM});
	if (!signals)
		return fail(signals.error());
	Result<LogLink> link = LogLink::open(static_cast<int>(inv.buffer.value_or(default_buffer)));
	if (!link)
		return fail(link.error());
	if (const std::string hint = log_hint(inv, *globals); !hint.empty())
		remark(hint);
	// The header, for who waits until it is there.
	Follower follower(inv, out);
	if (const Result<void> written = out.finish(); !written)
		return fail(written.error());
	return follower.run(*link, *signals);
}

} // namespace hn
