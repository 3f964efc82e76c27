// SPDX-License-Identifier: GPL-2.0
/* The signed-rank statistic's null distribution: subset sums of the ranks. */
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
