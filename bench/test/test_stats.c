// SPDX-License-Identifier: GPL-2.0
/*
 * core/stats.c, core/exact.c and core/multiple.c, against published critical
 * values, by hand-worked cases, and by how often they are right on numbers
 * whose truth is known (fixed seeds).
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "core/exact.h"
#include "core/multiple.h"
#include "core/stats.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define assert_near(a, b) \
	do { \
		if (fabs((a) - (b)) > 1e-9) \
			fail_msg("%s is %.12g, not %.12g", #a, (double)(a), \
				 (double)(b)); \
	} while (0)

static size_t ranks[64];

static int fill_ranks(void **state)
{
	size_t i;

	for (i = 0; i < NELEM(ranks); i++)
		ranks[i] = i + 1;
	return 0;
}

/* Two-sided 5 % points as tables print them; -1: none. */
static const struct {
	size_t n;
	long want;
} signed_rank_points[] = {
	{ 5, -1 }, { 6, 0 }, { 7, 2 }, { 8, 3 }, { 9, 5 }, { 10, 8 },
	{ 11, 10 }, { 12, 13 }, { 13, 17 }, { 14, 21 }, { 15, 25 },
	{ 16, 29 }, { 17, 34 }, { 18, 40 }, { 19, 46 }, { 20, 52 },
	{ 25, 89 }, { 30, 137 },
};

static void signed_rank_points_are_those_of_the_tables(void **state)
{
	struct fpb_pmf d;
	size_t i;

	for (i = 0; i < NELEM(signed_rank_points); i++) {
		assert_int_equal(fpb_pmf_signed_rank(&d, ranks,
				 signed_rank_points[i].n), 0);
		assert_int_equal(fpb_pmf_critical(&d, 0.025),
				 signed_rank_points[i].want);
		assert_near(fpb_pmf_up_to(&d, d.max), 1);
		fpb_pmf_free(&d);
	}
}

static const struct {
	size_t m, n;
	long want;
} mann_whitney_points[] = {
	{ 3, 4, -1 }, { 3, 5, 0 }, { 4, 4, 0 }, { 4, 6, 2 }, { 5, 5, 2 },
	{ 3, 8, 2 }, { 5, 8, 6 }, { 6, 6, 5 }, { 6, 8, 8 }, { 7, 7, 8 },
	{ 8, 8, 13 }, { 9, 9, 17 }, { 10, 10, 23 }, { 12, 12, 37 },
	{ 15, 15, 64 }, { 20, 20, 127 },
};

static void mann_whitney_points_are_those_of_the_tables(void **state)
{
	struct fpb_pmf d;
	size_t i, m, n;

	for (i = 0; i < NELEM(mann_whitney_points); i++) {
		m = mann_whitney_points[i].m;
		n = mann_whitney_points[i].n;
		assert_int_equal(fpb_pmf_rank_sum(&d, ranks, m + n, m), 0);
		assert_int_equal(fpb_pmf_critical(&d, 0.025) -
				 (long)(m * (m + 1) / 2),
				 mann_whitney_points[i].want);
		assert_near(fpb_pmf_up_to(&d, d.max), 1);
		fpb_pmf_free(&d);
	}
}

static void small_distributions_are_counted_right(void **state)
{
	const size_t tied[] = { 2, 5, 5 };
	struct fpb_pmf d;

	/* 1, 2, 3 by fair coins: 3 comes as 3 and as 1 + 2. */
	assert_int_equal(fpb_pmf_signed_rank(&d, ranks, 3), 0);
	assert_near(d.p[3], 2.0 / 8);
	assert_near(fpb_pmf_from(&d, 5), 2.0 / 8);
	fpb_pmf_free(&d);

	assert_int_equal(fpb_pmf_signed_rank(&d, tied, 3), 0);
	assert_near(d.p[5], 2.0 / 8);
	assert_near(d.p[7], 2.0 / 8);
	fpb_pmf_free(&d);

	/* Two of 1, 2, 3, 4: six choices, 5 comes as 1 + 4 and as 2 + 3. */
	assert_int_equal(fpb_pmf_rank_sum(&d, ranks, 4, 2), 0);
	assert_near(d.p[5], 2.0 / 6);
	assert_near(fpb_pmf_up_to(&d, 3), 1.0 / 6);
	fpb_pmf_free(&d);
}

static void centre_of_six_rounds_is_bounded_by_its_extremes(void **state)
{
	const double d[] = { 0.3, 0.1, 0.6, 0.2, 0.5, 0.4 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 6, &e), 0);
	assert_near(e.value, 0.35);
	assert_true(e.has_interval);
	assert_near(e.lo, 0.1);
	assert_near(e.hi, 0.6);
	assert_near(e.p, 2.0 / 64);
}

static void centre_cuts_off_the_critical_number_of_means(void **state)
{
	/* 8 rounds: 3 means fall on each side; 36 means of 1, 2, 4 ... 128. */
	const double d[] = { 1, 2, 4, 8, 16, 32, 64, 128 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 8, &e), 0);
	/* Smallest: 1, 1.5, 2, 2.5; largest: 128, 96, 80, 72. */
	assert_near(e.lo, 2.5);
	assert_near(e.hi, 72);
}

static void fewer_than_six_rounds_have_no_interval(void **state)
{
	const double d[] = { 0.3, 0.1, 0.6, 0.2, 0.5 };
	struct fpb_estimate e;
	size_t n;

	for (n = 1; n <= 5; n++) {
		assert_int_equal(fpb_stats_centre(d, n, &e), 0);
		assert_int_equal(e.n, n);
		assert_false(e.has_interval);
	}
	assert_near(e.p, 2.0 / 32);
	assert_int_equal(fpb_stats_centre(d, 0, &e), 0);
	assert_int_equal(e.n, 0);
	assert_near(e.p, 1);
}

static void shared_ranks_and_zeros_keep_p_exact(void **state)
{
	/* Zero left out; sizes 1, 1, 2 have ranks 1.5, 1.5, 3; W+ = 4.5. */
	const double d[] = { 1, -1, 2, 0 };
	const double none[] = { 0, 0, 0 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 4, &e), 0);
	/* 4.5 or more: {3, 1.5} twice and all three: 3/8, both sides 6/8. */
	assert_near(e.p, 0.75);

	assert_int_equal(fpb_stats_centre(none, 3, &e), 0);
	assert_near(e.p, 1);
	assert_near(e.value, 0);
}

static void shift_of_two_samples_is_the_median_difference(void **state)
{
	const double x[] = { 1, 2, 3, 4 }, y[] = { 11, 12, 13, 14 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_shift(x, 4, y, 4, &e), 0);
	assert_near(e.value, 10);
	assert_true(e.has_interval);
	assert_near(e.lo, 7);
	assert_near(e.hi, 13);
	assert_near(e.p, 2.0 / 70);

	assert_int_equal(fpb_stats_shift(x, 3, y, 4, &e), 0);
	assert_false(e.has_interval);
	assert_int_equal(fpb_stats_shift(x, 0, y, 4, &e), 0);
	assert_int_equal(e.n, 0);
}

static void equal_samples_do_not_differ(void **state)
{
	const double x[] = { 5, 5, 5, 5 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_shift(x, 4, x, 4, &e), 0);
	assert_near(e.p, 1);
	assert_near(e.value, 0);
}

static void numbers_that_are_none_are_refused(void **state)
{
	const double d[] = { 1, NAN }, x[] = { 1 }, y[] = { INFINITY };
	double many[FPB_SIGNED_RANK_MAX + 1] = { 0 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 2, &e), -EINVAL);
	assert_int_equal(fpb_stats_shift(x, 1, y, 1, &e), -EINVAL);
	assert_int_equal(fpb_stats_centre(many, NELEM(many), &e), -E2BIG);
	assert_int_equal(fpb_stats_shift(many, FPB_RANK_SUM_MAX + 1, x, 1, &e),
			 -E2BIG);
}

static void logs_turn_back_into_ratios(void **state)
{
	const struct fpb_estimate e = {
		.n = 6, .value = log(2), .has_interval = true,
		.lo = 0, .hi = log(4), .p = 0.5,
	};
	struct fpb_estimate r = fpb_estimate_exp(e);

	assert_near(r.value, 2);
	assert_near(r.lo, 1);
	assert_near(r.hi, 4);
	assert_near(r.p, 0.5);
}

static const struct {
	const char *name;
	double lo, hi, p;
	bool interval;
	enum fpb_verdict want;
} verdicts[] = {
	{ "all above the margin", 1.10, 1.30, 0.03, true, FPB_VERDICT_FASTER },
	{ "all below the margin", 0.70, 0.90, 0.03, true, FPB_VERDICT_SLOWER },
	{ "inside the margin", 0.97, 1.04, 0.90, true, FPB_VERDICT_SAME },
	{ "surely different, but too little to matter", 1.01, 1.03, 0.03,
	  true, FPB_VERDICT_SAME },
	{ "above 1 and reaching out of the margin", 1.01, 1.08, 0.03, true,
	  FPB_VERDICT_FASTER },
	{ "significant alone, not among the others", 1.10, 1.30, 0.06, true,
	  FPB_VERDICT_UNCLEAR },
	{ "wide", 0.80, 1.20, 0.90, true, FPB_VERDICT_UNCLEAR },
	{ "too few rounds", 2.00, 2.10, 0.06, false, FPB_VERDICT_UNCLEAR },
};

static void verdicts_need_both_size_and_certainty(void **state)
{
	const struct fpb_estimate nothing = { .n = 0, .p = 1 };
	size_t i;

	for (i = 0; i < NELEM(verdicts); i++) {
		const struct fpb_estimate e = {
			.n = 6,
			.value = log(sqrt(verdicts[i].lo * verdicts[i].hi)),
			.has_interval = verdicts[i].interval,
			.lo = log(verdicts[i].lo),
			.hi = log(verdicts[i].hi),
		};

		print_message("# %s\n", verdicts[i].name);
		assert_int_equal(fpb_verdict(&e, verdicts[i].p, 0.05),
				 verdicts[i].want);
	}
	assert_int_equal(fpb_verdict(&nothing, 1, 0.05), FPB_VERDICT_NONE);
}

static void holm_steps_down(void **state)
{
	const double p[] = { 0.04, 0.01, 0.03, 0.5 };
	double adjusted[4];

	assert_int_equal(fpb_holm(p, 4, adjusted), 0);
	assert_near(adjusted[1], 0.04);		/* 4 x 0.01 */
	assert_near(adjusted[2], 0.09);		/* 3 x 0.03 */
	assert_near(adjusted[0], 0.09);		/* 2 x 0.04, but not below */
	assert_near(adjusted[3], 0.5);
}

static void one_cell_alone_has_its_sign_change_p(void **state)
{
	const double up[] = { 1, 2, 3, 4, 5, 6 };
	const double mixed[] = { 1, -2, 3, -4, 5, -6 };
	double adjusted;

	assert_int_equal(fpb_max_t(up, 1, 6, &adjusted), 0);
	assert_near(adjusted, 2.0 / 64);
	assert_int_equal(fpb_max_t(mixed, 1, 6, &adjusted), 0);
	assert_true(adjusted > 0.5);
}

#define CELLS	16

/* Rounds share half of the noise, as boots do. */
static void noise(gsl_rng *rng, double *d, size_t cells, size_t rounds)
{
	size_t i, j;

	for (j = 0; j < rounds; j++) {
		double shared = gsl_ran_gaussian(rng, 0.05);

		for (i = 0; i < cells; i++)
			d[i * rounds + j] =
				shared + gsl_ran_gaussian(rng, 0.05);
	}
}

static void one_large_effect_among_many_cells_is_found(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double d[CELLS * 6], adjusted[CELLS];
	size_t i;

	noise(rng, d, CELLS, 6);
	for (i = 0; i < 6; i++)
		d[3 * 6 + i] += log(10);
	assert_int_equal(fpb_max_t(d, CELLS, 6, adjusted), 0);
	assert_near(adjusted[3], 2.0 / 64);
	for (i = 0; i < CELLS; i++)
		if (i != 3)
			assert_true(adjusted[i] > 0.05);
	gsl_rng_free(rng);
}

static void a_missing_round_does_not_hide_the_others(void **state)
{
	double d[2 * 7], adjusted[2];
	size_t i;

	for (i = 0; i < 7; i++) {
		d[i] = 1 + 0.01 * i;
		d[7 + i] = NAN;
	}
	d[2] = NAN;
	assert_int_equal(fpb_max_t(d, 2, 7, adjusted), 0);
	assert_near(adjusted[0], 2.0 / 64);
	assert_near(adjusted[1], 1);
}

static void many_rounds_are_sampled_with_a_fixed_seed(void **state)
{
	double d[20], once, again;
	size_t i;

	for (i = 0; i < 20; i++)
		d[i] = 1 + 0.1 * i;
	assert_int_equal(fpb_max_t(d, 1, 20, &once), 0);
	assert_int_equal(fpb_max_t(d, 1, 20, &again), 0);
	assert_near(once, again);
	assert_true(once > 0 && once < 0.001);
}

/*
 * 16 cells in which nothing differs, 6 rounds, 1,000 times: a false claim in
 * at most 5 % of the runs (and three standard errors of that count).
 */
static void false_claims_stay_below_the_level(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double d[CELLS * 6], adjusted[CELLS];
	unsigned int run, wrong = 0;
	size_t i;

	for (run = 0; run < 1000; run++) {
		bool any = false;

		noise(rng, d, CELLS, 6);
		assert_int_equal(fpb_max_t(d, CELLS, 6, adjusted), 0);
		for (i = 0; i < CELLS; i++)
			any |= adjusted[i] < FPB_ALPHA;
		wrong += any;
	}
	print_message("# %u of 1000 runs claimed something\n", wrong);
	assert_in_range(wrong, 1, 50 + 21);
	gsl_rng_free(rng);
}

static const struct {
	size_t m, n;		/* n = 0: paired */
	double level;		/* exact level of the interval */
} coverages[] = {
	{ 6, 0, 1 - 2.0 / 64 },
	{ 9, 0, 1 - 2 * 10.0 / 512 },	/* ten sign sets sum to 5 or less */
	{ 6, 6, 1 - 2 * 19.0 / 924 },	/* U <= 5 in 19 of 924 orders */
};

static bool covers(gsl_rng *rng, size_t m, size_t n)
{
	const double truth = 0.3;
	struct fpb_estimate e;
	double x[16], y[16];
	size_t i;

	for (i = 0; i < m; i++)
		x[i] = (n ? 0 : truth) + gsl_ran_laplace(rng, 0.1);
	for (i = 0; i < n; i++)
		y[i] = truth + gsl_ran_laplace(rng, 0.1);
	assert_int_equal(n ? fpb_stats_shift(x, m, y, n, &e) :
			     fpb_stats_centre(x, m, &e), 0);
	assert_true(e.has_interval);
	return e.lo <= truth && truth <= e.hi;
}

static void intervals_cover_the_truth_as_often_as_they_say(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	unsigned int run, hits;
	size_t i;

	for (i = 0; i < NELEM(coverages); i++) {
		double level = coverages[i].level;

		for (run = hits = 0; run < 4000; run++)
			hits += covers(rng, coverages[i].m, coverages[i].n);
		print_message("# %zu, %zu numbers: %.4f covered, %.4f said\n",
			      coverages[i].m, coverages[i].n, hits / 4000.0,
			      level);
		assert_true(level >= 0.95);
		/* Four standard errors of the count. */
		assert_true(fabs(hits / 4000.0 - level) <
			    4 * sqrt(level * (1 - level) / 4000));
	}
	gsl_rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signed_rank_points_are_those_of_the_tables),
		cmocka_unit_test(mann_whitney_points_are_those_of_the_tables),
		cmocka_unit_test(small_distributions_are_counted_right),
		cmocka_unit_test(
			centre_of_six_rounds_is_bounded_by_its_extremes),
		cmocka_unit_test(centre_cuts_off_the_critical_number_of_means),
		cmocka_unit_test(fewer_than_six_rounds_have_no_interval),
		cmocka_unit_test(shared_ranks_and_zeros_keep_p_exact),
		cmocka_unit_test(shift_of_two_samples_is_the_median_difference),
		cmocka_unit_test(equal_samples_do_not_differ),
		cmocka_unit_test(numbers_that_are_none_are_refused),
		cmocka_unit_test(logs_turn_back_into_ratios),
		cmocka_unit_test(verdicts_need_both_size_and_certainty),
		cmocka_unit_test(holm_steps_down),
		cmocka_unit_test(one_cell_alone_has_its_sign_change_p),
		cmocka_unit_test(one_large_effect_among_many_cells_is_found),
		cmocka_unit_test(a_missing_round_does_not_hide_the_others),
		cmocka_unit_test(many_rounds_are_sampled_with_a_fixed_seed),
		cmocka_unit_test(false_claims_stay_below_the_level),
		cmocka_unit_test(
			intervals_cover_the_truth_as_often_as_they_say),
	};

	return cmocka_run_group_tests(tests, fill_ranks, NULL);
}
