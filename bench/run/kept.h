/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a run keeps of its kernels, so that they can be built again after the
 * source tree has moved on: configurations and patches (run/README.md).
 */
#ifndef FPB_KEPT_H
#define FPB_KEPT_H

#include "run/spec.h"

/*
 * Copies them from the folders of the kernels into r->dir. A kernel that
 * something else has built may have neither. 0, or -errno after a message.
 */
int fpb_kept_make(const struct fpb_run_spec *r);

/*
 * Has kernels built that are those of the run in the folder @dir: the @n with these
 * @names. Fills @dirs, for free(), with a folder for each of them. Progress goes to
 * stderr. Returns an exit status, after a message if it is not FPB_EXIT_OK.
 */
int fpb_kept_build(const char *dir, const char *const *names, size_t n,
		   char **dirs);

#endif
