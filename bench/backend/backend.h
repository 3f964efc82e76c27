/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a kernel runs. A backend only carries a job to a kernel: it says which
 * command boots it with the agent inside. It knows nothing of filesystems.
 */
#ifndef FPB_BACKEND_H
#define FPB_BACKEND_H

#include <stdbool.h>
#include <stdint.h>

#include "core/argv.h"

/* Texts are borrowed. Paths are absolute. */
struct fpb_boot_spec {
	const char *image;		/* the kernel; NULL on the host */
	const char *agent;		/* this program */
	const char *share;		/* the boot's folder, with job.json */
	const char *scratch;		/* for sockets and the like */
	unsigned int cpus;
	uint64_t memory_mib;
};

struct fpb_backend {
	const char *name;
	const char *summary;
	/* Boots kernels of its own, so it needs images. */
	bool guest;
	/* Absolute numbers mean nothing outside this backend. */
	bool relative;
	/* How long the boot may take to clean up when asked to end. */
	unsigned int grace_ms;
	/* Required. 0, or -errno with one sentence in @why (FPB_REASON_MAX). */
	int (*probe)(char *why);
	/* Required. The device that cells are measured on. */
	const char *(*device)(void);
	/*
	 * Required. Fills @argv, and @env with "NAME=value"; may look at the
	 * machine, but changes nothing. 0 or -errno; the caller frees both
	 * either way.
	 */
	int (*command)(const struct fpb_boot_spec *s, struct fpb_argv *argv,
		       struct fpb_argv *env);
};

extern const struct fpb_backend fpb_backend_host;
extern const struct fpb_backend fpb_backend_uml;

/* All of them; ends with NULL. */
extern const struct fpb_backend *const fpb_backends[];

/* NULL if there is none of that name. */
const struct fpb_backend *fpb_backend_find(const char *name);

#endif
