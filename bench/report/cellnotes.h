/* SPDX-License-Identifier: GPL-2.0 */
/* Notes below a section's table. */
#ifndef FPB_CELLNOTES_H
#define FPB_CELLNOTES_H

#include "report/page.h"
#include "report/section.h"

/*
 * What is not resolved, and with @all: what its cells lack, and their ratios to
 * raw. Returns 0 or -ENOMEM.
 */
int fpb_cellnotes_put(struct fpb_page *p, const struct fpb_section *x,
		      bool all);

#endif
