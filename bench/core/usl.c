// SPDX-License-Identifier: GPL-2.0
/* Rates over numbers of jobs to the coefficients of a law. */
#include "core/usl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#define RESAMPLES	2000
/* A row that lacks most replicates lacks all of some draws; not for ever. */
#define DRAWS_MAX	(10 * RESAMPLES)
#define COEFFICIENTS	3

double fpb_usl_rate(const struct fpb_usl *law, double jobs)
{
	return law->one * jobs / (1 + law->serial * (jobs - 1) +
				  law->crosstalk * jobs * (jobs - 1));
}

/* Fits */

struct points {
	const double *jobs, *rate;
	size_t n;
};

/* What a fit of so many points needs, again and again. */
struct room {
	gsl_multifit_linear_workspace *work;
	double *x, *y;
};

static int room_init(struct room *r, size_t n)
{
	size_t i;

	r->work = gsl_multifit_linear_alloc(n, COEFFICIENTS);
	r->x = malloc(n * COEFFICIENTS * sizeof(*r->x));
	r->y = malloc(n * sizeof(*r->y));
	if (!r->work || !r->x || !r->y)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		r->y[i] = 1;
	return 0;
}

static void room_free(struct room *r)
{
	free(r->y);
	free(r->x);
	if (r->work)
		gsl_multifit_linear_free(r->work);
}

/* Which coefficients are free, and where the serial share is held if not. */
struct face {
	bool serial, crosstalk;
	double held;
};

/* All of them free comes first. */
static const struct face faces[] = {
	{ true, true, 0 }, { true, false, 0 }, { false, true, 0 },
	{ false, true, 1 }, { false, false, 0 }, { false, false, 1 },
};

/* Each point is an equation: rate / law = 1. Returns the sum of squares. */
static double fit_face(struct room *r, const struct points *p,
		       const struct face *f, struct fpb_usl *law)
{
	const size_t n = 1 + f->serial + f->crosstalk;
	double c[COEFFICIENTS], cov[COEFFICIENTS * COEFFICIENTS], squares;
	gsl_matrix_view x = gsl_matrix_view_array(r->x, p->n, n);
	gsl_matrix_view covariance = gsl_matrix_view_array(cov, n, n);
	gsl_vector_view y = gsl_vector_view_array(r->y, p->n);
	gsl_vector_view coefficients = gsl_vector_view_array(c, n);
	double *column = r->x;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const double others = p->jobs[i] - 1;
		const double share = p->rate[i] / p->jobs[i];

		*column++ = share * (1 + f->held * others);
		if (f->serial)
			*column++ = share * others;
		if (f->crosstalk)
			*column++ = share * p->jobs[i] * others;
	}
	gsl_multifit_linear(&x.matrix, &y.vector, &coefficients.vector,
			    &covariance.matrix, &squares, r->work);
	law->one = 1 / c[0];
	law->serial = f->serial ? c[1] / c[0] : f->held;
	law->crosstalk = f->crosstalk ? c[n - 1] / c[0] : 0;
	return squares;
}

static bool within_bounds(const struct fpb_usl *law)
{
	return law->one > 0 && law->serial >= 0 && law->serial <= 1 &&
	       law->crosstalk >= 0;
}

/* With one coefficient any positive rates fit within bounds. */
static void fit(struct room *r, const struct points *p, struct fpb_usl *law)
{
	double squares, least = INFINITY;
	struct fpb_usl tried;
	size_t i;

	*law = (struct fpb_usl){ .one = NAN };
	for (i = 0; i < sizeof(faces) / sizeof(*faces); i++) {
		squares = fit_face(r, p, &faces[i], &tried);
		if (!within_bounds(&tried) || squares >= least)
			continue;
		least = squares;
		*law = tried;
		/* Nothing fits better than all of them free. */
		if (!i)
			return;
	}
}

static bool all_positive(const double *d, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!isfinite(d[i]) || d[i] <= 0)
			return false;
	return true;
}

int fpb_usl_fit(const double *jobs, const double *rate, size_t n,
		struct fpb_usl *law)
{
	const struct points p = { jobs, rate, n };
	struct room r;
	int ret;

	if (n < FPB_USL_POINTS)
		return -ERANGE;
	if (!all_positive(jobs, n) || !all_positive(rate, n))
		return -EINVAL;
	ret = room_init(&r, n);
	if (!ret)
		fit(&r, &p, law);
	room_free(&r);
	return ret;
}

/* The farthest that the law is off, up or down, from the @n-th point on. */
static double worst(const struct fpb_usl *law, const struct points *p, size_t n)
{
	double most = 0;

	for (; n < p->n; n++)
		most = fmax(most, fabs(log(fpb_usl_rate(law, p->jobs[n]) /
					   p->rate[n])));
	return expm1(most);
}

static double predict(struct room *r, const struct points *p)
{
	const struct points lower = { p->jobs, p->rate, (p->n + 1) / 2 };
	struct fpb_usl law;

	if (lower.n < FPB_USL_POINTS)
		return NAN;
	fit(r, &lower, &law);
	return worst(&law, p, lower.n);
}

bool fpb_usl_predicts(const struct fpb_scaling *f)
{
	return f->points >= FPB_USL_POINTS && f->ahead <= FPB_USL_AHEAD;
}

/* Rows and replicates that have numbers */

/* Places in the matrix, and the rates to fit; all of them owned. */
struct sample {
	const struct fpb_matrix *m;
	size_t *rows, nrows;
	size_t *replicates, n;
	size_t *drawn;			/* n of the replicates */
	double *jobs, *rate;
};

static bool row_counts(const struct fpb_matrix *m, size_t row)
{
	return m->counts[row] &&
	       fpb_matrix_present(fpb_matrix_row(m, row), m->n);
}

static bool has_number(const struct sample *s, size_t replicate)
{
	size_t i;

	for (i = 0; i < s->nrows; i++)
		if (!isnan(fpb_matrix_row(s->m, s->rows[i])[replicate]))
			return true;
	return false;
}

static int sample_init(struct sample *s, const double *jobs,
		       struct fpb_matrix *m)
{
	size_t i;

	*s = (struct sample){ .m = m };
	s->rows = malloc((m->nrows + 1) * sizeof(*s->rows));
	s->replicates = malloc((m->n + 1) * sizeof(*s->replicates));
	s->drawn = malloc((m->n + 1) * sizeof(*s->drawn));
	s->jobs = malloc((m->nrows + 1) * sizeof(*s->jobs));
	s->rate = malloc((m->nrows + 1) * sizeof(*s->rate));
	if (!s->rows || !s->replicates || !s->drawn || !s->jobs || !s->rate)
		return -ENOMEM;
	fpb_matrix_choose_rows(m);
	for (i = 0; i < m->nrows; i++) {
		if (!row_counts(m, i))
			continue;
		s->jobs[s->nrows] = jobs[i];
		s->rows[s->nrows++] = i;
	}
	for (i = 0; i < m->n; i++)
		if (has_number(s, i))
			s->replicates[s->n++] = i;
	memcpy(s->drawn, s->replicates, s->n * sizeof(*s->drawn));
	return 0;
}

static void sample_free(struct sample *s)
{
	free(s->rate);
	free(s->jobs);
	free(s->drawn);
	free(s->replicates);
	free(s->rows);
}

static void draw(const struct sample *s, gsl_rng *rng)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		s->drawn[i] = s->replicates[gsl_rng_uniform_int(rng, s->n)];
}

/* The geometric mean of a row over what is drawn; NAN if that has none. */
static double mean(const struct sample *s, size_t row)
{
	const double *d = fpb_matrix_row(s->m, s->rows[row]);
	double sum = 0;
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		if (isnan(d[s->drawn[i]]))
			continue;
		sum += d[s->drawn[i]];
		n++;
	}
	return n ? exp(sum / n) : NAN;
}

/* Sets the rates; false if they cannot be fitted. */
static bool take_means(const struct sample *s)
{
	size_t i;

	for (i = 0; i < s->nrows; i++)
		s->rate[i] = mean(s, i);
	return all_positive(s->rate, s->nrows);
}

/* Intervals */

/* What of a resample's values lies beyond each end of the interval. */
static double tail(size_t n)
{
	const double t = gsl_cdf_tdist_Pinv(1 - FPB_ALPHA / 2, n - 1);

	return gsl_cdf_ugaussian_Q(t * sqrt(n / (n - 1.0)));
}

static void set_interval(struct fpb_estimate *e, double *values, double beyond)
{
	gsl_sort(values, 1, RESAMPLES);
	e->has_interval = true;
	e->lo = gsl_stats_quantile_from_sorted_data(values, 1, RESAMPLES,
						    beyond);
	e->hi = gsl_stats_quantile_from_sorted_data(values, 1, RESAMPLES,
						    1 - beyond);
}

static int resample(const struct sample *s, struct room *r, unsigned long seed,
		    struct fpb_scaling *f)
{
	const struct points p = { s->jobs, s->rate, s->nrows };
	double *values = malloc(2 * RESAMPLES * sizeof(*values));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct fpb_usl law;
	size_t i = 0, draws;
	int ret = values && rng ? 0 : -ENOMEM;

	if (ret)
		goto out_free;
	gsl_rng_set(rng, seed);
	for (draws = 0; i < RESAMPLES && draws < DRAWS_MAX; draws++) {
		draw(s, rng);
		if (!take_means(s))
			continue;
		fit(r, &p, &law);
		values[i] = law.serial;
		values[RESAMPLES + i++] = law.crosstalk;
	}
	if (i == RESAMPLES) {
		set_interval(&f->serial, values, tail(s->n));
		set_interval(&f->crosstalk, values + RESAMPLES, tail(s->n));
	}
out_free:
	if (rng)
		gsl_rng_free(rng);
	free(values);
	return ret;
}

static int estimate(const struct sample *s, unsigned long seed,
		    struct fpb_scaling *f)
{
	const struct points p = { s->jobs, s->rate, s->nrows };
	struct room r;
	int ret;

	if (!all_positive(p.jobs, p.n) || !take_means(s))
		return -EINVAL;
	ret = room_init(&r, p.n);
	if (ret)
		goto out_free;
	fit(&r, &p, &f->law);
	f->error = worst(&f->law, &p, 0);
	f->ahead = predict(&r, &p);
	f->serial = (struct fpb_estimate){
		.n = s->n, .value = f->law.serial, .p = 1,
	};
	f->crosstalk = (struct fpb_estimate){
		.n = s->n, .value = f->law.crosstalk, .p = 1,
	};
	if (s->n >= FPB_ROUNDS_MIN)
		ret = resample(s, &r, seed, f);
out_free:
	room_free(&r);
	return ret;
}

int fpb_usl_estimate(const double *jobs, struct fpb_matrix *logs,
		     unsigned long seed, struct fpb_scaling *f)
{
	struct sample s;
	int ret = sample_init(&s, jobs, logs);

	*f = (struct fpb_scaling){ .points = s.nrows, .ahead = NAN };
	if (!ret && s.nrows) {
		f->jobs_lo = s.jobs[0];
		f->jobs_hi = s.jobs[s.nrows - 1];
	}
	if (!ret && s.nrows >= FPB_USL_POINTS)
		ret = estimate(&s, seed, f);
	sample_free(&s);
	return ret;
}
