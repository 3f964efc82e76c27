// SPDX-License-Identifier: GPL-2.0
/*
 * core/stats.c, core/exact.c and core/multiple.c, against published critical
 * values, R (4.2), hand-worked cases, and how often they are right on numbers
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
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

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
		assert_as_in_r(fpb_pmf_up_to(&d, d.max), 1);
		fpb_pmf_free(&d);
	}
}

static void small_distributions_are_counted_right(void **state)
{
	const size_t tied[] = { 2, 5, 5 };
	struct fpb_pmf d;

	/* 1, 2, 3 by fair coins: 3 comes as 3 and as 1 + 2. */
	assert_int_equal(fpb_pmf_signed_rank(&d, ranks, 3), 0);
	assert_as_in_r(d.p[3], 2.0 / 8);
	assert_as_in_r(fpb_pmf_from(&d, 5), 2.0 / 8);
	fpb_pmf_free(&d);

	assert_int_equal(fpb_pmf_signed_rank(&d, tied, 3), 0);
	assert_as_in_r(d.p[5], 2.0 / 8);
	assert_as_in_r(d.p[7], 2.0 / 8);
	fpb_pmf_free(&d);
}

static void centre_of_six_rounds_is_bounded_by_its_extremes(void **state)
{
	const double d[] = { 0.3, 0.1, 0.6, 0.2, 0.5, 0.4 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 6, FPB_ALPHA, &e), 0);
	assert_as_in_r(e.value, 0.35);
	assert_true(e.has_interval);
	assert_as_in_r(e.lo, 0.1);
	assert_as_in_r(e.hi, 0.6);
	assert_as_in_r(e.p, 2.0 / 64);
}

static void centre_cuts_off_the_critical_number_of_means(void **state)
{
	/* 8 rounds: 3 means fall on each side; 36 means of 1, 2, 4 ... 128. */
	const double d[] = { 1, 2, 4, 8, 16, 32, 64, 128 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 8, FPB_ALPHA, &e), 0);
	/* Smallest: 1, 1.5, 2, 2.5; largest: 128, 96, 80, 72. */
	assert_as_in_r(e.lo, 2.5);
	assert_as_in_r(e.hi, 72);
}

static void fewer_than_six_rounds_have_no_interval(void **state)
{
	const double d[] = { 0.3, 0.1, 0.6, 0.2, 0.5 };
	struct fpb_estimate e;
	size_t n;

	for (n = 1; n <= 5; n++) {
		assert_int_equal(fpb_stats_centre(d, n, FPB_ALPHA, &e), 0);
		assert_int_equal(e.n, n);
		assert_false(e.has_interval);
	}
	assert_as_in_r(e.p, 2.0 / 32);
	assert_int_equal(fpb_stats_centre(d, 0, FPB_ALPHA, &e), 0);
	assert_int_equal(e.n, 0);
	assert_as_in_r(e.p, 1);
}

static void shared_ranks_and_zeros_keep_p_exact(void **state)
{
	/* Zero left out; sizes 1, 1, 2 have ranks 1.5, 1.5, 3; W+ = 4.5. */
	const double d[] = { 1, -1, 2, 0 };
	const double none[] = { 0, 0, 0 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 4, FPB_ALPHA, &e), 0);
	/* 4.5 or more: {3, 1.5} twice and all three: 3/8, both sides 6/8. */
	assert_as_in_r(e.p, 0.75);

	assert_int_equal(fpb_stats_centre(none, 3, FPB_ALPHA, &e), 0);
	assert_as_in_r(e.p, 1);
	assert_as_in_r(e.value, 0);
}

/* What R 4.2 says of these: t.test() and wilcox.test(conf.int = TRUE). */
static const double recorded[] = {
	0.031, -0.012, 0.054, 0.022, 0.047, 0.018, -0.004, 0.039, 0.061, 0.027,
	0.013,
};

static void estimates_are_those_of_r(void **state)
{
	const double x[] = { 0.10, 0.13, 0.08, 0.12 };
	const double y[] = { 0.19, 0.14, 0.21 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_mean(recorded, 11, 2, 0.05, &e), 0);
	assert_as_in_r(e.value, 0.0269090909091);
	assert_as_in_r(e.lo, 0.0115469602509);
	assert_as_in_r(e.hi, 0.0422712215673);
	assert_as_in_r(e.p, 0.0029469805686);

	assert_int_equal(fpb_stats_centre(recorded, 11, 0.01, &e), 0);
	assert_as_in_r(e.lo, 0.0045);
	assert_as_in_r(e.hi, 0.0500);
	assert_as_in_r(e.p, 0.0048828125);
	assert_int_equal(fpb_stats_centre(recorded, 11, 0.005, &e), 0);
	assert_as_in_r(e.lo, 0.0005);
	assert_as_in_r(e.hi, 0.0540);

	/* var.equal = TRUE */
	assert_int_equal(fpb_stats_shift(x, 4, y, 3, 3, 0.01, &e), 0);
	assert_as_in_r(e.lo, -0.0154170537174);
	assert_as_in_r(e.hi, 0.1604170537174);
	assert_as_in_r(e.p, 0.0208916537658);
}

static void too_few_numbers_have_a_mean_but_no_interval(void **state)
{
	const double x[] = { 1, 2 }, y[] = { 4, 5, 6 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_mean(y, 3, 6, 0.05, &e), 0);
	assert_as_in_r(e.value, 5);
	assert_false(e.has_interval);
	assert_as_in_r(e.p, 1);
	assert_int_equal(fpb_stats_shift(x, 2, y, 3, 3, 0.05, &e), 0);
	assert_as_in_r(e.value, 3.5);
	assert_false(e.has_interval);
	assert_int_equal(fpb_stats_shift(x, 0, y, 3, 1, 0.05, &e), 0);
	assert_int_equal(e.n, 0);
	assert_int_equal(fpb_stats_centre_min(0.05), 6);
	assert_int_equal(fpb_stats_centre_min(0.01), 8);
	assert_int_equal(fpb_stats_centre_min(0.005), 9);
}

static void numbers_without_noise_are_certain(void **state)
{
	const double same[] = { 2, 2, 2 }, none[] = { 0, 0, 0 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_mean(same, 3, 2, 0.05, &e), 0);
	assert_as_in_r(e.lo, 2);
	assert_as_in_r(e.hi, 2);
	assert_as_in_r(e.p, 0);
	assert_int_equal(fpb_stats_mean(none, 3, 2, 0.05, &e), 0);
	assert_as_in_r(e.p, 1);
}

static void numbers_that_are_none_are_refused(void **state)
{
	const double d[] = { 1, NAN }, x[] = { 1 }, y[] = { INFINITY };
	static const double many[6000];
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre(d, 2, 0.05, &e), -EINVAL);
	assert_int_equal(fpb_stats_mean(d, 2, 2, 0.05, &e), -EINVAL);
	assert_int_equal(fpb_stats_shift(x, 1, y, 1, 1, 0.05, &e), -EINVAL);
	assert_int_equal(fpb_stats_centre(many, NELEM(many), 0.05, &e), -E2BIG);
}

static void logs_turn_back_into_ratios(void **state)
{
	const struct fpb_estimate e = {
		.n = 6, .value = log(2), .has_interval = true,
		.lo = 0, .hi = log(4), .p = 0.5,
	};
	struct fpb_estimate r = fpb_estimate_exp(e);

	assert_as_in_r(r.value, 2);
	assert_as_in_r(r.lo, 1);
	assert_as_in_r(r.hi, 4);
	assert_as_in_r(r.p, 0.5);
}

static const struct {
	const char *name;
	double lo, hi;
	bool interval;
	int direction;
	bool within;
} verdicts[] = {
	{ "all above the margin", 1.10, 1.30, true, 1, false },
	{ "all below the margin", 0.70, 0.90, true, -1, false },
	{ "inside the margin", 0.97, 1.04, true, 0, true },
	{ "surely different, but by little", 1.01, 1.03, true, 1, true },
	{ "surely slower, but by little", 0.97, 0.99, true, -1, true },
	{ "above 1 and out of the margin", 1.01, 1.08, true, 1, false },
	{ "wide", 0.80, 1.20, true, 0, false },
	{ "too few rounds", 2.00, 2.10, false, 0, false },
};

static void direction_and_size_are_two_statements(void **state)
{
	const struct fpb_estimate nothing = { .n = 0, .p = 1 };
	struct fpb_verdict v;
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
		v = fpb_verdict(&e, 0.05);
		assert_int_equal(v.direction, verdicts[i].direction);
		assert_int_equal(v.within, verdicts[i].within);
	}
	assert_false(fpb_verdict_resolved(fpb_verdict(&nothing, 0.05)));
}

static void what_is_not_resolved_says_what_it_takes(void **state)
{
	/* No effect: half of the width has to come down to the margin. */
	const struct fpb_estimate none = {
		.n = 9, .has_interval = true,
		.lo = -1.99 * log(1.05), .hi = 1.99 * log(1.05),
	};
	/* An effect of half of the interval: it has to exclude 1. */
	const struct fpb_estimate some = {
		.n = 9, .value = 0.2, .has_interval = true,
		.lo = -0.19, .hi = 0.59,
	};
	struct fpb_estimate ratio = fpb_estimate_exp(none);

	assert_int_equal(fpb_stats_needed(&none, 0.05), 36);
	assert_int_equal(fpb_stats_needed(&some, 0.05), 35);
	assert_as_in_r(fpb_estimate_resolution(&ratio), pow(1.05, 1.99) - 1);
}

static void one_row_alone_has_its_own_interval(void **state)
{
	struct fpb_estimate alone, e;
	double adjusted;

	assert_int_equal(fpb_stats_mean(recorded, 11, 2, 0.05, &alone), 0);
	assert_int_equal(fpb_simultaneous(recorded, 1, 11, 0.05, &e,
					  &adjusted), 0);
	assert_as_in_r(e.lo, alone.lo);
	assert_as_in_r(e.hi, alone.hi);
	assert_as_in_r(adjusted, alone.p);
}

/* Worked in R over all sign changes; the third row lacks a round. */
static void simultaneous_intervals_are_those_of_r(void **state)
{
	const double d[3 * 9] = {
		0.031, -0.012, 0.054, 0.022, 0.047, 0.018, -0.004, 0.039, 0.061,
		0.01, 0.02, -0.03, 0.04, 0.00, 0.02, 0.01, -0.01, 0.05,
		0.2, 0.1, 0.3, 0.15, 0.22, 0.18, 0.25, 0.12, NAN,
	};
	struct fpb_estimate e[3];
	double adjusted[3];

	assert_int_equal(fpb_simultaneous(d, 3, 9, 0.05, e, adjusted), 0);
	/* minP's own 0.0107 is below Bonferroni's 0.05/3, which stands. */
	assert_as_in_r(e[0].lo, 0.00327737882191);
	assert_as_in_r(e[0].hi, 0.05361151006698);
	assert_as_in_r(adjusted[0], 0.02343750000000);
	assert_as_in_r(e[1].lo, -0.0122871068391);
	assert_as_in_r(e[1].p, 0.1710197777384);
	assert_as_in_r(adjusted[1], 0.4453125);
	assert_as_in_r(e[2].lo, 0.115941418776);
	assert_as_in_r(e[2].p, 8.94326148144e-05);
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

static void one_large_effect_among_many_rows_is_found(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double d[CELLS * 6], adjusted[CELLS];
	struct fpb_estimate e[CELLS];
	size_t i;

	noise(rng, d, CELLS, 6);
	for (i = 0; i < 6; i++)
		d[3 * 6 + i] += log(10);
	assert_int_equal(fpb_simultaneous(d, CELLS, 6, 0.05, e, adjusted), 0);
	for (i = 0; i < CELLS; i++)
		assert_int_equal(e[i].lo > 0, i == 3);
	gsl_rng_free(rng);
}

/* How many of 16 rows with a true effect are found. */
static unsigned int found(const double *d, size_t rounds)
{
	double adjusted[CELLS];
	struct fpb_estimate e[CELLS];
	unsigned int n = 0;
	size_t i;

	assert_int_equal(fpb_simultaneous(d, CELLS, rounds, 0.05, e, adjusted),
			 0);
	for (i = 0; i < CELLS; i++) {
		assert_int_equal(e[i].lo > 0, adjusted[i] <= 0.05);
		n += e[i].lo > 0;
	}
	return n;
}

/* 16 rows, all with an effect; one round of one row is lost. */
static void a_row_that_lost_a_round_holds_back_no_other(void **state)
{
	static const size_t rounds[] = { 6, 7, 10, 19 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double d[CELLS * 19];
	unsigned int all, one_lost;
	size_t i, j;

	for (i = 0; i < NELEM(rounds); i++) {
		noise(rng, d, CELLS, rounds[i]);
		for (j = 0; j < CELLS * rounds[i]; j++)
			d[j] += 0.2;
		all = found(d, rounds[i]);
		d[5 * rounds[i] + 2] = NAN;
		one_lost = found(d, rounds[i]);
		print_message("# %zu rounds: %u of 16, with a loss %u\n",
			      rounds[i], all, one_lost);
		assert_true(all >= 8);
		assert_true(one_lost + 1 >= all);
	}
	gsl_rng_free(rng);
}

static void a_row_with_too_few_rounds_has_none(void **state)
{
	double d[2 * 6], adjusted[2];
	struct fpb_estimate e[2];
	size_t i;

	for (i = 0; i < 6; i++)
		d[i] = d[6 + i] = 1 + 0.01 * i;
	d[2] = NAN;
	assert_int_equal(fpb_simultaneous(d, 2, 6, 0.05, e, adjusted), 0);
	assert_false(e[0].has_interval);
	assert_int_equal(e[0].n, 5);
	assert_as_in_r(adjusted[0], 1);
	assert_true(e[1].lo > 0.9);
}

static void many_rounds_are_sampled_with_a_fixed_seed(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double d[CELLS * 19], once[CELLS], again[CELLS];
	struct fpb_estimate e[CELLS];

	noise(rng, d, CELLS, 19);
	assert_int_equal(fpb_simultaneous(d, CELLS, 19, 0.05, e, once), 0);
	assert_int_equal(fpb_simultaneous(d, CELLS, 19, 0.05, e, again), 0);
	assert_memory_equal(once, again, sizeof(once));
	gsl_rng_free(rng);
}

/*
 * 16 rows in which nothing differs: how often an interval excludes 0 in any of
 * them. At most 5 % (and three standard errors of the count).
 */
static const size_t simulated[] = { 6, 9, 12, 19 };

static void false_claims_stay_below_the_level(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double d[CELLS * 19], adjusted[CELLS];
	struct fpb_estimate e[CELLS];
	size_t i, j;

	for (j = 0; j < NELEM(simulated); j++) {
		unsigned int run, wrong = 0, runs = 400;

		for (run = 0; run < runs; run++) {
			bool any = false;

			noise(rng, d, CELLS, simulated[j]);
			assert_int_equal(fpb_simultaneous(d, CELLS,
				simulated[j], 0.05, e, adjusted), 0);
			for (i = 0; i < CELLS; i++)
				any |= e[i].lo > 0 || e[i].hi < 0;
			wrong += any;
		}
		print_message("# %zu rounds: %u of %u runs claimed something\n",
			      simulated[j], wrong, runs);
		assert_in_range(wrong, 1, 20 + 13);
	}
	gsl_rng_free(rng);
}

static const struct {
	size_t n;
	double level;		/* exact level of the interval */
} coverages[] = {
	{ 6, 1 - 2.0 / 64 },
	{ 9, 1 - 2 * 10.0 / 512 },	/* ten sign sets sum to 5 or less */
};

static bool covers(gsl_rng *rng, size_t n)
{
	const double truth = 0.3;
	struct fpb_estimate e;
	double x[16];
	size_t i;

	for (i = 0; i < n; i++)
		x[i] = truth + gsl_ran_laplace(rng, 0.1);
	assert_int_equal(fpb_stats_centre(x, n, FPB_ALPHA, &e), 0);
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
			hits += covers(rng, coverages[i].n);
		print_message("# %zu numbers: %.4f covered, %.4f said\n",
			      coverages[i].n, hits / 4000.0, level);
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
		cmocka_unit_test(small_distributions_are_counted_right),
		cmocka_unit_test(
			centre_of_six_rounds_is_bounded_by_its_extremes),
		cmocka_unit_test(centre_cuts_off_the_critical_number_of_means),
		cmocka_unit_test(fewer_than_six_rounds_have_no_interval),
		cmocka_unit_test(shared_ranks_and_zeros_keep_p_exact),
		cmocka_unit_test(estimates_are_those_of_r),
		cmocka_unit_test(too_few_numbers_have_a_mean_but_no_interval),
		cmocka_unit_test(numbers_without_noise_are_certain),
		cmocka_unit_test(numbers_that_are_none_are_refused),
		cmocka_unit_test(logs_turn_back_into_ratios),
		cmocka_unit_test(direction_and_size_are_two_statements),
		cmocka_unit_test(what_is_not_resolved_says_what_it_takes),
		cmocka_unit_test(one_row_alone_has_its_own_interval),
		cmocka_unit_test(simultaneous_intervals_are_those_of_r),
		cmocka_unit_test(one_large_effect_among_many_rows_is_found),
		cmocka_unit_test(a_row_that_lost_a_round_holds_back_no_other),
		cmocka_unit_test(a_row_with_too_few_rounds_has_none),
		cmocka_unit_test(many_rounds_are_sampled_with_a_fixed_seed),
		cmocka_unit_test(false_claims_stay_below_the_level),
		cmocka_unit_test(
			intervals_cover_the_truth_as_often_as_they_say),
	};

	return cmocka_run_group_tests(tests, fill_ranks, NULL);
}
