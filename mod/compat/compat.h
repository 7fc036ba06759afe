/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module is written for the newest kernel it is tested with; here is what
 * older ones have instead. Kbuild looks for each HN_HAS_* in the headers that
 * the module is built against; <net/gso.h> of this directory is used where they
 * have none.
 */
#ifndef HANAT_COMPAT_H
#define HANAT_COMPAT_H

#include <linux/prandom.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#ifndef HN_HAS_RANDOM_BELOW
#define get_random_u32_below prandom_u32_max
#endif

#ifndef HN_HAS_GENL_INFO_DUMP
/* Has the members attrs and family as well. */
#define genl_info_dump genl_dumpit_info
#endif

#ifndef HN_HAS_DFL_WQ
#define system_dfl_wq system_unbound_wq
#endif

#ifndef HN_HAS_GSO_ACCECN
/* Aggregates of AccECN flows are not told from those of others. */
#define SKB_GSO_TCP_ACCECN 0
#endif

#endif
