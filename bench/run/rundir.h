/* SPDX-License-Identifier: GPL-2.0 */
/* A run's directory (run/README.md): made once, or opened to go on. */
#ifndef FPB_RUNDIR_H
#define FPB_RUNDIR_H

#include "core/rundata.h"
#include "run/spec.h"

/*
 * Makes an empty directory for a run in @results, whose name has the time and @kind:
 * absolute into @dir (FPB_PATH_MAX bytes), and its name into @id (FPB_NAME_MAX).
 * 0, or -errno after a message.
 */
int fpb_rundir_create(const char *results, const char *kind, char *dir,
		      char *id);

/* Points "latest", or "latest-KIND", in @results at the run @id; or warns. */
void fpb_rundir_link(const char *results, const char *kind, const char *id);

/*
 * Makes the directory with manifest and plan, sets r->dir, and points
 * "latest" or "latest-KIND" at it. 0, or -errno after a message; -EINVAL: something that the
 * run needs is missing.
 */
int fpb_rundir_make(struct fpb_run_spec *r);

/*
 * Reads r->dir, and refuses (-EINVAL) if kernels, programs or the plan are no
 * longer what they were. The caller frees @data. Else as above.
 */
int fpb_rundir_open(struct fpb_run_spec *r, struct fpb_rundata *data);

/*
 * Writes down that the rule @rule (core/ending.h) ended the run after @rounds
 * rounds. 0, or -errno after a message.
 */
int fpb_rundir_end(const struct fpb_run_spec *r, unsigned int rounds,
		   const char *rule);

#endif
