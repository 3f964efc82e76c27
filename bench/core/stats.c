// SPDX-License-Identifier: GPL-2.0
/* Estimates, intervals and what they say. */
#include "core/stats.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>
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

/* The largest k with P(statistic <= k) <= alpha / 2 when there are no ties. */
static int untied_critical(size_t n, double alpha, long *k)
{
	size_t *rank = malloc(n * sizeof(*rank));
	struct fpb_pmf pmf;
	size_t i;
	int ret;

	if (!rank)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		rank[i] = i + 1;
	ret = fpb_pmf_signed_rank(&pmf, rank, n);
	free(rank);
	if (ret)
		return ret;
	*k = fpb_pmf_critical(&pmf, alpha / 2);
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

int fpb_stats_centre(const double *d, size_t n, double alpha,
		     struct fpb_estimate *e)
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

	ret = untied_critical(n, alpha, &k);
	if (!ret)
		ret = signed_rank_p(d, n, &e->p);
	if (!ret)
		fill(e, walsh, nwalsh, k);
	free(walsh);
	return ret;
}

size_t fpb_stats_centre_min(double alpha)
{
	size_t n = 1;

	while (n < FPB_SIGNED_RANK_MAX && ldexp(1, 1 - (int)n) > alpha)
		n++;
	return n;
}

/* Value, standard error and degrees of freedom to an interval and p. */
static void fill_student(struct fpb_estimate *e, double se, double df,
			 double alpha)
{
	double far = gsl_cdf_tdist_Pinv(1 - alpha / 2, df) * se;

	e->has_interval = true;
	e->lo = e->value - far;
	e->hi = e->value + far;
	if (se > 0)
		e->p = 2 * gsl_cdf_tdist_Q(fabs(e->value) / se, df);
	else
		e->p = e->value == 0;
}

int fpb_stats_mean(const double *d, size_t n, size_t min, double alpha,
		   struct fpb_estimate *e)
{
	*e = (struct fpb_estimate){ .n = n, .p = 1 };
	if (!all_finite(d, n))
		return -EINVAL;
	if (n)
		e->value = gsl_stats_mean(d, 1, n);
	if (n >= 2 && n >= min)
		fill_student(e, gsl_stats_sd_m(d, 1, n, e->value) / sqrt(n),
			     n - 1, alpha);
	return 0;
}

/* The sum of the squared distances from the mean. */
static double squares(const double *d, size_t n)
{
	return n > 1 ? (n - 1) * gsl_stats_variance(d, 1, n) : 0;
}

int fpb_stats_shift(const double *x, size_t m, const double *y, size_t n,
		    size_t min, double alpha, struct fpb_estimate *e)
{
	double variance;

	*e = (struct fpb_estimate){ .p = 1 };
	if (!all_finite(x, m) || !all_finite(y, n))
		return -EINVAL;
	if (!m || !n)
		return 0;
	e->n = m + n;
	e->value = gsl_stats_mean(y, 1, n) - gsl_stats_mean(x, 1, m);
	if (m < min || n < min || m + n < 3)
		return 0;
	variance = (squares(x, m) + squares(y, n)) / (m + n - 2);
	fill_student(e, sqrt(variance * (1.0 / m + 1.0 / n)), m + n - 2,
		     alpha);
	return 0;
}

struct fpb_estimate fpb_estimate_exp(struct fpb_estimate e)
{
	e.value = exp(e.value);
	e.lo = exp(e.lo);
	e.hi = exp(e.hi);
	return e;
}

double fpb_estimate_resolution(const struct fpb_estimate *e)
{
	return e->has_interval ? sqrt(e->hi / e->lo) - 1 : INFINITY;
}

struct fpb_verdict fpb_verdict(const struct fpb_estimate *e, double margin)
{
	double far = log1p(margin);

	if (!e->n || !e->has_interval)
		return (struct fpb_verdict){ 0 };
	return (struct fpb_verdict){
		.direction = (e->lo > 0) - (e->hi < 0),
		.within = e->lo > -far && e->hi < far,
	};
}

bool fpb_verdict_resolved(struct fpb_verdict v)
{
	return v.direction || v.within;
}

const char *fpb_direction_name(int direction)
{
	return direction > 0 ? "faster" : direction < 0 ? "slower" : "";
}

size_t fpb_stats_needed(const struct fpb_estimate *e, double margin)
{
	double half = (e->hi - e->lo) / 2, size = fabs(e->value);
	double target = fmax(size, log1p(margin) - size);

	return fmax(e->n + 1, ceil(fmin(1e6, e->n * pow(half / target, 2))));
}
