// SPDX-License-Identifier: GPL-2.0
#include "core/proportion.h"

#include <gsl/gsl_cdf.h>

/*
 * The x at which the beta distribution of a and b is p, by bisection:
 * gsl_cdf_beta_Pinv() gives up on some of them, and ends the program.
 */
static double quantile(double p, double a, double b)
{
	double lo = 0, hi = 1;

	for (int i = 0; i < 100; i++) {
		double x = (lo + hi) / 2;

		if (gsl_cdf_beta_P(x, a, b) < p)
			lo = x;
		else
			hi = x;
	}
	return (lo + hi) / 2;
}

struct fpb_proportion fpb_proportion(size_t k, size_t n, double alpha)
{
	return (struct fpb_proportion){
		.k = k, .n = n,
		.lo = k ? quantile(alpha / 2, k, n - k + 1) : 0,
		.hi = k < n ? quantile(1 - alpha / 2, k + 1, n - k) : 1,
	};
}
