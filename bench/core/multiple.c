// SPDX-License-Identifier: GPL-2.0
/* Holm's adjustment, and Westfall and Young's step-down max-T. */
#include "core/multiple.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>

#define ALL_FLIPS_MAX_ROUNDS	16
#define RANDOM_FLIPS		20000
#define SEED			20260616

/* Sums that differ by rounding only must count as equal. */
#define TIE			(1 - 1e-9)

int fpb_holm(const double *p, size_t n, double *adjusted)
{
	size_t *order = malloc(n * sizeof(*order));
	double most = 0;
	size_t i;

	if (n && !order)
		return -ENOMEM;
	gsl_sort_index(order, p, 1, n);
	for (i = 0; i < n; i++) {
		most = fmax(most, fmin(1, (n - i) * p[order[i]]));
		adjusted[order[i]] = most;
	}
	free(order);
	return 0;
}

struct family {
	const double *d;
	size_t ncells, nrounds;
	bool *flip;		/* of each round */
	double *t;		/* |t| of each cell as measured */
	size_t *order;		/* cells by falling t */
	size_t *reached;	/* by place in order */
};

/*
 * Student's |t| of one cell under the sign changes. The sum of squares does
 * not change with the signs.
 */
static double cell_t(const struct family *f, size_t cell)
{
	const double *d = f->d + cell * f->nrounds;
	double sum = 0, squares = 0, rest;
	size_t i, n = 0;

	for (i = 0; i < f->nrounds; i++) {
		if (isnan(d[i]))
			continue;
		sum += f->flip[i] ? -d[i] : d[i];
		squares += d[i] * d[i];
		n++;
	}
	if (n < 2 || sum == 0)
		return 0;
	rest = n * squares - sum * sum;
	if (rest <= 0)			/* all equal: no noise at all */
		return INFINITY;
	return sqrt((n - 1) * sum * sum / rest);
}

/* One set of sign changes: which places are reached by it? */
static void count(struct family *f)
{
	double most = 0;
	size_t i;

	for (i = f->ncells; i-- > 0;) {
		most = fmax(most, cell_t(f, f->order[i]));
		f->reached[i] += most >= f->t[f->order[i]] * TIE;
	}
}

static size_t count_all(struct family *f)
{
	/* All signs turned give the same |t|: half of the sets are enough. */
	size_t i, set, sets = (size_t)1 << (f->nrounds - 1);

	for (set = 0; set < sets; set++) {
		for (i = 0; i < f->nrounds; i++)
			f->flip[i] = set >> i & 1;
		count(f);
	}
	return sets;
}

static int count_random(struct family *f, size_t *sets)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	size_t i, set;

	if (!rng)
		return -ENOMEM;
	gsl_rng_set(rng, SEED);
	count(f);			/* as measured: no sign changed */
	for (set = 0; set < RANDOM_FLIPS; set++) {
		for (i = 0; i < f->nrounds; i++)
			f->flip[i] = gsl_rng_uniform_int(rng, 2);
		count(f);
	}
	gsl_rng_free(rng);
	*sets = RANDOM_FLIPS + 1;
	return 0;
}

static int adjust(struct family *f, double *adjusted)
{
	double most = 0;
	size_t i, sets;

	for (i = 0; i < f->ncells; i++)
		f->t[i] = cell_t(f, i);
	gsl_sort_index(f->order, f->t, 1, f->ncells);
	for (i = 0; i < f->ncells / 2; i++) {
		size_t tmp = f->order[i];

		f->order[i] = f->order[f->ncells - 1 - i];
		f->order[f->ncells - 1 - i] = tmp;
	}

	if (f->nrounds <= ALL_FLIPS_MAX_ROUNDS)
		sets = count_all(f);
	else if (count_random(f, &sets))
		return -ENOMEM;

	for (i = 0; i < f->ncells; i++) {
		most = fmax(most, (double)f->reached[i] / sets);
		adjusted[f->order[i]] = most;
	}
	return 0;
}

int fpb_max_t(const double *d, size_t ncells, size_t nrounds,
	      double *adjusted)
{
	struct family f = { .d = d, .ncells = ncells, .nrounds = nrounds };
	int ret = -ENOMEM;

	if (!ncells || !nrounds)
		return 0;
	f.flip = calloc(nrounds, sizeof(*f.flip));
	f.t = calloc(ncells, sizeof(*f.t));
	f.order = calloc(ncells, sizeof(*f.order));
	f.reached = calloc(ncells, sizeof(*f.reached));
	if (f.flip && f.t && f.order && f.reached)
		ret = adjust(&f, adjusted);
	free(f.reached);
	free(f.order);
	free(f.t);
	free(f.flip);
	return ret;
}
