/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exact null distribution of the signed-rank statistic, by counting. Ties
 * are dealt with by giving the ranks as weights: the distribution is then the
 * exact one given those ranks.
 */
#ifndef FPB_EXACT_H
#define FPB_EXACT_H

#include <stddef.h>

/* The largest sample that is counted: it takes n^3 steps. */
#define FPB_SIGNED_RANK_MAX	400

/* Probabilities of the values 0 to @max. Owned by the caller. */
struct fpb_pmf {
	size_t max;
	double *p;
};

/*
 * Count Wilcoxon's signed-rank statistic: the sum of the weights with a
 * positive sign, if each sign is a fair coin (Wilcoxon 1945; Hollander, Wolfe
 * and Chicken, Nonparametric Statistical Methods, 3rd ed., 3.1). @weight are
 * the @n ranks, 1 to n without ties. Returns 0 or -ENOMEM.
 */
int fpb_pmf_signed_rank(struct fpb_pmf *d, const size_t *weight, size_t n);

void fpb_pmf_free(struct fpb_pmf *d);

/* P(X <= k) and P(X >= k). */
double fpb_pmf_up_to(const struct fpb_pmf *d, size_t k);
double fpb_pmf_from(const struct fpb_pmf *d, size_t k);

/* The largest k with P(X <= k) <= @alpha, or -1 if there is none. */
long fpb_pmf_critical(const struct fpb_pmf *d, double alpha);

#endif
