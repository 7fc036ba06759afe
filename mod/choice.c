// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jhash.h>

#include "choice.h"

u32 hn_choice_by(const struct hn_instance *inst, u32 args, const struct hn_endpoint *ep,
		 const struct hn_session_init *init)
{
	/* Without a gap, which would be hashed. */
	struct {
		struct in6_addr	source;
		__be32		remote;
		__be16		source_port;
		__be16		remote_port;
	} key = {};

	if (args & HN_ARG_SOURCE)
		key.source = ep->addr;
	if (args & HN_ARG_SOURCE_PORT)
		key.source_port = ep->port;
	if (args & HN_ARG_REMOTE)
		key.remote = init->remote;
	if (args & HN_ARG_REMOTE_PORT)
		key.remote_port = init->remote_port;
	return jhash2((const u32 *)&key, sizeof(key) / sizeof(u32), inst->key.key[0]);
}
