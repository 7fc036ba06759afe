// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/inet.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/netns/generic.h>

#include "netlink.h"
#include "selftest/selftest.h"
#include "session.h"
#include "version.h"

static char *pool6;
module_param(pool6, charp, 0444);
MODULE_PARM_DESC(pool6, "IPv6 prefix of the initial namespace's instance, e.g. 64:ff9b::/96");

static unsigned int net_id;

struct hn_net *hn_net_of(struct net *net)
{
	return net_generic(net, net_id);
}

static int __net_init net_init(struct net *net)
{
	struct hn_net *hn = hn_net_of(net);

	mutex_init(&hn->lock);
	return 0;
}

/*
 * Devices and routes of the namespace are still there; packets may still come.
 */
static void __net_exit net_exit(struct net *net)
{
	struct hn_net *hn = hn_net_of(net);

	mutex_lock(&hn->lock);
	hn_instance_destroy(hn);
	mutex_unlock(&hn->lock);
	mutex_destroy(&hn->lock);
}

static struct pernet_operations net_ops = {
	.init	= net_init,
	.exit	= net_exit,
	.id	= &net_id,
	.size	= sizeof(struct hn_net),
};

static int parse_pool6(struct hn_prefix6 *prefix)
{
	const char *slash;
	u8 len;

	memset(prefix, 0, sizeof(*prefix));
	if (!in6_pton(pool6, -1, prefix->addr.s6_addr, '/', &slash) || *slash != '/' ||
	    kstrtou8(slash + 1, 10, &len)) {
		pr_err("pool6=%s: expected an IPv6 prefix such as 64:ff9b::/96\n", pool6);
		return -EINVAL;
	}
	prefix->len = len;
	if (!hn_prefix6_valid(prefix)) {
		pr_err("pool6=%s: the length is 32, 40, 48, 56, 64 or 96 and all bits behind it are zero\n",
		       pool6);
		return -EINVAL;
	}
	return 0;
}

/* The instance that pool6= asks for. */
static int create_initial(void)
{
	struct hn_net *hn = hn_net_of(&init_net);
	struct hn_prefix6 prefix;
	int err;

	err = parse_pool6(&prefix);
	if (err)
		return err;
	mutex_lock(&hn->lock);
	err = hn_instance_create(hn, &init_net, &prefix);
	mutex_unlock(&hn->lock);
	return err;
}

static int __init hn_init(void)
{
	int err;

	err = hn_mapping_cache_create();
	if (err)
		return err;
	err = hn_session_cache_create();
	if (err)
		goto err_mapping;
	err = hn_tally_cache_create();
	if (err)
		goto err_session;
	err = hn_block_cache_create();
	if (err)
		goto err_tally;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_block;
	err = hn_genl_register();
	if (err)
		goto err_pernet;
	err = hn_selftest();
	if (err)
		goto err_genl;
	if (pool6) {
		err = create_initial();
		if (err)
			goto err_genl;
	}
	return 0;

err_genl:
	hn_genl_unregister();
err_pernet:
	unregister_pernet_subsys(&net_ops);
	/* What is on its way through call_rcu() is freed into the caches. */
	rcu_barrier();
err_block:
	hn_block_cache_destroy();
err_tally:
	hn_tally_cache_destroy();
err_session:
	hn_session_cache_destroy();
err_mapping:
	hn_mapping_cache_destroy();
	return err;
}

/* As long as the family is there, for who follows the log to hear of it. */
static void destroy_instances(void)
{
	struct net *net;

	down_read(&net_rwsem);
	for_each_net(net) {
		struct hn_net *hn = hn_net_of(net);

		mutex_lock(&hn->lock);
		hn_instance_destroy(hn);
		mutex_unlock(&hn->lock);
	}
	up_read(&net_rwsem);
}

static void __exit hn_exit(void)
{
	destroy_instances();
	hn_genl_unregister();
	unregister_pernet_subsys(&net_ops);
	rcu_barrier();
	hn_block_cache_destroy();
	hn_tally_cache_destroy();
	hn_session_cache_destroy();
	hn_mapping_cache_destroy();
}

module_init(hn_init);
module_exit(hn_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Highly available NAT64 and NAT44");
MODULE_VERSION(HN_VERSION);
MODULE_ALIAS_GENL_FAMILY(HN_GENL_NAME);
