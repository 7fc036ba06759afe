// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>

#include "list.h"
#include "scope.h"

static struct hn_prefixes *current_of(const struct hn_instance *inst, enum hn_list which)
{
	return rcu_dereference_protected(inst->lists[which], 1);
}

/* Takes the list, or its error. Sessions follow it before the old one is freed. */
static int publish(struct hn_instance *inst, enum hn_list which, struct hn_prefixes *list)
{
	struct hn_prefixes *old = current_of(inst, which);

	if (IS_ERR(list))
		return PTR_ERR(list);
	rcu_assign_pointer(inst->lists[which], list);
	hn_scope_update(inst);
	hn_prefixes_free(old);
	return 0;
}

int hn_list_add(struct hn_instance *inst, enum hn_list which, const struct hn_prefix6 *prefixes,
		u32 n, struct netlink_ext_ack *extack)
{
	return publish(inst, which,
		       hn_prefixes_add(current_of(inst, which), prefixes, n, extack));
}

int hn_list_remove(struct hn_instance *inst, enum hn_list which,
		   const struct hn_prefix6 *prefixes, u32 n, struct netlink_ext_ack *extack)
{
	return publish(inst, which,
		       hn_prefixes_remove(current_of(inst, which), prefixes, n, extack));
}

int hn_list_flush(struct hn_instance *inst, enum hn_list which)
{
	return publish(inst, which, NULL);
}

u32 hn_list_get(const struct hn_instance *inst, enum hn_list which,
		const struct hn_prefix6 **prefixes)
{
	return hn_prefixes_get(current_of(inst, which), prefixes);
}

void hn_lists_exit(struct hn_instance *inst)
{
	enum hn_list which;

	for (which = 0; which < HN_LIST_COUNT; which++)
		hn_prefixes_free(current_of(inst, which));
}
