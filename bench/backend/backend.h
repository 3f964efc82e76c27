/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a kernel runs. A backend only carries a job to a kernel: it says which
 * command boots it with the agent inside. It knows nothing of filesystems.
 */
#ifndef FPB_BACKEND_H
#define FPB_BACKEND_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/argv.h"

/* Texts are borrowed. Paths are absolute. */
struct fpb_boot_spec {
	const char *image;		/* the kernel; NULL on the host */
	/* For its modules; with an exact accelerator its root. NULL: none */
	const char *initrd;
	const char *append;		/* the user's kernel parameters; or "" */
	const char *agent;		/* this program */
	const char *share;		/* the boot's folder, with job.json */
	const char *scratch;		/* for sockets and the like */
	/* A folder in memory, for files that are; NULL: there is none. */
	const char *memory;
	unsigned int cpus;
	uint64_t memory_mib;
	const char *accel;		/* a name of fpb_backend.accels */
	unsigned long seed;		/* of what an exact one draws */
	const char *plugin;		/* file and arguments; NULL: none */
	bool debug;			/* a debugger may attach */
};

/* How a backend runs the guest's instructions. */
struct fpb_accel {
	const char *name;
	const char *title;		/* for people */
	/* Absolute numbers mean nothing outside it. */
	bool relative;
	/*
	 * Has one CPU, whose clock is the number of instructions that it has
	 * run, and needs a root in the guest's memory (guest/initramfs.h): to
	 * wait for the host takes no such time. Only for who asks for it.
	 */
	bool exact;
	/* So many times slower than the machine, for deadlines; 1 at least. */
	unsigned int patience;
	/* Optional. 0, or -errno with why this machine cannot, in @why. */
	int (*probe)(char *why);
};

struct fpb_backend {
	const char *name;
	const char *summary;
	/* Boots kernels of its own, so it needs images. */
	bool guest;
	/* The memory of a guest is a file in the folder that it is given. */
	bool memory_is_file;
	/* Of the image in a kernel's folder; NULL without guests. */
	const char *image;
	/* What is behind the names of our kernels that it boots; or "". */
	const char *kernels;
	/*
	 * The ways to run instructions, the preferred one first; ends with a
	 * NULL name. One at least.
	 */
	const struct fpb_accel *accels;
	/* How long the boot may take to clean up when asked to end. */
	unsigned int grace_ms;
	/* Required. 0, or -errno with one sentence in @why (FPB_REASON_MAX). */
	int (*probe)(char *why);
	/* The type of device in a guest; NULL on the host: as the machine has. */
	const char *device;
	/*
	 * Required. Fills @argv, and @env with "NAME=value"; may look at the
	 * machine, but changes nothing. 0 or -errno; the caller frees both
	 * either way.
	 */
	int (*command)(const struct fpb_boot_spec *s, struct fpb_argv *argv,
		       struct fpb_argv *env);
	/*
	 * Optional. The guest whose process is @pid runs: each of its CPUs
	 * goes to one of the @n @cpus of the host, in turn, and processes that
	 * it has now may run on any of them. 0 or -errno.
	 */
	int (*pin)(pid_t pid, const unsigned int *cpus, size_t n);
	/*
	 * Optional. How to attach gdb to the guest whose process is @pid, as a
	 * command line in @text (FPB_REASON_MAX bytes).
	 */
	void (*debug)(pid_t pid, const struct fpb_boot_spec *s, char *text);
};

extern const struct fpb_backend fpb_backend_host;
extern const struct fpb_backend fpb_backend_qemu;
extern const struct fpb_backend fpb_backend_uml;

#endif
