// SPDX-License-Identifier: GPL-2.0
/*
 * core/console.c. The consoles of the clean run and of the panic are recorded
 * (some boot messages taken out); the others are written after what the
 * kernel's source prints.
 */
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
	  "Oops: Oops: 0000 [#1] SMP NOPTI" },
	{ "a hung task is named", "console-hung-task.log", "hung task",
	  "INFO: task fio:212 blocked for more than 120 seconds." },
	{ "a lock order is more than a warning", "console-lockdep.log",
	  "lockdep",
	  "WARNING: possible circular locking dependency detected" },
};

static void recorded_consoles_are_classified(void **state)
{
	char line[160];

	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
		char *text = fixture_text(recorded[i].file);
		const char *kind;

		print_message("# %s\n", recorded[i].name);
		assert_true(*text);
		kind = fpb_console_splat(text, line, sizeof(line));
		if (recorded[i].kind) {
			assert_non_null(kind);
			assert_string_equal(kind, recorded[i].kind);
			assert_string_equal(line, recorded[i].line);
		} else {
			assert_null(kind);
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
	{ "of two alike the first counts",
	  "[1.0] WARNING: one\n[2.0] WARNING: two\n",
	  "warning", "WARNING: one" },
	{ "a line without a time stamp", "Kernel panic - not syncing: z\n",
	  "panic", "Kernel panic - not syncing: z" },
	{ "a text that follows its time stamp at once",
	  "[1.0]Kernel panic - x\n", "panic", "[1.0]Kernel panic - x" },
	{ "brackets that are no time stamp",
	  "[1.0] ok\n[ BUG: Invalid wait context ]\n",
	  "bug", "[ BUG: Invalid wait context ]" },
	{ "the last line, cut off by the guest's end",
	  "[1.0] ok\n[2.0] Kernel panic - not syn",
	  "panic", "Kernel panic - not syn" },
	{ "a console that ends lines with CR LF",
	  "[1.0] ok\r\n[2.0] Kernel panic - x\r\n[3.0] more\r\n",
	  "panic", "Kernel panic - x" },
	{ "panic as a parameter is none",
	  "[0.0] Kernel command line: ro panic=-1 oops=panic\n", NULL, NULL },
	{ "an INFO that is none of these",
	  "[0.0] INFO: lockdep is turned off.\n", NULL, NULL },
	{ "nothing at all", "", NULL, NULL },
};

static void single_lines_are_classified(void **state)
{
	char line[160];

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *kind = fpb_console_splat(lines[i].text, line,
						     sizeof(line));

		print_message("# %s\n", lines[i].name);
		if (lines[i].kind) {
			assert_non_null(kind);
			assert_string_equal(kind, lines[i].kind);
			assert_string_equal(line, lines[i].line);
		} else {
			assert_null(kind);
		}
	}
}

static void a_long_line_is_cut_to_the_room(void **state)
{
	char line[8];

	assert_string_equal(fpb_console_splat("[1.0] Kernel panic - x\n",
					      line, sizeof(line)), "panic");
	assert_string_equal(line, "Kernel ");
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
		cmocka_unit_test(a_long_line_is_cut_to_the_room),
		cmocka_unit_test(tails_start_where_a_line_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
