/* SPDX-License-Identifier: GPL-2.0 */
/* How often something happens, from how often it did. */
#ifndef FPB_PROPORTION_H
#define FPB_PROPORTION_H

#include <stddef.h>

struct fpb_proportion {
	size_t k, n;			/* @k of @n */
	double lo, hi;			/* 0 to 1 */
};

/*
 * @k of @n (k <= n) with the exact interval at level 1 - @alpha (Clopper and
 * Pearson 1934, by quantiles of the beta distribution; R: binom.test). It is
 * 0 to 1 for n = 0.
 */
struct fpb_proportion fpb_proportion(size_t k, size_t n, double alpha);

#endif
