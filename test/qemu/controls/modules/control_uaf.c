// SPDX-License-Identifier: GPL-2.0-only
/* Control: reads memory that it has freed. */
#include <linux/module.h>
#include <linux/slab.h>

static int __init control_uaf_init(void)
{
	int *object = kzalloc(sizeof(*object), GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(object);
	OPTIMIZER_HIDE_VAR(object);
	return READ_ONCE(*object) ? -EINVAL : 0;
}

static void __exit control_uaf_exit(void)
{
}

module_init(control_uaf_init);
module_exit(control_uaf_exit);
MODULE_DESCRIPTION("Use after free");
MODULE_LICENSE("GPL");
