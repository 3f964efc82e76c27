/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One boot of a kernel with the agent inside: start it, hear what it reports,
 * and tell how it ended. On the host backend the "guest" is the agent alone.
 */
#ifndef FPB_GUEST_H
#define FPB_GUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "backend/backend.h"
#include "core/job.h"
#include "core/result.h"
#include "guest/kernel.h"
#include "guest/watchdog.h"
#include "os/file.h"

struct fpb_guest {
	/* Set by the caller; pointers are borrowed. */
	const struct fpb_backend *backend;
	const struct fpb_kernel *kernel;
	const char *agent;		/* this program */
	const char *dir;		/* the boot's folder; made here */
	/* What to do; boot, kernel, out and work are set here. */
	struct fpb_job *job;
	uint64_t silence_ms;		/* then it hangs; 0: no limit */
	uint64_t timeout_ms;		/* from the start; 0: none */
	bool quiet;			/* once it is up, it may be silent */
	bool debug;			/* gdb may attach; says how */
	/*
	 * With an exact accelerator: the folder goes into the guest before the
	 * boot and comes back at its end; until then nothing is heard of it.
	 */
	bool sealed;
	const char *plugin;		/* of QEMU: file and arguments; or NULL */
	/*
	 * Optional. Each event but "up", "error" and "end". -errno ends the
	 * boot.
	 */
	int (*on_event)(struct fpb_guest *g, json_t *event);
	/* Optional. Called every few milliseconds, and once after the end. */
	void (*on_poll)(struct fpb_guest *g);
	void *user;
	bool hurry;			/* for now, poll every millisecond */
	char scratch[FPB_PATH_MAX];	/* its own folder for sockets and links */

	/*
	 * boot, round and attempt are the caller's; the rest is set here:
	 * status, reason, release, started, seconds.
	 */
	struct fpb_boot record;
	/* Set here. */
	bool ended;			/* the agent said that it was done */
	bool unreadable;		/* what it reports */

	/* Private. */
	char console[FPB_PATH_MAX];
	pid_t pid;
	uint64_t started_ms;
	struct fpb_watchdog watchdog;
	off_t console_bytes;
	long read_to;
	size_t lines;			/* of events that were read */
	bool pinning;			/* its CPUs, at the next poll */
	char error[FPB_REASON_MAX];
};

/* Whether this machine lets us keep guests from our files: 0, or -errno and @why. */
int fpb_guest_try_to_confine(char *why);

/* 0, or -errno after a message: nothing runs then. */
int fpb_guest_start(struct fpb_guest *g);

/*
 * To be called until it is over. 0: it goes on. 1: it is over, and g->record
 * says how ("ok", "failed", "interrupted"). -errno: the same, and on_event()
 * or the reading of events failed.
 */
int fpb_guest_poll(struct fpb_guest *g);

/* Ends it; g->record says "interrupted". */
void fpb_guest_stop(struct fpb_guest *g);

/*
 * What its kernel complained of so far, whole, for free(): "" if it did not,
 * NULL if memory is short.
 */
char *fpb_guest_splat(const struct fpb_guest *g);

/*
 * An exit status for how it ended, after a message if it failed: FPB_EXIT_OK,
 * FPB_EXIT_INTERRUPTED or FPB_EXIT_FAILED.
 */
int fpb_guest_status(const struct fpb_guest *g);

#endif
