/* SPDX-License-Identifier: GPL-2.0 */
/* A summary as one JSON object, for programs. */
#ifndef FPB_JSON_H
#define FPB_JSON_H

#include <stdio.h>

#include "core/summary.h"
#include "report/with.h"

/* Returns 0 or -ENOMEM. */
int fpb_report_json(FILE *out, const struct fpb_summary *s,
		    const struct fpb_report_with *with);

#endif
