// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/config_source.h"

#include <algorithm>
#include <utility>

#include "hanatd/walks.h"

namespace hn
{

namespace
{

void append_parts(std::vector<ConfigPart> &out, std::uint32_t requester, const ConfigText &text,
		  const ConfigRequest &request, std::size_t part_max)
{
	std::size_t offset = request.offset;

	for (unsigned n = 0; n < request.parts && offset < text.text.size(); ++n) {
		out.push_back({.requester = requester,
			       .hash = text.hash,
			       .size = static_cast<std::uint32_t>(text.text.size()),
			       .offset = static_cast<std::uint32_t>(offset),
			       .bytes = text.text.substr(offset, part_max)});
		offset += out.back().bytes.size();
	}
}

bool wants_newest(const std::pair<const std::uint32_t, ConfigRequest> &request)
{
	return request.second.hash == 0;
}

} // namespace

void ConfigSource::asked(std::uint32_t requester, const ConfigRequest &request)
{
	requests_[requester] = request;
	fresh_ &= request.hash != 0;
}

std::optional<std::uint64_t> ConfigSource::read_at() const
{
	if (fresh_ || std::none_of(requests_.begin(), requests_.end(), wants_newest))
		return std::nullopt;
	return read_at_;
}

void ConfigSource::read(std::uint64_t now, std::uint64_t took, const ConfigText &text)
{
	own_ = text;
	fresh_ = true;
	read_at_ = now + Walks::pause_after(took);
}

void ConfigSource::failed(std::uint64_t now)
{
	std::erase_if(requests_, wants_newest);
	read_at_ = now + Walks::pause_after(0);
}

const ConfigText *ConfigSource::find(std::uint64_t hash) const
{
	if (hash == 0 || hash == own_.hash)
		return &own_;
	return hash == offered_.hash ? &offered_ : nullptr;
}

std::vector<ConfigPart> ConfigSource::take(std::size_t part_max)
{
	std::vector<ConfigPart> out;

	for (auto it = requests_.begin(); it != requests_.end();) {
		const auto &[requester, request] = *it;

		if (wants_newest(*it) && !fresh_) {
			++it;
			continue;
		}
		if (const ConfigText *text = find(request.hash))
			append_parts(out, requester, *text, request, part_max);
		it = requests_.erase(it);
	}
	return out;
}

} // namespace hn
