// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/netlink.h>

#include "inside.h"
#include "list.h"
#include "scope.h"

static struct hn_prefixes *current_of(const struct hn_instance *inst, enum hn_list which)
{
	return rcu_dereference_protected(inst->lists[which], 1);
}

/* Whatever is done with the former list is over when it returns. */
static void follow(struct hn_instance *inst, enum hn_list which)
{
	if (which == HN_LIST_IGNORE)
		hn_scope_update(inst);
	else
		hn_inside_update(inst);
}

/* Takes the list, or its error. */
static int publish(struct hn_instance *inst, enum hn_list which, struct hn_prefixes *list)
{
	struct hn_prefixes *old = current_of(inst, which);
	int err;

	if (IS_ERR(list))
		return PTR_ERR(list);
	if (which == HN_LIST_INSIDE && list && !old) {
		err = hn_hooks_register(inst, HN_HOOKS_NAT44);
		if (err) {
			hn_prefixes_free(list);
			return err;
		}
	}
	rcu_assign_pointer(inst->lists[which], list);
	follow(inst, which);
	if (which == HN_LIST_INSIDE && !list)
		hn_hooks_unregister(inst, HN_HOOKS_NAT44);
	hn_prefixes_free(old);
	return 0;
}

int hn_list_add(struct hn_instance *inst, enum hn_list which, const struct hn_prefix6 *prefixes,
		u32 n, struct netlink_ext_ack *extack)
{
	const char *fault = NULL;

	if (which != HN_LIST_IGNORE)
		fault = hn_inside_fault(which, prefixes, n);
	if (fault) {
		if (extack)
			extack->_msg = fault;
		return -EINVAL;
	}
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
