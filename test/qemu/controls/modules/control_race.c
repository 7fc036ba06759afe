// SPDX-License-Identifier: GPL-2.0-only
/* Control: two threads count in the same plain variable. */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>

static unsigned long control_counter;

static noinline void control_count(void)
{
	control_counter++;
}

static int control_race(void *unused)
{
	while (!kthread_should_stop()) {
		control_count();
		cond_resched();
	}
	return 0;
}

static int __init control_race_init(void)
{
	struct task_struct *threads[2];
	unsigned int i, n;

	for (n = 0; n < ARRAY_SIZE(threads); n++) {
		threads[n] = kthread_create(control_race, NULL, "control_race/%u", n);
		if (IS_ERR(threads[n]))
			break;
		kthread_bind(threads[n], n % num_online_cpus());
		wake_up_process(threads[n]);
	}
	msleep(5000);
	for (i = 0; i < n; i++)
		kthread_stop(threads[i]);
	return n < ARRAY_SIZE(threads) ? PTR_ERR(threads[n]) : 0;
}

static void __exit control_race_exit(void)
{
}

module_init(control_race_init);
module_exit(control_race_exit);
MODULE_DESCRIPTION("Data race");
MODULE_LICENSE("GPL");
