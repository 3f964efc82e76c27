/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a sample is taken on, set up on the running kernel: a block device, XFS
 * or another filesystem on it, a file, and the daemon over it. Privileged. Knows
 * nothing of guests.
 */
#ifndef FPB_RIG_H
#define FPB_RIG_H

#include "core/filesystem.h"
#include "os/undo.h"
#include "setup/daemon.h"
#include "setup/device.h"

/* Name of the file on every target. */
#define FPB_DATA_FILE	"data"

/* As many as a plan has targets, and what these are over. */
#define FPB_MAX_DAEMONS	64

struct fpb_rig {
	/* Set by the caller; texts are borrowed. */
	const char *work;		/* folder for the mount points */
	const char *log;		/* what commands print */
	const char *logs;		/* folder for those of daemons; NULL: log */
	const char *program;		/* our daemon */
	const struct fpb_filesystem *fs;	/* NULL: XFS */
	const char *disk_data;		/* more mount options; NULL: none */
	const char *daemon_options;	/* its mount options; NULL: none */
	struct fpb_daemon daemons[FPB_MAX_DAEMONS];	/* only .target */
	size_t ndaemons;
	struct fpb_device device;	/* its log is the rig's */
	uint64_t file_mib;		/* 0: no file */
	unsigned int private_files;	/* beside it, FPB_DATA_FILE ".0" and on */
	uint64_t private_mib;		/* each of them */

	/* Set here. */
	char disk[FPB_PATH_MAX];	/* where the filesystem is mounted */
	struct fpb_undo undo;
};

/*
 * Asks for the mount of @target (borrowed), once; raw needs none. What the target
 * is over has to be asked for before (else -EINVAL). -ENOSPC: there are FPB_MAX_DAEMONS.
 */
int fpb_rig_add_daemon(struct fpb_rig *r, const struct fpb_target *target);

/*
 * Returns 0 or -errno, with a sentence in @why (FPB_REASON_MAX bytes) and
 * nothing left behind. -ENODEV: this machine cannot. Daemons that were added
 * before are started, too.
 */
int fpb_rig_up(struct fpb_rig *r, char *why);
/*
 * One more device, @d (borrowed until the rig is down), with nothing on it. 0, or
 * -errno with a sentence in @why.
 */
int fpb_rig_add_device(struct fpb_rig *r, struct fpb_device *d, char *why);
/* Takes everything down in reverse order. May be called again. */
void fpb_rig_down(struct fpb_rig *r);

/*
 * Starts @d, which is one of its daemons, and has the files in it. 0, also with
 * @d->lacks filled; -EINTR if asked to stop; or -errno with @d->failed filled, and
 * all else still up.
 */
int fpb_rig_serve(struct fpb_rig *r, struct fpb_daemon *d);

/*
 * Steps of fpb_rig_up(), for tests that take parts down themselves. 0, or
 * -errno with a sentence in @why.
 */
int fpb_rig_disk(struct fpb_rig *r, char *why);
/* The reason is in @d->failed. */
int fpb_rig_start(struct fpb_rig *r, struct fpb_daemon *d);

/* Its mount, or NULL if the target has none (raw, or none was asked for). */
struct fpb_daemon *fpb_rig_daemon(struct fpb_rig *r, const char *target);
/* Path of the data file as seen by a target. 0 or -errno. */
int fpb_rig_file(struct fpb_rig *r, const char *target, char *path);

#endif
