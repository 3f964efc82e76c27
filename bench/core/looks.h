/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looks at a run that ends once its effects are known to lie on one side of a
 * bound. After which rounds there is a look is fixed beforehand, and all looks
 * share the risk of the wrong side (Bonferroni: it assumes nothing about how
 * looks at growing data are related; Pocock 1977 has the problem). Pure.
 */
#ifndef FPB_LOOKS_H
#define FPB_LOOKS_H

#include <stdbool.h>

#include "core/stats.h"

/* The last one has eleven times the rounds of the first. */
#define FPB_LOOKS	8

/*
 * The level of the two-sided interval at each look: to end on the wrong side it
 * has to miss the truth on one side, and the chance of that at any look is at
 * most @risk.
 */
double fpb_looks_alpha(double risk);

/*
 * After which round the @k-th look is, from 1, if the first is after round
 * @first. Each later one has 1.41 times as many rounds.
 */
unsigned int fpb_looks_round(unsigned int first, unsigned int k);

/* Whether there is a look after @round. */
bool fpb_looks_at(unsigned int first, unsigned int round);

/* Where the interval of @ratio lies: 1: above @bound, -1: below, 0: not known. */
int fpb_looks_side(const struct fpb_estimate *ratio, double bound);

#endif
