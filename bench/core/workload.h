/* SPDX-License-Identifier: GPL-2.0 */
/* What fio's jobs do: the workloads that a plan can name. Pure. */
#ifndef FPB_WORKLOAD_H
#define FPB_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/target.h"

/* What makes a write durable before the next one. */
enum fpb_sync {
	FPB_SYNC_NONE,
	FPB_SYNC_FSYNC,			/* fsync() after it */
	FPB_SYNC_DSYNC,			/* O_DSYNC */
};

enum fpb_files {
	FPB_FILES_SHARED,		/* one for all jobs */
	FPB_FILES_PRIVATE,		/* one for each job */
};

/* Their names; each ends with NULL. */
extern const char *const fpb_sync_names[];
extern const char *const fpb_files_names[];

/* In place of a submission path: that of the regime. */
#define FPB_PATH_REGIME	"regime"

struct fpb_workload {
	char name[FPB_NAME_MAX];
	char rw[FPB_NAME_MAX];		/* fio's */
	uint64_t bs;			/* bytes */
	bool direct;
	unsigned int read_pct;		/* of mixed patterns */
	char path[FPB_NAME_MAX];	/* of the engine; FPB_PATH_REGIME */
	enum fpb_sync sync;
	enum fpb_files files;
	/* The user's own fio job file, in place of the rest; "": none. */
	char job[FPB_COMMAND_MAX];
};

/*
 * The families of workloads, each with its usual block size. A family whose
 * I/Os are data exists at every block size, and its names end with that.
 */
struct fpb_workload_family {
	struct fpb_workload w;		/* its name is the family's */
	bool has_bs;
	const char *summary;
};
#define FPB_NWORKLOAD_FAMILIES	23
extern const struct fpb_workload_family
	fpb_workload_families[FPB_NWORKLOAD_FAMILIES];

/*
 * Fills @w with the workload that @name means: a family ("fsync"), or one at a
 * block size ("seqread-128k"). Its name is then complete: "fsync-4k". False if
 * there is none of that name.
 */
bool fpb_workload_preset(const char *name, struct fpb_workload *w);

/* The names of those that "all" stands for, separated by commas. */
extern const char fpb_workloads_all[];

/* Whether it reads or writes file data; else its I/Os are operations on names. */
bool fpb_workload_has_data(const struct fpb_workload *w);

/*
 * I/Os in flight for each job in a regime of @iodepth: one by a path of its own, and
 * of large blocks at most 1 MiB, since more takes longer to drain than a slice is.
 */
unsigned int fpb_workload_depth(const struct fpb_workload *w,
				unsigned int iodepth);

/* Whether it reads pages that are in the cache already. */
bool fpb_workload_is_warm(const struct fpb_workload *w);

/* Whether it leaves dirty pages of data behind. */
bool fpb_workload_dirties(const struct fpb_workload *w);

#endif
