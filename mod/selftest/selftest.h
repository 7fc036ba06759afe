/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests that the module runs on itself as it is loaded, built with HN_SELFTEST=y
 * only. Each part is included at the end of the file that it tests, whose
 * static functions it calls.
 */
#ifndef HANAT_SELFTEST_H
#define HANAT_SELFTEST_H

#ifdef HN_SELFTEST

#include <linux/printk.h>
#include <linux/types.h>

struct hn_instance;
struct hn_table;

/* Counts a check, and says where one failed. Any context. */
#define HN_EXPECT(condition) hn_expect((condition), __FILE__, __LINE__, #condition)

bool hn_expect(bool fine, const char *file, int line, const char *text);

/*
 * Runs all parts on an instance that is made for them in the initial namespace.
 * -EINVAL if a check failed. May sleep.
 */
int hn_selftest(void);

/* Of a table that nobody grows meanwhile. */
u32 hn_selftest_buckets(const struct hn_table *t);

/* The parts; may sleep. The instance is empty, and is left so. */
void hn_table_selftest(u32 rounds, bool lie);
void hn_prefixes_selftest(void);
void hn_pool4_selftest(struct hn_instance *inst);
void hn_block_selftest(struct hn_instance *inst);
void hn_bib_selftest(struct hn_instance *inst);
void hn_expire_selftest(struct hn_instance *inst);
void hn_session_selftest(struct hn_instance *inst);
void hn_delta_selftest(struct hn_instance *inst);
void hn_digest_selftest(struct hn_instance *inst);
void hn_scope_selftest(struct hn_instance *inst);
void hn_inside_selftest(struct hn_instance *inst);
void hn_conflict_selftest(struct hn_instance *inst);
void hn_census_selftest(struct hn_instance *inst);
void hn_log_selftest(struct hn_instance *inst);
void hn_globals_selftest(struct hn_instance *inst);

/*
 * A session for the parts, of a flow by number; of UDP if not said. NULL: it got none. RCU,
 * BH off.
 */
struct hn_session *hn_selftest_flow(struct hn_instance *inst, u32 number, u32 lifetime, u8 proto,
				    u8 state);
struct hn_session *hn_selftest_session(struct hn_instance *inst, u32 number, u32 lifetime);

#else

static inline int hn_selftest(void)
{
	return 0;
}

#endif
#endif
