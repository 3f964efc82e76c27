// SPDX-License-Identifier: GPL-2.0
#include "core/proportion.h"

#include <gsl/gsl_cdf.h>

struct fpb_proportion fpb_proportion(size_t k, size_t n, double alpha)
{
	return (struct fpb_proportion){
		.k = k, .n = n,
		.lo = k ? gsl_cdf_beta_Pinv(alpha / 2, k, n - k + 1) : 0,
		.hi = k < n ? gsl_cdf_beta_Qinv(alpha / 2, k + 1, n - k) : 1,
	};
}
