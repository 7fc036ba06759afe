// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/comparison.h"

#include <algorithm>
#include <utility>

namespace hn
{

namespace
{

bool complete(const SequenceWindow &deltas, std::uint64_t last)
{
	const std::uint64_t oldest = deltas.oldest();

	return deltas.highest() >= last && (oldest == 0 || oldest > last);
}

} // namespace

void Comparison::digest(const Digest &digest)
{
	const std::size_t first = digest.first;

	if (digest.span == 1) {
		const Groups group = Groups().set(group_of(first));
		const bool whole =
			first % wire_digest_sums == 0 && digest.sums.size() == wire_digest_sums;

		if ((phase_ != Phase::First && phase_ != Phase::Second) || !whole)
			return;
		std::copy(digest.sums.begin(), digest.sums.end(), sums_.begin() + first);
		here_ |= group & wanted_;
		look_ = here_ == wanted_;
	} else if (phase_ == Phase::Rest) {
		const std::size_t group = group_of(first);

		std::copy(digest.sums.begin(), digest.sums.end(), groups_.begin() + group);
		for (std::size_t i = 0; i < digest.sums.size(); ++i)
			groups_here_.set(group + i);
		look_ = groups_here_.all();
	}
}

void Comparison::ask(std::uint64_t now, Phase phase, const Groups &groups)
{
	phase_ = phase;
	at_ = now + patience_ms;
	wanted_ = groups;
	here_.reset();
	asked_ = true;
}

Buckets Comparison::differing(const DigestSums &mine) const
{
	Buckets out;

	for (std::size_t bucket = 0; bucket < mine.size(); ++bucket)
		out.set(bucket, here_.test(group_of(bucket)) && mine[bucket] != sums_[bucket]);
	return out;
}

std::size_t Comparison::compare(std::uint64_t now, const DigestSums &mine, std::uint64_t sessions)
{
	look_ = false;
	switch (phase_) {
	case Phase::Rest: {
		const GroupSums own = group_sums(mine);
		Groups differ;

		for (std::size_t group = 0; group < own.size(); ++group)
			differ.set(group, own[group] != groups_[group]);
		groups_here_.reset();
		if (differ.any())
			ask(now, Phase::First, differ);
		return 0;
	}
	case Phase::First:
		suspects_ = differing(mine);
		phase_ = suspects_.any() ? Phase::Pause : Phase::Rest;
		at_ = now + second_look_ms;
		return 0;
	case Phase::Second:
		suspects_ &= differing(mine);
		sessions_ = sessions;
		phase_ = Phase::Rest;
		if (suspects_.any())
			pick_batch();
		return suspects_.count();
	default:
		return 0;
	}
}

// As many as hold so many sessions, and fit into one request.
void Comparison::pick_batch()
{
	const std::uint64_t each = sessions_ / HN_DIGEST_BUCKETS + 1;
	std::uint64_t left =
		std::clamp<std::uint64_t>(max_sessions / each, 1, wire_request_buckets);

	batch_.reset();
	for (std::size_t bucket = 0; bucket < suspects_.size() && left > 0; ++bucket) {
		if (!suspects_.test(bucket))
			continue;
		batch_.set(bucket);
		--left;
	}
	unconfirmed_.clear();
	fresh_.clear();
	last_.reset();
	phase_ = Phase::Read;
}

void Comparison::table(const hn_record &record, const Epoch &key)
{
	if (phase_ == Phase::Read)
		unconfirmed_.emplace(digest_of(record, key), record);
}

void Comparison::table_end(std::uint64_t now, bool whole)
{
	if (phase_ != Phase::Read)
		return;
	if (!whole)
		return give_up();
	phase_ = Phase::Wait;
	at_ = now + patience_ms;
	asked_ = true;
}

void Comparison::heard(const hn_record &record, const Epoch &key)
{
	if (phase_ != Phase::Wait || asked_)
		return;
	if (record.flags & HN_RF_DELETE) {
		fresh_.erase(record);
		return;
	}
	const std::uint64_t digest = digest_of(record, key);
	if (!batch_.test(HN_DIGEST_BUCKET(digest)) || unconfirmed_.erase(digest) > 0)
		return;
	fresh_.erase(record);
	fresh_.insert(record);
	if (fresh_.size() > max_fresh)
		give_up();
}

void Comparison::sent(const BucketsSent &sent)
{
	if (phase_ == Phase::Wait && sent.request == request_)
		last_ = sent.last;
}

void Comparison::give_up()
{
	phase_ = Phase::Rest;
	look_ = false;
	asked_ = false;
	groups_here_.reset();
	unconfirmed_.clear();
	fresh_.clear();
}

// What the peer did not mention goes first: it may be in the way of what it did.
void Comparison::finish(Due &due)
{
	for (auto &[digest, record] : unconfirmed_) {
		record.flags |= HN_RF_DELETE;
		record.lifetime = 0;
		++record.version;
		due.apply.push_back(record);
	}
	due.pruned = due.apply.size();
	due.apply.insert(due.apply.end(), fresh_.begin(), fresh_.end());
	due.mended = batch_.count();
	suspects_ &= ~batch_;
	give_up();
	if (suspects_.any())
		pick_batch();
}

Comparison::Due Comparison::take(std::uint64_t now, const SequenceWindow &deltas,
				 std::uint32_t request)
{
	Due due;

	if (phase_ == Phase::Pause && now >= at_)
		ask(now, Phase::Second, groups_of(suspects_));
	if (phase_ == Phase::Wait && last_ && complete(deltas, *last_))
		finish(due);
	else if (phase_ != Phase::Rest && phase_ != Phase::Read && now >= at_)
		give_up();
	if (!std::exchange(asked_, false))
		return due;
	if (phase_ == Phase::Wait) {
		request_ = request;
		due.fetch.request = request;
		for (std::size_t bucket = 0; bucket < batch_.size(); ++bucket)
			if (batch_.test(bucket))
				due.fetch.buckets.push_back(static_cast<std::uint16_t>(bucket));
	} else {
		for (std::size_t group = 0; group < wanted_.size(); ++group)
			if (wanted_.test(group))
				due.ask.groups.push_back(static_cast<std::uint8_t>(group));
	}
	return due;
}

std::optional<std::uint64_t> Comparison::deadline() const
{
	if (asked_)
		return 0;
	if (phase_ == Phase::Rest || phase_ == Phase::Read)
		return std::nullopt;
	return at_;
}

} // namespace hn
