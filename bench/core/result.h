/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One sample and one boot, as in samples.jsonl and boots.jsonl
 * (bench/run/README.md), to and from JSON. Pure: no files here.
 */
#ifndef FPB_RESULT_H
#define FPB_RESULT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define FPB_SCHEMA	1

enum fpb_status {
	FPB_SAMPLE_OK,
	FPB_SAMPLE_INVALID,	/* measured, but the evidence contradicts it */
	FPB_SAMPLE_FAILED,
	FPB_SAMPLE_LOST,	/* too few slices could be used: a busy machine */
	FPB_SAMPLE_SKIPPED,	/* this machine cannot measure it */
};

enum fpb_lock_state {
	FPB_LOCK_UNKNOWN,
	FPB_LOCK_SHARED,
	FPB_LOCK_EXCLUSIVE,
};

/* By what we know what reached a daemon, the best last. */
enum fpb_evidence {
	FPB_EVIDENCE_NONE,
	FPB_EVIDENCE_IO,		/* /proc/PID/io of its processes */
	FPB_EVIDENCE_DAEMON,		/* its own counters */
	FPB_EVIDENCE_TRACEPOINT,	/* the kernel's */
};

#define FPB_NAME_MAX	64
/* Copies @in into @out[FPB_NAME_MAX]: 0, or -EINVAL if it does not fit. */
int fpb_name_copy(char *out, const char *in);
#define FPB_REASON_MAX	256

/* What is measured, once in each boot of the kernel. */
struct fpb_cell {
	char regime[FPB_NAME_MAX];
	char target[FPB_NAME_MAX];
	char workload[FPB_NAME_MAX];
	unsigned int numjobs;
};

/*
 * A sample that is one side of a fio job that ran on both: what its slices
 * say, all but log_early the same in the samples of both sides.
 */
struct fpb_sample_pair {
	char with[FPB_NAME_MAX];	/* the other side's target */
	char slices[FPB_REASON_MAX];	/* files, but for "_slices.N.csv" */
	uint64_t slice_ns, guard_ns, seed;
	uint64_t pairs;			/* of slices, that were used */
	/* Slices lost while draining, and with their partner. */
	uint64_t lost_draining, lost_partner;
	/* Valid only if status is ok or invalid. */
	double ratio;			/* the target's rate over raw's */
	double log_se;			/* of its logarithm, by jackknife */
	/* This side's rate early in a slice over that late; 0: not known. */
	double log_early;
};

/*
 * What one kernel's slices say against those of the run's first kernel, between
 * which they lay. Logarithms of this kernel's rate over the other's.
 */
struct fpb_sample_duet {
	char over[FPB_NAME_MAX];	/* the other kernel */
	/* Hodges-Lehmann over blocks; of the totals; deviation of blocks. */
	double log_ratio, log_total, log_sd;
	uint64_t blocks, lost;		/* that count; slices that do not */
};

/*
 * CPU time in the kernel that was measured, of the whole fio job: of fio, of the
 * daemon, and of all, which has kernel threads and interrupts too.
 */
struct fpb_sample_cpu {
	uint64_t app_ns, daemon_ns, all_ns;
	uint64_t ios;			/* of the job, both sides of it */
};

struct fpb_sample {
	char boot[FPB_NAME_MAX];
	char kernel[FPB_NAME_MAX];
	unsigned int round;		/* from 1 */
	unsigned int attempt;		/* from 1 */
	unsigned int seq;		/* from 1, within the boot */
	struct fpb_cell cell;
	enum fpb_status status;
	char reason[FPB_REASON_MAX];	/* "" if ok */

	/* Valid only if status is ok or invalid. */
	double iops;
	uint64_t ios;
	uint64_t runtime_ms;
	double lat_mean_ns, lat_p50_ns, lat_p99_ns, lat_p999_ns;
	double cpu_usr_pct, cpu_sys_pct;

	/*
	 * A target with a daemon: requests that reached it, but for
	 * FPB_EVIDENCE_IO; bytes that its processes read or wrote themselves.
	 */
	bool has_daemon;
	char evidence[FPB_NAME_MAX];	/* fpb_evidence_name(); "": not kept */
	uint64_t daemon_read, daemon_write, daemon_requests, daemon_bytes;
	bool has_cpu;
	struct fpb_sample_cpu cpu;
	/* Bytes at the block device during its job, both sides of it. */
	bool has_device;
	uint64_t device_read, device_write;
	char fio[FPB_REASON_MAX];	/* path inside the run's directory */

	bool has_pair;
	struct fpb_sample_pair pair;
	bool has_duet;
	struct fpb_sample_duet duet;
};

struct fpb_lock_evidence {
	enum fpb_lock_state state;
	char reason[FPB_REASON_MAX];	/* why unknown, else "" */
	uint64_t completion_nsec;
	double one_writer_iops, two_writer_iops;
};

/* How busy the machine was with other work during a round. */
struct fpb_load {
	double foreign_cpus;		/* busy CPUs, mean over the round */
};

struct fpb_boot {
	char boot[FPB_NAME_MAX];
	char kernel[FPB_NAME_MAX];
	unsigned int round, attempt;
	/* "ok", "failed", "interrupted"; "busy": repeated, does not count */
	char status[FPB_NAME_MAX];
	char reason[FPB_REASON_MAX];
	char release[FPB_NAME_MAX];	/* "" if it never came up */
	char started[FPB_NAME_MAX];	/* UTC, ISO 8601 */
	double seconds;
	int64_t clock_offset_ns;	/* the guest's clock less the host's */
	bool has_load;
	struct fpb_load load;
	bool has_lock;
	struct fpb_lock_evidence lock;
};

const char *fpb_status_name(enum fpb_status s);
const char *fpb_lock_name(enum fpb_lock_state s);
const char *fpb_evidence_name(enum fpb_evidence e);
/* Unknown if there is no state of that name. */
enum fpb_lock_state fpb_lock_find(const char *name);

/* The rate of two writers over that of one; 0 if there are none. */
double fpb_lock_ratio(const struct fpb_lock_evidence *l);

/* New reference, owned by the caller; NULL if memory is short. */
json_t *fpb_lock_evidence_to_json(const struct fpb_lock_evidence *l);
json_t *fpb_sample_to_json(const struct fpb_sample *s);
json_t *fpb_boot_to_json(const struct fpb_boot *b);

/*
 * Fill the structure from one line's object, or the "lock" in it. Returns 0,
 * or -EINVAL with a sentence in @why (of FPB_REASON_MAX bytes) that names the
 * key.
 */
int fpb_lock_evidence_from_json(const json_t *o, struct fpb_lock_evidence *l,
				char *why);
int fpb_sample_from_json(const json_t *o, struct fpb_sample *s, char *why);
int fpb_boot_from_json(const json_t *o, struct fpb_boot *b, char *why);

#endif
