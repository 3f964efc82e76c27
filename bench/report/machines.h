/* SPDX-License-Identifier: GPL-2.0 */
/* The machines of a merged run: whether they agree. Nothing of one machine. */
#ifndef FPB_REPORT_MACHINES_H
#define FPB_REPORT_MACHINES_H

#include "core/summary.h"
#include "report/page.h"

/* Which of them disagree with the others, if any do. */
void fpb_machines_write_alarm(const struct fpb_summary *s, FILE *out);
/* How many there are, and how far each effect varies between them. */
void fpb_machines_write_spread(const struct fpb_summary *s, FILE *out);
/* A table of each effect by machine. 0 or -ENOMEM. */
int fpb_machines_put(struct fpb_page *p, const struct fpb_summary *s);

#endif
