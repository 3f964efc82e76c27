// SPDX-License-Identifier: GPL-2.0
#include "core/plan.h"

#include <string.h>

const char *const fpb_pairing_names[] = {
	[FPB_PAIRING_AUTO]	= "auto",
	[FPB_PAIRING_PAIRED]	= "paired",
	[FPB_PAIRING_SEPARATE]	= "separate",
	[FPB_PAIRING_DUET]	= "duet",
	NULL
};

const char *const fpb_compare_names[] = {
	[FPB_COMPARE_FIRST]	= "first",
	[FPB_COMPARE_PREVIOUS]	= "previous",
	NULL
};

const char *const fpb_affinity_names[] = {
	[FPB_AFFINITY_AUTO]	= "auto",
	[FPB_AFFINITY_FIXED]	= "fixed",
	[FPB_AFFINITY_FREE]	= "free",
	NULL
};

/* More CPU time than an I/O takes, on any of the backends but emulated CPUs. */
#define CPU_NSEC	10000ull

const struct fpb_regime fpb_regimes[FPB_NREGIMES] = {
	/*
	 * As in the cover letter: deep queues on a device that completes at
	 * once, so the cost of an I/O is what limits. Batches, because a
	 * system call is dear in User-Mode Linux and would hide the rest.
	 */
	{ "cpu", "libaio", 64, 64, 0, 0 },
	/*
	 * The same on a device like an SSD: an I/O ends in an interrupt, not in
	 * the task that submits it. So many are in flight that the cost is still
	 * what limits.
	 */
	{ "ssd", "libaio", 64, 64, 50000, 0 },
	/*
	 * Writers that wait for each I/O, on a device with latency: what
	 * limits is how many may be in flight at once.
	 */
	{ "device", "psync", 1, 1, 1000000, 0 },
};

void fpb_plan_default(struct fpb_plan *p)
{
	*p = (struct fpb_plan){
		/* About ten minutes of measuring on two CPUs. */
		.rounds = 14,
		.numjobs = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.nnumjobs = 8,
		.targets = { fpb_targets[0], fpb_targets[1] },
		.ntargets = 2,
		.nregimes = FPB_NREGIMES,
		.nworkloads = 1,
		.filesize_mib = 512,
		.runtime_ms = 500,
		.ramp_ms = 100,
		.load_limit_pct = 25,
		.repeats = 4,
		.side_risk = 100,
		.device = { .type = "auto", .fs = "xfs", .size_mib = 2048,
			    .blocksize = 4096, .queue_mode = 2 },
		.memory_mib = 2048,
		.accel = "auto",
		.confine = 1,
	};
	memcpy(p->regimes, fpb_regimes, sizeof(fpb_regimes));
	fpb_workload_preset("randwrite", &p->workloads[0]);
}

const struct fpb_regime *fpb_plan_regime(const struct fpb_plan *p,
					 const char *name)
{
	for (size_t i = 0; i < p->nregimes; i++)
		if (!strcmp(p->regimes[i].name, name))
			return &p->regimes[i];
	return NULL;
}

const struct fpb_target *fpb_plan_target(const struct fpb_plan *p,
					 const char *name)
{
	for (size_t i = 0; i < p->ntargets; i++)
		if (!strcmp(p->targets[i].name, name))
			return &p->targets[i];
	return NULL;
}

const struct fpb_target *fpb_plan_target_below(const struct fpb_plan *p,
					       const struct fpb_target *t)
{
	return fpb_plan_target(p, t->over) ? : fpb_target_preset(t->over);
}

const struct fpb_workload *fpb_plan_workload(const struct fpb_plan *p,
					     const char *name)
{
	for (size_t i = 0; i < p->nworkloads; i++)
		if (!strcmp(p->workloads[i].name, name))
			return &p->workloads[i];
	return NULL;
}

bool fpb_plan_may_end(const struct fpb_plan *p)
{
	return p->until_ci || p->until_side || p->max_time_ms;
}

bool fpb_plan_has_control(const struct fpb_plan *p)
{
	return p->ntargets > 1 && fpb_plan_target(p, FPB_TARGET_RAW);
}

static unsigned int most_jobs(const struct fpb_plan *p)
{
	unsigned int most = 1;

	for (size_t i = 0; i < p->nnumjobs; i++)
		if (p->numjobs[i] > most)
			most = p->numjobs[i];
	return most;
}

bool fpb_plan_holds_pages(const struct fpb_plan *p)
{
	bool dirties = false;

	for (size_t i = 0; i < p->nworkloads; i++) {
		if (*p->workloads[i].job)
			return false;
		dirties |= fpb_workload_dirties(&p->workloads[i]);
	}
	return dirties && p->pairing == FPB_PAIRING_DUET;
}

unsigned int fpb_plan_private_files(const struct fpb_plan *p)
{
	for (size_t i = 0; i < p->nworkloads; i++)
		if (p->workloads[i].files == FPB_FILES_PRIVATE)
			return most_jobs(p);
	return 0;
}

uint64_t fpb_plan_private_mib(const struct fpb_plan *p)
{
	return p->filesize_mib / most_jobs(p) ? : 1;
}

uint64_t fpb_plan_file_mib(const struct fpb_plan *p,
			   const struct fpb_workload *w)
{
	return w->files == FPB_FILES_PRIVATE ? fpb_plan_private_mib(p) :
					       p->filesize_mib;
}

size_t fpb_plan_ncells(const struct fpb_plan *p)
{
	return p->nregimes * p->nworkloads * p->nnumjobs * p->ntargets;
}

struct fpb_cell fpb_plan_cell(const struct fpb_plan *p, size_t i)
{
	struct fpb_cell c = { .numjobs = 0 };

	strcpy(c.target, p->targets[i % p->ntargets].name);
	i /= p->ntargets;
	c.numjobs = p->numjobs[i % p->nnumjobs];
	i /= p->nnumjobs;
	strcpy(c.workload, p->workloads[i % p->nworkloads].name);
	strcpy(c.regime, p->regimes[i / p->nworkloads].name);
	return c;
}

bool fpb_regime_needs_latency(const struct fpb_regime *r)
{
	return r->completion_nsec > 0;
}

bool fpb_regime_waits(const struct fpb_regime *r)
{
	return r->completion_nsec > r->iodepth * CPU_NSEC;
}

bool fpb_plan_is_exact(const struct fpb_plan *p)
{
	return !strcmp(p->accel, "exact");
}

bool fpb_plan_is_emulated(const struct fpb_plan *p)
{
	return !strcmp(p->accel, "tcg") || fpb_plan_is_exact(p);
}

unsigned int fpb_plan_queue_depth(const struct fpb_plan *p)
{
	return p->device.queue_depth ? : fpb_plan_is_exact(p) ? 1024 : 0;
}
