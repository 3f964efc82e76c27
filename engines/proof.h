/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Proof of what a job's file is and where its data went: the type of its
 * filesystem, and by the daemon's own account whether passthrough is in force
 * and how many READ and WRITE requests reached it. Knows nothing of fio.
 */
#ifndef FPB_PROOF_H
#define FPB_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one side of a job's files was found to be, over all its files. */
struct fpb_proof {
	/* Any file seen yet? The rest is valid only then. */
	bool seen;
	/* f_type of statfs(2), and its name ("0x..." if it has none). */
	unsigned long magic;
	char fs[32];
	bool fuse;
	/* The mount is fpfs and answered; the rest is valid only then. */
	bool daemon;
	bool passthrough;
	bool parallel;
	/* Requests since the mount, at the first look and at the last. */
	uint64_t read[2];
	uint64_t write[2];
	uint64_t total[2];
};

/* What the job's options demand; a side that is not FUSE has no daemon. */
struct fpb_proof_want {
	/* NULL: any. A name ("xfs"), or a number as in statfs(2) ("0xef53"). */
	const char *fs;
	bool passthrough;
	bool no_daemon_io;
};

/* 0, or -EINVAL if @name is neither a filesystem that we know nor a number. */
int fpb_proof_magic(const char *name, unsigned long *magic);

/* Name of a filesystem in static memory, or NULL. */
const char *fpb_proof_name(unsigned long magic);

/* All names that fpb_proof_magic() knows, by commas, in @buf. */
void fpb_proof_names(char *buf, size_t size);

/*
 * Looks at an open file. The first look of a side fixes where counting begins;
 * every look moves where it ends. Returns 0 or -errno.
 */
int fpb_proof_look(struct fpb_proof *p, int fd);

/*
 * Compares a file just looked at with what is wanted; false with a sentence in
 * @why, which names @path.
 */
bool fpb_proof_open_ok(const struct fpb_proof *p,
		       const struct fpb_proof_want *want, const char *path,
		       char *why, size_t size);

/* The same at the job's end, for what happened in between. */
bool fpb_proof_end_ok(const struct fpb_proof *p,
		      const struct fpb_proof_want *want, char *why,
		      size_t size);

#endif
