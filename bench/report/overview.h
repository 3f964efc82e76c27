/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The effects of a run of several workloads or targets as one table, in place of
 * a line for each.
 */
#ifndef FPB_OVERVIEW_H
#define FPB_OVERVIEW_H

#include "core/summary.h"
#include "report/page.h"

/* With more workloads than this their own tables are part of the notes. */
#define FPB_OVERVIEW_WORKLOADS	4

bool fpb_overview_wanted(const struct fpb_summary *s);

/* Whether it stands for the tables of the workloads, but for @notes. */
bool fpb_overview_alone(const struct fpb_summary *s, bool notes);

/* What to say below a table of effects. Returns 0 or -ENOMEM. */
int fpb_overview_remarks(struct fpb_page *p, const struct fpb_summary *s);

/* Returns 0 or -ENOMEM. */
int fpb_overview_put(struct fpb_page *p, const struct fpb_summary *s);

#endif
