/* SPDX-License-Identifier: GPL-2.0-only */
/* What chooses the external address of a mapping: the setting f-args. */
#ifndef HANAT_CHOICE_H
#define HANAT_CHOICE_H

#include <net/ipv6.h>

#include "session.h"

u32 hn_choice_by(const struct hn_instance *inst, u32 args, const struct hn_endpoint *ep,
		 const struct hn_session_init *init);

/* A number that is equal for what is to have one address. */
static inline u32 hn_choice(const struct hn_instance *inst, const struct hn_endpoint *ep,
			    const struct hn_session_init *init)
{
	u32 args = hn_global(inst, HN_G_F_ARGS);

	if (likely(args == HN_ARG_SOURCE))
		return __ipv6_addr_jhash(&ep->addr, inst->key.key[0]);
	return hn_choice_by(inst, args, ep, init);
}

#endif
