/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HANAT_COMPAT_NET_GSO_H
#define HANAT_COMPAT_NET_GSO_H

#include <linux/skbuff.h>

#endif
