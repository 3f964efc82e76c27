/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Estimates with exact 95 % intervals. All take logarithms, of rates or of
 * ratios: differences of logs are ratios, and noise that scales with the rate
 * becomes symmetric, which the signed-rank interval needs.
 *
 * The functions return 0, -EINVAL for a number that is not finite, -E2BIG for
 * more numbers than core/exact.h can count, or -ENOMEM.
 */
#ifndef FPB_STATS_H
#define FPB_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Error rate of every interval and test here. */
#define FPB_ALPHA	0.05

struct fpb_estimate {
	size_t n;		/* numbers (paired) or those of both samples */
	double value;		/* valid if n > 0 */
	bool has_interval;	/* false: too few numbers for 95 % */
	double lo, hi;		/* valid if has_interval */
	double p;		/* exact, two-sided; 1 if n = 0 */
};

/*
 * Estimate the centre of @n numbers that are independent and symmetric about
 * it, as paired differences of two rounds' logs are. The value is the median of
 * the means of all pairs (Hodges and Lehmann 1963). Its interval inverts the
 * exact signed-rank test (Tukey 1949; Hollander, Wolfe and Chicken, 3.2 and
 * 3.3). p is that test's against 0: zeros are left out, ties share their ranks
 * (same, 3.1). An exact 95 % interval needs 6 numbers; its true level is never
 * below 95 % (96.9 % at n = 6).
 */
int fpb_stats_centre(const double *d, size_t n, struct fpb_estimate *e);

/*
 * Estimate how far @y lies above @x, two independent samples of the same shape.
 * The value is the median of all differences (Hodges and Lehmann 1963). Its
 * interval inverts the exact Mann-Whitney test (Moses 1953; Hollander, Wolfe
 * and Chicken, 4.2 and 4.3). p is that test's; ties share their ranks. An exact
 * 95 % interval needs 4 and 4, or 3 and 5, numbers.
 */
int fpb_stats_shift(const double *x, size_t m, const double *y, size_t n,
		    struct fpb_estimate *e);

/* Turn logarithms back into rates or ratios; p and n stay. */
struct fpb_estimate fpb_estimate_exp(struct fpb_estimate e);

enum fpb_verdict {
	FPB_VERDICT_NONE,	/* nothing was compared */
	FPB_VERDICT_FASTER,
	FPB_VERDICT_SLOWER,
	FPB_VERDICT_SAME,	/* the interval lies within the margin */
	FPB_VERDICT_UNCLEAR,
};

const char *fpb_verdict_name(enum fpb_verdict v);

/*
 * Decide on @e, the logarithm of new over old, by @p, its p value adjusted for
 * the number of comparisons. Same: the whole interval lies within the factor
 * 1 + @margin, up or down (two one-sided tests at 2.5 % each, Schuirmann 1987).
 * This is decided first: a difference too small to matter is none. Faster,
 * slower: @p is below 5 % and the interval excludes 1.
 */
enum fpb_verdict fpb_verdict(const struct fpb_estimate *e, double p,
			     double margin);

#endif
