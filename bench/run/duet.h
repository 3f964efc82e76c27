/* SPDX-License-Identifier: GPL-2.0 */
/* What slices of several kernels in the same seconds say of each other. */
#ifndef FPB_DUET_H
#define FPB_DUET_H

#include <jansson.h>

/*
 * Joins the slices of the @n kernels of a round, whose boots are in @dirs, and
 * adds "duet" to the samples of all but the first: that kernel is @over. @seq
 * is the number of the step, @side 0 for the target and 1 for raw. Returns 0, or
 * -errno with a sentence in @why (FPB_REASON_MAX bytes): the samples then have
 * no "duet". -ENODATA: no seconds of theirs were the same.
 */
int fpb_duet_join(const char *const *dirs, unsigned int n, unsigned int seq,
		  unsigned int numjobs, unsigned int side, const char *over,
		  json_t *const *samples, char *why);

#endif
