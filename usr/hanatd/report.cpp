// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/report.h"

#include <algorithm>
#include <string_view>
#include <sys/socket.h>

#include "lib/json_writer.h"
#include "lib/model.h"
#include "lib/units.h"
#include "version.h"

namespace hn
{

namespace
{

std::string_view state_of(const Peer &peer)
{
	if (peer.gone)
		return "stopped";
	if (peer.silent)
		return "silent";
	if (peer.mismatched())
		return "mismatch";
	return peer.equal() ? "equal" : "not-equal";
}

std::string_view role_name(const std::optional<Role> &role)
{
	return role ? std::string_view(role->name) : "unknown";
}

void write_peer(JsonWriter &json, std::uint64_t now, std::uint32_t node, const Peer &peer,
		std::span<const StreamPosition> sent)
{
	json.begin_object();
	json.member("node", std::uint64_t{node});
	json.member("state", state_of(peer));
	json.member("ready", peer.alive() && peer.hello && peer.hello->ready());
	json.member("heard-ms", now - peer.heard_at);
	json.member("uptime-s", std::uint64_t{peer.hello ? peer.hello->uptime : 0});
	json.member("acknowledges", peer.lag.known());
	json.member("lag-frames", peer.lag.known() ? peer.lag.frames(sent) : 0);
	json.member("left-behind", peer.lag.left_behind());
	json.member("unproven-buckets", std::uint64_t{peer.comparison.unproven()});
	if (peer.comparison.proven_at() != 0)
		json.member("equal-ms", now - peer.comparison.proven_at());
	json.key("drift");
	json.begin_list();
	for (const std::uint8_t item : peer.drift)
		json.value(fingerprint_name(item));
	json.end_list();
	json.end_object();
}

void write_path(JsonWriter &json, const PathStatus &path)
{
	json.begin_object();
	json.member("link", std::uint64_t{path.ends.link});
	json.member("transport", transport_name(path.ends.transport));
	json.member("family", path.ends.remote.family() == AF_INET6 ? "IPv6" : "IPv4");
	json.member("interface", path.ends.interface);
	json.member("local", path.ends.local.text());
	json.member("remote", path.ends.remote.text());
	json.member("accepted", path.ends.accepted);
	json.member("works", path.works);
	json.member("why", path.why);
	json.key("nodes");
	json.begin_list();
	for (const PathStatus::Node &node : path.nodes) {
		json.begin_object();
		json.member("node", std::uint64_t{node.node});
		json.member("heard-ms", node.heard_ms);
		json.end_object();
	}
	json.end_list();
	json.member("frames-received", path.frames_in);
	json.member("bytes-received", path.bytes_in);
	json.member("frames-sent", path.frames_out);
	json.member("bytes-sent", path.bytes_out);
	json.member("frames-dropped", path.dropped);
	json.member("errors", path.errors);
	json.member("queued", std::uint64_t{path.queued});
	json.end_object();
}

void write_received(JsonWriter &json, std::uint32_t node, const Peer &peer)
{
	const auto &applied = peer.received.applied;

	json.begin_object();
	json.member("node", std::uint64_t{node});
	json.member("frames-received", peer.received.frames);
	json.member("bytes-received", peer.received.bytes);
	json.member("sessions-received", peer.received.sessions);
	json.member("deletions-received", peer.received.deletions);
	json.member("frames-lost", peer.received.lost);
	json.member("sessions-created", applied[HN_APPLY_INSERTED] + applied[HN_APPLY_WON]);
	json.member("sessions-updated", applied[HN_APPLY_UPDATED]);
	json.member("sessions-deleted", applied[HN_APPLY_DELETED]);
	json.member("sessions-stale", applied[HN_APPLY_STALE]);
	json.member("sessions-refused", applied[HN_APPLY_OUTSIDE] + applied[HN_APPLY_CONFLICT] +
						applied[HN_APPLY_FULL] + applied[HN_APPLY_INVALID] +
						applied[HN_APPLY_NOMEM]);
	json.end_object();
}

// A deletion is what this node has and the owner has not.
void write_difference(JsonWriter &json, const hn_record &record)
{
	json.begin_object();
	json.member("session", describe(record));
	json.member("at", record.flags & HN_RF_DELETE ? "here-only" : "owner");
	json.end_object();
}

} // namespace

std::string status_report(std::uint64_t now, const std::optional<KernelState> &state,
			  const std::optional<Role> &role, const Sync &sync, std::uint8_t key,
			  bool yielding, std::span<const PathStatus> paths)
{
	const auto sent = sync.positions();
	JsonWriter json;

	json.begin_object();
	json.member("version", HN_VERSION);
	json.member("node", std::uint64_t{state ? state->node : 0});
	json.member("synchronises", state && state->synchronises);
	json.member("ready", sync.ready());
	json.member("yielding", yielding);
	json.member("role", role_name(role));
	if (role)
		json.member("role-since", format_time(role->since * 1000000000));
	json.member("key", std::uint64_t{key});
	json.member("waits-for-peers", sync.congested());
	json.key("peers");
	json.begin_list();
	for (const auto &[node, peer] : sync.peers())
		write_peer(json, now, node, peer, sent);
	json.end_list();
	json.key("paths");
	json.begin_list();
	for (const PathStatus &path : paths)
		write_path(json, path);
	json.end_list();
	json.end_object();
	return json.text();
}

std::string stats_report(const Sync &sync, const Counters &counters)
{
	JsonWriter json;

	json.begin_object();
	for_each_counter(counters, [&](const std::string &name, std::uint64_t value) {
		json.member(name, value);
	});
	json.key("by-peer");
	json.begin_list();
	for (const auto &[node, peer] : sync.peers())
		write_received(json, node, peer);
	json.end_list();
	json.end_object();
	return json.text();
}

std::string verify_report(const Sync &sync)
{
	JsonWriter json;

	json.begin_object();
	json.member("equal", sync.verified());
	json.key("peers");
	json.begin_list();
	for (const auto &[node, peer] : sync.peers()) {
		const auto &found = peer.comparison.found();

		if (!peer.alive())
			continue;
		json.begin_object();
		json.member("node", std::uint64_t{node});
		json.member("equal", peer.equal() && found.empty());
		json.member("unproven-buckets", std::uint64_t{peer.comparison.unproven()});
		json.key("differences");
		json.begin_list();
		for (const hn_record &record : found)
			write_difference(json, record);
		json.end_list();
		json.end_object();
	}
	json.end_list();
	json.end_object();
	return json.text();
}

std::string yield_report(bool yielded, const std::optional<Role> &role)
{
	JsonWriter json;

	json.begin_object();
	json.member("yielded", yielded);
	json.member("role", role_name(role));
	json.end_object();
	return json.text();
}

std::string config_report(const std::string &text)
{
	JsonWriter json;

	json.begin_object();
	json.member("text", text);
	json.end_object();
	return json.text();
}

std::string config_answer_report(const ConfigAnswer &answer)
{
	JsonWriter json;

	if (answer.outcome == ConfigOutcome::Refused)
		return error_report("it refuses: \"accept configuration\" is not true in its "
				    "netsocket file");
	if (answer.outcome == ConfigOutcome::Failed)
		return error_report("nothing is changed there: " + answer.why);
	json.begin_object();
	json.member("changes", std::uint64_t{answer.changes});
	json.end_object();
	return json.text();
}

std::string ready_report(const Sync &sync)
{
	JsonWriter json;

	json.begin_object();
	json.member("ready", sync.ready());
	json.end_object();
	return json.text();
}

std::string error_report(const std::string &why)
{
	JsonWriter json;

	json.begin_object();
	json.member("error", why);
	json.end_object();
	return json.text();
}

} // namespace hn
