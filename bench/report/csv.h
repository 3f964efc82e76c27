/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A summary as CSV: one row a cell. Columns may be added at the end, never
 * renamed.
 */
#ifndef FPB_CSV_H
#define FPB_CSV_H

#include <stdio.h>

#include "core/summary.h"
#include "report/with.h"

/* Returns 0 or -ENOMEM. */
int fpb_report_csv(FILE *out, const struct fpb_summary *s,
		   const struct fpb_report_with *with);

#endif
