/* SPDX-License-Identifier: GPL-2.0 */
/* Estimates and what they say, in words. */
#ifndef FPB_CLAIM_H
#define FPB_CLAIM_H

#include <stdio.h>

#include "core/summary.h"

/* Room for any of the short texts below. */
#define FPB_CLAIM_MAX	128

/* "1.18 [1.12, 1.25]", or "1.18" without an interval; "-" without a value. */
char *fpb_claim_interval(const struct fpb_estimate *e, char *buf);

/*
 * A row's verdict, short: "faster", "faster, < 5 %", "within 5 %", or "±19 %"
 * if nothing is resolved. "" without an interval.
 */
char *fpb_claim_row(const struct fpb_cell_result *r, double margin, char *buf);

/* The same of any ratio and its verdict. */
char *fpb_claim_verdict(const struct fpb_estimate *ratio, struct fpb_verdict v,
			double margin, char *buf);

/* "cpu", or "cpu randwrite-4k" if there are several workloads. */
void fpb_claim_where(FILE *out, const struct fpb_summary *s,
		     const struct fpb_cell *cell);

/* "cpu, patched/baseline over 1 to 8 jobs". */
void fpb_claim_subject(FILE *out, const struct fpb_summary *s,
		       const struct fpb_effect *e);

/*
 * What an effect comes to: "1.18 [1.12, 1.25], faster", or what it would take,
 * and the time average if that is another.
 */
void fpb_claim_effect(FILE *out, const struct fpb_summary *s,
		      const struct fpb_effect *e);

/* "s" unless there is one. */
const char *fpb_plural(size_t n);

/* "boot pairs", "boot pair", or "sessions". */
const char *fpb_claim_replicates(const struct fpb_summary *s, size_t n);

#endif
