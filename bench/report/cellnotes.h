/* SPDX-License-Identifier: GPL-2.0 */
/* Notes below a section's table: what it lacks, and where it is at par. */
#ifndef FPB_CELLNOTES_H
#define FPB_CELLNOTES_H

#include "report/page.h"
#include "report/section.h"

/* Returns 0 or -ENOMEM. */
int fpb_cellnotes_put(struct fpb_page *p, const struct fpb_section *x);

#endif
