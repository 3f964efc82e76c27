// SPDX-License-Identifier: GPL-2.0
/* Hodges-Lehmann estimates, intervals from exact rank tests, verdicts. */
#include "core/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "core/exact.h"

static bool all_finite(const double *d, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isfinite(d[i]))
			return false;
	return true;
}

/*
 * Twice the rank of each number, so that shared ranks stay whole: numbers
 * that are equal get the mean of the ranks that they take up together.
 */
static int doubled_ranks(const double *d, size_t n, size_t *rank)
{
	size_t *order = malloc(n * sizeof(*order));
	size_t i, j, k;

	if (!order)
		return -ENOMEM;
	gsl_sort_index(order, d, 1, n);
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && d[order[j]] == d[order[i]]; j++)
			;
		for (k = i; k < j; k++)
			rank[order[k]] = i + 1 + j;
	}
	free(order);
	return 0;
}

static double two_sided(const struct fpb_pmf *d, size_t k)
{
	return fmin(1, 2 * fmin(fpb_pmf_up_to(d, k), fpb_pmf_from(d, k)));
}

/* The largest k with P(statistic <= k) <= 2.5 % when there are no ties. */
static int untied_critical(size_t total, size_t m, bool paired, long *k)
{
	size_t *rank = malloc(total * sizeof(*rank));
	struct fpb_pmf pmf;
	size_t i;
	int ret;

	if (!rank)
		return -ENOMEM;
	for (i = 0; i < total; i++)
		rank[i] = i + 1;
	ret = paired ? fpb_pmf_signed_rank(&pmf, rank, total) :
		       fpb_pmf_rank_sum(&pmf, rank, total, m);
	free(rank);
	if (ret)
		return ret;
	*k = fpb_pmf_critical(&pmf, FPB_ALPHA / 2);
	if (!paired)		/* from the rank sum to U */
		*k -= m * (m + 1) / 2;
	fpb_pmf_free(&pmf);
	return 0;
}

/*
 * Estimate and interval from the @n sorted elementary estimates: their
 * median, and what is left when the @k smallest and largest are cut off.
 */
static void fill(struct fpb_estimate *e, double *sorted, size_t n, long k)
{
	gsl_sort(sorted, 1, n);
	e->value = gsl_stats_median_from_sorted_data(sorted, 1, n);
	e->has_interval = k >= 0;
	if (e->has_interval) {
		e->lo = sorted[k];
		e->hi = sorted[n - 1 - k];
	}
}

static int signed_rank_p(const double *d, size_t n, double *p)
{
	double *size = malloc(n * sizeof(*size));
	size_t *rank = malloc(n * sizeof(*rank));
	bool *up = malloc(n * sizeof(*up));
	size_t i, used = 0, sum = 0;
	struct fpb_pmf pmf;
	int ret = -ENOMEM;

	if (!size || !rank || !up)
		goto out_free;
	for (i = 0; i < n; i++) {
		if (d[i] == 0)
			continue;
		up[used] = d[i] > 0;
		size[used++] = fabs(d[i]);
	}
	*p = 1;
	ret = 0;
	if (!used)
		goto out_free;

	ret = doubled_ranks(size, used, rank);
	if (!ret)
		ret = fpb_pmf_signed_rank(&pmf, rank, used);
	if (ret)
		goto out_free;
	for (i = 0; i < used; i++)
		sum += up[i] ? rank[i] : 0;
	*p = two_sided(&pmf, sum);
	fpb_pmf_free(&pmf);

out_free:
	free(up);
	free(rank);
	free(size);
	return ret;
}

int fpb_stats_centre(const double *d, size_t n, struct fpb_estimate *e)
{
	size_t i, j, nwalsh = 0;
	double *walsh;
	long k;
	int ret;

	*e = (struct fpb_estimate){ .n = n, .p = 1 };
	if (!n)
		return 0;
	if (n > FPB_SIGNED_RANK_MAX)
		return -E2BIG;
	if (!all_finite(d, n))
		return -EINVAL;

	walsh = malloc(n * (n + 1) / 2 * sizeof(*walsh));
	if (!walsh)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		for (j = i; j < n; j++)
			walsh[nwalsh++] = (d[i] + d[j]) / 2;

	ret = untied_critical(n, 0, true, &k);
	if (!ret)
		ret = signed_rank_p(d, n, &e->p);
	if (!ret)
		fill(e, walsh, nwalsh, k);
	free(walsh);
	return ret;
}

static int rank_sum_p(const double *x, size_t m, const double *y, size_t n,
		      double *p)
{
	double *both = malloc((m + n) * sizeof(*both));
	size_t *rank = malloc((m + n) * sizeof(*rank));
	struct fpb_pmf pmf;
	size_t i, sum = 0;
	int ret = -ENOMEM;

	if (!both || !rank)
		goto out_free;
	for (i = 0; i < m + n; i++)
		both[i] = i < m ? x[i] : y[i - m];
	ret = doubled_ranks(both, m + n, rank);
	if (!ret)
		ret = fpb_pmf_rank_sum(&pmf, rank, m + n, m);
	if (ret)
		goto out_free;
	for (i = 0; i < m; i++)
		sum += rank[i];
	*p = two_sided(&pmf, sum);
	fpb_pmf_free(&pmf);

out_free:
	free(rank);
	free(both);
	return ret;
}

int fpb_stats_shift(const double *x, size_t m, const double *y, size_t n,
		    struct fpb_estimate *e)
{
	size_t i, j;
	double *diff;
	long k;
	int ret;

	*e = (struct fpb_estimate){ .p = 1 };
	if (!m || !n)
		return 0;
	if (m > FPB_RANK_SUM_MAX || n > FPB_RANK_SUM_MAX)
		return -E2BIG;
	if (!all_finite(x, m) || !all_finite(y, n))
		return -EINVAL;

	e->n = m + n;
	diff = malloc(m * n * sizeof(*diff));
	if (!diff)
		return -ENOMEM;
	for (i = 0; i < m; i++)
		for (j = 0; j < n; j++)
			diff[i * n + j] = y[j] - x[i];

	ret = untied_critical(m + n, m, false, &k);
	if (!ret)
		ret = rank_sum_p(x, m, y, n, &e->p);
	if (!ret)
		fill(e, diff, m * n, k);
	free(diff);
	return ret;
}

struct fpb_estimate fpb_estimate_exp(struct fpb_estimate e)
{
	e.value = exp(e.value);
	e.lo = exp(e.lo);
	e.hi = exp(e.hi);
	return e;
}

const char *fpb_verdict_name(enum fpb_verdict v)
{
	static const char * const names[] = {
		[FPB_VERDICT_NONE]	= "",
		[FPB_VERDICT_FASTER]	= "faster",
		[FPB_VERDICT_SLOWER]	= "slower",
		[FPB_VERDICT_SAME]	= "same",
		[FPB_VERDICT_UNCLEAR]	= "unclear",
	};

	return names[v];
}

enum fpb_verdict fpb_verdict(const struct fpb_estimate *e, double p,
			     double margin)
{
	double far = log1p(margin);

	if (!e->n)
		return FPB_VERDICT_NONE;
	if (!e->has_interval)
		return FPB_VERDICT_UNCLEAR;
	if (e->lo > -far && e->hi < far)
		return FPB_VERDICT_SAME;
	if (p < FPB_ALPHA && e->lo > 0)
		return FPB_VERDICT_FASTER;
	if (p < FPB_ALPHA && e->hi < 0)
		return FPB_VERDICT_SLOWER;
	return FPB_VERDICT_UNCLEAR;
}
