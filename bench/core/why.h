/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the time of an I/O goes ("fpbench run --why"): what a kernel with lock
 * statistics counted while it ran a cell, as in why.jsonl (bench/run/README.md),
 * and the parts that it comes to. Pure.
 */
#ifndef FPB_WHY_H
#define FPB_WHY_H

#include <jansson.h>

#include "core/lockstat.h"
#include "core/step.h"

#define FPB_FILE_WHY	"why.jsonl"
/* Of the kernels that count, in build.json; and what such a kernel has. */
#define FPB_WHY_VARIANT	"lockstat"
#define FPB_LOCK_STAT	"/proc/lock_stat"

/* One cell. Times are sums over the whole fio job, in ns. */
struct fpb_why {
	char kernel[FPB_NAME_MAX];
	struct fpb_cell cell;
	unsigned int iodepth;		/* I/Os in flight for each job */
	bool latency;			/* the device completes after a while */
	uint64_t ios;
	double iops, lat_mean_ns;	/* fio's */
	/* CPU time: of fio and its jobs, of the daemon, of all there is. */
	uint64_t app_user, app_kernel, daemon_user, daemon_kernel, all;
	uint64_t runnable;		/* tasks that waited for a CPU */
	uint64_t in_flight;		/* I/Os at the device */
	struct fpb_lockstat locks;
};

/* A new reference, or NULL if memory is short. */
json_t *fpb_why_to_json(const struct fpb_why *w);
/* 0, or -EINVAL with a sentence in @why (FPB_REASON_MAX bytes). */
int fpb_why_from_json(const json_t *o, struct fpb_why *w, char *why);

enum fpb_why_part {
	FPB_WHY_LOCK,			/* waiting for i_rwsem */
	FPB_WHY_DEVICE,
	FPB_WHY_FUSE,			/* CPU, in the kernel: beyond that of raw */
	FPB_WHY_BELOW,			/* as much CPU as raw takes in the kernel */
	FPB_WHY_DAEMON,			/* CPU, but for as much as raw takes */
	FPB_WHY_APP,			/* CPU, fio's own code, if the kernel knows */
	FPB_WHY_RUNNABLE,		/* waiting for a CPU */
	FPB_WHY_PARTS
};

/* For programs, such as "i_rwsem". */
const char *fpb_why_part_name(enum fpb_why_part part);

/* The time of a job for each of its I/Os: one at a time, it is the latency. */
struct fpb_why_split {
	double total_ns;
	double ns[FPB_WHY_PARTS];
	double rest_ns;			/* of the total, that is in no part */
	/* What was counted twice, but for CPU time beyond raw's: tasks spin for a lock. */
	double overlap_ns;
};

/*
 * What is more than this of the total has to be said, if no part explains it or
 * two count it.
 */
#define FPB_WHY_TOLERANCE	0.1

/*
 * Splits the time of @w. @raw: the same cell of raw, or NULL: then all CPU time in
 * the kernel is that of FPB_WHY_FUSE, or if @w is raw itself of FPB_WHY_BELOW.
 */
void fpb_why_split(const struct fpb_why *w, const struct fpb_why *raw,
		   struct fpb_why_split *s);

/* The same cell of raw in the same boot, among @n of @all; NULL: none. */
const struct fpb_why *fpb_why_raw(const struct fpb_why *all, size_t n,
				  const struct fpb_why *w);

/*
 * What to run: each target, workload and regime of the plan, once. @steps has room
 * for all cells of the plan. Returns how many.
 */
size_t fpb_why_steps(const struct fpb_plan *p, struct fpb_step *steps);

#endif
