// SPDX-License-Identifier: GPL-2.0-only
#define pr_fmt(fmt) KBUILD_MODNAME ": selftest: " fmt

#include <linux/atomic.h>
#include <linux/module.h>

#include "../pool4.h"
#include "../session.h"
#include "selftest.h"

static uint selftest = 1;
module_param(selftest, uint, 0444);
MODULE_PARM_DESC(selftest, "How much to test at load: rounds of churn in the tables; 0 tests nothing");

/* The tests' own negative control: they have to fail. */
static bool selftest_lie;
module_param(selftest_lie, bool, 0444);
MODULE_PARM_DESC(selftest_lie, "Make the tables' twin differ from them");

static atomic_t checks, failures;

bool hn_expect(bool fine, const char *file, int line, const char *text)
{
	atomic_inc(&checks);
	if (!fine && atomic_inc_return(&failures) <= 10)
		pr_err("%s:%d: not so: %s\n", kbasename(file), line, text);
	return fine;
}

/* Number n's flow: an inside host of its own, one server. */
struct hn_session *hn_selftest_flow(struct hn_instance *inst, u32 number, u32 lifetime, u8 proto,
				    u8 state)
{
	struct hn_endpoint ep = { .port = htons(1024), .proto = proto };
	struct hn_session_init init = {
		.remote = htonl(0xc6336401),
		.remote_port = htons(53),
		.state = state,
		.lifetime = lifetime,
	};
	enum hn_stat why;

	ep.addr.s6_addr32[0] = htonl(0x20010db8);
	ep.addr.s6_addr32[3] = htonl(number);
	init.map = hn_mapping_get_in(inst, &ep, &init, &why);
	if (!init.map)
		return NULL;
	init.hash = hn_session_hash(inst, &ep, init.remote, init.remote_port);
	return hn_session_create(inst, &init, &why);
}

struct hn_session *hn_selftest_session(struct hn_instance *inst, u32 number, u32 lifetime)
{
	return hn_selftest_flow(inst, number, lifetime, HN_PROTO_UDP, HN_TCP_ESTABLISHED);
}

static void on_instance(void)
{
	struct hn_prefix6 prefix = { .len = 96 };
	struct hn_net *hn = hn_net_of(&init_net);

	prefix.addr.s6_addr32[0] = htonl(0x64ff9b);
	mutex_lock(&hn->lock);
	if (HN_EXPECT(!hn_instance_create(hn, &init_net, &prefix))) {
		/* What a part releases is there for the next one. */
		WRITE_ONCE(hn->instance->globals[HN_G_HOLD_DOWN], 0);
		hn_pool4_hold_down_update(hn->instance);
		hn_pool4_selftest(hn->instance);
		hn_block_selftest(hn->instance);
		hn_bib_selftest(hn->instance);
		hn_expire_selftest(hn->instance);
		hn_session_selftest(hn->instance);
		hn_delta_selftest(hn->instance);
		hn_digest_selftest(hn->instance);
		hn_scope_selftest(hn->instance);
		hn_inside_selftest(hn->instance);
		hn_conflict_selftest(hn->instance);
		hn_census_selftest(hn->instance);
		hn_log_selftest(hn->instance);
		hn_globals_selftest(hn->instance);
		hn_instance_destroy(hn);
	}
	mutex_unlock(&hn->lock);
}

int hn_selftest(void)
{
	if (!selftest)
		return 0;
	hn_table_selftest(selftest, selftest_lie);
	hn_prefixes_selftest();
	on_instance();
	if (atomic_read(&failures)) {
		pr_err("%d of %d checks failed\n", atomic_read(&failures), atomic_read(&checks));
		return -EINVAL;
	}
	pr_info("%d checks passed\n", atomic_read(&checks));
	return 0;
}
