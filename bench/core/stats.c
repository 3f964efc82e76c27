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

/* Pairs of numbers whose means are kept at the same time: 128 MiB. */
#define WALSH_MAX	(16u << 20)

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

/* Numbers block by block: the k-th block's end before @ends[k]. */
struct blocks {
	double *d;
	size_t *ends, n;
	size_t walsh;			/* pairs inside of blocks */
};

static void blocks_free(struct blocks *b)
{
	free(b->ends);
	free(b->d);
}

/* @block: NULL, or that of each number. */
static int blocks_init(struct blocks *b, const double *d, const size_t *block,
		       size_t n)
{
	size_t i, k, size, *start, last = 0;

	for (i = 0; block && i < n; i++)
		last = block[i] > last ? block[i] : last;
	start = calloc(last + 2, sizeof(*start));
	*b = (struct blocks){ .d = malloc((n + 1) * sizeof(*b->d)) };
	b->ends = malloc((n + 1) * sizeof(*b->ends));
	if (!start || !b->d || !b->ends) {
		free(start);
		blocks_free(b);
		return -ENOMEM;
	}
	/* A counting sort: numbers of a block keep their order. */
	for (i = 0; i < n; i++)
		start[(block ? block[i] : 0) + 1]++;
	for (k = 0; k <= last; k++) {
		size = start[k + 1];
		start[k + 1] += start[k];
		if (!size)
			continue;
		b->ends[b->n++] = start[k + 1];
		b->walsh += size * (size + 1) / 2;
	}
	for (i = 0; i < n; i++)
		b->d[start[block ? block[i] : 0]++] = d[i];
	free(start);
	return 0;
}

static size_t block_begin(const struct blocks *b, size_t k)
{
	return k ? b->ends[k - 1] : 0;
}

/* The statistic's distribution with the doubled ranks @rank, none of them 0. */
static double normal_z(const size_t *rank, size_t n, double sum)
{
	double mean = 0, variance = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		mean += rank[i] / 2.0;
		variance += (double)rank[i] * rank[i] / 4;
	}
	return (sum - mean) / sqrt(variance);
}

/* The largest k with P(statistic <= k) <= alpha / 2 when there are no ties. */
static int untied_critical(const struct blocks *b, size_t n, double alpha,
			   long *k)
{
	size_t *rank = malloc(n * sizeof(*rank));
	double variance = 0;
	struct fpb_pmf pmf;
	size_t i, at;
	int ret = 0;

	if (!rank)
		return -ENOMEM;
	for (i = at = 0; i < n; i++) {
		at += i == b->ends[at];
		rank[i] = i + 1 - block_begin(b, at);
		variance += (double)rank[i] * rank[i] / 4;
	}
	if (n > FPB_SIGNED_RANK_MAX) {
		*k = floor(b->walsh / 2.0 - 0.5 -
			   gsl_cdf_ugaussian_Qinv(alpha / 2) * sqrt(variance));
	} else {
		ret = fpb_pmf_signed_rank(&pmf, rank, n);
		if (!ret) {
			*k = fpb_pmf_critical(&pmf, alpha / 2);
			fpb_pmf_free(&pmf);
		}
	}
	free(rank);
	return ret;
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

/* The sizes of the numbers of block @k that are not 0, and their doubled ranks. */
static int rank_block(const struct blocks *b, size_t k, double *size,
		      size_t *rank, bool *up, size_t *used)
{
	size_t i, n = 0;
	int ret;

	for (i = block_begin(b, k); i < b->ends[k]; i++) {
		if (b->d[i] == 0)
			continue;
		up[*used + n] = b->d[i] > 0;
		size[n++] = fabs(b->d[i]);
	}
	ret = doubled_ranks(size, n, rank + *used);
	*used += n;
	return ret;
}

static int p_of_sum(const size_t *rank, size_t n, size_t sum, double *p)
{
	struct fpb_pmf pmf;
	double z;
	int ret;

	if (n > FPB_SIGNED_RANK_MAX) {
		/* Doubled ranks: half a step of the sum is 1. */
		z = fabs(normal_z(rank, n, sum));
		z = fmax(0, z - fabs(normal_z(rank, n, sum + 1.0) -
				     normal_z(rank, n, sum)));
		*p = fmin(1, 2 * gsl_cdf_ugaussian_Q(z));
		return 0;
	}
	ret = fpb_pmf_signed_rank(&pmf, rank, n);
	if (ret)
		return ret;
	*p = two_sided(&pmf, sum);
	fpb_pmf_free(&pmf);
	return 0;
}

static int signed_rank_p(const struct blocks *b, size_t n, double *p)
{
	double *size = malloc(n * sizeof(*size));
	size_t *rank = malloc(n * sizeof(*rank));
	bool *up = malloc(n * sizeof(*up));
	size_t i, used = 0, sum = 0;
	int ret = size && rank && up ? 0 : -ENOMEM;

	for (i = 0; !ret && i < b->n; i++)
		ret = rank_block(b, i, size, rank, up, &used);
	for (i = 0; !ret && i < used; i++)
		sum += up[i] ? rank[i] : 0;
	*p = 1;
	if (!ret && used)
		ret = p_of_sum(rank, used, sum, p);
	free(up);
	free(rank);
	free(size);
	return ret;
}

/* The means of all pairs of numbers of one block, each with itself, too. */
static void walsh_means(const struct blocks *b, double *walsh)
{
	size_t k, i, j;

	for (k = 0; k < b->n; k++)
		for (i = block_begin(b, k); i < b->ends[k]; i++)
			for (j = i; j < b->ends[k]; j++)
				*walsh++ = (b->d[i] + b->d[j]) / 2;
}

static int centre_of(const struct blocks *b, size_t n, double alpha,
		     struct fpb_estimate *e)
{
	double *walsh;
	long k;
	int ret;

	if (b->walsh > WALSH_MAX)
		return -E2BIG;
	walsh = malloc(b->walsh * sizeof(*walsh));
	if (!walsh)
		return -ENOMEM;
	walsh_means(b, walsh);
	ret = untied_critical(b, n, alpha, &k) ? :
	      signed_rank_p(b, n, &e->p);
	if (!ret)
		fill(e, walsh, b->walsh, k);
	free(walsh);
	return ret;
}

int fpb_stats_centre_in(const double *d, const size_t *block, size_t n,
			double alpha, struct fpb_estimate *e)
{
	struct blocks b;
	int ret;

	*e = (struct fpb_estimate){ .n = n, .p = 1 };
	if (!n)
		return 0;
	if (!all_finite(d, n))
		return -EINVAL;
	ret = blocks_init(&b, d, block, n);
	if (ret)
		return ret;
	ret = centre_of(&b, n, alpha, e);
	blocks_free(&b);
	return ret;
}

int fpb_stats_centre(const double *d, size_t n, double alpha,
		     struct fpb_estimate *e)
{
	return fpb_stats_centre_in(d, NULL, n, alpha, e);
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

/* The sum of the squared distances from the mean. */
static double squares(const double *d, size_t n)
{
	return n > 1 ? (n - 1) * gsl_stats_variance(d, 1, n) : 0;
}

int fpb_stats_mean_in(const double *d, const size_t *block, size_t n,
		      size_t min, double alpha, struct fpb_estimate *e)
{
	struct blocks b;
	double squared = 0;
	size_t k, size;
	int ret;

	*e = (struct fpb_estimate){ .n = n, .p = 1 };
	if (!all_finite(d, n))
		return -EINVAL;
	if (!n)
		return 0;
	ret = blocks_init(&b, d, block, n);
	if (ret)
		return ret;
	e->value = gsl_stats_mean(d, 1, n);
	for (k = 0; k < b.n; k++) {
		size = b.ends[k] - block_begin(&b, k);
		squared += squares(b.d + block_begin(&b, k), size);
	}
	if (n > b.n && n >= min)
		fill_student(e, sqrt(squared / (n - b.n) / n), n - b.n, alpha);
	blocks_free(&b);
	return 0;
}

int fpb_stats_mean(const double *d, size_t n, size_t min, double alpha,
		   struct fpb_estimate *e)
{
	return fpb_stats_mean_in(d, NULL, n, min, alpha, e);
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
