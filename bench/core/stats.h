/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Estimates with intervals, and what an interval says. All take logarithms, of
 * rates or of ratios: differences of logs are ratios, and noise that scales
 * with the rate becomes symmetric.
 *
 * The functions return 0, -EINVAL for a number that is not finite, -E2BIG for
 * more numbers than fit into memory, or -ENOMEM.
 */
#ifndef FPB_STATS_H
#define FPB_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Error rate of the intervals of rows, and of the effects of a session. */
#define FPB_ALPHA		0.05
#define FPB_ALPHA_EFFECT	0.01
/* The part of it that is left if widths ended the run (core/ending.h). */
#define FPB_ALPHA_LOOKS		0.6

/* Fewer rounds of a row than this have no interval, or sessions of a kernel. */
#define FPB_ROUNDS_MIN		6
#define FPB_SESSIONS_MIN	3

struct fpb_estimate {
	size_t n;		/* numbers; of both samples, if there are two */
	double value;		/* valid if n > 0 */
	bool has_interval;	/* false: too few numbers for the level */
	double lo, hi;		/* valid if has_interval */
	double p;		/* two-sided, against 0; 1 if there is none */
};

/*
 * Estimate the centre of @n numbers that are independent and symmetric about
 * it, such as the effects of boot pairs. The value is the median of the means
 * of all pairs (Hodges and Lehmann 1963). Its interval at level 1 - @alpha
 * inverts the exact signed-rank test (Tukey 1949; Hollander, Wolfe and Chicken,
 * 3.2 and 3.3; R: wilcox.test). p is that test's: zeros are left out, ties
 * share their ranks (same, 3.1). It needs fpb_stats_centre_min() numbers. Above
 * FPB_SIGNED_RANK_MAX numbers (core/exact.h) the statistic counts as normal
 * (same, 3.1).
 */
int fpb_stats_centre(const double *d, size_t n, double alpha,
		     struct fpb_estimate *e);

/*
 * The same of numbers in blocks, such as machines: number i is in block
 * @block[i] (from 0; NULL: all are in one). Only numbers of one block are ranked,
 * and paired, with each other; the statistic is the sum over blocks (stratified
 * signed ranks). A block that is noisier than others weighs no more for it.
 */
int fpb_stats_centre_in(const double *d, const size_t *block, size_t n,
			double alpha, struct fpb_estimate *e);

/* The fewest numbers whose 2^(1-n), the smallest p, is at most @alpha. */
size_t fpb_stats_centre_min(double alpha);

/*
 * Estimate the mean of @n numbers, with Student's interval (Student 1908; R:
 * t.test): mean +- t(n - 1) s / sqrt(n). No interval below @min numbers (2 at
 * least). Wide tails make the interval wider, not wrong (Benjamini 1983).
 */
int fpb_stats_mean(const double *d, size_t n, size_t min, double alpha,
		   struct fpb_estimate *e);

/*
 * The same of numbers in blocks, as above: what blocks differ by is not part of
 * the error. No interval if every block has one number.
 */
int fpb_stats_mean_in(const double *d, const size_t *block, size_t n,
		      size_t min, double alpha, struct fpb_estimate *e);

/*
 * Estimate how far the mean of @y lies above that of @x, two independent
 * samples of one variance (Student 1908; R: t.test with var.equal). No interval
 * unless both have at least @min numbers.
 */
int fpb_stats_shift(const double *x, size_t m, const double *y, size_t n,
		    size_t min, double alpha, struct fpb_estimate *e);

/* Turn logarithms back into rates or ratios; p and n stay. */
struct fpb_estimate fpb_estimate_exp(struct fpb_estimate e);

/* Half of the interval's width, as a factor less 1: 0.19 for +-19 %. */
double fpb_estimate_resolution(const struct fpb_estimate *e);

/*
 * What an interval says: of the direction, and apart from it of the size. Both
 * can be true, as for a difference that is certain but small.
 */
struct fpb_verdict {
	int direction;		/* 1: faster, -1: slower, 0: not shown */
	bool within;		/* the interval lies within the margin */
};

/*
 * Read off @e, the logarithm of new over old. The direction is known if the
 * interval excludes 0; "within" if it lies inside of the factor 1 + @margin, up
 * and down (Schuirmann 1987, at twice the level that he asks for).
 */
struct fpb_verdict fpb_verdict(const struct fpb_estimate *e, double margin);
bool fpb_verdict_resolved(struct fpb_verdict v);

/* "faster", "slower" or "": as one word, without the size. */
const char *fpb_direction_name(int direction);

/*
 * How many numbers would resolve @e, a logarithm with an interval, if its value
 * stayed: n (h / target)^2, since the half-width h falls with the root of n.
 * The target is the easier of the two statements, the larger of |value| and
 * log(1 + @margin) - |value|. More than n, and a rough figure.
 */
size_t fpb_stats_needed(const struct fpb_estimate *e, double margin);

#endif
