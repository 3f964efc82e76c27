/* SPDX-License-Identifier: GPL-2.0 */
/* Whether direct writes to one file are in flight together, by measurement. */
#ifndef FPB_LOCKPROBE_H
#define FPB_LOCKPROBE_H

#include "core/lock.h"

/*
 * Writes @path (of at least 2 MiB) as @c says, with one and with two
 * synchronous writers, on a device that completes after @completion_nsec, and
 * fills @e. A second file, if one is needed, is @path with ".2" behind it.
 * @control is written, too: a file on raw XFS on the same device, where writes
 * within EOF share the lock; it may be @path's own. Returns 0, or -errno if a
 * writer failed; too noisy a result is 0 with state unknown.
 */
int fpb_lock_probe(const char *path, const struct fpb_lock_case *c,
		   const char *control, uint64_t completion_nsec,
		   struct fpb_lock_evidence *e);

#endif
