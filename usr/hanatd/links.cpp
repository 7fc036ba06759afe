// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/links.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "hanatd/datagram_batch.h"
#include "hanatd/datagram_link.h"
#include "hanatd/tcp_link.h"

namespace hn
{

Links::Links(const Config &config, Loop &loop, Counters &counters,
	     std::function<Origin(std::uint64_t now, std::span<const std::byte> frame)> receive,
	     std::function<void()> after)
	: context_{.loop = loop,
		   .counters = counters,
		   .receive_buffer = config.receive_buffer,
		   .send_buffer = config.send_buffer,
		   .receive = std::move(receive),
		   .after = std::move(after),
		   .buffer = std::vector<std::byte>(ReceiveBatch::buffer_size)}
{
	for (std::size_t i = 0; i < config.links.size(); ++i) {
		const LinkConfig &link = config.links[i];

		if (link.transport == Transport::Tcp)
			links_.push_back(std::make_unique<TcpLink>(i, link, context_));
		else
			links_.push_back(std::make_unique<DatagramLink>(i, link, context_));
	}
}

Result<void> Links::open(std::uint64_t now)
{
	std::optional<Error> error;
	std::size_t opened = 0;

	for (const auto &link : links_) {
		const Result<void> result = link->open(now);

		if (result)
			++opened;
		else if (!error)
			error = result.error();
	}
	if (opened == 0 && error)
		return fail(*error);
	return {};
}

void Links::queue(std::uint64_t now, Outgoing out)
{
	const auto frame = std::make_shared<const Bytes>(std::move(out.frame));
	const auto reaches = [&](const Path *path) { return path->reaches(now, out.to); };
	const bool known =
		out.to != 0 && std::any_of(links_.begin(), links_.end(), [&](const auto &link) {
			const auto paths = link->paths();
			return std::any_of(paths.begin(), paths.end(), reaches);
		});

	for (const auto &link : links_)
		for (Path *path : link->paths())
			if (!known || reaches(path))
				path->queue(frame);
}

void Links::flush(std::uint64_t now)
{
	for (const auto &link : links_)
		link->flush(now);
}

void Links::tick(std::uint64_t now)
{
	for (const auto &link : links_)
		link->tick(now);
}

std::uint64_t Links::deadline() const
{
	std::uint64_t first = std::numeric_limits<std::uint64_t>::max();

	for (const auto &link : links_)
		first = std::min(first, link->deadline());
	return first;
}

bool Links::all_above(std::size_t mark) const
{
	bool any = false;

	for (const auto &link : links_)
		for (const Path *path : link->paths()) {
			if (path->works() && path->queued() <= mark)
				return false;
			any |= path->queued() > mark && path->counts();
		}
	return any;
}

bool Links::drained() const
{
	return std::all_of(links_.begin(), links_.end(),
			   [](const auto &link) { return link->drained(); });
}

std::vector<PathStatus> Links::status(std::uint64_t now) const
{
	std::vector<PathStatus> all;

	for (const auto &link : links_) {
		const std::vector<PathStatus> some = link->status(now);

		all.insert(all.end(), some.begin(), some.end());
	}
	return all;
}

} // namespace hn
