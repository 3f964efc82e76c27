/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A series step by step: for each regime, workload and target a table of what
 * each patch does to the kernel with those before it, and all of them together.
 */
#ifndef FPB_STEPS_H
#define FPB_STEPS_H

#include "core/summary.h"
#include "report/page.h"

/* Two kernels are one step: the usual line says it. */
bool fpb_steps_wanted(const struct fpb_summary *s);

/* Returns 0 or -ENOMEM. */
int fpb_steps_put(struct fpb_page *p, const struct fpb_summary *s);

#endif
