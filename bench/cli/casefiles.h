/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The folder that a suite's consoles, logs and reports go to, and the report
 * that the user asked for.
 */
#ifndef FPB_CASEFILES_H
#define FPB_CASEFILES_H

#include <popt.h>

#include "os/file.h"
#include "report/checkreport.h"

struct fpb_casefiles {
	const char *command;		/* set by the caller, who zeroes the rest */
	char *format, *output;		/* options; NULL: text, standard output */
	const struct fpb_check_report *report;
};

#define FPB_OPT_CASEFILES(f)						\
	{ "format", 'f', POPT_ARG_STRING, &(f).format, 0,		\
	  "Report format: text, tap or junit (default: text)", "NAME" }, \
	{ "output", 'o', POPT_ARG_STRING, &(f).output, 0,		\
	  "File for the report (default: standard output)", "FILE" }

/* Before the first case, not after the last. 0, or -EINVAL after a message. */
int fpb_casefiles_check(struct fpb_casefiles *f);

/* Makes results/COMMAND-TIME-PID, @dir. 0, or -errno after a message. */
int fpb_casefiles_make(const struct fpb_casefiles *f, char *dir);

/*
 * Writes the report in every format into @dir, which becomes
 * results/latest-COMMAND, and in the one asked for to where it shall go. 0, or
 * -errno after a message.
 */
int fpb_casefiles_write(const struct fpb_casefiles *f, const char *dir,
			const struct fpb_check_result *r, size_t n);

#endif
