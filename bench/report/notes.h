/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What holds for all tables of a report: alarms and effects before them, notes
 * after them.
 */
#ifndef FPB_NOTES_H
#define FPB_NOTES_H

#include "core/summary.h"
#include "report/page.h"

/* All return 0 or -ENOMEM. */
int fpb_notes_alarms(struct fpb_page *p, const struct fpb_summary *s);
/*
 * A line for each, or the overview; with @all both, where that has no room for
 * intervals.
 */
int fpb_notes_effects(struct fpb_page *p, const struct fpb_summary *s,
		      bool all);
/* What the kernels cost (report/costnote.h), which is one of the notes, too. */
int fpb_notes_cost(struct fpb_page *p, const struct fpb_summary *s);
/* What a reader of the table has to know, in a few lines; and the rest. */
int fpb_notes_put(struct fpb_page *p, const struct fpb_summary *s);
int fpb_notes_more(struct fpb_page *p, const struct fpb_summary *s);

/* Both, of one kind. */
enum fpb_notes_about {
	FPB_NOTES_FOUND,		/* beside the effects */
	FPB_NOTES_EVIDENCE,
	FPB_NOTES_READING,
	FPB_NOTES_ORIGIN,		/* kernels, programs */
};
int fpb_notes_about(struct fpb_page *p, const struct fpb_summary *s,
		    enum fpb_notes_about about);

/* How to read the numbers and what they were made on, as one text. */
void fpb_notes_write_method(FILE *out, const struct fpb_summary *s);

#endif
