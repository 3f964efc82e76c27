/* SPDX-License-Identifier: GPL-2.0 */
/* Where the time of an I/O goes, in each regime and kernel: core/why.h in words. */
#ifndef FPB_REPORT_WHY_H
#define FPB_REPORT_WHY_H

#include "core/summary.h"
#include "report/page.h"

/*
 * "device, 8 jobs, baseline: a write takes 12.1 ms: 87 % waiting for i_rwsem, ...":
 * @rw is fio's pattern. @raw as for fpb_why_split().
 */
void fpb_why_write(FILE *out, const struct fpb_why *w, const struct fpb_why *raw,
		   const char *where, const char *kernel, const char *rw);

/* A note for each, or none if the run has not looked. Returns 0 or -ENOMEM. */
int fpb_why_put(struct fpb_page *p, const struct fpb_summary *s);

/* The same for programs: a list; NULL if memory is short. */
json_t *fpb_why_report(const struct fpb_summary *s);

#endif
