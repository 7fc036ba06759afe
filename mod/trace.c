// SPDX-License-Identifier: GPL-2.0-only
#include "instance.h"

static const char *const stat_names[HN_STAT_COUNT] = {
#define STAT_NAME(id, name, help)	\
	[HN_STAT_##id] = (name),
	HN_STATS(STAT_NAME)
#undef STAT_NAME
};

const char *hn_stat_name(enum hn_stat stat)
{
	return stat_names[stat];
}

#define CREATE_TRACE_POINTS
#include "trace.h"
