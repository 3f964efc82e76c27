/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a run is to measure: defaults, a plan file (INI) on top, options on top
 * of that (core/planfile.h). Pure: no files here.
 */
#ifndef FPB_PLAN_H
#define FPB_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/workload.h"

#define FPB_PLAN_MAX_LIST	32
#define FPB_PLAN_MAX_JOBS	256

/* How a target's samples and raw's of the same cell are taken. */
enum fpb_pairing {
	FPB_PAIRING_AUTO,		/* duet if it can be, else by the cell */
	FPB_PAIRING_PAIRED,		/* raw and a target; kernels in turn */
	FPB_PAIRING_SEPARATE,		/* no slices; kernels in turn */
	FPB_PAIRING_DUET,		/* all kernels at the same time */
};

/* Their names; ends with NULL. */
extern const char *const fpb_pairing_names[];

/* Whether each CPU of a guest stays on one CPU of this machine. */
enum fpb_affinity {
	FPB_AFFINITY_AUTO,		/* fixed if CPUs are given or suffice */
	FPB_AFFINITY_FIXED,
	FPB_AFFINITY_FREE,
};

/* Their names; ends with NULL. */
extern const char *const fpb_affinity_names[];

/* What limits the I/O, and how it is submitted. */
struct fpb_regime {
	char name[FPB_NAME_MAX];
	char submit[FPB_NAME_MAX];	/* the engine's submission path */
	unsigned int iodepth;		/* I/Os in flight for each job */
	unsigned int batch;		/* I/Os in one submission */
	uint64_t completion_nsec;	/* the device's latency; 0: at once */
	uint64_t slice_nsec;		/* of pairs; 0: fpb_plan_slice_ns() */
};

/* The kernel that each one is compared with. */
enum fpb_compare {
	FPB_COMPARE_FIRST,
	FPB_COMPARE_PREVIOUS,		/* and the last one with the first, too */
};

/* Their names; ends with NULL. */
extern const char *const fpb_compare_names[];

struct fpb_device_plan {
	char type[FPB_NAME_MAX];	/* "auto", "null_blk", "loop" */
	char fs[FPB_NAME_MAX];		/* on it (core/filesystem.h) */
	uint64_t size_mib;
	unsigned int blocksize;		/* bytes */
	unsigned int queue_mode;	/* null_blk's: 0 bio, 2 blk-mq */
	unsigned int submit_queues;	/* 0: one for each CPU */
	unsigned int queue_depth;	/* of each; 0: fpb_plan_queue_depth() */
};

struct fpb_plan {
	unsigned int rounds;
	unsigned int numjobs[FPB_PLAN_MAX_LIST];
	size_t nnumjobs;
	struct fpb_target targets[FPB_PLAN_MAX_LIST];
	size_t ntargets;
	struct fpb_regime regimes[FPB_PLAN_MAX_LIST];
	size_t nregimes;
	struct fpb_workload workloads[FPB_PLAN_MAX_LIST];
	size_t nworkloads;
	uint64_t filesize_mib;		/* of all data files of a target */
	/* Bit N: what section N of fpb_plan_sections has is all there is. */
	unsigned int chosen;
	uint64_t runtime_ms, ramp_ms;	/* of each sample */
	unsigned long seed;		/* 0: to be drawn */
	enum fpb_pairing pairing;
	enum fpb_compare compare;
	/*
	 * A round during which other work kept more than so many per cent of
	 * the CPUs busy is measured again, of all rounds so many; 0: never.
	 */
	unsigned int load_limit_pct, repeats;
	/*
	 * When the run ends before all rounds are done (core/ending.h): the
	 * width of effects, in hundredths of a per cent, and the time. 0: never.
	 */
	unsigned int until_ci;
	uint64_t max_time_ms;
	unsigned int why;		/* 1: then see where time goes (core/why.h) */
	/*
	 * Or it ends once the effect lies on one side of this slowdown, with
	 * this risk of the wrong side; both in hundredths of a per cent.
	 */
	unsigned int until_side, side_risk;
	struct fpb_device_plan device;
	unsigned int cpus;		/* of a guest; 0: as many as the host */
	uint64_t memory_mib;		/* of a guest */
	char accel[FPB_NAME_MAX];	/* "auto", or one of the backend's */
	unsigned int pin[FPB_PLAN_MAX_LIST];	/* the guest to these CPUs */
	size_t npin;			/* 0: to any */
	enum fpb_affinity affinity;
	unsigned int confine;		/* 0: guests may write to our files */
};

/* The regimes that every plan begins with, and can copy. */
#define FPB_NREGIMES	3
extern const struct fpb_regime fpb_regimes[FPB_NREGIMES];

/* The sweep of a plain "make bench". */
void fpb_plan_default(struct fpb_plan *p);

/* The regime, target or workload of that name, or NULL. */
const struct fpb_regime *fpb_plan_regime(const struct fpb_plan *p,
					 const char *name);
const struct fpb_target *fpb_plan_target(const struct fpb_plan *p,
					 const char *name);
/* What @t is mounted over, of the plan or a preset; NULL if there is none. */
const struct fpb_target *fpb_plan_target_below(const struct fpb_plan *p,
					       const struct fpb_target *t);
const struct fpb_workload *fpb_plan_workload(const struct fpb_plan *p,
					     const char *name);

/* Whether a rule may end the run before all rounds are done. */
bool fpb_plan_may_end(const struct fpb_plan *p);

/* Whether raw XFS, the control, is one of several targets. */
bool fpb_plan_has_control(const struct fpb_plan *p);

/* The size of a private file, in MiB: all of them are as large as the shared one. */
uint64_t fpb_plan_private_mib(const struct fpb_plan *p);

/* The size of each data file of the workload, in MiB. */
uint64_t fpb_plan_file_mib(const struct fpb_plan *p,
			   const struct fpb_workload *w);

/*
 * Whether dirty pages have to stay in the cache during samples: kernels take turns
 * in slices with a workload that leaves some. Not beside a job file, whose pages may
 * be more than the memory holds.
 */
bool fpb_plan_holds_pages(const struct fpb_plan *p);

/* How many private files there have to be; 0: none. */
unsigned int fpb_plan_private_files(const struct fpb_plan *p);

/* Cells in one boot, and each of them: targets of one row side by side. */
size_t fpb_plan_ncells(const struct fpb_plan *p);
struct fpb_cell fpb_plan_cell(const struct fpb_plan *p, size_t i);

/*
 * I/Os that each of null_blk's queues holds: those of 128 writers must fit into
 * the only queue of a guest that has one CPU. 0: 64, as the driver has it.
 */
unsigned int fpb_plan_queue_depth(const struct fpb_plan *p);

/* Whether the guest has one CPU and virtual time (backend/backend.h). */
bool fpb_plan_is_exact(const struct fpb_plan *p);
/* Whether CPUs of the guest are emulated: threads that are busy all the time. */
bool fpb_plan_is_emulated(const struct fpb_plan *p);

/* Whether the regime needs a device with a latency. */
bool fpb_regime_needs_latency(const struct fpb_regime *r);
/* Whether a job has to wait for it, with the regime's I/Os in flight. */
bool fpb_regime_waits(const struct fpb_regime *r);

#endif
