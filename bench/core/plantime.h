/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What follows from a plan for the fio jobs: which cells are paired, in
 * slices of which length, and how long it all takes. Pure.
 */
#ifndef FPB_PLANTIME_H
#define FPB_PLANTIME_H

#include "core/plan.h"

/*
 * Whether each target but raw is measured together with raw: one fio job that
 * takes as long as both samples. Not so for buffered I/O, where one side would
 * leave dirty pages to the other. The plan's cpus must be settled.
 */
bool fpb_plan_pairs(const struct fpb_plan *p, const struct fpb_regime *r,
		    unsigned int numjobs);

/*
 * How long a slice of such a job is, and how long after its beginning nothing
 * counts.
 */
uint64_t fpb_plan_slice_ns(const struct fpb_plan *p,
			   const struct fpb_regime *r, unsigned int numjobs);
uint64_t fpb_plan_guard_ns(uint64_t slice_ns);

/*
 * How long the fio job of a cell runs, without its ramp: a pair as long as
 * both samples, and as slices need to be enough.
 */
uint64_t fpb_plan_job_ms(const struct fpb_plan *p, const struct fpb_regime *r,
			 unsigned int numjobs);

/* Time spent measuring in all boots of @kernels. */
uint64_t fpb_plan_measuring_ms(const struct fpb_plan *p, size_t kernels);

#endif
