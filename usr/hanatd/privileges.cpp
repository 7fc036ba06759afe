// SPDX-License-Identifier: GPL-2.0-or-later
#include "hanatd/privileges.h"

#include <cap-ng.h>
#include <sys/prctl.h>

namespace hn
{

// The bounding set is only there to be cut by who has CAP_SETPCAP: root, and not the unit's user,
// whose set the service manager has cut.
Result<void> drop_privileges()
{
	constexpr auto held = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);

	capng_get_caps_process();
	if (!capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN))
		return fail(EPERM,
			    "needs CAP_NET_ADMIN: run it as root, or as hanatd.service does");
	const bool bounds = capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP) != 0;
	capng_clear(CAPNG_SELECT_ALL);
	capng_update(CAPNG_ADD, held, CAP_NET_ADMIN);
	if (capng_apply(bounds ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) != 0)
		return fail(EPERM, "can't give up privileges");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail_errno(errno, "no_new_privs");
	return {};
}

} // namespace hn
