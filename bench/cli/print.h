/* SPDX-License-Identifier: GPL-2.0 */
/* Reports on stdout, and the options that choose them. */
#ifndef FPB_PRINT_H
#define FPB_PRINT_H

#include <stdbool.h>

#include "core/summary.h"
#include "report/report.h"

struct fpb_print_options {
	const struct fpb_report *report;
	bool ascii;
	double margin;		/* 0.05 for 5 % */
};

/*
 * From what the user wrote; NULL stands for the default. Returns 0, or
 * -EINVAL after a message.
 */
int fpb_print_options(struct fpb_print_options *o, const char *command,
		      const char *format, bool ascii, const char *margin);

/* Returns 0 or -errno, without a message. */
int fpb_print_summary(const struct fpb_summary *s,
		      const struct fpb_print_options *o);

/* What a report's or summary's error means. */
const char *fpb_print_error(int error);

#endif
