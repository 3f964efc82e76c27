/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a kernel is told to measure next: one fio job. The harness writes step N
 * of a boot as FPB_SHARE_STEP of core/guestshare.h once every kernel of the
 * round is ready for it, so that they measure in the same seconds. Pure.
 */
#ifndef FPB_STEP_H
#define FPB_STEP_H

#include <jansson.h>

#include "core/plantime.h"
#include "core/result.h"

struct fpb_step {
	/* Of the sample, within the boot; 0: set up the regime, nothing else. */
	unsigned int seq;
	unsigned int raw_seq;		/* raw's sample too is of it; 0: no */
	struct fpb_cell cell;
	struct fpb_slicing slicing;
	unsigned int lane;		/* whose slices are this kernel's */
	uint32_t seed;			/* of the order of slices */
	int64_t clock_offset_ns;	/* the host's clock minus the guest's */
	/*
	 * I/Os between the engine's marks, and before the first; then the job
	 * ends. 0: none, the job ends by its time.
	 */
	unsigned int mark_ios, mark_after;
};

json_t *fpb_step_to_json(const struct fpb_step *s);
/* 0, or -EINVAL with a sentence in @why (FPB_REASON_MAX bytes). */
int fpb_step_from_json(const json_t *o, struct fpb_step *s, char *why);

#endif
