// SPDX-License-Identifier: GPL-2.0-or-later
// The codec: sessions into full frames, and back. Items are sessions.
#include <benchmark/benchmark.h>

#include "hanatd/wire.h"
#include "records.h"

namespace
{

constexpr std::size_t frame_limit = 1400;

std::vector<hn::Bytes> frames_of(const std::vector<hn_record> &records)
{
	const hn::FrameHeader header{hn::StreamDelta, 1, {}, 1};
	hn::FrameWriter writer(frame_limit);
	std::vector<hn::Bytes> frames;

	for (const hn_record &record : records) {
		if (writer.add_own(record))
			continue;
		frames.push_back(writer.finish(header));
		writer.add_own(record);
	}
	frames.push_back(writer.finish(header));
	return frames;
}

void encode(benchmark::State &state)
{
	const auto records = hn::bench::records_of(1, 10000);
	std::size_t bytes = 0;

	for ([[maybe_unused]] const auto round : state) {
		const auto frames = frames_of(records);

		bytes = 0;
		for (const hn::Bytes &frame : frames)
			bytes += frame.size();
		benchmark::DoNotOptimize(frames.data());
	}
	state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
	state.counters["bytes/session"] =
		static_cast<double>(bytes) / static_cast<double>(records.size());
}
BENCHMARK(encode);

void decode(benchmark::State &state)
{
	const auto records = hn::bench::records_of(1, 10000);
	const auto frames = frames_of(records);
	hn::Frame frame;

	for ([[maybe_unused]] const auto round : state) {
		std::size_t decoded = 0;

		for (const hn::Bytes &bytes : frames) {
			if (hn::decode(bytes, frame) == hn::DecodeError::None)
				decoded += frame.records.size();
		}
		if (decoded != records.size())
			state.SkipWithError("not every session was decoded");
	}
	state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(records.size()));
}
BENCHMARK(decode);

} // namespace
