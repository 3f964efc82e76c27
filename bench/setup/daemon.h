/* SPDX-License-Identifier: GPL-2.0 */
/* The FUSE daemon of the fuse targets, and what it counts. */
#ifndef FPB_DAEMON_H
#define FPB_DAEMON_H

#include <stdint.h>
#include <sys/types.h>

#include "core/result.h"
#include "core/target.h"
#include "os/file.h"

/* One mount of the daemon, in the mode of one target. */
struct fpb_daemon {
	const struct fpb_target *target;
	char mount[FPB_PATH_MAX];
	pid_t pid;
	/* Why this kernel cannot do it; "" if it runs. */
	char lacks[FPB_REASON_MAX];
};

/* Texts are borrowed. */
struct fpb_daemon_command {
	const char *program;
	const char *options;		/* of the mount; NULL: none */
	const char *source;		/* the folder that it passes on */
	const char *log;		/* what it prints is appended */
};

/*
 * Starts it on the folder @d->mount and waits until it serves. 0, also with
 * @d->lacks filled; or -errno with a sentence in @why (FPB_REASON_MAX bytes).
 * Unless it runs, the folder is gone.
 */
int fpb_daemon_start(struct fpb_daemon *d, const struct fpb_daemon_command *c,
		     char *why);
/* Unmounts it, waits for its end and removes the folder. */
void fpb_daemon_stop(struct fpb_daemon *d);

struct fpb_daemon_counts {
	uint64_t read, write, requests;
};
/* The requests that it has had since it started. 0 or -errno. */
int fpb_daemon_counts(const struct fpb_daemon *d,
		      struct fpb_daemon_counts *c);

#endif
