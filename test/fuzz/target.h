// SPDX-License-Identifier: GPL-2.0-or-later
// What each NAME_fuzz.cpp defines; called by libFuzzer, or by replay.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size);
