// SPDX-License-Identifier: GPL-2.0
/*
 * core/console.c. The consoles of the clean run and of the panic are recorded
 * (some boot messages taken out); the others are written after what the
 * kernel's source prints.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/console.h"
#include "fixture.h"

static const struct {
	const char *name;
	const char *file;
	const char *kind;	/* NULL: nothing found */
	const char *line;
} recorded[] = {
	{ "a run that went well has no splat", "console-clean-run.log",
	  NULL, NULL },
	{ "a panic is found behind the boot", "console-panic-mid-run.log",
	  "panic",
	  "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000300" },
	{ "an oops explains the panic that follows",
	  "console-oops-then-panic.log", "oops",
	  "BUG: kernel NULL pointer dereference, address: 0000000000000018" },
	{ "a hung task is named", "console-hung-task.log", "hung task",
	  "INFO: task fio:212 blocked for more than 120 seconds." },
	{ "a lock order is more than a warning", "console-lockdep.log",
	  "lockdep",
	  "WARNING: possible circular locking dependency detected" },
	{ "what KASAN saw explains the oops", "console-kasan.log", "KASAN",
	  "BUG: KASAN: slab-use-after-free in fuse_passthrough_end_write+0x5e/0x90" },
	{ "a data race", "console-kcsan.log", "KCSAN",
	  "BUG: KCSAN: data-race in fuse_change_attributes_common / fuse_passthrough_end_write" },
	{ "what UBSAN saw", "console-ubsan.log", "UBSAN",
	  "UBSAN: shift-out-of-bounds in fs/fuse/passthrough.c:88:14" },
	{ "a stalled CPU is named", "console-rcu-stall.log", "stall",
	  "rcu: INFO: rcu_preempt self-detected stall on CPU" },
	{ "a locked up CPU is more than its stall", "console-soft-lockup.log",
	  "lockup", "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [fio:212]" },
};

static void assert_splat(const struct fpb_splat *s, const char *kind,
			 const char *line)
{
	assert_string_equal(s->kind, kind);
	assert_int_equal(s->line_len, strlen(line));
	assert_memory_equal(s->line, line, s->line_len);
	/* What tells is in what is shown. */
	assert_true(s->report <= s->line &&
		    s->line + s->line_len <= s->report + s->report_len);
}

static void recorded_consoles_are_classified(void **state)
{
	struct fpb_splat s;

	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		char *text = fixture_text(recorded[i].file);
		int ret;

		print_message("# %s\n", recorded[i].name);
		assert_true(*text);
		ret = fpb_console_splat(text, &s);
		if (recorded[i].kind) {
			assert_int_equal(ret, 0);
			assert_splat(&s, recorded[i].kind, recorded[i].line);
		} else {
			assert_int_equal(ret, -ENOENT);
		}
		free(text);
	}
}

static const struct {
	const char *name;
	const char *text;
	const char *kind;
	const char *line;
} lines[] = {
	{ "a failed assertion", "[    1.0] kernel BUG at fs/fuse/dev.c:1!\n",
	  "bug", "kernel BUG at fs/fuse/dev.c:1!" },
	{ "a sleep where none is allowed",
	  "[    1.0] BUG: sleeping function called from invalid context\n",
	  "bug", "BUG: sleeping function called from invalid context" },
	{ "a warning of the kernel's",
	  "[    1.0] WARNING: fs/fuse/file.c:9 at f+0x1/0x2, CPU#0: fio/9\n",
	  "warning", "WARNING: fs/fuse/file.c:9 at f+0x1/0x2, CPU#0: fio/9" },
	{ "a stalled CPU",
	  "[   30.0] rcu: INFO: rcu_sched self-detected stall on CPU\n",
	  "stall", "rcu: INFO: rcu_sched self-detected stall on CPU" },
	{ "a panic outweighs the warning before it",
	  "[1.0] WARNING: x\n[2.0] Kernel panic - not syncing: y\n",
	  "panic", "Kernel panic - not syncing: y" },
	{ "a failed assertion outweighs its oops",
	  "[1.0] kernel BUG at fs/fuse/file.c:3!\n"
	  "[1.0] Oops: invalid opcode: 0000 [#1] SMP\n",
	  "bug", "kernel BUG at fs/fuse/file.c:3!" },
	{ "an oops of another architecture",
	  "[1.0] Internal error: synchronous external abort [#1] SMP\n",
	  "oops", "Internal error: synchronous external abort [#1] SMP" },
	{ "a fault without the word oops",
	  "[1.0] general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP\n",
	  "oops", "general protection fault, probably for non-canonical address 0xdead: 0000 [#1] SMP" },
	{ "of two alike the first counts",
	  "[1.0] WARNING: one\n[2.0] WARNING: two\n",
	  "warning", "WARNING: one" },
	{ "a line without a time stamp", "Kernel panic - not syncing: z\n",
	  "panic", "Kernel panic - not syncing: z" },
	{ "a text that follows its time stamp at once",
	  "[1.0]Kernel panic - x\n", "panic", "Kernel panic - x" },
	{ "a time stamp and the thread that spoke",
	  "[    1.0][   T12] Kernel panic - x\n", "panic",
	  "Kernel panic - x" },
	{ "a time stamp and the CPU that spoke",
	  "[    1.0][    C0] watchdog: BUG: soft lockup - CPU#0\n", "lockup",
	  "watchdog: BUG: soft lockup - CPU#0" },
	{ "behind what a program left on the line",
	  "half a line[    1.0] Kernel panic - x\n", "panic",
	  "Kernel panic - x" },
	{ "the same with the thread that spoke",
	  "half a line[    1.0][    T1] Kernel panic - x\n", "panic",
	  "Kernel panic - x" },
	{ "brackets that are no time stamp",
	  "[1.0] ok\n[ BUG: Invalid wait context ]\n",
	  "lockdep", "[ BUG: Invalid wait context ]" },
	{ "RCU used without its lock",
	  "[1.0] WARNING: suspicious RCU usage\n", "lockdep",
	  "WARNING: suspicious RCU usage" },
	{ "a lock that is not safe in interrupts",
	  "[1.0] WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected\n",
	  "lockdep",
	  "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected" },
	{ "a lock that was not held",
	  "[1.0] WARNING: bad unlock balance detected!\n", "lockdep",
	  "WARNING: bad unlock balance detected!" },
	{ "memory that was lost",
	  "[1.0] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)\n",
	  "leak",
	  "kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)" },
	{ "the last line, cut off by the guest's end",
	  "[1.0] ok\n[2.0] Kernel panic - not syn",
	  "panic", "Kernel panic - not syn" },
	{ "a console that ends lines with CR LF",
	  "[1.0] ok\r\n[2.0] Kernel panic - x\r\n[3.0] more\r\n",
	  "panic", "Kernel panic - x" },
	{ "a warning that is advice on a CPU",
	  "[0.0] Spectre V2 : WARNING: Unprivileged eBPF is enabled\n",
	  NULL, NULL },
	{ "a bug of the firmware's",
	  "[0.0] [Firmware Bug]: TSC ADJUST differs\n", NULL, NULL },
	{ "a sanitizer that says it is there",
	  "[0.0] kasan: KernelAddressSanitizer initialized\n"
	  "[0.0] kcsan: enabled early\n"
	  "[0.0] kmemleak: Kernel memory leak detector initialized\n",
	  NULL, NULL },
	{ "a rule that is nobody's report",
	  "[0.0] ===== hello =====\n[0.0] rcu: Hierarchical RCU\n",
	  NULL, NULL },
	{ "panic as a parameter is none",
	  "[0.0] Kernel command line: ro panic=-1 oops=panic\n", NULL, NULL },
	{ "an INFO that is none of these",
	  "[0.0] INFO: lockdep is turned off.\n", NULL, NULL },
	{ "nothing at all", "", NULL, NULL },
};

static void single_lines_are_classified(void **state)
{
	struct fpb_splat s;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		int ret = fpb_console_splat(lines[i].text, &s);

		print_message("# %s\n", lines[i].name);
		if (lines[i].kind) {
			assert_int_equal(ret, 0);
			assert_splat(&s, lines[i].kind, lines[i].line);
		} else {
			assert_int_equal(ret, -ENOENT);
		}
	}
}

static const struct {
	const char *name, *text, *report;
} reports[] = {
	{ "from the rule above to the end of the trace",
	  "[1.0] ok\n[2.0] ------------[ cut here ]------------\n"
	  "[2.0] WARNING: x\n[2.0] Call Trace:\n"
	  "[2.0] ---[ end trace 0000000000000000 ]---\n[3.0] ok\n",
	  "[2.0] ------------[ cut here ]------------\n"
	  "[2.0] WARNING: x\n[2.0] Call Trace:\n"
	  "[2.0] ---[ end trace 0000000000000000 ]---\n" },
	{ "lockdep's rule",
	  "[1.0] ok\n[2.0] =====================\n[2.0] WARNING: possible x\n",
	  "[2.0] =====================\n[2.0] WARNING: possible x\n" },
	{ "no rule above", "[1.0] ok\n[2.0] WARNING: x\n",
	  "[2.0] WARNING: x\n" },
	{ "nothing above, no final newline", "WARNING: x", "WARNING: x" },
	{ "no more than thirty lines",
	  "WARNING: x\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n"
	  "16\n17\n18\n19\n20\n21\n22\n23\n24\n25\n26\n27\n28\n29\n30\n31\n",
	  "WARNING: x\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n"
	  "16\n17\n18\n19\n20\n21\n22\n23\n24\n25\n26\n27\n28\n29\n" },
};

static void reports_are_shown_as_a_whole(void **state)
{
	struct fpb_splat s;

	for (size_t i = 0; i < sizeof(reports) / sizeof(reports[0]); i++) {
		print_message("# %s\n", reports[i].name);
		assert_int_equal(fpb_console_splat(reports[i].text, &s), 0);
		assert_int_equal(s.report_len, strlen(reports[i].report));
		assert_memory_equal(s.report, reports[i].report,
				    s.report_len);
	}
}

static const struct {
	const char *name;
	const char *text;
	unsigned int n;
	const char *want;
} tails[] = {
	{ "an empty text has an empty tail", "", 3, "" },
	{ "the last line", "a\nb\nc\n", 1, "c\n" },
	{ "the last two", "a\nb\nc\n", 2, "b\nc\n" },
	{ "as many as there are", "a\nb\nc\n", 3, "a\nb\nc\n" },
	{ "more than there are", "a\nb\nc\n", 9, "a\nb\nc\n" },
	{ "no final newline", "a\nb\nc", 1, "c" },
	{ "no final newline, two lines", "a\nb\nc", 2, "b\nc" },
	{ "one line without a newline", "a", 1, "a" },
	{ "an empty line is a line", "a\n\n", 1, "\n" },
	{ "an empty line between", "a\n\nb\n", 2, "\nb\n" },
	{ "only a newline", "\n", 1, "\n" },
};

static void tails_start_where_a_line_does(void **state)
{
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		print_message("# %s\n", tails[i].name);
		assert_string_equal(fpb_console_tail(tails[i].text,
						     tails[i].n),
				    tails[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_consoles_are_classified),
		cmocka_unit_test(single_lines_are_classified),
		cmocka_unit_test(reports_are_shown_as_a_whole),
		cmocka_unit_test(tails_start_where_a_line_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
