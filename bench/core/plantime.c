// SPDX-License-Identifier: GPL-2.0
#include "core/plantime.h"

#include <string.h>

#include "core/target.h"

/* Slices of pairs, and how many of them one job has at least. */
#define SHORT_SLICE_NS	20000000
#define MIDDLE_SLICE_NS	50000000
#define LONG_SLICE_NS	100000000
#define MIN_SLICES	10

static bool has_raw(const struct fpb_plan *p)
{
	for (size_t i = 0; i < p->ntargets; i++)
		if (fpb_target_find(p->targets[i])->data == FPB_DATA_NO_DAEMON)
			return true;
	return false;
}

/* More jobs than CPUs, and nothing but CPUs to wait for. */
static bool oversubscribed(const struct fpb_plan *p,
			   const struct fpb_regime *r, unsigned int numjobs)
{
	return !fpb_regime_needs_latency(r) && numjobs > p->cpus;
}

/* Each vCPU is a thread that waits for a CPU, and busy all the time. */
static bool emulated(const struct fpb_plan *p)
{
	return !strcmp(p->accel, "tcg");
}

bool fpb_plan_pairs(const struct fpb_plan *p, const struct fpb_regime *r,
		    unsigned int numjobs)
{
	if (p->pairing == FPB_PAIRING_SEPARATE || !p->workload.direct ||
	    p->ntargets < 2 || !has_raw(p))
		return false;
	return p->pairing == FPB_PAIRING_PAIRED ||
	       !(oversubscribed(p, r, numjobs) || emulated(p));
}

uint64_t fpb_plan_slice_ns(const struct fpb_plan *p,
			   const struct fpb_regime *r, unsigned int numjobs)
{
	if (r->slice_nsec)
		return r->slice_nsec;
	/*
	 * Jobs without a CPU of their own wait for one before they drain;
	 * writers may wait for each other, and a slice holds few I/Os, as it
	 * does on emulated CPUs.
	 */
	if (fpb_regime_needs_latency(r) || oversubscribed(p, r, numjobs) ||
	    emulated(p))
		return LONG_SLICE_NS;
	/* With a CPU to spare, nothing else that runs is in the way. */
	return numjobs < p->cpus ? SHORT_SLICE_NS : MIDDLE_SLICE_NS;
}

uint64_t fpb_plan_guard_ns(uint64_t slice_ns)
{
	return slice_ns / 10000 * 1000;
}

uint64_t fpb_plan_job_ms(const struct fpb_plan *p, const struct fpb_regime *r,
			 unsigned int numjobs)
{
	uint64_t slices_ms;

	if (!fpb_plan_pairs(p, r, numjobs))
		return p->runtime_ms;
	slices_ms = MIN_SLICES * fpb_plan_slice_ns(p, r, numjobs) / 1000000;
	return slices_ms > 2 * p->runtime_ms ? slices_ms : 2 * p->runtime_ms;
}

uint64_t fpb_plan_measuring_ms(const struct fpb_plan *p, size_t kernels)
{
	uint64_t ms = 0;
	size_t jobs;

	for (const struct fpb_regime *r = p->regimes;
	     r < p->regimes + p->nregimes; r++) {
		for (size_t j = 0; j < p->nnumjobs; j++) {
			/* raw's samples come with the others'. */
			jobs = p->ntargets -
			       fpb_plan_pairs(p, r, p->numjobs[j]);
			ms += jobs * (fpb_plan_job_ms(p, r, p->numjobs[j]) +
				      p->ramp_ms);
		}
	}
	return p->rounds * kernels * ms;
}
