/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One boot of a kernel with the agent inside: start it, hear what it reports,
 * and tell how it ended.
 */
#ifndef FPB_BOOT_H
#define FPB_BOOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "core/job.h"
#include "core/result.h"
#include "os/file.h"

struct fpb_kernel {
	char name[FPB_NAME_MAX];
	char dir[FPB_PATH_MAX];		/* of linux and build.json; "" on host */
	enum fpb_lock_state expect;	/* unknown: not stated */
	unsigned int cpus;		/* that it can use; 0: any number */
};

struct fpb_booting {
	/* Set by the caller; all borrowed. */
	const struct fpb_backend *backend;
	const struct fpb_kernel *kernel;
	const char *agent;		/* this program */
	const char *scratch;
	const char *dir;		/* the boot's folder; made here */
	/* What to do; boot, kernel, out and work are set here. */
	struct fpb_job *job;
	uint64_t silence_ms;		/* before it is given up */
	/*
	 * Required. Each event but "up", "error" and "end". -errno ends the
	 * boot.
	 */
	int (*on_event)(struct fpb_booting *b, json_t *event);
	void *user;

	/*
	 * boot, round and attempt are the caller's; the rest is set here:
	 * status, reason, release, started, seconds.
	 */
	struct fpb_boot record;
	/* Private. */
	pid_t pid;
	uint64_t started_ms, heard_ms;
	long read_to;
	bool ended;
	char error[FPB_REASON_MAX];
};

/*
 * Returns 0 when the boot is over and b->record says how ("ok", "failed",
 * "interrupted"), or -errno after a message if it could not be started or an
 * event could not be dealt with.
 */
int fpb_boot_run(struct fpb_booting *b);

/* The last lines of its console, to stderr. */
void fpb_boot_show_console(const struct fpb_booting *b);

#endif
