/* SPDX-License-Identifier: GPL-2.0 */
/* How busy the machine is with what is not ours. */
#ifndef FPB_FOREIGN_H
#define FPB_FOREIGN_H

#include <stdint.h>

struct fpb_foreign {
	double busy_s, own_s;		/* CPU time so far */
	uint64_t started_ms;
};

/* Begins to measure. */
void fpb_foreign_start(struct fpb_foreign *f);

/*
 * CPUs, on average since then, that were busy without us and without those of
 * our children that have ended: others' processes, and what a hypervisor took
 * away. Not below 0; 0 if /proc/stat cannot be read.
 */
double fpb_foreign_cpus(const struct fpb_foreign *f);

#endif
