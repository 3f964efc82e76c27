// SPDX-License-Identifier: GPL-2.0
/* core/turns.c: sessions in turns, over boots that may fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/turns.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const char two[] =
	"[turns]\nsessions = 2\nfailures = 2\n"
	"[kernel A]\nrelease = 1-a\nboot = grub-reboot a && reboot\n"
	"[kernel B]\nrelease = 1-b\nboot = grub-reboot b && reboot\n";

static void read_two(struct fpb_turns *t)
{
	char why[FPB_REASON_MAX];

	if (fpb_turns_parse(t, two, why))
		fail_msg("%s", why);
}

static void a_file_is_read(void **state)
{
	struct fpb_turns t;

	read_two(&t);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.sessions, 2);
	assert_string_equal(t.kernels[1].name, "B");
	assert_string_equal(t.kernels[1].release, "1-b");
	assert_string_equal(t.kernels[1].boot, "grub-reboot b && reboot");
	assert_int_equal(fpb_turns_find(&t, "1-b"), 1);
	assert_int_equal(fpb_turns_find(&t, "1-c"), FPB_TURNS_NONE);
}

static const struct {
	const char *text, *why;
} wrong[] = {
	{ "[turns]\nsession = 2\n", "line 2: session: unknown" },
	{ "[turns]\nsessions = 0\n", "line 2: sessions: must be a number from 1" },
	{ "[turn]\nsessions = 1\n", "line 2: turn: must be [turns]" },
	{ "[kernel A]\nboot =\n", "line 2: boot: must not be empty" },
	{ "[kernel A/B]\nboot = x\n", "line 2: A/B: is one kernel too many" },
	{ "[turns]\nsessions 2\n", "line 2: neither a section" },
	{ "[kernel A]\nrelease = 1\n[kernel B]\nrelease = 2\nboot = x\n",
	  "kernel A has no boot" },
	{ "[kernel A]\nrelease = 1\nboot = x\n", "needs two sections" },
	{ "[kernel A]\nrelease = 1\nboot = x\n"
	  "[kernel B]\nrelease = 1\nboot = y\n", "the release 1 of another" },
};

static void mistakes_are_named(void **state)
{
	struct fpb_turns t;
	char why[FPB_REASON_MAX];

	for (size_t i = 0; i < NELEM(wrong); i++) {
		assert_int_not_equal(fpb_turns_parse(&t, wrong[i].text, why), 0);
		if (!strstr(why, wrong[i].why))
			fail_msg("\"%s\" does not say \"%s\"", why,
				 wrong[i].why);
	}
}

/* One word of a story is a line of the log: "boot A", "end A 4". */
static void take(struct fpb_turns *t, const char *event, size_t k, int status)
{
	json_t *o = json_pack("{ss ss si}", "event", event, "kernel",
			      t->kernels[k].name, "status", status);

	assert_int_equal(fpb_turns_take(t, o), 0);
	json_decref(o);
}



/*
 * Goes on as the machine would, each time with the log read anew, until it is
 * over. @fates: of each boot, WELL where they end. Writes who measured.
 */
static enum fpb_turns_do play(const char *fates, char *order, size_t *at)
{
	struct { const char *event; size_t k; int status; } log[200];
	size_t n = 0, boots = 0;
	int running = FPB_TURNS_NONE;

	for (;;) {
		struct fpb_turns t;
		enum fpb_turns_do what;

		read_two(&t);
		for (size_t i = 0; i < n; i++)
			take(&t, log[i].event, log[i].k, log[i].status);
		what = fpb_turns_next(&t, running, at);
		assert_true(n < 190);
		if (what == FPB_TURNS_BOOT) {
			const char fate = *fates ? *fates : '.';

			log[n].event = "boot";
			log[n++].k = *at;
			boots++;
			/* ".": it comes up; "x": the default kernel does. */
			running = fate == 'x' ? FPB_TURNS_NONE : (int)*at;
		} else if (what == FPB_TURNS_MEASURE) {
			const char fate = *fates ? *fates++ : '.';

			assert_int_equal(*at, running);
			log[n].event = "start";
			log[n++].k = *at;
			/* "c": it crashes, and comes up again. */
			if (fate == 'c')
				continue;
			log[n].event = "end";
			log[n].k = *at;
			log[n++].status = fate == 'f' ? 4 : 0;
			if (fate != 'f')
				*order++ = "AB"[*at];
			*order = '\0';
			continue;
		} else {
			*order = '\0';
			return what;
		}
		if (running == FPB_TURNS_NONE)
			fates++;
	}
}

static const struct {
	const char *name, *fates, *order;
	enum fpb_turns_do end;
	size_t kernel;
} stories[] = {
	{ "nothing goes wrong", "", "ABBA", FPB_TURNS_DONE, 0 },
	{ "another kernel comes up once", ".x", "ABBA", FPB_TURNS_DONE, 0 },
	{ "a kernel never comes up", "xx", "", FPB_TURNS_GIVE_UP, 0 },
	{ "a kernel crashes once while it is measured", ".c", "ABBA",
	  FPB_TURNS_DONE, 0 },
	{ "and each time", ".cc", "A", FPB_TURNS_GIVE_UP, 1 },
	{ "a session fails", "f", "ABBA", FPB_TURNS_DONE, 0 },
	{ "and another", "..ff", "AB", FPB_TURNS_GIVE_UP, 1 },
	{ "failures of both", "xf.", "", FPB_TURNS_GIVE_UP, 0 },
};

static void it_ends_whatever_becomes_of_a_boot(void **state)
{
	char order[200];
	size_t at;

	for (size_t i = 0; i < NELEM(stories); i++) {
		enum fpb_turns_do end = play(stories[i].fates, order, &at);

		if (end != stories[i].end || strcmp(order, stories[i].order) ||
		    (end == FPB_TURNS_GIVE_UP && at != stories[i].kernel))
			fail_msg("%s: \"%s\", %d", stories[i].name, order, end);
	}
}

/* A log that was written by hand, or for other kernels. */
static void lines_that_make_no_sense_are_refused(void **state)
{
	static const char *const lines[] = {
		"{}", "{\"event\": \"boot\"}",
		"{\"event\": \"boot\", \"kernel\": \"C\"}",
		"{\"event\": \"stop\", \"kernel\": \"A\"}",
		"{\"event\": \"end\", \"kernel\": \"A\", \"status\": 0}",
	};
	struct fpb_turns t;

	for (size_t i = 0; i < NELEM(lines); i++) {
		json_t *o = json_loads(lines[i], 0, NULL);

		read_two(&t);
		assert_int_not_equal(fpb_turns_take(&t, o), 0);
		json_decref(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_read),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(it_ends_whatever_becomes_of_a_boot),
		cmocka_unit_test(lines_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
