// SPDX-License-Identifier: GPL-2.0
#include "core/looks.h"

#include <math.h>

double fpb_looks_alpha(double risk)
{
	return 2 * risk / FPB_LOOKS;
}

unsigned int fpb_looks_round(unsigned int first, unsigned int k)
{
	return ceil(first * pow(2, (k - 1) / 2.0));
}

bool fpb_looks_at(unsigned int first, unsigned int round)
{
	unsigned int k;

	for (k = 1; k <= FPB_LOOKS; k++)
		if (fpb_looks_round(first, k) == round)
			return true;
	return false;
}

int fpb_looks_side(const struct fpb_estimate *ratio, double bound)
{
	if (!ratio->has_interval)
		return 0;
	return (ratio->lo > bound) - (ratio->hi < bound);
}
