// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/nouns.h"
#include "lib/keys.h"

namespace hn
{

Result<void> key_generate_read(Invocation &inv)
{
	if (inv.arguments.size() != 1 || inv.arguments.front().empty())
		return fail(EINVAL, "key generate: needs the name of the file to write");
	return {};
}

Result<void> key_generate(const Invocation &inv, Out & /*out*/)
{
	return key_generate(inv.arguments.front());
}

} // namespace hn
