// SPDX-License-Identifier: GPL-2.0-or-later
// A target with defects, to show that the fuzzer finds them and that the replay fails: one that
// AddressSanitizer sees, one that UndefinedBehaviorSanitizer sees, one that the target itself sees.
#include <limits>
#include <vector>

#include "expect.h"
#include "input.h"
#include "target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	hn::fuzz::Input in(data, size);

	if (in.take<std::uint8_t>() != 'H' || in.take<std::uint8_t>() != 'N')
		return 0;
	const std::uint8_t which = in.take<std::uint8_t>();
	const std::vector<std::uint8_t> rest(data, data + size);
	if (which == 'A') {
		volatile std::uint8_t beyond = rest.data()[rest.size()];
		static_cast<void>(beyond);
	}
	if (which == 'U') {
		volatile int most = std::numeric_limits<int>::max();
		most = most + static_cast<int>(rest.size());
	}
	HN_EXPECT(which != 'X');
	return 0;
}
