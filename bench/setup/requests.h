/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests that the kernel sends to a FUSE daemon, counted by the kernel: by its
 * tracepoint fuse_request_send, in trace instances of our own that keep nothing.
 */
#ifndef FPB_REQUESTS_H
#define FPB_REQUESTS_H

#include <stdint.h>

/* Where the instances are; a name ends with the number of our process. */
#define FPB_REQUESTS_DIR	"/sys/kernel/tracing/instances"
#define FPB_REQUESTS_NAME	"fpbench-"

struct fpb_requests {
	unsigned int connection;	/* minor of the mount's device; 0: none */
};

/*
 * Counts those of the connection from now on. 0, or -errno: this kernel has no
 * such tracepoint, or we may not use it.
 */
int fpb_requests_start(struct fpb_requests *r, unsigned int connection);
void fpb_requests_stop(struct fpb_requests *r);

struct fpb_requests_counts {
	uint64_t read, write, all;
};

/* 0 or -errno. */
int fpb_requests_counts(const struct fpb_requests *r,
			struct fpb_requests_counts *c);

/* Removes the instance @path, which a process that was killed has left. 0 or -errno. */
int fpb_requests_remove(const char *path);

#endif
