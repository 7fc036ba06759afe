// SPDX-License-Identifier: GPL-2.0-or-later
// A line for each event, for whoever looks into a seed.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "hanat.h"
#include "hanatd/sync.h"
#include "hanatd/wire.h"
#include "machine.h"

namespace hn::sim
{

// A frame, decoded, in one line.
std::string frame_text(std::span<const std::byte> frame, const Keyring &keys);
std::string record_text(const hn_record &record);
std::string delta_text(const test::Delta &delta);
std::string notice_text(const NoticeOf &notice);
const char *fate_text(hn_apply_fate fate);
const char *kind_text(Kind kind); // empty, if there is nothing to say

class Trace
{
public:
	explicit Trace(bool on) : on_(on) {}

	[[nodiscard]] bool on() const { return on_; }
	void set_time(std::uint64_t us) { now_ = us; }

	// Only if on(), so that no text is made in vain.
	void line(const std::string &text) const;

private:
	bool on_;
	std::uint64_t now_ = 0;
};

} // namespace hn::sim
