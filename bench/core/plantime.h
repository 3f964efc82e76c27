/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What follows from a plan for the fio jobs: which cells are paired, in
 * slices of which length, and how long it all takes. Pure.
 */
#ifndef FPB_PLANTIME_H
#define FPB_PLANTIME_H

#include "core/plan.h"

/*
 * How a fio job's time is cut. With one lane the target and raw take turns in
 * the kernel that runs alone; with more, each lane is a kernel, and one block
 * of slices in @raw_every is raw's. Without lanes kernels take turns by whole jobs.
 */
struct fpb_slicing {
	unsigned int lanes;		/* 0: no slices, the job has one side */
	unsigned int raw_every;		/* only with two lanes or more; 0: never */
	uint64_t slice_ns;
	uint64_t guard_ns;		/* nothing counts before it is over */
	uint64_t job_ms;		/* run time, without the ramp */
};

/*
 * That of @cell, which the plan has, when @kernels kernels are alive at the same
 * time. The plan's cpus must be settled.
 */
struct fpb_slicing fpb_plan_slicing(const struct fpb_plan *p,
				    const struct fpb_cell *cell,
				    unsigned int kernels);

/*
 * The same after @tries that lost too many slices: each further try is twice as
 * long, from the third on with slices that are twice as long, too.
 */
struct fpb_slicing fpb_slicing_again(struct fpb_slicing s, unsigned int tries);

/*
 * Time spent measuring in all rounds of @kernels, of which @alive are at the
 * same time, in groups of fpb_schedule_group().
 */
uint64_t fpb_plan_measuring_ms(const struct fpb_plan *p, size_t kernels,
			       size_t alive);

#endif
