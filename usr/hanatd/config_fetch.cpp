// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/config_fetch.h"

#include <algorithm>

#include "hanatd/config_text.h"

namespace hn
{

void ConfigFetch::part(std::uint64_t now, std::uint32_t from, const ConfigPart &part)
{
	if (from != node_ || ended())
		return;
	if (hash_ == 0) {
		hash_ = part.hash;
		size_ = part.size;
	}
	if (part.hash != hash_ || part.size != size_ || part.offset < text_.size())
		return;
	if (coming_ > 0 && --coming_ == 0)
		ask_at_ = now;
	if (early_.size() < wire_config_parts || part.offset == text_.size())
		early_[part.offset] = part.bytes;
	for (auto next = early_.begin(); next != early_.end() && next->first <= text_.size();
	     next = early_.erase(next))
		if (next->first == text_.size()) {
			text_ += next->second;
			progress_at_ = now;
		}
	failed_ = text_.size() > size_ || (text_.size() == size_ && config_hash(text_) != hash_);
}

std::optional<ConfigRequest> ConfigFetch::due(std::uint64_t now)
{
	failed_ |= !whole() && now - progress_at_ >= patience_ms;
	if (now < ask_at_ || ended())
		return std::nullopt;
	if (any_ && now - progress_at_ >= restart_ms) {
		hash_ = 0;
		size_ = 0;
		text_.clear();
		early_.clear();
	}
	ask_at_ = now + repeat_ms;
	coming_ = wire_config_parts;
	return ConfigRequest{.target = node_,
			     .hash = hash_,
			     .offset = static_cast<std::uint32_t>(text_.size()),
			     .parts = wire_config_parts};
}

std::optional<std::uint64_t> ConfigFetch::deadline() const
{
	if (ended())
		return std::nullopt;
	return std::min(ask_at_, progress_at_ + patience_ms);
}

} // namespace hn
