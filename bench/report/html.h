/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All of a report as one page: it holds everything that it shows, loads
 * nothing, and runs no script.
 */
#ifndef FPB_HTML_H
#define FPB_HTML_H

#include <stdio.h>

#include "core/summary.h"
#include "report/with.h"

/* Well-formed XML as well. Returns 0 or -ENOMEM. */
int fpb_report_html(FILE *out, const struct fpb_summary *s,
		    const struct fpb_report_with *with);

#endif
