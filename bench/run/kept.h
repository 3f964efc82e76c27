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

#endif
