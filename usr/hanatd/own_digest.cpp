// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/own_digest.h"

#include <algorithm>
#include <span>

namespace hn
{

namespace
{

// In as many messages as it takes.
void tell_sums(std::vector<Digest> &out, Digest digest, std::span<const std::uint64_t> sums)
{
	while (!sums.empty()) {
		const std::size_t n = std::min(sums.size(), wire_digest_sums);

		digest.sums = {sums.begin(), sums.begin() + static_cast<std::ptrdiff_t>(n)};
		out.push_back(digest);
		sums = sums.subspan(n);
		digest.first = static_cast<std::uint16_t>(digest.first + n * digest.span);
	}
}

} // namespace

void OwnDigest::begin(std::uint64_t now)
{
	at_ = now + period_;
	groups_.reset();
	requests_.clear();
}

void OwnDigest::asked(const DigestRequest &request)
{
	for (const std::uint8_t group : request.groups)
		groups_.set(group);
}

void OwnDigest::asked(std::uint32_t requester, const BucketsRequest &request)
{
	requests_[requester] = request;
}

std::vector<Digest> OwnDigest::tell(std::uint64_t now, const DigestSums &sums,
				    std::uint64_t sessions)
{
	Digest digest{.first = 0,
		      .span = wire_digest_sums,
		      .sessions = static_cast<std::uint32_t>(sessions),
		      .sums = {}};
	std::vector<Digest> out;

	if (now >= at_) {
		at_ = now + period_;
		tell_sums(out, digest, group_sums(sums));
	}
	digest.span = 1;
	for (std::size_t group = 0; group < groups_.size(); ++group) {
		const std::size_t first = group * wire_digest_sums;

		digest.first = static_cast<std::uint16_t>(first);
		if (groups_.test(group))
			tell_sums(out, digest, std::span(sums).subspan(first, wire_digest_sums));
	}
	groups_.reset();
	return out;
}

std::optional<std::uint64_t> OwnDigest::next_at() const
{
	if (requests_.empty())
		return std::nullopt;
	return next_at_;
}

std::optional<OwnDigest::Fetch> OwnDigest::next(std::uint64_t now)
{
	if (requests_.empty() || now < next_at_)
		return std::nullopt;
	const auto first = requests_.begin();
	Fetch fetch{.answer = {.requester = first->first, .request = first->second.request},
		    .buckets = {}};

	for (const std::uint16_t bucket : first->second.buckets)
		fetch.buckets.set(bucket);
	requests_.erase(first);
	next_at_ = now + interval_ms;
	return fetch;
}

std::uint64_t OwnDigest::deadline() const
{
	return std::max(not_before_, groups_.any() ? 0 : at_);
}

} // namespace hn
