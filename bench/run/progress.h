/* SPDX-License-Identifier: GPL-2.0 */
/* One line that says where a run is and how long it will take. */
#ifndef FPB_PROGRESS_H
#define FPB_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fpb_progress {
	size_t total, done;		/* samples */
	size_t at_start;		/* that a resumed run had already */
	uint64_t started_ms;		/* by fpb_now_ms() */
	uint64_t repeated_ms;		/* since, in repeated rounds */
	uint64_t planned_ms;		/* of measuring */
	unsigned int rounds;
	bool at_most;			/* a rule may end the run before */
	uint64_t max_ms;		/* for the rest; 0: no limit */
};

/*
 * Seconds until the end if it is @now_ms: from what this run has taken so far,
 * from the plan until there is enough. What was repeated does not make the rest
 * longer, but it is time that has been used up.
 */
unsigned int fpb_progress_eta(const struct fpb_progress *p, uint64_t now_ms);

/* On a terminal the next line takes its place. */
void fpb_progress_show(const struct fpb_progress *p, unsigned int round,
		       const char *kernel, const char *what);

#endif
