// SPDX-License-Identifier: GPL-2.0-only
/* Control: takes two locks in both orders; alone, so that nothing hangs. */
#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(control_a);
static DEFINE_MUTEX(control_b);

static int __init control_inversion_init(void)
{
	mutex_lock(&control_a);
	mutex_lock(&control_b);
	mutex_unlock(&control_b);
	mutex_unlock(&control_a);

	mutex_lock(&control_b);
	mutex_lock(&control_a);
	mutex_unlock(&control_a);
	mutex_unlock(&control_b);
	return 0;
}

static void __exit control_inversion_exit(void)
{
}

module_init(control_inversion_init);
module_exit(control_inversion_exit);
MODULE_DESCRIPTION("Lock inversion");
MODULE_LICENSE("GPL");
