/* SPDX-License-Identifier: GPL-2.0 */
/* From what run and replicate have chosen to a measurement. */
#ifndef FPB_MEASURE_H
#define FPB_MEASURE_H

#include "cli/planopts.h"
#include "run/spec.h"

/*
 * Checks plan, job files and kernels of @s, which fpb_guests_choose() has filled, and
 * gives a quick run as many rounds as it needs. Returns an exit status, after a
 * message if it is not FPB_EXIT_OK.
 */
int fpb_measure_check(struct fpb_guests *s, const struct fpb_planopts *o);

/*
 * Settles what is left to this machine, and measures; or prints what would be
 * measured if @only_print. An exit status, as above. fpb_guests_free() is the
 * caller's.
 */
int fpb_measure(struct fpb_run_spec *r, bool only_print);

#endif
