/* SPDX-License-Identifier: GPL-2.0 */
/* What holds for all tables of a report: alarms before, notes after them. */
#ifndef FPB_NOTES_H
#define FPB_NOTES_H

#include "core/summary.h"
#include "report/page.h"

/* Both return 0 or -ENOMEM. */
int fpb_notes_alarms(struct fpb_page *p, const struct fpb_summary *s);
int fpb_notes_put(struct fpb_page *p, const struct fpb_summary *s);

#endif
