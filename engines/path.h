/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Submission paths: how an I/O gets to the kernel. Each is a complete table of
 * fio's hooks, so that an I/O costs no second indirect call; engine.c puts the
 * one that the job asked for in the place of the engine's own table.
 * Include fio.h first.
 */
#ifndef FPB_PATH_H
#define FPB_PATH_H

struct fpb_options {
	/* fio writes the job's thread_data here. */
	void *td;
	/* Index into fpb_paths[]. */
	unsigned int submit;
};

struct fpb_path {
	/* Value of submit=, the name of fio's own engine where there is one. */
	const char *name;
	/* For --enghelp. */
	const char *help;
	/*
	 * The hooks that differ between paths: flags, init, queue, commit,
	 * getevents, event, cleanup. The rest is filled in by engine.c.
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

/*
 * Stores a transfer's result in @io_u: @res is the number of bytes, or -errno.
 */
static inline void fpb_io_u_result(struct io_u *io_u, long long res)
{
	if (fio_unlikely(res < 0))
		io_u->error = -res;
	else if (fio_unlikely((unsigned long long)res != io_u->xfer_buflen) &&
		 ddir_rw(io_u->ddir))
		io_u->resid = io_u->xfer_buflen - res;
}

#endif
