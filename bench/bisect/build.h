/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel of a revision, built by bench/kernels/build.sh in its one tree. */
#ifndef FPB_BISECT_BUILD_H
#define FPB_BISECT_BUILD_H

#include "bisect/task.h"

/*
 * Build @commit of the user's tree; "kernels/NAME" in the search's folder is then
 * a link to the kernel's folder. Returns FPB_EXIT_OK, or after a message
 * FPB_EXIT_FAILED (it does not build), FPB_EXIT_INTERRUPTED, or another status if
 * no revision can be built here.
 */
int fpb_bisect_build(const struct fpb_search *s, const char *commit,
		     const char *name);

#endif
