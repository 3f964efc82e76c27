// SPDX-License-Identifier: GPL-2.0
#include "core/plantime.h"

#include <string.h>

#define MSEC		1000000ull
/* Slices, and how many of them one job has at least. */
#define SHORT_SLICE_NS	(20 * MSEC)
#define MIDDLE_SLICE_NS	(50 * MSEC)
#define LONG_SLICE_NS	(100 * MSEC)
#define MIN_SLICES	10
/*
 * With an exclusive lock and more than two writers that wait for the device,
 * the first 15 to 20 ms after a switch run up to 1.85 times as fast as the rest.
 * In slices of 100 ms three, five and seven of them were a third slower at first
 * than later.
 */
#define WAITING_GUARD_NS	(30 * MSEC)
#define WAITING_SLICE_NS	(200 * MSEC)
/*
 * A FUSE file can be polled and is always ready, so io_uring retries a write
 * that would block over and over before a worker gets it: nothing completes
 * for 10 to 40 ms at a time, and draining takes as long.
 */
#define URING_SLICE_NS		(200 * MSEC)
/*
 * Of so many blocks one is raw's: of many short ones, and of few long ones. Raw
 * is a control and needs little, but a step must have a block of it, so that an
 * eighth makes steps of LONG_SLICE_NS half as long again. A run of one regime and
 * one workload has the time for that.
 */
#define RAW_EVERY	8
#define RAW_EVERY_LONG	4

/* More jobs than CPUs, and nothing but CPUs to wait for. */
static bool oversubscribed(const struct fpb_plan *p,
			   const struct fpb_regime *r, unsigned int numjobs)
{
	return !fpb_regime_waits(r) && numjobs > p->cpus;
}

/* Whether raw and another target take turns in a kernel that runs alone. */
static bool pairs(const struct fpb_plan *p, const struct fpb_regime *r,
		  unsigned int numjobs)
{
	if (p->pairing == FPB_PAIRING_SEPARATE || !fpb_plan_has_control(p))
		return false;
	return p->pairing == FPB_PAIRING_PAIRED ||
	       !(oversubscribed(p, r, numjobs) || fpb_plan_is_emulated(p));
}

static uint64_t slice_ns(const struct fpb_plan *p, const struct fpb_regime *r,
			 const struct fpb_target *t, unsigned int numjobs)
{
	bool wait;

	if (r->slice_nsec)
		return r->slice_nsec;
	/*
	 * Jobs without a CPU of their own wait for one before they drain, as
	 * emulated CPUs do, and I/Os that go through a daemon.
	 */
	wait = oversubscribed(p, r, numjobs) || fpb_plan_is_emulated(p) ||
	       (*t->mount && t->expect != FPB_EXPECT_PASSTHROUGH);
	if (!strcmp(r->submit, "io_uring") || !strcmp(r->submit, "io_wq"))
		return wait ? 2 * URING_SLICE_NS : URING_SLICE_NS;
	if (fpb_regime_waits(r))
		return WAITING_SLICE_NS;
	if (wait || fpb_regime_needs_latency(r))
		return LONG_SLICE_NS;
	/* With a CPU to spare, nothing else that runs is in the way. */
	return numjobs < p->cpus ? SHORT_SLICE_NS : MIDDLE_SLICE_NS;
}

static uint64_t guard_ns(const struct fpb_regime *r, uint64_t slice)
{
	uint64_t guard = slice / 10000 * 1000;

	if (fpb_regime_waits(r) && guard < WAITING_GUARD_NS)
		guard = WAITING_GUARD_NS;
	/* As the engine has it. */
	return guard < slice / 4 ? guard : slice / 4000 * 1000;
}

/* Long enough for each side's run time, and for enough slices. */
static void set_time(struct fpb_slicing *s, uint64_t runtime_ms)
{
	/* The first and the last block are seldom whole. */
	uint64_t slices = s->lanes < 2 ? MIN_SLICES :
			  s->lanes * ((s->raw_every ? : MIN_SLICES / 2) + 2);
	uint64_t min_ms = slices * s->slice_ns / MSEC;

	if (s->lanes < 2)
		s->job_ms = 2 * runtime_ms;
	else if (s->raw_every)
		s->job_ms = s->lanes * runtime_ms * s->raw_every /
			    (s->raw_every - 1);
	else
		s->job_ms = s->lanes * runtime_ms;
	if (s->job_ms < min_ms)
		s->job_ms = min_ms;
}

static unsigned int raw_every(const struct fpb_plan *p, uint64_t slice)
{
	if (slice == LONG_SLICE_NS)
		return p->nregimes * p->nworkloads == 1 ? RAW_EVERY :
							  RAW_EVERY_LONG;
	return slice < LONG_SLICE_NS ? RAW_EVERY : RAW_EVERY_LONG;
}

/*
 * fio's own engines know no slices. Nor may one side's dirty pages be written
 * back during the slices of the other, which guests in a duet see to.
 */
static bool sliceable(const struct fpb_workload *w, unsigned int kernels)
{
	return !*w->job && (kernels > 1 || !fpb_workload_dirties(w));
}

struct fpb_slicing fpb_plan_slicing(const struct fpb_plan *p,
				    const struct fpb_cell *cell,
				    unsigned int kernels)
{
	const struct fpb_regime *r = fpb_plan_regime(p, cell->regime);
	struct fpb_slicing s = { .job_ms = p->runtime_ms };

	if (!sliceable(fpb_plan_workload(p, cell->workload), kernels))
		return s;
	if (kernels > 1)
		s.lanes = kernels;
	else if (pairs(p, r, cell->numjobs))
		s.lanes = 1;
	if (!s.lanes)
		return s;
	s.slice_ns = slice_ns(p, r, fpb_plan_target(p, cell->target),
			      cell->numjobs);
	s.guard_ns = guard_ns(r, s.slice_ns);
	if (s.lanes > 1 && fpb_plan_has_control(p))
		s.raw_every = raw_every(p, s.slice_ns);
	set_time(&s, p->runtime_ms);
	return s;
}

struct fpb_slicing fpb_slicing_again(struct fpb_slicing s, unsigned int tries)
{
	s.job_ms <<= tries;
	/* What the engine takes at most. */
	if (tries < 2 || s.slice_ns > 5000 * MSEC)
		return s;
	s.slice_ns *= 2;
	s.guard_ns *= 2;
	return s;
}

/* Of one group of kernels in one round. */
static uint64_t group_ms(const struct fpb_plan *p, size_t kernels)
{
	const size_t n = fpb_plan_ncells(p);
	struct fpb_slicing s;
	struct fpb_cell cell;
	uint64_t ms = 0;

	for (size_t i = 0; i < n; i++) {
		cell = fpb_plan_cell(p, i);
		s = fpb_plan_slicing(p, &cell, kernels);
		/* With slices raw's samples come with the others'. */
		if (s.lanes && fpb_plan_has_control(p) &&
		    !strcmp(cell.target, FPB_TARGET_RAW))
			continue;
		ms += (s.lanes ? 1 : kernels) * (s.job_ms + p->ramp_ms);
	}
	return ms;
}

uint64_t fpb_plan_measuring_ms(const struct fpb_plan *p, size_t kernels,
			       size_t alive)
{
	const size_t others = kernels - 1;
	uint64_t ms;

	if (alive == 1)
		return p->rounds * kernels * group_ms(p, 1);
	ms = others / (alive - 1) * group_ms(p, alive);
	if (others % (alive - 1))
		ms += group_ms(p, others % (alive - 1) + 1);
	return p->rounds * ms;
}
