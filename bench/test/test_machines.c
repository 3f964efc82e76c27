// SPDX-License-Identifier: GPL-2.0
/* Numbers in blocks (core/stats.c), and machines that disagree (core/machines.c). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "core/exact.h"
#include "core/machines.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define PAIRS_MAX	20
#define MACHINES_MAX	64

/* With no ties among the means, and in an order that mixes the blocks. */
static const double d[] = { 1.1, -0.4, 2.3, 0.7, 3.9, 1.6, 0.2, 5.4 };
static const size_t of[] = { 7, 2, 7, 2, 7, 2, 2, 7 };

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median of the means of pairs of one block, one after the other. */
static double median_inside(void)
{
	double means[NELEM(d) * NELEM(d)];
	size_t i, j, n = 0;

	for (i = 0; i < NELEM(d); i++)
		for (j = i; j < NELEM(d); j++)
			if (of[i] == of[j])
				means[n++] = (d[i] + d[j]) / 2;
	qsort(means, n, sizeof(*means), by_size);
	return (means[(n - 1) / 2] + means[n / 2]) / 2;
}

static void only_numbers_of_one_block_are_paired(void **state)
{
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_centre_in(d, of, NELEM(d), 0.05, &e), 0);
	assert_true(fabs(e.value - median_inside()) < 1e-12);
	assert_int_equal(e.n, NELEM(d));
	assert_true(e.has_interval && e.lo < e.value && e.value < e.hi);
}

/* All 256 ways to give them signs: as likely as each other if the centre is 0. */
static void p_is_that_of_all_signs(void **state)
{
	double x[NELEM(d)];
	struct fpb_estimate e;
	unsigned int signs, i, j, less = 0;
	/* The ranks of their sizes inside the blocks, and their sum of old. */
	unsigned int rank[NELEM(d)], sum = 0;

	for (i = 0; i < NELEM(d); i++)
		for (j = rank[i] = 0; j < NELEM(d); j++)
			rank[i] += of[i] == of[j] && fabs(d[j]) <= fabs(d[i]);
	for (i = 0; i < NELEM(d); i++)
		sum += d[i] > 0 ? rank[i] : 0;
	for (signs = 0; signs < 1 << NELEM(d); signs++) {
		unsigned int s = 0;

		for (i = 0; i < NELEM(d); i++)
			s += signs & 1 << i ? rank[i] : 0;
		less += s >= sum;
	}
	for (i = 0; i < NELEM(d); i++)
		x[i] = d[i];
	assert_int_equal(fpb_stats_centre_in(x, of, NELEM(d), 0.05, &e), 0);
	assert_true(fabs(e.p - 2.0 * less / (1 << NELEM(d))) < 1e-12);
}

static void assert_same(const struct fpb_estimate *a, const struct fpb_estimate *b)
{
	assert_int_equal(a->n, b->n);
	assert_true(a->value == b->value);
	assert_int_equal(a->has_interval, b->has_interval);
	assert_true(a->lo == b->lo && a->hi == b->hi && a->p == b->p);
}

static void one_block_is_no_block(void **state)
{
	const size_t same[NELEM(d)] = { 3, 3, 3, 3, 3, 3, 3, 3 };
	struct fpb_estimate a, b;

	assert_int_equal(fpb_stats_centre(d, NELEM(d), 0.05, &a), 0);
	assert_int_equal(fpb_stats_centre_in(d, same, NELEM(d), 0.05, &b), 0);
	assert_same(&a, &b);
	assert_int_equal(fpb_stats_mean(d, NELEM(d), 2, 0.05, &a), 0);
	assert_int_equal(fpb_stats_mean_in(d, same, NELEM(d), 2, 0.05, &b), 0);
	assert_same(&a, &b);
}

/* Machines whose rates are far apart, each of which hardly varies. */
static void what_blocks_differ_by_is_no_error_of_the_mean(void **state)
{
	const double x[] = { 1.0, 1.1, 0.9, 9.0, 9.1, 8.9 };
	const size_t block[] = { 0, 0, 0, 1, 1, 1 };
	const size_t alone[] = { 0, 1, 2, 3, 4, 5 };
	struct fpb_estimate e;

	assert_int_equal(fpb_stats_mean_in(x, block, 6, 2, 0.05, &e), 0);
	assert_true(fabs(e.value - 5) < 1e-12);
	/* t(4; 0.975) * 0.1 / sqrt(6) */
	assert_true(fabs(e.hi - 5 - 2.776445 * 0.1 / sqrt(6)) < 1e-6);
	assert_int_equal(fpb_stats_mean_in(x, alone, 6, 2, 0.05, &e), 0);
	assert_false(e.has_interval);
}

/* Beyond what is counted: as the exact one would be, but for a few steps of the sum. */
static void many_numbers_are_as_good_as_counted(void **state)
{
	enum { N = FPB_SIGNED_RANK_MAX + 1 };
	static double x[N], walsh[N * (N + 1) / 2];
	static size_t rank[N];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct fpb_estimate e;
	struct fpb_pmf pmf;
	size_t i, j, n = 0, k;

	for (i = 0; i < N; i++) {
		x[i] = gsl_ran_gaussian(rng, 1) + 0.1;
		rank[i] = i + 1;
	}
	for (i = 0; i < N; i++)
		for (j = i; j < N; j++)
			walsh[n++] = (x[i] + x[j]) / 2;
	qsort(walsh, n, sizeof(*walsh), by_size);
	assert_int_equal(fpb_pmf_signed_rank(&pmf, rank, N), 0);
	k = fpb_pmf_critical(&pmf, 0.005);
	fpb_pmf_free(&pmf);
	assert_int_equal(fpb_stats_centre(x, N, 0.01, &e), 0);
	for (i = 0; walsh[i] < e.lo; i++)
		;
	print_message("# the %zu-th of %zu, exact: %zu\n", i, n, k);
	assert_true(i + 20 >= k && i <= k + 20);
	assert_true(e.p > 0 && e.p < 1);
	gsl_rng_free(rng);
}

/* --- machines ---------------------------------------------------------------- */

struct fleet {
	size_t machines, pairs;
	double sd, noisy;		/* of a boot pair; of machine 0 times this */
	double spread;			/* of the machines' effects */
	double bad;			/* machine 0 differs by so much */
};

static void play(const struct fleet *f, gsl_rng *rng,
		 struct fpb_machine_effect *m, double *spread)
{
	double x[MACHINES_MAX * PAIRS_MAX];
	size_t machine[NELEM(x)], i, k, n = 0;

	for (k = 0; k < f->machines; k++) {
		const double own = (k ? 0 : f->bad) +
				   gsl_ran_gaussian(rng, f->spread);

		for (i = 0; i < f->pairs; i++) {
			machine[n] = k;
			x[n++] = own + gsl_ran_gaussian(rng, k ? f->sd :
							f->sd * f->noisy);
		}
	}
	assert_int_equal(fpb_machines_compare(x, machine, n, 0.01, m,
					      f->machines, spread), 0);
}

static void machines_that_agree_are_not_named(void **state)
{
	static const struct fleet fleets[] = {
		{ 2, 19, 0.025, 1, 0, 0 }, { 3, 6, 0.025, 1, 0, 0 },
		{ 3, 6, 0.025, 4, 0, 0 }, { 16, 3, 0.025, 1, 0, 0 },
		{ 16, 19, 0.025, 4, 0, 0 }, { 64, 6, 0.025, 1, 0, 0 },
	};
	struct fpb_machine_effect m[MACHINES_MAX];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	const unsigned int runs = 500;
	unsigned int i, wrong, all = 0;
	double spread;

	for (size_t k = 0; k < NELEM(fleets); k++) {
		for (i = wrong = 0; i < runs; i++) {
			play(&fleets[k], rng, m, &spread);
			wrong += fpb_machines_disagree(m,
					fleets[k].machines) > 0;
		}
		print_message("# %zu machines, %zu pairs, one %g times as noisy: %u of %u\n",
			      fleets[k].machines, fleets[k].pairs,
			      fleets[k].noisy, wrong, runs);
		all += wrong;
	}
	/* 1 %, and three standard errors of the count. */
	assert_true(all <= 0.01 * runs * NELEM(fleets) +
			   3 * sqrt(0.01 * runs * NELEM(fleets)));
	gsl_rng_free(rng);
}

static void the_one_that_disagrees_is_named(void **state)
{
	static const struct fleet fleets[] = {
		{ 3, 19, 0.025, 1, 0, 0.05 }, { 16, 9, 0.025, 1, 0, -0.08 },
		{ 64, 9, 0.025, 1, 0, 0.08 },
	};
	struct fpb_machine_effect m[MACHINES_MAX];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	const unsigned int runs = 100;
	unsigned int i, found, others;
	double spread;

	for (size_t k = 0; k < NELEM(fleets); k++) {
		for (i = found = others = 0; i < runs; i++) {
			play(&fleets[k], rng, m, &spread);
			found += m[0].disagrees;
			others += fpb_machines_disagree(m + 1,
					fleets[k].machines - 1) > 0;
			if (m[0].disagrees)
				assert_true(fabs(log(m[0].others)) < 0.03);
		}
		print_message("# of %zu machines one is off by %g: named in %u, another in %u of %u\n",
			      fleets[k].machines, fleets[k].bad, found, others,
			      runs);
		assert_true(found >= 0.9 * runs);
		assert_true(others <= 0.05 * runs);
	}
	gsl_rng_free(rng);
}

static void of_two_that_differ_both_are_named(void **state)
{
	const struct fleet f = { 2, 9, 0.01, 1, 0, 0.1 };
	struct fpb_machine_effect m[2];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double spread;

	play(&f, rng, m, &spread);
	assert_true(m[0].disagrees && m[1].disagrees);
	assert_true(fabs(m[0].others - m[1].ratio.value) < 1e-12);
	assert_true(fabs(m[1].others - m[0].ratio.value) < 1e-12);
	gsl_rng_free(rng);
}

static void the_spread_is_without_noise(void **state)
{
	static const struct fleet fleets[] = {
		{ 64, 9, 0.025, 1, 0, 0 }, { 64, 9, 0.025, 1, 0.02, 0 },
	};
	struct fpb_machine_effect m[MACHINES_MAX];
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double spread, squares;

	for (size_t k = 0; k < NELEM(fleets); k++) {
		squares = 0;
		for (int i = 0; i < 50; i++) {
			play(&fleets[k], rng, m, &spread);
			squares += spread * spread / 50;
		}
		print_message("# %g: %g\n", fleets[k].spread, sqrt(squares));
		assert_true(fabs(sqrt(squares) - fleets[k].spread) < 0.003);
	}
	gsl_rng_free(rng);
}

static void machines_with_few_boot_pairs_are_left_alone(void **state)
{
	const double x[] = { 0.5, 0.01, 0.02, 0.03, 0.0, 0.02, 0.01 };
	const size_t machine[] = { 0, 1, 1, 1, 2, 2, 2 };
	struct fpb_machine_effect m[4];
	double spread;

	assert_int_equal(fpb_machines_compare(x, machine, NELEM(x), 0.01, m, 4,
					      &spread), 0);
	assert_int_equal(fpb_machines_disagree(m, 4), 0);
	assert_false(m[0].ratio.has_interval);
	assert_int_equal(m[3].ratio.n, 0);
	assert_false(isnan(spread));
	assert_int_equal(fpb_machines_compare(x, machine, 1, 0.01, m, 4,
					      &spread), 0);
	assert_true(isnan(spread));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_numbers_of_one_block_are_paired),
		cmocka_unit_test(p_is_that_of_all_signs),
		cmocka_unit_test(one_block_is_no_block),
		cmocka_unit_test(what_blocks_differ_by_is_no_error_of_the_mean),
		cmocka_unit_test(many_numbers_are_as_good_as_counted),
		cmocka_unit_test(machines_that_agree_are_not_named),
		cmocka_unit_test(the_one_that_disagrees_is_named),
		cmocka_unit_test(of_two_that_differ_both_are_named),
		cmocka_unit_test(the_spread_is_without_noise),
		cmocka_unit_test(machines_with_few_boot_pairs_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
