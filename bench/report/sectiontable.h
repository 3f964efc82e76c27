/* SPDX-License-Identifier: GPL-2.0 */
/* A section's table, and the notes on those of its cells that need one. */
#ifndef FPB_SECTIONTABLE_H
#define FPB_SECTIONTABLE_H

#include "report/page.h"
#include "report/section.h"

/* Notes on which kernels the table's short names stand for. */
void fpb_section_put_names(struct fpb_page *p, const struct fpb_section *x);

/*
 * Caption and table of one section, and notes on its cells: all of them, with
 * the latencies, or on what is not resolved alone. Returns 0 or -ENOMEM.
 */
int fpb_section_put(struct fpb_page *p, const struct fpb_section *x,
		    bool notes);

#endif
