/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The marker instruction: a nopl with a displacement that no compiler would
 * choose. It does nothing on a processor; the plugin recognises it.
 */
#ifndef HANAT_BENCH_MARKER_H
#define HANAT_BENCH_MARKER_H

#define MARKER_OPCODE "\x0f\x1f\x80"
#define MARKER_SIZE 7
#define MARKER_BEGIN 0x68616e01
#define MARKER_END 0x68616e02

#define MARK(number) asm volatile(".byte 0x0f, 0x1f, 0x80; .long %c0" : : "i"(number) : "memory")

#endif
