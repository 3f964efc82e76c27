/* SPDX-License-Identifier: GPL-2.0 */
/* What an interrupted run was started with, from its directory. */
#ifndef FPB_RESUME_H
#define FPB_RESUME_H

#include "run/spec.h"

/*
 * Fills @r with plan, backend, kernels and programs of the run in @dir, as
 * fpb_guests_choose() does from options. @silence as there; @plan_only: this
 * machine need not be able to. Returns an exit status, after a message if it
 * is not FPB_EXIT_OK.
 */
int fpb_resume_choose(struct fpb_run_spec *r, const char *dir,
		      const char *silence, bool plan_only);

/*
 * A kernel of a manifest in the form that --kernel takes, "NAME=DIR,expect=...,
 * append=...,fs=...", from the folder @dir; NULL: by its name alone. malloc()ed, or
 * NULL.
 */
char *fpb_resume_kernel(const json_t *kernel, const char *dir);

#endif
