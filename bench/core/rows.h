/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of kernels side by side whose cells have been collected: their ratios to
 * raw and to the baseline, with intervals that hold together.
 */
#ifndef FPB_ROWS_H
#define FPB_ROWS_H

#include "core/cellresult.h"

/* What a family of rows came to. */
struct fpb_tally {
	unsigned int compared, faster, slower;
	unsigned int unresolved;	/* neither, and not within the margin */
};

/*
 * Fill to_raw, vs_base and what follows from them in all results of @l, rates
 * and latencies. Families, each at its own level: the ratios to raw of a target
 * and kernel; the rates of a target, of all kernels together; and so for each
 * quantile of the latency. Rows of raw are counted into @control, the others
 * into @rows. Returns 0, -EINVAL, -E2BIG or -ENOMEM.
 */
int fpb_rows_compare(const struct fpb_lineup *l, double margin,
		     struct fpb_tally *control, struct fpb_tally *rows);

#endif
