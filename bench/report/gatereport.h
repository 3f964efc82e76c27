/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Effects and rows as test cases for CI systems, by the gate of the summary, or
 * one that regressions fail if that has none.
 */
#ifndef FPB_GATEREPORT_H
#define FPB_GATEREPORT_H

#include <stdio.h>

#include "core/summary.h"
#include "report/with.h"

/* Returns 0 or -ENOMEM. */
int fpb_report_junit(FILE *out, const struct fpb_summary *s,
		     const struct fpb_report_with *with);

#endif
