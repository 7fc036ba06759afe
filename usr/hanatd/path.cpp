// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/path.h"

#include <algorithm>
#include <utility>

namespace hn
{

std::string PathEnds::text() const
{
	std::string text = transport_name(transport);

	text += (accepted ? " from " : " ") + remote.text();
	if (!interface.empty())
		text += " on " + interface;
	return text;
}

Path::Path(PathEnds ends, Counters &counters, PathGates *gates)
	: ends_(std::move(ends)), counters_(counters), gates_(gates), takes_(!ends_.accepted)
{
	status_.why = "not open yet";
}

void Path::log_change(std::uint64_t now, LogGate *gate, Priority priority,
		      const std::string &text) const
{
	std::string line = ends_.text() + ": " + text;

	if (gate && !gate->open(now))
		return;
	if (gate && gate->held() > 0)
		line += " (" + std::to_string(gate->held()) + " like this were not logged)";
	log(priority, "%s", line.c_str());
}

void Path::up(std::uint64_t now)
{
	if (std::exchange(works_, true))
		return;
	takes_ = true;
	complained_ = false;
	log_change(now, gates_ ? &gates_->up : nullptr, Priority::Notice, "up");
}

void Path::down(std::uint64_t now, const std::string &why, Priority priority)
{
	works_ = false;
	status_.why = why;
	if (!std::exchange(complained_, true))
		log_change(now, gates_ ? &gates_->down : nullptr, priority, "down: " + why);
}

void Path::queue(const SharedFrame &frame)
{
	const std::size_t max = counts() ? queue_max : queue_mark;

	if (!takes_)
		return;
	if (queue_.size() >= max || queue_bytes_ + frame->size() > queue_max_bytes) {
		++counters_.path_full;
		++status_.dropped;
		return;
	}
	queue_.push_back(frame);
	queue_bytes_ += frame->size();
	counters_.queue_high = std::max<std::uint64_t>(counters_.queue_high, queue_.size());
}

void Path::pop()
{
	queue_bytes_ -= queue_.front()->size();
	queue_.pop_front();
}

void Path::sent(std::size_t frames)
{
	for (std::size_t i = 0; i < frames; ++i) {
		const std::size_t bytes = queue_.front()->size();

		++counters_.frames_sent;
		counters_.bytes_sent += bytes;
		++status_.frames_out;
		status_.bytes_out += bytes;
		pop();
	}
}

void Path::give_up()
{
	++counters_.send_dropped;
	++status_.dropped;
	pop();
}

void Path::heard(std::uint64_t now, const Origin &origin, std::size_t bytes)
{
	if (origin.node == 0)
		return;
	++status_.frames_in;
	status_.bytes_in += bytes;
	if (!origin.admitted)
		return;
	nodes_[origin.node] = now;
	if (nodes_.size() > max_nodes)
		nodes_.erase(std::min_element(
			nodes_.begin(), nodes_.end(),
			[](const auto &a, const auto &b) { return a.second < b.second; }));
}

bool Path::reaches(std::uint64_t now, std::uint32_t node) const
{
	const auto it = nodes_.find(node);

	return it != nodes_.end() && now - it->second < reach_ms;
}

PathStatus Path::status(std::uint64_t now) const
{
	PathStatus status = status_;

	status.ends = ends_;
	status.works = works_;
	status.queued = queue_.size();
	if (works_)
		status.why.clear();
	for (const auto &[node, at] : nodes_)
		status.nodes.push_back({.node = node, .heard_ms = now - at});
	return status;
}

} // namespace hn
