// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/slab.h>

#include "csum.h"
#include "expire.h"
#include "list.h"
#include "plateaus.h"
#include "pool4.h"
#include "session.h"

static const u32 global_defaults[__HN_G_LAST] = {
#define GLOBAL_DEFAULT(id, name, type, def, min, max, help)	\
	[HN_G_##id] = (def),
	HN_GLOBALS(GLOBAL_DEFAULT)
#undef GLOBAL_DEFAULT
};

/*
 * One class per table: a session's locks nest inside -> external, and its
 * mapping's within.
 */
static struct lock_class_key session_in_key, session_ext_key, mapping_in_key, mapping_ext_key;

static int tables_init(struct hn_instance *inst)
{
	int err;

	err = hn_table_init(&inst->mapping_in, &mapping_in_key, hn_mapping_hash_in);
	if (err)
		return err;
	err = hn_table_init(&inst->mapping_ext, &mapping_ext_key, hn_mapping_hash_ext);
	if (err)
		goto err_mapping_in;
	err = hn_table_init(&inst->session_in, &session_in_key, hn_session_hash_in);
	if (err)
		goto err_mapping_ext;
	err = hn_table_init(&inst->session_ext, &session_ext_key, hn_session_hash_ext);
	if (err)
		goto err_session_in;
	return 0;

err_session_in:
	hn_table_exit(&inst->session_in);
err_mapping_ext:
	hn_table_exit(&inst->mapping_ext);
err_mapping_in:
	hn_table_exit(&inst->mapping_in);
	return err;
}

static void tables_exit(struct hn_instance *inst)
{
	hn_table_exit(&inst->session_ext);
	hn_table_exit(&inst->session_in);
	hn_table_exit(&inst->mapping_ext);
	hn_table_exit(&inst->mapping_in);
}

static void ident_init(struct hn_instance *inst, int cpu)
{
	struct hn_counters *counters = per_cpu_ptr(inst->counters, cpu);
	u32 i;

	counters->ident_first = cpu * inst->ident_part;
	get_random_bytes(counters->ident, sizeof(counters->ident));
	for (i = 0; i < ARRAY_SIZE(counters->ident); i++)
		counters->ident[i] %= inst->ident_part;
}

static int counters_init(struct hn_instance *inst)
{
	int cpu, err;

	inst->counters = alloc_percpu(struct hn_counters);
	if (!inst->counters)
		return -ENOMEM;
	inst->ident_part = BIT(16) / min(roundup_pow_of_two(nr_cpu_ids), 1024UL);
	for_each_possible_cpu(cpu)
		ident_init(inst, cpu);
	err = percpu_counter_init(&inst->sessions, 0, GFP_KERNEL);
	if (err)
		goto err_counters;
	err = percpu_counter_init(&inst->mappings, 0, GFP_KERNEL);
	if (err)
		goto err_sessions;
	return 0;

err_sessions:
	percpu_counter_destroy(&inst->sessions);
err_counters:
	free_percpu(inst->counters);
	return err;
}

static void counters_exit(struct hn_instance *inst)
{
	percpu_counter_destroy(&inst->mappings);
	percpu_counter_destroy(&inst->sessions);
	free_percpu(inst->counters);
}

void hn_instance_set_node(struct hn_instance *inst, u32 node)
{
	while (!node)
		node = get_random_u32();
	WRITE_ONCE(inst->node, node);
	WRITE_ONCE(inst->globals[HN_G_SS_NODE], node);
}

static void identity_init(struct hn_instance *inst, struct net *net,
			  const struct hn_prefix6 *pool6)
{
	inst->net = net;
	inst->pool6 = *pool6;
	inst->pool6_sum = hn_csum_words(&pool6->addr, sizeof(pool6->addr));
	memcpy(inst->globals, global_defaults, sizeof(inst->globals));
	get_random_bytes(&inst->key, sizeof(inst->key));
	hn_instance_set_node(inst, 0);
	inst->epoch = get_random_u64();
}

int hn_instance_create(struct hn_net *hn, struct net *net, const struct hn_prefix6 *pool6)
{
	struct hn_instance *inst;
	int err;

	lockdep_assert_held(&hn->lock);
	if (hn->instance)
		return -EEXIST;
	inst = kvzalloc(sizeof(*inst), GFP_KERNEL_ACCOUNT);
	if (!inst)
		return -ENOMEM;
	identity_init(inst, net, pool6);

	err = counters_init(inst);
	if (err)
		goto err_free;
	err = tables_init(inst);
	if (err)
		goto err_counters;
	err = hn_census_init(inst);
	if (err)
		goto err_tables;
	err = hn_blocks_init(inst);
	if (err)
		goto err_census;
	err = hn_pool4_init(inst);
	if (err)
		goto err_blocks;
	err = hn_delta_init(inst);
	if (err)
		goto err_pool4;
	err = hn_log_init(inst);
	if (err)
		goto err_delta;
	hn_syn_init(inst);
	hn_expire_start(inst);
	err = hn_hooks_register(inst, HN_HOOKS_NAT64);
	if (err)
		goto err_expire;
	hn->instance = inst;
	return 0;

err_expire:
	hn_expire_stop(inst);
	hn_syn_exit(inst);
	hn_log_exit(inst);
err_delta:
	hn_delta_exit(inst);
err_pool4:
	hn_pool4_exit(inst);
err_blocks:
	hn_blocks_exit(inst);
err_census:
	hn_census_exit(inst);
err_tables:
	tables_exit(inst);
err_counters:
	counters_exit(inst);
err_free:
	kvfree(inst);
	return err;
}

/*
 * Unpublish: no hook, no netlink request finds it. Grace period: packets leave.
 * Drop: the workers are stopped before the tables they walk are freed. Frees in
 * flight from call_rcu() touch the slabs alone; routes they hold are released
 * to the namespace before it goes.
 */
void hn_instance_destroy(struct hn_net *hn)
{
	struct hn_instance *inst = hn->instance;

	lockdep_assert_held(&hn->lock);
	if (!inst)
		return;
	hn->instance = NULL;
	hn_hooks_unregister(inst, HN_HOOKS_NAT44);
	hn_hooks_unregister(inst, HN_HOOKS_NAT64);

	hn_expire_stop(inst);
	hn_syn_exit(inst);
	/* Mappings end with what it frees. */
	hn_delta_exit(inst);
	hn_log_exit(inst);
	hn_session_free_all(inst);
	hn_mapping_free_all(inst);
	hn_lists_exit(inst);
	hn_plateaus_exit(inst);
	hn_pool4_exit(inst);
	hn_blocks_exit(inst);
	hn_census_exit(inst);
	tables_exit(inst);
	counters_exit(inst);
	/* Sessions that died before; then the routes that they released. */
	rcu_barrier();
	rcu_barrier();
	kvfree(inst);
}
