/* SPDX-License-Identifier: GPL-2.0 */
/* The outer side of a run: rounds, boots, and the run's directory. */
#ifndef FPB_RUN_H
#define FPB_RUN_H

#include <jansson.h>
#include <stdbool.h>

#include "backend/backend.h"
#include "core/plan.h"
#include "core/result.h"
#include "sys/file.h"

#define FPB_MAX_KERNELS	8

struct fpb_kernel {
	char name[FPB_NAME_MAX];
	char dir[FPB_PATH_MAX];		/* of linux and build.json; "" on host */
	enum fpb_lock_state expect;	/* unknown: not stated */
};

/* Programs that a run uses; absolute paths. */
struct fpb_programs {
	char self[FPB_PATH_MAX];
	char fio[FPB_PATH_MAX];
	char engine[FPB_PATH_MAX];
	char daemon[FPB_PATH_MAX];
	char kernels[FPB_PATH_MAX];	/* folder of the kernels that we built */
};

struct fpb_run {
	const struct fpb_backend *backend;
	struct fpb_plan plan;
	struct fpb_kernel kernels[FPB_MAX_KERNELS];
	size_t nkernels;
	struct fpb_programs programs;
	uint64_t silence_ms;		/* of a guest before it is given up */
	const char *results;		/* folder of runs; borrowed */
	bool resume;
	char dir[FPB_PATH_MAX];		/* set for resume, else by us */
};

/* Beside this program, as make builds them. 0 or -errno. */
int fpb_programs_default(struct fpb_programs *p);

/*
 * What the run is made of, as in RESULTS.md. New reference. NULL with a
 * sentence in @why if something is missing.
 */
json_t *fpb_manifest_make(const struct fpb_run *r, const char *id, char *why);

/*
 * The scratch folder of a running harness or of one that died: a lock file
 * in it tells which. See cmd_clean.c.
 */
#define FPB_SCRATCH_LOCK	"lock"
/* /tmp/fpbench-UID. 0 or -errno. */
int fpb_scratch_root(char *path);

/* Measures. Returns an exit status of sys/msg.h, after messages. */
int fpb_run(struct fpb_run *r);

#endif
