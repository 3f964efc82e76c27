/* SPDX-License-Identifier: GPL-2.0 */
/* Whether the keys of a plan, each fine by itself, go together. Pure. */
#ifndef FPB_PLANCHECK_H
#define FPB_PLANCHECK_H

#include "core/plan.h"

/* The smallest device: what mkfs.xfs wants, and more than mkfs.ext4 does. */
#define FPB_PLAN_MIN_MIB	300

/* 0, or -EINVAL with a sentence in @why (FPB_REASON_MAX bytes). */
int fpb_plan_check(const struct fpb_plan *p, char *why);
/*
 * The same for the rule that ends a run of @nkernels kernels (1 at least); or
 * -ENOMEM.
 */
int fpb_plan_check_ending(const struct fpb_plan *p, size_t nkernels,
			  char *why);
/* The same for what only a guest's memory limits. */
int fpb_plan_check_guest(const struct fpb_plan *p, char *why);

/*
 * The rounds that the intervals of effects of @nkernels kernels need; 0: there are
 * no effects.
 */
size_t fpb_plan_rounds_min(const struct fpb_plan *p, size_t nkernels);

#endif
