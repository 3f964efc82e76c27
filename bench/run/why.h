/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the time of an I/O goes: after the rounds each kernel is booted once more,
 * in a build that counts how long tasks wait for locks. What that measures is slower,
 * and goes into a file of its own (core/why.h).
 */
#ifndef FPB_RUN_WHY_H
#define FPB_RUN_WHY_H

#include "core/rundata.h"
#include "run/spec.h"

/*
 * Whether there are such kernels for all of @s. An exit status, after a message with
 * the command that builds them.
 */
int fpb_why_check(const struct fpb_guests *s);

/* Boots those that @data (NULL: none) has nothing of. An exit status, as above. */
int fpb_why_run(struct fpb_run_spec *r, const struct fpb_rundata *data);

#endif
