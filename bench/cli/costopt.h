/* SPDX-License-Identifier: GPL-2.0 */
/* The option that chooses what a report says on the cost of its kernels. */
#ifndef FPB_COSTOPT_H
#define FPB_COSTOPT_H

#include "core/summary.h"
#include "run/readcost.h"

#define FPB_OPT_COST(o)							\
	{ "cost", 0, POPT_ARG_STRING, &(o).cost, 0,			\
	  "What fpbench cost kept of these kernels (default: "		\
	  FPB_LATEST_COST ", if it is of them)", "DIR" }

/*
 * Reads what the option says, NULL: the default, into @k and sets @s->cost. Free @k
 * after @s, in any case. 0, or -EINVAL after a message.
 */
int fpb_costopt_take(const char *command, const char *dir,
		     struct fpb_keptcost *k, struct fpb_summary *s);

#endif
