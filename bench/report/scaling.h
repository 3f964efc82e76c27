/* SPDX-License-Identifier: GPL-2.0 */
/* Which share of an I/O only one job at a time can do, in words. */
#ifndef FPB_SCALING_H
#define FPB_SCALING_H

#include <stdio.h>

#include "report/page.h"
#include "report/section.h"

/*
 * A note on the curves of one section. None if each has too few points. Returns
 * 0 or -errno.
 */
int fpb_scaling_put(struct fpb_page *p, const struct fpb_section *x);

/* How it is found, or why there is none, once for all sections. */
void fpb_scaling_write_method(const struct fpb_summary *s, FILE *out);

#endif
