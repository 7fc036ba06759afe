// SPDX-License-Identifier: GPL-2.0-or-later
#include "hactl/nouns.h"

namespace hn
{

Result<void> sync_advertise(const Invocation & /*inv*/, Out & /*out*/)
{
	Result<FamilyLink> link = FamilyLink::open();
	if (!link)
		return fail(link.error());
	return link->advertise();
}

} // namespace hn
