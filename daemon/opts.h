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
	FPFS_EXIT_UNSUPPORTED = 3,	/* by the kernel, or by libfuse */
};

/* Threads that serve requests. */
#define FPFS_MIN_WORKERS	2	/* one may block */
#define FPFS_MAX_WORKERS	64	/* more than that can wait for disks */

/* A data path; the table is in opts.c. */
struct fpfs_mode {
	const char *name;
	const char *summary;
	bool passthrough;	/* the kernel reads and writes */
	bool direct_io;		/* through the daemon, no page cache */
	bool parallel;		/* FOPEN_PARALLEL_DIRECT_WRITES */
};

/* The scope of locks; see LOCKS in fpfs(8). */
enum fpfs_lock_scope {
	FPFS_LOCKS_UNSET,
	FPFS_LOCKS_SOURCE,
	FPFS_LOCKS_STRICT,
	FPFS_LOCKS_LOCAL,
};

struct fpfs_opts {
	const struct fpfs_mode *mode;
	enum fpfs_lock_scope locks;	/* never unset after parsing */
	bool uring;		/* requests by io_uring, not by /dev/fuse */
	bool foreground;
	bool debug;
	bool help;
	bool version;
	int ready_fd;		/* -1: none */
	unsigned int threads;	/* 0: as many as there are CPUs */
	double attr_timeout;	/* seconds */
	double entry_timeout;	/* seconds; of absent names, too */
	char *mount_opts;	/* for libfuse, comma separated; may be "" */
	bool fake;		/* as mount(8)'s helper: do all but mount */
	bool remount;		/* as mount(8)'s helper: change flags only */
	unsigned long mount_flags;	/* MS_*, for a remount */
	bool plain_type;	/* of filesystem: "fuse", without a subtype */
	char *source_opt;	/* of --source; NULL: none */
	const char *name;	/* shown instead of the source, if not NULL */
	const char *source;	/* these three point into argv or source_opt */
	const char *mountpoint;
};

/* The defaults. 0 or -ENOMEM. fpfs_opts_free() frees what @o holds. */
int fpfs_opts_init(struct fpfs_opts *o);
void fpfs_opts_free(struct fpfs_opts *o);

/* Parse fpfs's own command line. 0, or -errno with the reason printed. */
int fpfs_opts_parse(struct fpfs_opts *o, int argc, char **argv);

/*
 * For the mount helper: one option of -o, which is changed; then the two
 * operands, and the check that all goes together. 0, or -errno with the reason
 * printed.
 */
int fpfs_opts_set_mount_opt(struct fpfs_opts *o, char *opt);
int fpfs_opts_finish(struct fpfs_opts *o, int argc, char **argv);

/* Is @opt in @list? There "name=" and "name-" stand for all that begin so. */
bool fpfs_opt_in_list(const char *opt, const char *const *list);

/* Is it a mount option that libfuse or the kernel takes as it is? */
bool fpfs_opt_is_for_fuse(const char *opt);

/* Print the usage. */
void fpfs_opts_help(FILE *out);

#endif
