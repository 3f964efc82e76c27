/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The counters of kernel-patches/test/: which branch of the lock decision the
 * writes took; and the delay between that decision and the lock.
 */
#ifndef CHECK_COUNTERS_H
#define CHECK_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>

/* The kernel under test, as known by its counters or by --expect. */
enum check_kernel {
	KERNEL_ANY,			/* unknown */
	KERNEL_BASELINE,
	KERNEL_SERIES,
	KERNEL_BEYOND,			/* the series, kernel-patches/beyond on it */
};

struct check_counters {
	uint64_t exclusive_no_pdw, exclusive_buffered, exclusive_append,
		 exclusive_past_eof, exclusive_privs, shared, exclusive_always;
	/* Subsets of these: found to be exclusive under the shared lock, waited
	 * for a write that may set S_NOSEC, on a set-uid file, with a backing
	 * file that appends or buffers, with IOCB_NOWAIT, and shared ones that
	 * found another attr_version in their inode than the one before. */
	uint64_t upgraded, waited, shared_sxid, shared_backing, nowait,
		 version_changed;
	/* AIO writes that ended in an interrupt; KERNEL_BEYOND alone. */
	uint64_t aio_in_interrupt;
};

/* KERNEL_ANY if this kernel has no counters. */
enum check_kernel check_counters_kernel(void);
void check_counters_reset(void);
/* Read all; those that are not 0 also go into the report. */
void check_counters_read(struct check_counters *n);
/* Lock decisions counted in @n. */
uint64_t check_counters_total(const struct check_counters *n);
/*
 * Fail unless @writes writes since the reset took the branch @name (a member
 * of struct check_counters) at the first look and none took another. On the
 * baseline there is only exclusive_always. Without counters, note that this was
 * not checked.
 */
void check_branch_taken(const char *name, uint64_t writes);

bool check_has_lock_delay(void);
/* Sleep that long between the decision and the lock; 0: no longer. */
void check_lock_delay(unsigned int us);

/*
 * KERNEL_BEYOND alone: attributes of a reply take that long to become valid,
 * once their version was compared, without sleeping; 0: no longer.
 */
void check_attr_delay(unsigned int ms);
/* Whether some are delayed now. */
bool check_attr_is_delayed(void);

#endif
