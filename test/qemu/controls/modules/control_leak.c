// SPDX-License-Identifier: GPL-2.0-only
/* Control: forgets memory. Several pieces, as a register may still hold one. */
#include <linux/module.h>
#include <linux/slab.h>

/* Outlives the loading, so that the report can name it. */
static noinline int control_leak(void)
{
	int i;

	for (i = 0; i < 8; i++) {
		if (!kmalloc(64, GFP_KERNEL))
			return -ENOMEM;
	}
	return 0;
}

static int __init control_leak_init(void)
{
	return control_leak();
}

static void __exit control_leak_exit(void)
{
}

module_init(control_leak_init);
module_exit(control_leak_exit);
MODULE_DESCRIPTION("Memory leak");
MODULE_LICENSE("GPL");
