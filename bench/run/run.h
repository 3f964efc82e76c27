/* SPDX-License-Identifier: GPL-2.0 */
/* The outer side of a run: rounds, boots, and the run's directory. */
#ifndef FPB_RUN_H
#define FPB_RUN_H

#include <jansson.h>
#include <stdbool.h>

#include "backend/backend.h"
#include "guest/boot.h"
#include "guest/programs.h"
#include "core/plan.h"
#include "core/result.h"
#include "os/file.h"

#define FPB_MAX_KERNELS	8

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

/*
 * In manifest.c: what the run is made of, as in RESULTS.md. New reference. NULL with a
 * sentence in @why if something is missing.
 */
json_t *fpb_manifest_make(const struct fpb_run *r, const char *id, char *why);

/* Measures. Returns an exit status of sys/msg.h, after messages. */
int fpb_run(struct fpb_run *r);

#endif
