// SPDX-License-Identifier: GPL-2.0
/* report/live.c: what a run says while it goes on, and how it fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/grid.h"
#include "fixture.h"
#include "report/live.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

struct shown {
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_live live;
};

static void load(struct shown *x, const char *name, double until_ci_pct)
{
	fixture_load(name, &x->run);
	x->run.manifest.until_ci_pct = until_ci_pct;
	assert_int_equal(fpb_summary_of_run(&x->s, &x->run,
					    FPB_MARGIN_DEFAULT), 0);
	x->live = (struct fpb_live){
		.round = 20, .rounds = 38, .done = 1234, .total = 2432,
		.eta_s = 581, .now = "all kernels: cpu fuse 4 jobs",
		.so_far = &x->s,
	};
}

static void unload(struct shown *x)
{
	fpb_summary_free(&x->s);
	fpb_rundata_free(&x->run);
}

/* All lines, for free(). */
static char *live_text(const struct fpb_live *l, size_t width, size_t rows)
{
	char *round = fpb_live_round(l, width);
	char *found = fpb_live_found(l, width, rows - 1), *text;

	assert_non_null(round);
	assert_non_null(found);
	assert_true(asprintf(&text, "%s%s", round, found) > 0);
	free(found);
	free(round);
	return text;
}

static void assert_live(const struct shown *x, size_t width, size_t rows,
			const char *want)
{
	char *text = live_text(&x->live, width, rows);

	assert_string_equal(text, want);
	free(text);
}

static const struct {
	size_t width;
	const char *text;
} widths[] = {
	{ 200, "round 20/38, ETA 9:41, 1234/2432 samples, all kernels: cpu fuse 4 jobs\n"
	  "cpu, patched/baseline over 1 to 8 jobs:    so far 1.18 [1.14, 1.22], 19 of 38 rounds\n"
	  "device, patched/baseline over 1 to 8 jobs: so far 3.37 [3.32, 3.41], 19 of 38 rounds\n"
	  "Load: other work kept 0.5 of 2 CPUs busy (0.2 to 0.9 by round); 2 of 19 rounds were repeated.\n" },
	/* One less than the line above needs. */
	{ 83, "round 20/38, ETA 9:41, 1234/2432 samples, all kernels: cpu fuse 4 jobs\n"
	  "cpu, patched/baseline:    so far 1.18 [1.14, 1.22], 19 of 38 rounds\n"
	  "device, patched/baseline: so far 3.37 [3.32, 3.41], 19 of 38 rounds\n"
	  "Load: other work kept 0.5 of 2 CPUs busy (0.2 to 0.9 by round); 2 of 19 rounds were\n"
	  "  repeated.\n" },
	{ 80, "round 20/38, ETA 9:41, 1234/2432 samples, all kernels: cpu fuse 4 jobs\n"
	  "cpu, patched/baseline:    so far 1.18 [1.14, 1.22], 19 of 38 rounds\n"
	  "device, patched/baseline: so far 3.37 [3.32, 3.41], 19 of 38 rounds\n"
	  "Load: other work kept 0.5 of 2 CPUs busy (0.2 to 0.9 by round); 2 of 19 rounds\n"
	  "  were repeated.\n" },
	{ 60, "round 20/38, ETA 9:41, 1234/2432 samples, all kernels: cpu..\n"
	  "cpu, patched/baseline:    so far 1.18 [1.14, 1.22], 19/38\n"
	  "device, patched/baseline: so far 3.37 [3.32, 3.41], 19/38\n"
	  "Load: other work kept 0.5 of 2 CPUs busy (0.2 to 0.9 by\n"
	  "  round); 2 of 19 rounds were repeated.\n" },
	{ 40, "round 20/38, ETA 9:41, 1234/2432 sampl..\n"
	  "cpu:    so far 1.18 [1.14, 1.22], 19/38\n"
	  "device: so far 3.37 [3.32, 3.41], 19/38\n"
	  "Load: other work kept 0.5 of 2 CPUs busy\n"
	  "  (0.2 to 0.9 by round); 2 of 19 rounds\n"
	  "  were repeated.\n" },
	{ 37, "round 20/38, ETA 9:41, 1234/2432 sa..\n"
	  "cpu:  so far 1.18 [1.14, 1.22], 19/38\n"
	  "de..: so far 3.37 [3.32, 3.41], 19/38\n"
	  "Load: other work kept 0.5 of 2 CPUs\n"
	  "  busy (0.2 to 0.9 by round); 2 of 19\n"
	  "  rounds were repeated.\n" },
	{ 20, "round 20/38, ETA 9..\n"
	  "so far 1.18 [1.14,..\n"
	  "so far 3.37 [3.32,..\n"
	  "Load: other work\n"
	  "  kept 0.5 of 2 CPUs\n"
	  "  busy (0.2 to 0.9\n"
	  "  by round); 2 of 19\n"
	  "  rounds were\n"
	  "  repeated.\n" },
};

static void numbers_stay_where_names_go(void **state)
{
	struct shown x;

	load(&x, "duet", 0);
	for (size_t i = 0; i < NELEM(widths); i++)
		assert_live(&x, widths[i].width, 100, widths[i].text);
	unload(&x);
}

static void what_finds_no_room_is_counted(void **state)
{
	struct shown x;

	load(&x, "duet", 0);
	assert_live(&x, 40, 5, "round 20/38, ETA 9:41, 1234/2432 sampl..\n"
		    "and 2 more\n"
		    "Load: other work kept 0.5 of 2 CPUs busy\n"
		    "  (0.2 to 0.9 by round); 2 of 19 rounds\n"
		    "  were repeated.\n");
	assert_live(&x, 40, 4, "round 20/38, ETA 9:41, 1234/2432 sampl..\n"
		    "cpu:    so far 1.18 [1.14, 1.22], 19/38\n"
		    "device: so far 3.37 [3.32, 3.41], 19/38\n");
	assert_live(&x, 40, 1, "round 20/38, ETA 9:41, 1234/2432 sampl..\n");
	unload(&x);
}

static void before_there_is_an_interval(void **state)
{
	struct shown x;

	load(&x, "three-rounds", 0);
	x.live.now = NULL;
	assert_live(&x, 200, 3, "round 20/38, ETA 9:41, 1234/2432 samples\n"
		    "device, patched/baseline over 1 to 8 jobs: so far 2.39, 3 of 38 rounds (interval after 9)\n");
	x.live.so_far = NULL;
	assert_live(&x, 200, 3, "round 20/38, ETA 9:41, 1234/2432 samples\n");
	unload(&x);
}

static void a_rule_that_may_end_it(void **state)
{
	struct shown x;
	char *text;

	load(&x, "duet", 2.5);
	x.live.at_most = true;
	text = live_text(&x.live, 200, 100);
	assert_non_null(strstr(text, "ETA at most 9:41,"));
	assert_non_null(strstr(text, "], known to "));
	assert_non_null(strstr(text, " % (goal: 2.5 %), 19 of at most 38 rounds\n"));
	free(text);
	unload(&x);
}

static void three_kernels_are_told_apart(void **state)
{
	struct shown x;
	char *text;

	load(&x, "three-kernels", 0);
	text = live_text(&x.live, 40, 100);
	assert_non_null(strstr(text, "\ndevice, patched/bas..: so far 2.44, 6/38\n"
				     "device, other/basel..: so far 2.64, 6/38\n"));
	free(text);
	text = live_text(&x.live, 60, 100);
	assert_non_null(strstr(text, "\ndevice, other/baseline:   so far 2.64, "));
	free(text);
	unload(&x);
}

/* Whatever the run, the width and the height. */
static void assert_fits(const struct shown *x, size_t width, size_t rows)
{
	char *text = live_text(&x->live, width, rows), *line, *save;
	size_t n = 0;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		/* A word of the load stays whole. */
		if (width >= 12 && fpb_text_width(line) > width)
			fail_msg("\"%s\" is wider than %zu", line, width);
		n++;
	}
	assert_in_range(n, 1, rows);
	free(text);
}

static const char * const runs[] = {
	"two-kernels-two-regimes", "one-kernel", "three-kernels",
	"flawed-cells", "three-rounds", "interrupted", "long-names", "no-raw",
	"duet", "workloads",
};

static void it_fits_any_terminal(void **state)
{
	struct shown x;

	for (size_t i = 0; i < NELEM(runs); i++) {
		load(&x, runs[i], 0);
		for (size_t width = 1; width < 120; width++)
			assert_fits(&x, width, 100);
		for (size_t rows = 1; rows < 20; rows++)
			assert_fits(&x, 79, rows);
		unload(&x);
	}
}

static void nothing_is_claimed(void **state)
{
	static const char * const claims[] = {
		"faster", "slower", "within", "resolved", "p =", "DIFFER",
	};
	struct shown x;
	char *text;

	for (size_t i = 0; i < NELEM(runs); i++) {
		load(&x, runs[i], 0);
		text = live_text(&x.live, 200, 100);
		for (size_t k = 0; k < NELEM(claims); k++)
			assert_null(strstr(text, claims[k]));
		free(text);
		unload(&x);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_stay_where_names_go),
		cmocka_unit_test(what_finds_no_room_is_counted),
		cmocka_unit_test(before_there_is_an_interval),
		cmocka_unit_test(a_rule_that_may_end_it),
		cmocka_unit_test(three_kernels_are_told_apart),
		cmocka_unit_test(it_fits_any_terminal),
		cmocka_unit_test(nothing_is_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
