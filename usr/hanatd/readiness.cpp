// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/readiness.h"

namespace hn
{

void Readiness::begin(std::uint64_t now)
{
	ready_ = false;
	state_ = State::Alone;
	since_ = now;
}

std::optional<std::uint64_t> Readiness::deadline() const
{
	if (state_ == State::Alone && !ready_)
		return since_ + alone_ms_;
	if (state_ == State::Unequal && ready_)
		return since_ + grace_ms;
	return std::nullopt;
}

bool Readiness::update(std::uint64_t now, std::size_t peers, std::size_t equal)
{
	const State state = peers == 0	     ? State::Alone
			    : equal == peers ? State::Equal
					     : State::Unequal;
	const bool was = ready_;

	if (state != state_)
		since_ = now;
	state_ = state;
	if (state == State::Equal)
		ready_ = true;
	else if (deadline() && now >= *deadline())
		ready_ = !ready_;
	return ready_ != was;
}

} // namespace hn
