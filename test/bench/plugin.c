// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plugin for QEMU's emulator: counts the guest's instructions.
 *
 * The guest opens and closes a window by executing marker instructions
 * (marker.h). What ran in it is appended to the file given as out=: "window",
 * the totals of user space and of kernel addresses that are neither the
 * kernel's text nor a module's, then, per 16 bytes of text that ran, the
 * address and the number of instructions:
 *
 *	window 1
 *	user 1234
 *	other 56
 *	ffffffff81234560 789
 *
 * Counters are inline additions, no calls: the guest is slowed down by half. They
 * are not atomic: for one virtual processor. Debian's QEMU comes without the
 * header of the plugin interface, hence the declarations.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marker.h"

#define EXPORT __attribute__((visibility("default")))

/* What is used of version 1 of the interface. */
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_CB_NO_REGS };
enum { QEMU_PLUGIN_INLINE_ADD_U64 };
typedef void (*tb_trans_cb)(uint64_t id, struct qemu_plugin_tb *tb);
typedef void (*exec_cb)(unsigned int vcpu, void *data);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, tb_trans_cb cb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *counter,
					      uint64_t add);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, exec_cb cb, int flags,
					    void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

/* x86-64 without address space randomisation. */
#define USER_END	0x0000800000000000
#define KERNEL_START	0xffffffff81000000
#define MODULES_START	0xffffffffc0000000
#define BUCKET		16
#define BUCKETS		(64 * 1024 * 1024 / BUCKET)

static uint64_t user, other;
static uint64_t kernel[BUCKETS], modules[BUCKETS];
static unsigned int window;
static bool open_window;
static FILE *out;

static uint64_t *counter_of(uint64_t addr)
{
	if (addr < USER_END)
		return &user;
	if (addr - KERNEL_START < sizeof(kernel) / 8 * BUCKET)
		return &kernel[(addr - KERNEL_START) / BUCKET];
	if (addr - MODULES_START < sizeof(modules) / 8 * BUCKET)
		return &modules[(addr - MODULES_START) / BUCKET];
	return &other;
}

static void write_histogram(const uint64_t *counters, uint64_t start)
{
	for (size_t i = 0; i < BUCKETS; i++)
		if (counters[i])
			fprintf(out, "%llx %llu\n", (unsigned long long)(start + i * BUCKET),
				(unsigned long long)counters[i]);
}

static void begin_window(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	user = 0;
	other = 0;
	memset(kernel, 0, sizeof(kernel));
	memset(modules, 0, sizeof(modules));
	open_window = true;
}

static void end_window(unsigned int vcpu, void *data)
{
	(void)vcpu;
	(void)data;
	if (!open_window)
		return;
	open_window = false;
	fprintf(out, "window %u\nuser %llu\nother %llu\n", ++window, (unsigned long long)user,
		(unsigned long long)other);
	write_histogram(kernel, KERNEL_START);
	write_histogram(modules, MODULES_START);
	fflush(out);
}

static void watch_marker(struct qemu_plugin_insn *insn)
{
	const uint8_t *code = qemu_plugin_insn_data(insn);
	uint32_t number;

	if (qemu_plugin_insn_size(insn) != MARKER_SIZE ||
	    memcmp(code, MARKER_OPCODE, MARKER_SIZE - 4))
		return;
	memcpy(&number, code + MARKER_SIZE - 4, 4);
	if (number == MARKER_BEGIN)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, begin_window,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
	else if (number == MARKER_END)
		qemu_plugin_register_vcpu_insn_exec_cb(insn, end_window,
						       QEMU_PLUGIN_CB_NO_REGS, NULL);
}

/* A block of the guest's code is translated: one addition per counter it touches. */
static void translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), run = 0;
	uint64_t *current = NULL;

	(void)id;
	for (size_t i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t *counter = counter_of(qemu_plugin_insn_vaddr(insn));

		watch_marker(insn);
		if (counter != current && current) {
			qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
								 current, run);
			run = 0;
		}
		current = counter;
		run++;
	}
	if (current)
		qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64, current,
							 run);
}

EXPORT int qemu_plugin_version = 1;

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++)
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "w");
	if (!out) {
		fprintf(stderr, "plugin: out=FILE is missing or can't be written\n");
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
