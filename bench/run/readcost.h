/* SPDX-License-Identifier: GPL-2.0 */
/* Read what "fpbench cost" has kept. */
#ifndef FPB_READCOST_H
#define FPB_READCOST_H

#include "core/keptcost.h"

#define FPB_LATEST_COST	"results/latest-cost"

/*
 * Reads the folder @dir; the caller frees @k. 0, or -errno after a message;
 * -ENOENT without one: it has no cost.json.
 */
int fpb_load_cost(const char *dir, struct fpb_keptcost *k);

#endif
