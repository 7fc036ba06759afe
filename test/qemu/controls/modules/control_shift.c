// SPDX-License-Identifier: GPL-2.0-only
/* Control: shifts a number by more bits than it has. */
#include <linux/module.h>

static int __init control_shift_init(void)
{
	unsigned int bits = 33;

	OPTIMIZER_HIDE_VAR(bits);
	return 1 << bits ? 0 : -EINVAL;
}

static void __exit control_shift_exit(void)
{
}

module_init(control_shift_init);
module_exit(control_shift_exit);
MODULE_DESCRIPTION("Shift out of range");
MODULE_LICENSE("GPL");
