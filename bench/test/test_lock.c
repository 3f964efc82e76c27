// SPDX-License-Identifier: GPL-2.0
/* core/lock.c: what two rates prove, and what they do not. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/lock.h"

#define MSEC	1000000

static const struct {
	const char *name;
	double one, two;
	unsigned int controls;
	enum fpb_lock_state want;
} cases[] = {
	{ "nearly twice the device's rate is shared", 870, 1740, 0,
	  FPB_LOCK_SHARED },
	{ "so it is if one writer was disturbed, or was not", 1740, 1740, 3,
	  FPB_LOCK_SHARED },
	{ "the bound itself proves nothing", 870, 1300, 2, FPB_LOCK_UNKNOWN },
	{ "the rate of one is exclusive", 870, 870, 3, FPB_LOCK_EXCLUSIVE },
	{ "slower together is exclusive", 870, 700, 3, FPB_LOCK_EXCLUSIVE },
	{ "but not where sharing would not be seen", 870, 870, 2,
	  FPB_LOCK_UNKNOWN },
	{ "the bound of exclusive is exclusive", 900, 1170, 3,
	  FPB_LOCK_EXCLUSIVE },
	{ "just above it nothing is claimed", 900, 1171, 3, FPB_LOCK_UNKNOWN },
	{ "nor of slow writers that seem to overlap", 400, 800, 3,
	  FPB_LOCK_UNKNOWN },
	{ "one writer that did nothing proves nothing", 0, 870, 3,
	  FPB_LOCK_UNKNOWN },
	{ "two writers that did nothing prove nothing", 870, 0, 3,
	  FPB_LOCK_UNKNOWN },
	{ "no rate of one proves nothing", NAN, 870, 3, FPB_LOCK_UNKNOWN },
	{ "no rate of two proves nothing", 870, NAN, 3, FPB_LOCK_UNKNOWN },
};

static void a_state_is_claimed_only_on_evidence(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fpb_lock_evidence e = {
			.completion_nsec = MSEC,
			.one_writer_iops = cases[i].one,
			.two_writer_iops = cases[i].two,
		};
		enum fpb_lock_state got = fpb_lock_state(&e,
							 cases[i].controls);

		if (got != cases[i].want)
			fail_msg("%s: %d, not %d", cases[i].name, got,
				 cases[i].want);
	}
}

static void without_latency_nothing_overlaps(void **state)
{
	assert_false(fpb_lock_overlaps(1e6, 0));
}

/* Ends of @n writes, one in each @gap seconds, out of order. */
static void fill(double *end, size_t n, double gap)
{
	for (size_t i = 0; i < n; i++)
		end[n - 1 - i] = i * gap;
}

static void the_best_rate_is_that_of_the_densest_window(void **state)
{
	double end[200];

	fill(end, 200, 0.001);
	assert_true(fabs(fpb_lock_best_rate(end, 200) - 1000) < 1);
	/* The machine was away for most of the time. */
	fill(end, 200, 0.0005);
	for (size_t i = 0; i < 200; i++)
		end[i] += end[i] > 0.02 ? 3 : 0;
	assert_true(fabs(fpb_lock_best_rate(end, 200) - 2000) < 2);
	/* The last window counts, too. */
	fill(end, 200, 0.001);
	for (size_t i = 0; i < FPB_LOCK_WINDOW; i++)
		end[i] = 0.199 - (FPB_LOCK_WINDOW - i) * 0.0005;
	end[FPB_LOCK_WINDOW] = 0.199;
	assert_true(fabs(fpb_lock_best_rate(end, 200) - 2000) < 2);
	fill(end, FPB_LOCK_WINDOW, 0.001);
	assert_true(fpb_lock_best_rate(end, FPB_LOCK_WINDOW) == 0);
}

/*
 * Two writers that wait for each other, one of which sees each of its writes
 * as late as can be: when the next one is due.
 */
static void lateness_alone_never_looks_like_sharing(void **state)
{
	for (size_t late = 1; late < 100; late++) {
		double end[201];
		size_t n = 0, turn;

		/* One write in each millisecond; a few come to light late. */
		for (turn = 0; turn < 200; turn++)
			end[n++] = (turn % late == 0 ? turn + late : turn) *
				   0.001;
		assert_false(fpb_lock_overlaps(fpb_lock_best_rate(end, n),
					       MSEC));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_is_claimed_only_on_evidence),
		cmocka_unit_test(without_latency_nothing_overlaps),
		cmocka_unit_test(the_best_rate_is_that_of_the_densest_window),
		cmocka_unit_test(lateness_alone_never_looks_like_sharing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
