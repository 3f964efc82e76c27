/* SPDX-License-Identifier: GPL-2.0 */
/* The command line, and nothing that touches the machine. */
#ifndef FPFS_OPTS_H
#define FPFS_OPTS_H

#include <stdbool.h>
#include <stdio.h>

/* Exit statuses, documented in fpfs(8). */
enum fpfs_exit {
	FPFS_EXIT_OK = 0,
	FPFS_EXIT_ERROR = 1,
	FPFS_EXIT_USAGE = 2,
	FPFS_EXIT_UNSUPPORTED = 3,	/* the kernel lacks what the mode needs */
};

/* What each data path is for is in the table of opts.c. */
struct fpfs_mode {
	const char *name;
	const char *summary;
	bool passthrough;	/* the kernel reads and writes the backing file */
	bool direct_io;		/* through the daemon, no page cache */
	bool parallel;		/* FOPEN_PARALLEL_DIRECT_WRITES */
};

/* Where locks are kept; see the table of opts.c. */
enum fpfs_locks_at {
	FPFS_LOCKS_UNSET,
	FPFS_LOCKS_SOURCE,
	FPFS_LOCKS_STRICT,
	FPFS_LOCKS_LOCAL,
};

struct fpfs_opts {
	const struct fpfs_mode *mode;
	enum fpfs_locks_at locks;	/* never unset after parsing */
	bool uring;		/* requests by io_uring, not by /dev/fuse */
	bool foreground;
	bool debug;
	bool help;
	bool version;
	int ready_fd;		/* -1: nobody waits */
	unsigned int threads;	/* 0: as many as there are CPUs */
	double attr_timeout;	/* seconds */
	double entry_timeout;	/* seconds; names that are not there too */
	char *mount_opts;	/* for libfuse, comma separated; may be "" */
	bool fake;		/* as mount(8)'s helper: do all but mount */
	bool remount;		/* as mount(8)'s helper: change flags only */
	unsigned long mount_flags;	/* MS_*, for a remount */
	const char *source;	/* both point into argv */
	const char *mountpoint;
};

/*
 * Parse @argv into @o. If argv[0] is called mount.SOMETHING, as mount(8) calls
 * a helper: "SOURCE MOUNTPOINT [-sfnv] [-N NS] [-t TYPE] [-o OPTIONS]", where
 * options that are for mount(8) alone are passed over. 0, or -EINVAL with the reason printed on stderr.
 * fpfs_opts_free() frees what it holds, also after an error.
 */
int fpfs_opts_parse(struct fpfs_opts *o, int argc, char **argv);
void fpfs_opts_free(struct fpfs_opts *o);

void fpfs_opts_help(FILE *out);

#endif
