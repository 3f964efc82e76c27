/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a run is to measure: defaults, a plan file (INI) on top, options on top
 * of that. All three go through fpb_plan_set(), so a key has one meaning.
 * Pure: no files here.
 */
#ifndef FPB_PLAN_H
#define FPB_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/result.h"

#define FPB_PLAN_MAX_LIST	32
#define FPB_PLAN_MAX_JOBS	256

/* How a target's samples and raw's of the same cell are taken. */
enum fpb_pairing {
	FPB_PAIRING_AUTO,	/* what has been shown to be the better way */
	FPB_PAIRING_PAIRED,	/* in slices of one fio job, in turn */
	FPB_PAIRING_SEPARATE,	/* one fio job after the other */
};

/* "auto", "paired", "separate". */
const char *fpb_pairing_name(enum fpb_pairing pairing);

/* What limits the I/O, and how it is submitted. */
struct fpb_regime {
	char name[FPB_NAME_MAX];
	char submit[FPB_NAME_MAX];	/* the engine's submission path */
	unsigned int iodepth;		/* I/Os in flight for each job */
	unsigned int batch;		/* I/Os in one submission */
	uint64_t completion_nsec;	/* the device's latency; 0: at once */
	uint64_t slice_nsec;		/* of pairs; 0: fpb_plan_slice_ns() */
};

struct fpb_workload {
	char name[FPB_NAME_MAX];
	char rw[FPB_NAME_MAX];		/* fio's */
	uint64_t bs;			/* bytes */
	bool direct;
	uint64_t size_mib;		/* of the file */
};

struct fpb_device_plan {
	char type[FPB_NAME_MAX];	/* "auto", "null_blk", "loop" */
	uint64_t size_mib;
	unsigned int blocksize;		/* bytes */
	unsigned int queue_mode;	/* null_blk's: 0 bio, 2 blk-mq */
	unsigned int submit_queues;	/* 0: one for each CPU */
};

struct fpb_plan {
	unsigned int rounds;
	unsigned int numjobs[FPB_PLAN_MAX_LIST];
	size_t nnumjobs;
	char targets[FPB_PLAN_MAX_LIST][FPB_NAME_MAX];
	size_t ntargets;
	struct fpb_regime regimes[FPB_PLAN_MAX_LIST];
	size_t nregimes;
	struct fpb_workload workload;
	uint64_t runtime_ms, ramp_ms;	/* of each sample */
	unsigned long seed;		/* 0: to be drawn */
	enum fpb_pairing pairing;
	struct fpb_device_plan device;
	unsigned int cpus;		/* of a guest; 0: as many as the host */
	uint64_t memory_mib;		/* of a guest */
	char accel[FPB_NAME_MAX];	/* "auto", or one of the backend's */
	unsigned int pin[FPB_PLAN_MAX_LIST];	/* the guest to these CPUs */
	size_t npin;			/* 0: it runs where the host likes */
};

/* The sweep of a plain "make bench". */
void fpb_plan_default(struct fpb_plan *p);

/*
 * Sets one key of one section. Returns 0, or -EINVAL with a sentence in @why
 * (FPB_REASON_MAX bytes) that names what is known.
 */
int fpb_plan_set(struct fpb_plan *p, const char *section, const char *key,
		 const char *value, char *why);

/* "section.key=value", as given to --set. */
int fpb_plan_set_text(struct fpb_plan *p, const char *text, char *why);

/*
 * Applies a plan file's text. Returns 0, or -EINVAL with the sentence and the
 * line it is about.
 */
int fpb_plan_parse(struct fpb_plan *p, const char *text, char *why,
		   unsigned int *line);

/* What no single key can tell: 0, or -EINVAL with a sentence. */
int fpb_plan_check(const struct fpb_plan *p, char *why);
/* The same for what only a guest's memory limits. */
int fpb_plan_check_guest(const struct fpb_plan *p, char *why);

/* The plan as a plan file that means the same. malloc()ed, or NULL. */
char *fpb_plan_text(const struct fpb_plan *p);

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

/* Cells in one boot, and time spent measuring in all boots of @kernels. */
size_t fpb_plan_ncells(const struct fpb_plan *p);
uint64_t fpb_plan_measuring_ms(const struct fpb_plan *p, size_t kernels);

/* Whether the regime's rates depend on the device's latency. */
bool fpb_regime_needs_latency(const struct fpb_regime *r);

#endif
