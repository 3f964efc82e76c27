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
#include "options.h"
#include "paired.h"

/* First member of every path's data, td->io_ops_data. */
struct fpb_job {
	/* NULL: the job has one side only. */
	struct fpb_paired *paired;
	struct fpb_evidence evidence;
	/* RWF_* for every read and write; 0 where the path has no place. */
	int rwf_read;
	int rwf_write;
	/* I/Os so far, if the job has marks. */
	unsigned int begun;
};

/* The side that fio_file.fd stands for now. */
static inline unsigned int fpb_job_side(const struct fpb_job *job)
{
	return job->paired ? job->paired->side : 0;
}

struct fpb_path {
	/* Value of submit=, the name of fio's own engine where there is one. */
	const char *name;
	/* For --enghelp. */
	const char *help;
	/* Of the path's data, which begins with a struct fpb_job, zeroed. */
	size_t data_size;
	/* Can it pass RWF_* flags? */
	bool has_rwf;
	/* Can it poll for completions (hipri)? */
	bool has_hipri;
	/* Options of these names that only some paths have. */
	bool has_meta_files;
	bool has_meta_limit;
	bool has_append_limit;
	/* The only direction that it has, TD_DDIR_READ or _WRITE; 0: any. */
	unsigned int only;
	/* Is the page cache its point, so that direct=1 makes no sense? */
	bool buffered;
	/* Would verify= not find what was written where it was written? */
	bool no_verify;
	/*
	 * Does it write to files beside the job's only file? They are not
	 * what fio's fsync= and the like would sync.
	 */
	bool elsewhere;
	/*
	 * Optional. In the job's process, before any file is open; the options
	 * are known to be ones that the path has. 0, or an errno after a
	 * message; exit() is called in either case.
	 */
	int (*init)(struct thread_data *td);
	/* Optional. After init(), with fio's buffers there. 0 or an errno. */
	int (*post_init)(struct thread_data *td);
	void (*exit)(struct thread_data *td);
	/*
	 * Optional. @f was opened, or is about to be closed; @fd as from
	 * fpb_paired_fds(). 0, or an errno after a message.
	 */
	int (*opened)(struct thread_data *td, const struct fio_file *f,
		      const int fd[2]);
	void (*closing)(struct thread_data *td, const struct fio_file *f);
	/*
	 * The hooks that differ between paths: flags, queue, commit,
	 * getevents, event. The rest is filled in by engine.c.
	 */
	struct ioengine_ops ops;
};

extern struct fpb_path fpb_path_aio;
extern struct fpb_path fpb_path_uring;
extern struct fpb_path fpb_path_wq;
extern struct fpb_path fpb_path_psync;
extern struct fpb_path fpb_path_pvsync2;
extern struct fpb_path fpb_path_mmap;
extern struct fpb_path fpb_path_splice;
extern struct fpb_path fpb_path_copy;
extern struct fpb_path fpb_path_cold;
extern struct fpb_path fpb_path_append;
extern struct fpb_path fpb_path_smallfile;
extern struct fpb_path fpb_path_create;
extern struct fpb_path fpb_path_stat;
extern struct fpb_path fpb_path_open;
extern struct fpb_path fpb_path_readdir;
extern struct fpb_path fpb_path_rename;
extern struct fpb_path fpb_path_unlink;

/*
 * Does what every path does alike, with system calls that block: trim,
 * sync_file_range, and fsync or fdatasync where a path has no other way.
 * Sets io_u->error; returns FIO_Q_COMPLETED.
 */
enum fio_q_status fpb_queue_sync(struct thread_data *td, struct io_u *io_u);

/*
 * @io_us were accepted by the kernel: sets their issue time, which by fio's
 * convention is when the submission returned, and fio's statistics of it.
 */
void fpb_mark_issued(struct thread_data *td, struct io_u **io_us,
		     unsigned int nr);

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
