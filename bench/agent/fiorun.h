/* SPDX-License-Identifier: GPL-2.0 */
/* One run of fio, as the measured part of a sample. */
#ifndef FPB_AGENT_FIORUN_H
#define FPB_AGENT_FIORUN_H

#include "agent/context.h"
#include "core/fio.h"

/*
 * Whether the CPUs' clocks agree, by a test of fio's. It does the same at each
 * start, for 0.1 s, unless it is told which clock to use.
 */
bool fpb_fio_cpu_clock(const struct fpb_agent *a);

/*
 * Runs fio for @step on @file, and (@sides not NULL) on both sides in slices,
 * with its files below the job's folder. @s is filled, or has failed and says
 * why. *@fio is fio's JSON, a reference of the caller's, or NULL. Returns 0, or
 * -EINTR if asked to stop.
 */
int fpb_fio_run(const struct fpb_agent *a, const struct fpb_step *step,
		const char *file, const struct fpb_fio_sides *sides,
		struct fpb_sample *s, json_t **fio);

/* @s has failed for this reason. */
void fpb_sample_fail(struct fpb_sample *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
