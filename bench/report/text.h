/* SPDX-License-Identifier: GPL-2.0 */
/* The report that people read, as plain text and as Markdown. */
#ifndef FPB_TEXT_H
#define FPB_TEXT_H

#include <stdio.h>

#include "core/summary.h"
#include "report/with.h"

/* Each returns 0 or -ENOMEM. */
int fpb_report_text(FILE *out, const struct fpb_summary *s,
		    const struct fpb_report_with *with);
int fpb_report_markdown(FILE *out, const struct fpb_summary *s,
			const struct fpb_report_with *with);

#endif
