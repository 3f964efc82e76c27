/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What "fpbench cost" has kept, for reports on a run of the same kernels: its
 * manifest, and cost.json. Pure.
 */
#ifndef FPB_KEPTCOST_H
#define FPB_KEPTCOST_H

#include "core/cellresult.h"

struct fpb_keptcost {
	struct fpb_manifest manifest;
	json_t *root;			/* of cost.json; owned */
};

/*
 * Takes references of both. 0, or -EINVAL or -ENOMEM with a sentence in @why
 * (FPB_REASON_MAX bytes).
 */
int fpb_keptcost_init(struct fpb_keptcost *k, json_t *manifest, json_t *cost,
		      char *why);
/* Also of a zeroed one. */
void fpb_keptcost_free(struct fpb_keptcost *k);

/*
 * How many kernel instructions an I/O of the cell takes more in @new than in
 * @old; NAN if that was not counted of these very kernels. They are the same if
 * they have one image, or, on another architecture, one source, patches and
 * configuration of the user's. The cell's numjobs does not matter, nor a latency of
 * its regime's device: @counted is the cell as it was counted, on a device that
 * completes at once.
 */
double fpb_keptcost_more(const struct fpb_keptcost *k,
			 const struct fpb_contender *old,
			 const struct fpb_contender *new,
			 const struct fpb_cell *cell,
			 struct fpb_cell *counted);

#endif
