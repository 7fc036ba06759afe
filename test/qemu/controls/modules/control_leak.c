// SPDX-License-Identifier: GPL-2.0-only
/* Control: forgets memory. Several pieces, as a register may still hold one. */
#include <linux/module.h>
#include <linux/slab.h>

static int __init control_leak_init(void)
{
	int i;

	for (i = 0; i < 8; i++) {
		if (!kmalloc(64, GFP_KERNEL))
			return -ENOMEM;
	}
	return 0;
}

static void __exit control_leak_exit(void)
{
}

module_init(control_leak_init);
module_exit(control_leak_exit);
MODULE_DESCRIPTION("Memory leak");
MODULE_LICENSE("GPL");
