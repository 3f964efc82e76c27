/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results to bytes. Reports read a summary and write to a stream (in memory,
 * for tests); they know no files, clocks or backends.
 */
#ifndef FPB_REPORT_H
#define FPB_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "core/summary.h"
#include "report/with.h"

struct fpb_report {
	const char *name;
	/* Returns 0 or -ENOMEM. */
	int (*write)(FILE *out, const struct fpb_summary *s,
		     const struct fpb_report_with *with);
	bool pictures;			/* whether it shows those of @with */
};

/* Ends with a NULL name; the first is the default. */
extern const struct fpb_report fpb_reports[];

const struct fpb_report *fpb_report_find(const char *name);

/* Copy UTF-8 @text; what is not ASCII is replaced, if need be by '?'. */
void fpb_report_ascii(FILE *out, const char *text);

#endif
