/* SPDX-License-Identifier: GPL-2.0 */
/* The block device below everything, backed by memory. */
#ifndef FPB_DEVICE_H
#define FPB_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "os/file.h"

/* What the names of our devices begin with. */
#define FPB_DEVICE	"fpbench"

struct fpb_device {
	/* Set by the caller; texts are borrowed. */
	const char *type;		/* "null_blk" or "loop" */
	const char *log;		/* what commands print is appended */
	const char *label;		/* in its name, of several; NULL: "" */
	uint64_t size_mib;
	unsigned int blocksize, queue_mode, submit_queues;
	unsigned int queue_depth;	/* of null_blk; 0: 64 */
	uint64_t completion_nsec;	/* 0: complete at once */

	/* Set by fpb_device_add(). */
	char path[FPB_PATH_MAX];	/* such as /dev/fpbench0 */
	char backing[FPB_PATH_MAX];	/* file behind a loop device */
	int loop_fd;
};

/*
 * The type of device that this kernel offers: "null_blk" if it is there, built
 * in, or a module that could be loaded; else "loop", a file on tmpfs. Only
 * looks, as any user: nothing is loaded or mounted.
 */
const char *fpb_device_default(void);

/* Whether devices of this type can complete after a set latency. */
bool fpb_device_has_latency(const char *type);

/*
 * Makes the device, and loads its driver for that. 0, or -errno with a
 * sentence in @why (FPB_REASON_MAX bytes); -ENODEV: this machine cannot.
 */
int fpb_device_add(struct fpb_device *d, char *why);
void fpb_device_remove(struct fpb_device *d);

/* Bytes read and written since it was made. 0 or -errno. */
int fpb_device_bytes(const struct fpb_device *d, uint64_t *read,
		     uint64_t *written);

/* For how long its reads and writes were in flight, summed over them. 0 or -errno. */
int fpb_device_in_flight(const struct fpb_device *d, uint64_t *ns);

#endif
