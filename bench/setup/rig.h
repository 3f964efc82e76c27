/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a sample is taken on, set up on the running kernel: a block device,
 * XFS on it, a file, and the daemon over it. Privileged. Knows nothing of
 * guests.
 */
#ifndef FPB_RIG_H
#define FPB_RIG_H

#include <stdint.h>
#include <sys/types.h>

#include "core/plan.h"
#include "core/target.h"
#include "os/file.h"
#include "os/undo.h"
#include "setup/device.h"

/* Name of the file on both targets, and of our devices' start. */
#define FPB_DATA_FILE	"data"
#define FPB_DEVICE	"fpbench"

#define FPB_MAX_DAEMONS	8

/* One mount of the daemon, in the mode of one target. */
struct fpb_daemon {
	const struct fpb_target *target;
	char mount[FPB_PATH_MAX];
	pid_t pid;
	/* Why this kernel cannot do it; "" if it runs. */
	char lacks[FPB_REASON_MAX];
};

struct fpb_rig {
	/* Set by the caller; texts are borrowed. */
	const char *work;		/* folder for the mount points */
	const char *log;		/* what commands and daemons print */
	const char *program;		/* the daemon */
	const char *xfs_data;		/* more mount options; NULL: none */
	const char *daemon_options;	/* its mount options; NULL: none */
	struct fpb_daemon daemons[FPB_MAX_DAEMONS];	/* only .target */
	size_t ndaemons;
	const char *device_type;	/* "null_blk" or "loop" */
	uint64_t size_mib, file_mib;
	unsigned int blocksize, queue_mode, submit_queues;
	uint64_t completion_nsec;

	/* Set here. */
	char device[FPB_PATH_MAX];	/* such as /dev/fpbench0 */
	char backing[FPB_PATH_MAX];	/* file behind a loop device */
	int loop_fd;
	char xfs[FPB_PATH_MAX];
	struct fpb_undo undo;
};

/*
 * Returns 0 or -errno, with a sentence in @why (FPB_REASON_MAX bytes) and
 * nothing left behind. -ENODEV: this machine cannot.
 */
int fpb_rig_up(struct fpb_rig *r, char *why);
/* Takes everything down in reverse order. May be called again. */
void fpb_rig_down(struct fpb_rig *r);

/* Its mount, or NULL if the target has none (raw, or none was asked for). */
struct fpb_daemon *fpb_rig_daemon(struct fpb_rig *r, const char *target);
/* Path of the data file as seen by a target. 0 or -errno. */
int fpb_rig_file(struct fpb_rig *r, const char *target, char *path);

/* Steps of fpb_rig_up(), each pairs with one of fpb_rig_down(). */
int fpb_device_add(struct fpb_rig *r, char *why);
void fpb_device_remove(struct fpb_rig *r);
/*
 * Waits up to 2 s while the mount is busy: it stays so for a moment after its
 * last user has gone, because FUSE releases files asynchronously. 0 or -errno.
 */
int fpb_unmount(const char *path);
int fpb_xfs_mount(struct fpb_rig *r, char *why);
void fpb_xfs_unmount(struct fpb_rig *r);
/* A kernel that lacks what the mode needs is no error: see .lacks. */
int fpb_daemon_start(const struct fpb_rig *r, struct fpb_daemon *d,
		     char *why);
void fpb_daemon_stop(struct fpb_daemon *d);

/* mkfs.xfs and its arguments before the device; NULL-terminated. */
extern const char *const fpb_mkfs_xfs[];
extern const char fpb_xfs_options[];

struct fpb_daemon_counts {
	uint64_t read, write, requests;
};
/* What the daemon has been asked since it started. 0 or -errno. */
int fpb_daemon_counts(const struct fpb_daemon *d,
		      struct fpb_daemon_counts *c);

#endif
