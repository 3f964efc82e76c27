/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The Universal Scalability Law: how a rate grows with the number of jobs, and
 * which share of the work only one job at a time can do. Pure.
 *
 *	rate(N) = one N / (1 + serial (N - 1) + crosstalk N (N - 1))
 *
 * (Gunther, Guerrilla Capacity Planning, 2007, chapters 4 and 5; "A General
 * Theory of Computational Scalability Based on Rational Functions", 2008,
 * arXiv:0808.1431.) With crosstalk 0 it is Amdahl's law.
 */
#ifndef FPB_USL_H
#define FPB_USL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/matrix.h"
#include "core/stats.h"

/* Three points fit three coefficients whatever they are. */
#define FPB_USL_POINTS	4

/* What a law's forecast may be off by if it is to be believed further on. */
#define FPB_USL_AHEAD	0.1

struct fpb_usl {
	double one;		/* rate of one job */
	double serial;		/* 0: jobs do not wait, 1: they take turns */
	double crosstalk;	/* what each pair of jobs costs, 0 or more */
};

/* The law's rate of @jobs jobs. */
double fpb_usl_rate(const struct fpb_usl *law, double jobs);

/*
 * Fit the law to the rates of @n different numbers of jobs, so that the sum of
 * (rate / law - 1)^2 is smallest within 0 <= serial <= 1 and 0 <= crosstalk.
 *
 * N / law is linear in its coefficients 1, serial and crosstalk over one, so
 * this is linear least squares: there is one minimum, without starting values
 * and without iterations, which would have to converge in each of thousands of
 * resamples. (R's optim() ends too early on two of the five data sets of
 * test/test_usl.c.) The weights make the errors relative, since noise grows
 * with the rate. Gunther's own procedure divides by the rate of one job
 * instead, and so hands the noise of that point to all coefficients. The
 * minimum within bounds is the smallest of those of the six sets of
 * coefficients that are free or at a bound (Lawson and Hanson, Solving Least
 * Squares Problems, 1974, chapter 23).
 *
 * Returns 0; -ERANGE with fewer than FPB_USL_POINTS; -EINVAL for a number that
 * is not finite and above 0; or -ENOMEM.
 */
int fpb_usl_fit(const double *jobs, const double *rate, size_t n,
		struct fpb_usl *law);

/* A law, and what is known of how well it fits. */
struct fpb_scaling {
	size_t points;		/* below FPB_USL_POINTS there is no more */
	double jobs_lo, jobs_hi;	/* of the points */
	struct fpb_usl law;
	struct fpb_estimate serial, crosstalk;	/* n: replicates; 0: none */
	double error;		/* of the worst point: 0.08: a factor of 1.08 */
	/*
	 * The same of the upper half of the points, by the law of the lower
	 * half alone. NAN if that has fewer than FPB_USL_POINTS.
	 */
	double ahead;
};

/* Whether the lower half of the points predicts the upper half. */
bool fpb_usl_predicts(const struct fpb_scaling *f);

/*
 * Fit the law to the geometric means of each row of @logs, logarithms of the
 * rates of @jobs[row] jobs (increasing) by replicate. Rows count as in
 * core/matrix.h, to which @logs->counts is set.
 *
 * The 95 % intervals come from fits to resampled replicates, so rows that share
 * the noise of a boot stay together (Efron and Tibshirani, An Introduction to
 * the Bootstrap, 1993, 13.3: percentiles). Percentiles are too narrow for few
 * replicates: they are taken as far out as Student's t is, times
 * sqrt(n / (n - 1)) (Hesterberg 2015, "What Teachers Should Know about the
 * Bootstrap", The American Statistician 69:371). No interval below
 * FPB_ROUNDS_MIN replicates. The same @seed gives the same interval.
 *
 * Returns 0, also if there are too few points; -EINVAL or -ENOMEM.
 */
int fpb_usl_estimate(const double *jobs, struct fpb_matrix *logs,
		     unsigned long seed, struct fpb_scaling *f);

#endif
