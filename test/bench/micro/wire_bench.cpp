// SPDX-License-Identifier: GPL-2.0-or-later
// The codec: sessions into full frames, and back. Items are sessions.
#include <benchmark/benchmark.h>

#include "hanatd/frame_writer.h"
#include "keys.h"
#include "records.h"

namespace
{

constexpr std::size_t frame_limit = 1400;

std::vector<hn::Bytes> frames_of(const std::vector<hn_record> &records, const hn::Key *key)
{
	hn::FrameHeader header{.stream = hn::StreamDelta, .node = 1, .epoch = {}, .sequence = 0};
	hn::FrameWriter writer(frame_limit - (key ? hn::wire_tag_size : 0));
	std::vector<hn::Bytes> frames;
	const auto finish = [&] {
		++header.sequence;
		frames.push_back(writer.finish(header, key));
	};

	for (const hn_record &record : records) {
		if (writer.add_own(record))
			continue;
		finish();
		writer.add_own(record);
	}
	finish();
	return frames;
}

void encode(benchmark::State &state)
{
	const auto records = hn::bench::records_of(1, 10000);
	const hn::Keyring keys = hn::bench::keys_of(state);
	std::size_t bytes = 0;

	for ([[maybe_unused]] const auto round : state) {
		const auto frames = frames_of(records, keys.sending());

		bytes = 0;
		for (const hn::Bytes &frame : frames)
			bytes += frame.size();
		benchmark::DoNotOptimize(frames.data());
	}
	state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
	state.counters["bytes/session"] =
		static_cast<double>(bytes) / static_cast<double>(records.size());
}
BENCHMARK(encode)->ArgName("keyed")->Arg(0)->Arg(1);

void decode(benchmark::State &state)
{
	const auto records = hn::bench::records_of(1, 10000);
	const hn::Keyring keys = hn::bench::keys_of(state);
	const auto frames = frames_of(records, keys.sending());
	hn::Frame frame;

	for ([[maybe_unused]] const auto round : state) {
		std::size_t decoded = 0;

		for (const hn::Bytes &bytes : frames) {
			if (hn::decode(bytes, frame, keys) == hn::DecodeError::None)
				decoded += frame.records.size();
		}
		if (decoded != records.size())
			state.SkipWithError("not every session was decoded");
	}
	state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
}
BENCHMARK(decode)->ArgName("keyed")->Arg(0)->Arg(1);

} // namespace
