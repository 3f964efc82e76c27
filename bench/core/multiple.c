// SPDX-License-Identifier: GPL-2.0
/* Westfall and Young's minP over sign changes of whole rounds. */
#include "core/multiple.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>

#define ALL_FLIPS_MAX_ROUNDS	14
#define RANDOM_FLIPS		4000
#define SEED			20260616

/* p values that differ by rounding only must count as equal. */
#define TIE			(1 + 1e-9)

/* The rows that have an interval, as distances from their means. */
struct family {
	double *rest;		/* by round, all rows of one side by side */
	size_t nrows, nrounds;
	size_t *n;		/* rounds of each row */
	double *squares;	/* sum of rest^2 of each row */
	double *sum;		/* of each row, with the signs of now */
	double *smallest;	/* p of any row, of each set of signs */
	size_t nsets;
};

/*
 * Student's |t| of a row with the signs of now. The sum of squares does not
 * change with the signs, so it need not be summed again.
 */
static double row_t(const struct family *f, size_t row)
{
	double sum = f->sum[row] * f->sum[row], n = f->n[row];
	double rest = n * f->squares[row] - sum;

	/* A row without noise has no say. */
	if (f->squares[row] <= 0)
		return 0;
	return rest > 0 ? sqrt((n - 1) * sum / rest) : INFINITY;
}

static double smallest_p(const struct family *f)
{
	double smallest = 1, t = 0;
	size_t i;

	/* Of neighbours with as many rounds the largest t is enough. */
	for (i = 0; i < f->nrows; i++) {
		t = fmax(t, row_t(f, i));
		if (i + 1 < f->nrows && f->n[i + 1] == f->n[i])
			continue;
		smallest = fmin(smallest,
				2 * gsl_cdf_tdist_Q(t, f->n[i] - 1));
		t = 0;
	}
	return smallest;
}

static void add_round(struct family *f, size_t round, double factor)
{
	const double *rest = f->rest + round * f->nrows;
	size_t i;

	for (i = 0; i < f->nrows; i++)
		f->sum[i] += factor * rest[i];
}

/* Every set of signs once, by turning one round's at a time (Gray's code). */
static void flip_all(struct family *f)
{
	size_t set, round;
	bool minus[ALL_FLIPS_MAX_ROUNDS] = { false };

	f->smallest[0] = smallest_p(f);
	for (set = 1; set < f->nsets; set++) {
		round = __builtin_ctzl(set);
		add_round(f, round, minus[round] ? 2 : -2);
		minus[round] = !minus[round];
		f->smallest[set] = smallest_p(f);
	}
}

static int flip_at_random(struct family *f)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t set, i, round;

	if (!rng)
		return -ENOMEM;
	gsl_rng_set(rng, SEED);
	for (set = 0; set < f->nsets; set++) {
		for (i = 0; i < f->nrows; i++)
			f->sum[i] = 0;
		for (round = 0; round < f->nrounds; round++)
			add_round(f, round, gsl_rng_uniform_int(rng, 2) ?
				  1 : -1);
		f->smallest[set] = smallest_p(f);
	}
	gsl_rng_free(rng);
	return 0;
}

static int flip(struct family *f)
{
	bool all = f->nrounds <= ALL_FLIPS_MAX_ROUNDS;
	size_t round;

	/* All signs turned give the same |t|: half of the sets are enough. */
	f->nsets = all ? (size_t)1 << (f->nrounds - 1) : RANDOM_FLIPS;
	f->smallest = malloc(f->nsets * sizeof(*f->smallest));
	if (!f->smallest)
		return -ENOMEM;
	if (!all) {
		if (flip_at_random(f))
			return -ENOMEM;
	} else {
		for (round = 0; round < f->nrounds; round++)
			add_round(f, round, 1);
		flip_all(f);
	}
	gsl_sort(f->smallest, 1, f->nsets);
	return 0;
}

/* The share of the sets whose smallest p is at most @p. */
static double share_below(const struct family *f, double p)
{
	size_t lo = 0, hi = f->nsets;

	if (f->nrounds < FPB_ROUNDS_MINP)
		return 1;		/* Bonferroni's bound it is */
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (f->smallest[mid] <= p * TIE)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (double)lo / f->nsets;
}

static double bounded(double x, double lo, double hi)
{
	return fmin(fmax(x, lo), hi);
}

/* The largest level at which the share of sets is still @alpha. */
static double shared_level(const struct family *f, double alpha)
{
	size_t k = alpha * f->nsets;

	if (f->nrounds < FPB_ROUNDS_MINP)
		return alpha / f->nrows;
	/* Equal values are reached together: none of them may be. */
	return bounded(f->smallest[k] / TIE / TIE, alpha / f->nrows, alpha);
}

static size_t present(const double *row, size_t nrounds, double *some)
{
	size_t i, n = 0;

	for (i = 0; i < nrounds; i++)
		if (!isnan(row[i]))
			some[n++] = row[i];
	return n;
}

static int estimate(const double *row, size_t nrounds, double alpha,
		    struct fpb_estimate *e)
{
	double *some = malloc((nrounds + 1) * sizeof(*some));
	int ret;

	if (!some)
		return -ENOMEM;
	ret = fpb_stats_mean(some, present(row, nrounds, some),
			     FPB_ROUNDS_MIN, alpha, e);
	free(some);
	return ret;
}

/* Takes a row into the family, as its distances from the mean. */
static void take(struct family *f, size_t room, const double *row,
		 const struct fpb_estimate *e)
{
	size_t at = f->nrows++, round;

	f->n[at] = e->n;
	for (round = 0; round < f->nrounds; round++) {
		double rest = isnan(row[round]) ? 0 : row[round] - e->value;

		f->rest[round * room + at] = rest;
		f->squares[at] += rest * rest;
	}
}

/* Rows were left out: the others move up. */
static void close_up(struct family *f, size_t room)
{
	size_t round, i;

	for (round = 0; round < f->nrounds; round++)
		for (i = 0; i < f->nrows; i++)
			f->rest[round * f->nrows + i] =
				f->rest[round * room + i];
}

static int widen(struct family *f, const double *d, size_t nrows,
		 double alpha, struct fpb_estimate *e, double *adjusted)
{
	double level;
	size_t i;
	int ret = 0;

	for (i = 0; i < nrows; i++)
		if (e[i].has_interval)
			take(f, nrows, d + i * f->nrounds, &e[i]);
	if (!f->nrows)
		return 0;
	close_up(f, nrows);
	if (flip(f))
		return -ENOMEM;
	level = shared_level(f, alpha);
	for (i = 0; !ret && i < nrows; i++) {
		if (!e[i].has_interval)
			continue;
		adjusted[i] = bounded(share_below(f, e[i].p), e[i].p,
				      fmin(1, f->nrows * e[i].p));
		ret = estimate(d + i * f->nrounds, f->nrounds, level, &e[i]);
	}
	return ret;
}

int fpb_simultaneous(const double *d, size_t nrows, size_t nrounds,
		     double alpha, struct fpb_estimate *e, double *adjusted)
{
	struct family f = { .nrounds = nrounds };
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < nrows; i++) {
		adjusted[i] = 1;
		ret = estimate(d + i * nrounds, nrounds, alpha, &e[i]);
	}
	if (ret || !nrows || !nrounds)
		return ret;
	f.rest = calloc(nrows * nrounds, sizeof(*f.rest));
	f.n = calloc(nrows, sizeof(*f.n));
	f.squares = calloc(2 * nrows, sizeof(*f.squares));
	if (f.rest && f.n && f.squares) {
		f.sum = f.squares + nrows;
		ret = widen(&f, d, nrows, alpha, e, adjusted);
	} else {
		ret = -ENOMEM;
	}
	free(f.smallest);
	free(f.squares);
	free(f.n);
	free(f.rest);
	return ret;
}
