/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In which order kernels are booted and cells measured. The same plan, seed
 * and numbers give the same order, so an interrupted run can go on. Pure.
 */
#ifndef FPB_SCHEDULE_H
#define FPB_SCHEDULE_H

#include <stddef.h>

#include "core/job.h"
#include "core/plan.h"

/*
 * The kernels of @round (from 1), as numbers below @n, into @order. Balanced:
 * in each block of @n rounds every kernel is once in each place.
 */
void fpb_schedule_kernels(unsigned long seed, unsigned int round, size_t n,
			  size_t *order);

/*
 * The cells of one boot, in the order to measure them, into @cells (room for
 * fpb_plan_ncells()). Regimes one after the other, because each needs its own
 * device; within one, the numbers of jobs are shuffled, and the targets of
 * one number stand side by side, so that what drifts hits them alike.
 */
void fpb_schedule_cells(const struct fpb_plan *p, unsigned int round,
			size_t kernel, struct fpb_cell *cells);

/*
 * The fio jobs that measure the @n cells of fpb_schedule_cells(), in their
 * order, into @jobs (room for @n); returns how many. Without pairs each cell
 * is a job. With them raw's sample is of the job of the target that stands
 * next to it in the order.
 */
size_t fpb_schedule_jobs(const struct fpb_plan *p, const struct fpb_cell *cells,
			 size_t n, struct fpb_job_cell *jobs);

/* For the order of the slices: another one for each sample of a run. */
uint32_t fpb_schedule_pair_seed(unsigned long seed, const char *boot,
				unsigned int seq);

#endif
