// SPDX-License-Identifier: GPL-2.0
/* core/nextsession.c: kernels take turns, and none lags behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/nextsession.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const struct {
	size_t sessions[3];		/* before */
	size_t n;
	const char *order;		/* then, "A" for the first kernel */
} cases[] = {
	{ { 0, 0 }, 2, "ABBAABBA" },
	{ { 0, 0, 0 }, 3, "ABCCBAABC" },
	{ { 3, 0 }, 2, "BBBBA" },
	{ { 0, 2 }, 2, "AAAB" },
	{ { 1, 1 }, 2, "BAAB" },
	{ { 2, 1, 2 }, 3, "BABC" },
	{ { 0 }, 1, "AAA" },
};

static void kernels_take_turns_backwards_every_other_time(void **state)
{
	for (size_t i = 0; i < NELEM(cases); i++) {
		size_t sessions[3];

		memcpy(sessions, cases[i].sessions, sizeof(sessions));
		for (const char *want = cases[i].order; *want; want++) {
			size_t k = fpb_next_kernel(sessions, cases[i].n);

			if (k != (size_t)(*want - 'A'))
				fail_msg("case %zu, at %s: %c", i, want,
					 (char)('A' + k));
			sessions[k]++;
		}
	}
}

/* By places in time, which is how a drift that is linear shifts them. */
static void a_drift_hits_both_alike(void **state)
{
	size_t sessions[2] = { 0, 0 };
	int sum = 0;

	for (int at = 1; at <= 8; at++) {
		size_t k = fpb_next_kernel(sessions, 2);

		sessions[k]++;
		sum += k ? at : -at;
		if (at % 4 == 0)
			assert_int_equal(sum, 0);
	}
}

static void enough_is_three_of_each_and_as_many(void **state)
{
	static const struct {
		size_t sessions[3], n, lacking;
	} counts[] = {
		{ { 0, 0 }, 2, 6 }, { { 2, 3 }, 2, 1 }, { { 3, 3 }, 2, 0 },
		{ { 5, 3 }, 2, 2 }, { { 4, 4 }, 2, 0 }, { { 3, 3, 1 }, 3, 2 },
	};

	for (size_t i = 0; i < NELEM(counts); i++)
		assert_int_equal(fpb_next_lacking(counts[i].sessions,
						  counts[i].n),
				 counts[i].lacking);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_take_turns_backwards_every_other_time),
		cmocka_unit_test(a_drift_hits_both_alike),
		cmocka_unit_test(enough_is_three_of_each_and_as_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
