// SPDX-License-Identifier: GPL-2.0
/* run/progress.c: how long a run will take, by clocks that are made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "run/progress.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* All began at 5 s and are asked at 105 s. */
static const struct {
	const char *name;
	struct fpb_progress p;
	unsigned int eta;
} cases[] = {
	{ "as the plan says, until there are samples",
	  { .total = 100, .done = 3, .planned_ms = 200000 }, 194 },
	/* 20 of 100 samples in each boot; the current one is the first of them. */
	{ "boots take as long as the first so far",
	  { .total = 100, .planned_ms = 200000, .per_boot = 20,
	    .booting_ms = 75000 }, 200 + 4 * 30 },
	{ "or did",
	  { .total = 100, .done = 3, .planned_ms = 200000, .per_boot = 20,
	    .boots = 1, .boots_ms = 20000 }, 194 + 4 * 20 },
	{ "the rest without boots, and the boots",
	  { .total = 100, .done = 40, .per_boot = 20, .boots = 2,
	    .boots_ms = 20000 }, 80 * 60 / 40 + 2 * 10 },
	{ "the last one is up", { .total = 100, .done = 81, .at_start = 80,
	  .planned_ms = 200000, .per_boot = 20, .boots = 1,
	  .boots_ms = 20000 }, 38 },
	{ "as before", { .total = 50, .done = 10 }, 400 },
	{ "only what was measured since the run was resumed",
	  { .total = 50, .done = 40, .at_start = 30 }, 100 },
	{ "repeated rounds do not make the others longer",
	  { .total = 50, .done = 10, .repeated_ms = 60000 }, 160 },
	{ "not beyond the limit",
	  { .total = 50, .done = 10, .max_ms = 300000 }, 200 },
	{ "repeated rounds leave less of the limit",
	  { .total = 50, .done = 10, .repeated_ms = 60000,
	    .max_ms = 150000 }, 50 },
	{ "no time is left",
	  { .total = 50, .done = 10, .max_ms = 90000 }, 0 },
	{ "the end", { .total = 10, .done = 10 }, 0 },
};

static void the_rest_takes_as_long_as_what_counted(void **state)
{
	for (size_t i = 0; i < NELEM(cases); i++) {
		struct fpb_progress p = cases[i].p;

		print_message("# %s\n", cases[i].name);
		p.started_ms = 5000;
		assert_int_equal(fpb_progress_eta(&p, 105000), cases[i].eta);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rest_takes_as_long_as_what_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
