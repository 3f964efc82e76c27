/* SPDX-License-Identifier: GPL-2.0 */
/* The results of the correctness suite, to bytes. Pure. */
#ifndef FPB_CHECKREPORT_H
#define FPB_CHECKREPORT_H

#include <stdio.h>

#include "core/casereport.h"

struct fpb_check_report {
	const char *name;
	/*
	 * @r: the results of @n runs of @suite, those of one case side by side.
	 * Of cases without a description the text has only those that did not
	 * pass. Returns 0, -EIO or -ENOMEM.
	 */
	int (*write)(FILE *out, const char *suite,
		     const struct fpb_check_result *r, size_t n);
};

/* Ends with a NULL name; the first is the default. */
extern const struct fpb_check_report fpb_check_reports[];

const struct fpb_check_report *fpb_check_report_find(const char *name);

#endif
