/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The filesystem of a target: mounted by its command, whatever that is, and
 * what reached its daemon. Nothing is asked of the daemon but to serve.
 */
#ifndef FPB_DAEMON_H
#define FPB_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/target.h"
#include "os/cputime.h"
#include "os/family.h"
#include "os/file.h"
#include "setup/mount.h"
#include "setup/requests.h"

/* One mount. */
struct fpb_daemon {
	const struct fpb_target *target;	/* borrowed */
	char mount[FPB_PATH_MAX];
	char work[FPB_PATH_MAX];	/* what its command calls {work} */
	struct fpb_family family;	/* the command, and all that came of it */
	struct fpb_mounted mounted;	/* what it has mounted there */
	struct fpb_requests requests;
	char log[FPB_PATH_MAX];		/* what it prints is appended */
	off_t log_from;			/* where in it this start begins */
	bool running;			/* there is something to stop */
	/*
	 * Why there is no such mount, both "" if there is: what this kernel
	 * lacks, or how it failed.
	 */
	char lacks[FPB_REASON_MAX], failed[FPB_REASON_MAX];
};

/* Texts are borrowed. */
struct fpb_daemon_command {
	const char *fpfs;		/* our daemon */
	const char *options;		/* of its mount; NULL: none */
	const char *source;		/* the folder below */
};

/*
 * Runs the command and waits until the folder @d->mount, which the caller has
 * made, has another filesystem on it that answers. The caller also sets @d->log.
 * 0, also with @d->lacks filled (it ended with status 3); or -errno with
 * @d->failed filled, a sentence that ends with what it said last and the name of
 * its log; or -EINTR if we were asked to stop. Unless it runs, its folders are
 * gone.
 */
int fpb_daemon_start(struct fpb_daemon *d, const struct fpb_daemon_command *c);

/*
 * 0 if it still serves. Else -errno with @d->failed filled: it has ended, or does
 * not answer. Waits 10 s for an answer.
 */
int fpb_daemon_check(struct fpb_daemon *d);

/*
 * Unmounts it, if need be by cutting its connection, ends what is left of its
 * processes and removes its folders. Nothing, if it does not run.
 */
void fpb_daemon_stop(struct fpb_daemon *d);

/* CPU time that its processes have used. */
struct fpb_cputime_split fpb_daemon_cpu(const struct fpb_daemon *d);

/* What has reached the daemon since some moment in the past. */
struct fpb_daemon_counts {
	enum fpb_evidence evidence;
	uint64_t read, write, requests;	/* but for FPB_EVIDENCE_IO */
	uint64_t bytes;			/* that it read or wrote itself */
};

/*
 * By the best means that this kernel and this daemon have. -ENODATA: by none;
 * or another -errno.
 */
int fpb_daemon_counts(const struct fpb_daemon *d,
		      struct fpb_daemon_counts *c);

/*
 * Bytes that a process has read and written, by @text of its /proc/PID/io. 0, or
 * -EINVAL: that is something else. Pure.
 */
int fpb_daemon_io_bytes(const char *text, uint64_t *bytes);

#endif
