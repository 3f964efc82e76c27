/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Submission paths: how an I/O gets to the kernel. Each is a table of fio's
 * hooks, so that an I/O costs no second indirect call; engine.c puts the one
 * that the job asked for in the place of the engine's own.
 * Include fio.h first.
 */
#ifndef FPB_PATH_H
#define FPB_PATH_H

#include "evidence.h"
#include "paired.h"

/* The engine's options, filled in by fio: types as its parser wants them. */
struct fpb_options {
	/* fio writes the job's thread_data here. */
	void *td;
	/* Index into engine.c's paths[]. */
	unsigned int submit;
	unsigned int pair_same;
	unsigned int expect_passthrough;
	unsigned int expect_no_daemon_io;
	unsigned int verbose;
	/* Owned by fio; NULL if not given. */
	char *pair;
	char *pair_slices;
	char *expect_fs;
	char *expect_pair_fs;
	char *report;
	unsigned long long pair_slice_us;
	unsigned long long pair_guard_us;
	unsigned long long pair_seed;
};

/* First member of every path's data, td->io_ops_data. */
struct fpb_job {
	/* NULL: the job has one side only. */
	struct fpb_paired *paired;
	struct fpb_evidence evidence;
};

struct fpb_path {
	/* Value of submit=, the name of fio's own engine where there is one. */
	const char *name;
	/* For --enghelp. */
	const char *help;
	/* Of the path's data, which begins with a struct fpb_job, zeroed. */
	size_t data_size;
	/*
	 * Optional. In the job's process, before any file is open. 0, or an
	 * errno after a message; exit() is called in either case.
	 */
	int (*init)(struct thread_data *td);
	void (*exit)(struct thread_data *td);
	/*
	 * The hooks that differ between paths: flags, queue, commit,
	 * getevents, event. The rest is filled in by engine.c.
	 */
	struct ioengine_ops ops;
};

extern struct fpb_path fpb_path_aio;
extern struct fpb_path fpb_path_psync;

/*
 * Does what every path does alike, with system calls that block: trim,
 * sync_file_range, and fsync or fdatasync where a path has no other way.
 * Sets io_u->error; returns FIO_Q_COMPLETED.
 */
enum fio_q_status fpb_queue_sync(struct thread_data *td, struct io_u *io_u);

/* Stores a transfer's result: @res is the number of bytes, or -errno. */
static inline void fpb_io_u_result(struct io_u *io_u, long long res)
{
	if (fio_unlikely(res < 0))
		io_u->error = -res;
	else if (fio_unlikely((unsigned long long)res != io_u->xfer_buflen) &&
		 ddir_rw(io_u->ddir))
		io_u->resid = io_u->xfer_buflen - res;
}

#endif
