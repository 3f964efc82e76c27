/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One round: boots its kernels, all of them at the same time or one of them,
 * and leads them through the steps, in step: the next one begins when every
 * kernel is ready for it.
 */
#ifndef FPB_ROUND_H
#define FPB_ROUND_H

#include "run/samples.h"

struct fpb_round_result {
	bool wrong_lock;	/* a kernel took the lock otherwise than expected */
	bool contradicted;	/* slices of the kernels do not fit together */
	bool busy;		/* too much other work: it does not count */
};

/*
 * Measures the round @round, or a part of it. @order has the places of @n
 * kernels in the run's list, in the order to boot them; they are alive at the
 * same time. Cells that all of them have are not measured again. @may_repeat:
 * the round need not count if the machine is busy. Sets in *@result what it
 * finds. Returns an exit status, after a message.
 */
int fpb_round_run(struct fpb_run_spec *run, struct fpb_samples *samples,
		  unsigned int round, const size_t *order, size_t n,
		  bool may_repeat, struct fpb_round_result *result);

#endif
