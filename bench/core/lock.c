// SPDX-License-Identifier: GPL-2.0
#include "core/lock.h"

#include <fcntl.h>
#include <string.h>

#include <gsl/gsl_sort.h>

#define SHARED		FPB_LOCK_SHARED
#define EXCLUSIVE	FPB_LOCK_EXCLUSIVE

/*
 * O_DSYNC where the page cache comes in: without it the write would not wait
 * for the device, and its time would say nothing.
 */
const struct fpb_lock_case fpb_lock_cases[] = {
	{ .name = "within EOF", .flags = O_DIRECT,
	  .baseline = EXCLUSIVE, .patched = SHARED },
	{ .name = "past EOF", .flags = O_DIRECT, .past_eof = true,
	  .baseline = EXCLUSIVE, .patched = EXCLUSIVE },
	{ .name = "append", .flags = O_DIRECT | O_APPEND,
	  .baseline = EXCLUSIVE, .patched = EXCLUSIVE },
	{ .name = "buffered", .flags = O_DSYNC,
	  .baseline = EXCLUSIVE, .patched = EXCLUSIVE },
	{ .name = "flag off", .flags = O_DIRECT, .noparallel = true,
	  .baseline = EXCLUSIVE, .patched = EXCLUSIVE },
	/*
	 * The descriptor's O_DIRECT is what decides; the backing file keeps
	 * the flags that it was opened with.
	 */
	{ .name = "O_DIRECT set", .flags = O_DSYNC,
	  .change = FPB_FCNTL_SET_DIRECT,
	  .baseline = EXCLUSIVE, .patched = SHARED },
	{ .name = "O_DIRECT cleared", .flags = O_DIRECT | O_DSYNC,
	  .change = FPB_FCNTL_CLEAR_DIRECT,
	  .baseline = EXCLUSIVE, .patched = EXCLUSIVE },
	{ .name = "two files", .flags = O_DIRECT, .own_file = true,
	  .baseline = SHARED, .patched = SHARED },
	{ .name = NULL }
};

const struct fpb_lock_case *fpb_lock_case_find(const char *name)
{
	const struct fpb_lock_case *c;

	for (c = fpb_lock_cases; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

double fpb_lock_best_rate(double *end, size_t n)
{
	double best = 0;

	gsl_sort(end, 1, n);
	for (size_t i = FPB_LOCK_WINDOW; i < n; i++) {
		double span = end[i] - end[i - FPB_LOCK_WINDOW];

		if (span > 0 && FPB_LOCK_WINDOW / span > best)
			best = FPB_LOCK_WINDOW / span;
	}
	return best;
}

bool fpb_lock_overlaps(double two_writer_iops, uint64_t completion_nsec)
{
	return completion_nsec && two_writer_iops * completion_nsec >
				  FPB_LOCK_SHARED_MIN * 1e9;
}

enum fpb_lock_state fpb_lock_state(const struct fpb_lock_evidence *e,
				   unsigned int controls)
{
	if (fpb_lock_overlaps(e->two_writer_iops, e->completion_nsec))
		return FPB_LOCK_SHARED;
	/* Writers that did nothing did not wait for each other either. */
	if (controls >= FPB_LOCK_CONTROLS && e->one_writer_iops > 0 &&
	    e->two_writer_iops > 0 && e->two_writer_iops <=
	    FPB_LOCK_EXCLUSIVE_MAX * e->one_writer_iops)
		return FPB_LOCK_EXCLUSIVE;
	return FPB_LOCK_UNKNOWN;
}
