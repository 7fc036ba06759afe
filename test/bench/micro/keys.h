// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <benchmark/benchmark.h>
#include <string>

#include "hanatd/seal.h"

namespace hn::bench
{

// As the first argument of a benchmark says: none, or one, as it is read from a file.
inline Keyring keys_of(benchmark::State &state)
{
	if (state.range(0) == 0)
		return {};
	const auto keys = keys_parse("1 " + std::string(2 * key_secret_size, '7'), "bench");
	if (!keys)
		state.SkipWithError(keys.error().what.c_str());
	return keys ? *keys : Keyring();
}

} // namespace hn::bench
