// SPDX-License-Identifier: GPL-2.0
/* Exact null distributions of rank statistics: subset sums of the ranks. */
#include "core/exact.h"

#include <errno.h>
#include <stdlib.h>

static int pmf_init(struct fpb_pmf *d, size_t max)
{
	d->max = max;
	d->p = calloc(max + 1, sizeof(*d->p));
	return d->p ? 0 : -ENOMEM;
}

void fpb_pmf_free(struct fpb_pmf *d)
{
	free(d->p);
	d->p = NULL;
}

int fpb_pmf_signed_rank(struct fpb_pmf *d, const size_t *weight, size_t n)
{
	size_t i, s, max = 0;

	for (i = 0; i < n; i++)
		max += weight[i];
	if (pmf_init(d, max))
		return -ENOMEM;

	/* One coin after the other; downwards, so that each counts once. */
	d->p[0] = 1;
	for (i = 0; i < n; i++)
		for (s = max + 1; s-- > 0;)
			d->p[s] = (d->p[s] + (s >= weight[i] ?
				   d->p[s - weight[i]] : 0)) / 2;
	return 0;
}

static int descending(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;

	return (x < y) - (x > y);
}

/* The largest sum of @m of the weights, which are left sorted. */
static size_t largest_sum(size_t *weight, size_t total, size_t m)
{
	size_t i, sum = 0;

	qsort(weight, total, sizeof(*weight), descending);
	for (i = 0; i < m; i++)
		sum += weight[i];
	return sum;
}

/*
 * Adds one weight to the counts: ways[k * width + s] is in how many ways k of
 * the weights so far add up to s. Downwards, so that each counts once.
 */
static void add_weight(double *ways, size_t width, size_t m, size_t weight)
{
	size_t k, s;

	for (k = m; k > 0; k--)
		for (s = weight; s < width; s++)
			ways[k * width + s] +=
				ways[(k - 1) * width + s - weight];
}

int fpb_pmf_rank_sum(struct fpb_pmf *d, const size_t *weight, size_t total,
		     size_t m)
{
	size_t *sorted = malloc(total * sizeof(*sorted));
	double *ways = NULL, all = 0;
	size_t i, s, width;
	int ret = -ENOMEM;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < total; i++)
		sorted[i] = weight[i];
	width = largest_sum(sorted, total, m) + 1;

	ways = calloc((m + 1) * width, sizeof(*ways));
	if (!ways || pmf_init(d, width - 1))
		goto out_free;

	ways[0] = 1;
	for (i = 0; i < total; i++)
		add_weight(ways, width, m, weight[i]);
	for (s = 0; s < width; s++)
		all += ways[m * width + s];
	for (s = 0; s < width; s++)
		d->p[s] = ways[m * width + s] / all;
	ret = 0;

out_free:
	free(ways);
	free(sorted);
	return ret;
}

double fpb_pmf_up_to(const struct fpb_pmf *d, size_t k)
{
	double sum = 0;
	size_t i;

	for (i = 0; i <= k && i <= d->max; i++)
		sum += d->p[i];
	return sum;
}

double fpb_pmf_from(const struct fpb_pmf *d, size_t k)
{
	double sum = 0;
	size_t i;

	/* Small terms first, as in fpb_pmf_up_to(). */
	for (i = d->max + 1; i-- > k;)
		sum += d->p[i];
	return sum;
}

long fpb_pmf_critical(const struct fpb_pmf *d, double alpha)
{
	double sum = 0;
	size_t i;

	for (i = 0; i <= d->max; i++) {
		sum += d->p[i];
		if (sum > alpha)
			break;
	}
	return (long)i - 1;
}
