/* SPDX-License-Identifier: GPL-2.0 */
/* Whether the machines that share the rounds of a run agree. Pure. */
#ifndef FPB_MACHINES_H
#define FPB_MACHINES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/stats.h"

/* An effect as one machine has it. Ratios, not logarithms. */
struct fpb_machine_effect {
	/* n: boot pairs. Student's interval, 95 % by itself. */
	struct fpb_estimate ratio;
	bool disagrees;
	double others;			/* valid if it does */
};

/*
 * Compare machines by the log ratios @d of their boot pairs, of which number i is
 * of @machine[i], below @nmachines. Fills @m, which has room for all of them, and
 * in *@spread the standard deviation of the machines' true log ratios: by analysis
 * of variance, so that noise of boot pairs is no part of it (Searle, Casella and
 * McCulloch, Variance Components, 3.6); NAN if no machine has two boot pairs.
 *
 * A machine disagrees if its mean differs from the mean of the others' by Student's
 * t with an error for each machine, and the degrees of freedom of the one that is
 * known worse (Welch's would be too many with few boot pairs), at @alpha shared over
 * the machines. The one that is farthest off is taken out, and then the others are
 * tested without it, so that one bad machine does not make the good ones look wrong. Machines with fewer than FPB_MACHINE_PAIRS boot pairs
 * are neither tested nor compared with. Returns 0, -EINVAL or -ENOMEM.
 */
#define FPB_MACHINE_PAIRS	3
int fpb_machines_compare(const double *d, const size_t *machine, size_t n,
			 double alpha, struct fpb_machine_effect *m,
			 size_t nmachines, double *spread);

/* How many of them disagree; 0 of @m = NULL. */
size_t fpb_machines_disagree(const struct fpb_machine_effect *m,
			     size_t nmachines);

#endif
