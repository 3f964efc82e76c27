// SPDX-License-Identifier: GPL-2.0
#include "core/machines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

/* The log ratios of one machine. */
struct group {
	double mean;
	double squares;			/* of the distances from it */
	size_t n;
	bool tested;			/* and no outlier so far */
};

static void add_numbers(struct group *g, const double *d,
			const size_t *machine, size_t n)
{
	double step;
	size_t i;

	/* Welford's way to the sum of squares. */
	for (i = 0; i < n; i++) {
		struct group *of = &g[machine[i]];

		step = d[i] - of->mean;
		of->mean += step / ++of->n;
		of->squares += step * (d[i] - of->mean);
	}
}

static double spread_of(const struct group *g, size_t ngroups, size_t n)
{
	double mean = 0, within = 0, between = 0, sizes = 0;
	size_t i, k = 0;

	for (i = 0; i < ngroups; i++) {
		k += g[i].n > 0;
		mean += g[i].mean * g[i].n / n;
		sizes += (double)g[i].n * g[i].n / n;
		within += g[i].squares;
	}
	if (k < 2 || n == k)
		return NAN;
	for (i = 0; i < ngroups; i++)
		between += g[i].n * pow(g[i].mean - mean, 2);
	/* Mean squares; sizes: of what a machine's part counts in between. */
	between = (between / (k - 1) - within / (n - k)) /
		  ((n - sizes) / (k - 1));
	return between > 0 ? sqrt(between) : 0;
}

/* The square of the standard error of a group's mean. */
static double error_of(const struct group *g)
{
	return g->squares / (g->n - 1) / g->n;
}

/*
 * How unlikely the mean of @x is if it is that of the others, *@others. Of the two
 * standard errors the one that is known worse gives the degrees of freedom.
 */
static double p_of(const struct group *g, size_t ngroups, size_t x,
		   double *others)
{
	double own = error_of(&g[x]), error = 0, sum = 0, df = 0, part;
	size_t i, k = 0;

	for (i = 0; i < ngroups; i++) {
		if (i == x || !g[i].tested)
			continue;
		k++;
		sum += g[i].mean;
		part = error_of(&g[i]);
		error += part;
		df += part * part / (g[i].n - 1);
	}
	*others = sum / k;
	df = df > 0 ? fmin(error * error / df, g[x].n - 1) : g[x].n - 1;
	error = sqrt(error / k / k + own);
	if (!(error > 0))
		return g[x].mean == *others;
	return 2 * gsl_cdf_tdist_Q(fabs(g[x].mean - *others) / error, df);
}

static size_t count_tested(const struct group *g, size_t ngroups)
{
	size_t i, n = 0;

	for (i = 0; i < ngroups; i++)
		n += g[i].tested;
	return n;
}

/* The one that is farthest off, of those that certainly are; -1: none. */
static long find_outlier(const struct group *g, size_t ngroups, double level,
			 double *others)
{
	double mean, far = 0;
	long found = -1;
	size_t i;

	for (i = 0; i < ngroups; i++) {
		if (!g[i].tested || p_of(g, ngroups, i, &mean) > level ||
		    fabs(g[i].mean - mean) <= far)
			continue;
		far = fabs(g[i].mean - mean);
		*others = mean;
		found = i;
	}
	return found;
}

/* Of two that are left nobody knows which is right: both are named. */
static void find_outliers(struct group *g, size_t ngroups, double alpha,
			  struct fpb_machine_effect *m)
{
	const double level = alpha / count_tested(g, ngroups);
	size_t left = count_tested(g, ngroups), i;
	double others;
	long x;

	for (; left >= 2; left--) {
		x = find_outlier(g, ngroups, level, &others);
		if (x < 0)
			return;
		m[x].disagrees = true;
		m[x].others = exp(others);
		g[x].tested = false;
		for (i = 0; left == 2 && i < ngroups; i++) {
			if (!g[i].tested)
				continue;
			m[i].disagrees = true;
			m[i].others = exp(g[x].mean);
		}
	}
}

static void estimate(const struct group *g, struct fpb_machine_effect *m)
{
	double far;

	*m = (struct fpb_machine_effect){
		.ratio = { .n = g->n, .value = g->mean, .p = 1 },
	};
	if (g->n >= FPB_MACHINE_PAIRS) {
		far = gsl_cdf_tdist_Pinv(1 - FPB_ALPHA / 2, g->n - 1) *
		      sqrt(error_of(g));
		m->ratio.has_interval = true;
		m->ratio.lo = g->mean - far;
		m->ratio.hi = g->mean + far;
	}
	m->ratio = fpb_estimate_exp(m->ratio);
}

int fpb_machines_compare(const double *d, const size_t *machine, size_t n,
			 double alpha, struct fpb_machine_effect *m,
			 size_t nmachines, double *spread)
{
	struct group *g = calloc(nmachines, sizeof(*g));
	size_t i;

	if (!g)
		return -ENOMEM;
	add_numbers(g, d, machine, n);
	*spread = spread_of(g, nmachines, n);
	for (i = 0; i < nmachines; i++) {
		estimate(&g[i], &m[i]);
		g[i].tested = g[i].n >= FPB_MACHINE_PAIRS;
	}
	if (count_tested(g, nmachines) >= 2)
		find_outliers(g, nmachines, alpha, m);
	free(g);
	return 0;
}

size_t fpb_machines_disagree(const struct fpb_machine_effect *m,
			     size_t nmachines)
{
	size_t i, n = 0;

	for (i = 0; m && i < nmachines; i++)
		n += m[i].disagrees;
	return n;
}
