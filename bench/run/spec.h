/* SPDX-License-Identifier: GPL-2.0 */
/* What a run is: its guests and plan, and where it is kept. */
#ifndef FPB_SPEC_H
#define FPB_SPEC_H

#include <stdbool.h>

#include "core/shard.h"
#include "guest/guests.h"

struct fpb_run_spec {
	struct fpb_guests guests;	/* with the plan */
	const char *results;		/* folder of runs; borrowed */
	const char *kind;		/* in its name, if it is no run; or NULL */
	struct fpb_shard shard;		/* the part of its rounds to measure */
	bool resume;
	bool part;			/* of something that says itself what came out */
	char dir[FPB_PATH_MAX];		/* set for resume, else by rundir.c */
};

#endif
