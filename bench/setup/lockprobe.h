/* SPDX-License-Identifier: GPL-2.0 */
/* Whether direct writes to one file are in flight together, by measurement. */
#ifndef FPB_LOCKPROBE_H
#define FPB_LOCKPROBE_H

#include "core/result.h"

/*
 * Writes @path (of at least 2 MiB) with one and with two synchronous O_DIRECT
 * writers on a device that completes after @completion_nsec, and fills @e.
 * Returns 0, or -errno if a writer failed; too noisy a result is 0 with state
 * unknown.
 */
int fpb_lock_probe(const char *path, uint64_t completion_nsec,
		   struct fpb_lock_evidence *e);

#endif
