/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The order in which kernels are booted and cells measured. The same plan and
 * seed give the same order, so an interrupted run can be resumed. Pure.
 */
#ifndef FPB_SCHEDULE_H
#define FPB_SCHEDULE_H

#include <stddef.h>

#include "core/plan.h"
#include "core/step.h"

/*
 * Order the @n kernels of @round (from 1), as numbers below @n, into @order.
 * The order is balanced: in each block of @n rounds every kernel stands once in
 * each place.
 */
void fpb_schedule_kernels(unsigned long seed, unsigned int round, size_t n,
			  size_t *order);

/*
 * Put the @at-th group of a round of @n kernels in @order, of which @alive fit
 * at the same time, into @group, in that order. With 1 each kernel is a group.
 * Else each group has kernel 0, so that every other one is measured in the same
 * seconds as the baseline, and @alive - 1 others at most. Returns how many
 * kernels it has; 0 after the last group.
 */
size_t fpb_schedule_group(const size_t *order, size_t n, size_t alive,
			  size_t at, size_t *group);

/* Count the boots of a round: one of each kernel, of kernel 0 one a group. */
size_t fpb_schedule_boots(size_t n, size_t alive);

/*
 * Order the cells of one boot into @cells (room for fpb_plan_ncells()). The
 * regimes follow one another, because each needs its own device. Within a
 * regime workloads and numbers of jobs are shuffled. The targets of one of these
 * stand side by side, so that drift of the machine hits them alike.
 */
void fpb_schedule_cells(const struct fpb_plan *p, unsigned int round,
			size_t kernel, struct fpb_cell *cells);

/*
 * Turn the @n cells of fpb_schedule_cells() into steps, in the same order, for
 * @kernels kernels that are alive at the same time, into @steps (room for @n).
 * Returns their number. Lanes and clocks are the caller's to set. Without
 * slices each cell is a step; with slices raw's sample comes from the step of
 * the target next to it.
 */
size_t fpb_schedule_steps(const struct fpb_plan *p,
			  const struct fpb_cell *cells, size_t n,
			  unsigned int round, unsigned int kernels,
			  struct fpb_step *steps);

#endif
