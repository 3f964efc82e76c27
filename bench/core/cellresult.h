/* SPDX-License-Identifier: GPL-2.0 */
/* One kernel's samples to cells, each by itself. Used by core/summary.c. */
#ifndef FPB_CELLRESULT_H
#define FPB_CELLRESULT_H

#include "core/summary.h"

/*
 * Fills @side's results (with room for @ncells) from its run's samples. A
 * round counts for a cell if the cell has a sample in it, or if the round's
 * boot came to an end: a cell that an interrupted boot did not reach lacks
 * nothing. Of repeated attempts the first good sample counts. Returns 0 or
 * -ENOMEM; fpb_side_free() is safe after both.
 */
int fpb_side_collect(struct fpb_side *side, const struct fpb_cell *cells,
		     size_t ncells);

/*
 * All sides' results of one cell as one, without estimates: @pooled's log_iops
 * holds every side's rounds, one side after the other. Returns 0 or -ENOMEM.
 */
int fpb_cell_pool(const struct fpb_summary *s, size_t cell,
		  struct fpb_cell_result *pooled);

void fpb_side_free(struct fpb_side *side, size_t ncells);

#endif
