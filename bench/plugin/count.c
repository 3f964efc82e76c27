// SPDX-License-Identifier: GPL-2.0
/*
 * A plugin of QEMU's TCG: how often the guest executed each instruction of its
 * kernel between two marks (engines/mark.h). Argument out=FILE, which gets, for
 * each pair of marks, a line "begin", a line "ADDRESS COUNT" (hexadecimal,
 * decimal) for each instruction, and a line "end".
 *
 * It is loaded into QEMU and uses nothing of fpbench. QEMU's packages have no
 * header of the interface: what is needed of it is declared here, as
 * docs/devel/tcg-plugins.rst of QEMU describes it, version 1 (QEMU 4.2 to 8.1).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mark.h"

/* --- QEMU's ------------------------------------------------------------------ */

struct qemu_plugin_tb;
struct qemu_plugin_insn;

enum { ADD_U64 };			/* enum qemu_plugin_op */
enum { NO_REGISTERS };			/* enum qemu_plugin_cb_flags */

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id,
		void (*cb)(uint64_t id, struct qemu_plugin_tb *tb));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *insn,
		int op, void *ptr, uint64_t imm);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
		void (*cb)(unsigned int cpu, void *user), int flags,
		void *user);

/* What it looks for in us. */
#define EXPORT	__attribute__((visibility("default")))
extern EXPORT int qemu_plugin_version;
int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc,
			       char **argv);

/* --- counters ---------------------------------------------------------------- */

/* The kernel's text and its modules' are in the last two GiB of addresses. */
#define BASE		0xffffffff80000000ull
#define PAGE_BITS	12
#define PAGE		(1u << PAGE_BITS)
#define NPAGES		(1u << (31 - PAGE_BITS))

/* One for each byte of a page that has instructions; on one CPU, so no lock. */
static uint64_t *pages[NPAGES];
static FILE *out;

static uint64_t *counter(uint64_t address)
{
	const uint64_t at = address - BASE;
	uint64_t **page = &pages[at >> PAGE_BITS];

	if (!*page)
		*page = calloc(PAGE, sizeof(**page));
	if (!*page) {
		fputs("count plugin: not enough memory\n", stderr);
		exit(1);
	}
	return *page + at % PAGE;
}

static void begin(unsigned int cpu, void *user)
{
	for (unsigned int i = 0; i < NPAGES; i++)
		if (pages[i])
			memset(pages[i], 0, PAGE * sizeof(*pages[i]));
	fputs("begin\n", out);
	fflush(out);
}

static void end(unsigned int cpu, void *user)
{
	for (unsigned int i = 0; i < NPAGES; i++)
		for (unsigned int k = 0; pages[i] && k < PAGE; k++)
			if (pages[i][k])
				fprintf(out, "%llx %llu\n", BASE + i * PAGE + k,
					(unsigned long long)pages[i][k]);
	fputs("end\n", out);
	fflush(out);
}

/* --- translation ------------------------------------------------------------- */

static bool is_mark(const struct qemu_plugin_insn *insn, uint32_t offset)
{
	const char *data = qemu_plugin_insn_data(insn);

	return qemu_plugin_insn_size(insn) == 8 &&
	       !memcmp(data, FPB_MARK_CODE, 4) &&
	       !memcmp(data + 4, &offset, sizeof(offset));
}

/* A string instruction with a prefix that repeats it. */
static bool repeats(const struct qemu_plugin_insn *insn)
{
	const uint8_t *data = qemu_plugin_insn_data(insn);
	const size_t size = qemu_plugin_insn_size(insn);
	const uint8_t op = data[size - 1];

	return (data[0] == 0xf2 || data[0] == 0xf3) && size <= 3 &&
	       ((op >= 0xa4 && op <= 0xa7) || (op >= 0xaa && op <= 0xaf));
}

static void translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const uint64_t address = qemu_plugin_insn_vaddr(insn);

		if (is_mark(insn, FPB_MARK_BEGIN))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, begin,
							NO_REGISTERS, NULL);
		else if (is_mark(insn, FPB_MARK_END))
			qemu_plugin_register_vcpu_insn_exec_cb(insn, end,
							NO_REGISTERS, NULL);
		/*
		 * QEMU executes it once for each repetition: again as the
		 * first of a block, while processors count one instruction.
		 */
		else if (address >= BASE && !(i == 0 && repeats(insn)))
			qemu_plugin_register_vcpu_insn_exec_inline(insn,
						ADD_U64, counter(address), 1);
	}
}

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out = fopen(argv[i] + 4, "we");
		/* To see whether a QEMU takes us. */
		if (!strncmp(argv[i], "probe=", 6))
			exit(0);
	}
	if (!out) {
		fprintf(stderr, "count plugin: out=FILE: %s\n",
			strerror(errno));
		return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
	return 0;
}
