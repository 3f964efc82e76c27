/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a case works on: a device, XFS (or c->rig.fs) on it, and servers over it,
 * set up as for the benchmark (setup/rig.h). Undone when the case ends; what cannot be
 * set up fails the case or skips it.
 */
#ifndef CHECK_MOUNTS_H
#define CHECK_MOUNTS_H

#include "check/lib/case.h"

/* The two ways to reach a file: "raw" and "fuse". */
#define CHECK_SIDES	2
extern const char *const check_sides[CHECK_SIDES];

/*
 * XFS on a device of @size_mib that completes after @completion_nsec, and
 * @targets (NULL-terminated), each after what it is over.
 */
void check_mount(struct check_context *c, uint64_t size_mib,
		 uint64_t completion_nsec, const char *const *targets);
/* The same with target "fuse" alone. */
void check_mount_fuse(struct check_context *c, uint64_t size_mib,
		      uint64_t completion_nsec);
/* The same with fpnaive and its @option (or NULL), as target "naive". */
void check_mount_naive(struct check_context *c, const char *option);
/* Stop the daemons, unmount XFS, mount it again and start them again. */
void check_remount(struct check_context *c);

/* Path of a file on "raw" or a target, in memory that the case keeps. */
const char *check_path(struct check_context *c, const char *target,
		       const char *name);
/* The same file below all mounts, on the device's filesystem. */
const char *check_below(struct check_context *c, const char *target,
			const char *name);
/* Fail unless the file has this size on each side. */
void check_size(struct check_context *c, const char *name, uint64_t bytes);
/* Fail if READ or WRITE requests reached the daemon since it started. */
void check_no_daemon_io(struct check_context *c, const char *target);
/* The daemon's requests since it started. */
struct fpb_daemon_counts check_requests(struct check_context *c,
					const char *target);
void check_drop_caches(void);
/*
 * Freeze XFS, until check_thaw() or the end of the case. It cannot end while a
 * child of it waits for XFS.
 */
void check_freeze(struct check_context *c);
void check_thaw(struct check_context *c);

/* I/Os that the device has not completed. */
uint64_t check_in_flight(struct check_context *c);
/* Write or read a key of our null_blk in configfs. */
void check_device_set(const char *key, const char *value);
uint64_t check_device_get(const char *key);

#endif
