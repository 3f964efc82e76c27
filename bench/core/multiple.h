/* SPDX-License-Identifier: GPL-2.0 */
/*
 * p-values of many comparisons made together, so that the chance of even one
 * false "differs" among them stays below the level (family-wise error).
 */
#ifndef FPB_MULTIPLE_H
#define FPB_MULTIPLE_H

#include <stddef.h>

/*
 * Adjust @n p-values by Holm's step-down method (Holm 1979). It assumes nothing
 * about the tests, so it suits comparisons of separate runs, whose exact tests
 * reach small values of p. Returns 0 or -ENOMEM.
 */
int fpb_holm(const double *p, size_t n, double *adjusted);

/*
 * Adjust p-values of paired rounds by the step-down max-T method (Westfall and
 * Young 1993; Ge, Dudoit and Speed 2003, box 2). @d holds @ncells rows of
 * @nrounds log ratios, NAN where a round lacks one. If nothing differs, the
 * ratios of all cells of a round are as likely with the opposite sign, because
 * each round boots both kernels in random order. So the sign changes of whole
 * rounds give the exact joint distribution of all |t|, however the cells of one
 * round are related.
 *
 * Why not Holm here: the smallest p of any paired test with 6 rounds is 2/64,
 * and 16 such values never pass Holm, whatever the effect. Max-T keeps 2/64
 * for an effect that stands out of all cells' noise.
 *
 * Every sign change is counted up to 16 rounds; beyond, 20,000 random ones
 * from a fixed seed, counting the one observed (Phipson and Smyth 2010).
 * A cell without any ratio gets 1. Returns 0 or -ENOMEM.
 */
int fpb_max_t(const double *d, size_t ncells, size_t nrounds,
	      double *adjusted);

#endif
