/* SPDX-License-Identifier: GPL-2.0 */
/* Where the numbers come from: kernels, runs and programs. */
#ifndef FPB_ORIGIN_H
#define FPB_ORIGIN_H

#include <stdio.h>

#include "core/summary.h"
#include "report/page.h"

/* The kernels and their patches, and the run if there is but one. */
void fpb_origin_kernels(const struct fpb_summary *s, FILE *out);

/* A note on each run: the programs and the machine. Returns 0 or -ENOMEM. */
int fpb_origin_runs(struct fpb_page *p, const struct fpb_summary *s);

#endif
