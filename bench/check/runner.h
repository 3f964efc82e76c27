/* SPDX-License-Identifier: GPL-2.0 */
/* One case, in a process of its own, and its report in JSON. */
#ifndef CHECK_RUNNER_H
#define CHECK_RUNNER_H

#include "check/lib/case.h"

/* How long the case may take. */
unsigned int check_deadline_s(const struct check_case *row, bool full);

/*
 * Run c->row, for up to its deadline times @patience, and append its result to
 * c->events (NULL: print it). If the case cannot be killed and the kernel is a
 * @guest's, power it off. 0 or -errno: the result could not be reported.
 */
int check_run(struct check_context *c, unsigned int patience, bool guest);

#endif
