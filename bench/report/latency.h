/* SPDX-License-Identifier: GPL-2.0 */
/* Quantiles of the completion latency, in words and as a table. */
#ifndef FPB_REPORT_LATENCY_H
#define FPB_REPORT_LATENCY_H

#include "report/page.h"
#include "report/section.h"

/*
 * A section's latencies: its effect, then each row of both kernels in us with
 * their ratio. Nothing if it compares no kernels or has no latencies. Returns 0
 * or -ENOMEM.
 */
int fpb_latency_put(struct fpb_page *p, const struct fpb_section *x);

/* Which effects differ beyond noise, in one sentence; nothing if none does. */
void fpb_latency_write_found(const struct fpb_summary *s, FILE *out);

#endif
