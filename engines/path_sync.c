// SPDX-License-Identifier: GPL-2.0
/* Synchronous submission: one system call for each I/O, none in flight after. */
#include "fio.h"

#include <linux/falloc.h>

#include "path.h"

/* fio's own trim knows block devices only; a file has a hole punched. */
static void trim(struct thread_data *td, struct io_u *io_u)
{
	if (io_u->file->filetype != FIO_TYPE_FILE)
		do_io_u_trim(td, io_u);
	else if (fallocate(io_u->file->fd,
			   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			   io_u->offset, io_u->xfer_buflen))
		io_u->error = errno;
}

enum fio_q_status fpb_queue_sync(struct thread_data *td, struct io_u *io_u)
{
	if (io_u->ddir == DDIR_TRIM)
		trim(td, io_u);
	else
		do_io_u_sync(td, io_u);
	if (io_u->error)
		td_verror(td, io_u->error, "sync or trim");
	return FIO_Q_COMPLETED;
}

static enum fio_q_status psync_transfer(struct thread_data *td,
					struct io_u *io_u)
{
	ssize_t ret;

	if (io_u->ddir == DDIR_READ)
		ret = pread(io_u->file->fd, io_u->xfer_buf, io_u->xfer_buflen,
			    io_u->offset);
	else if (io_u->ddir == DDIR_WRITE)
		ret = pwrite(io_u->file->fd, io_u->xfer_buf, io_u->xfer_buflen,
			     io_u->offset);
	else
		return fpb_queue_sync(td, io_u);

	fpb_io_u_result(io_u, ret < 0 ? -errno : ret);
	if (fio_unlikely(io_u->error)) {
		io_u_log_error(td, io_u);
		td_verror(td, io_u->error, "xfer");
	}
	return FIO_Q_COMPLETED;
}

/* Nothing is ever in flight between two calls, so there is nothing to drain. */
static enum fio_q_status paired_transfer(struct thread_data *td,
					 struct fpb_paired *p,
					 struct io_u *io_u)
{
	enum fio_q_status ret;

	if (fpb_paired_due(p)) {
		int err = fpb_paired_next(td, p);

		if (err) {
			io_u->error = -err;
			return FIO_Q_COMPLETED;
		}
		/* The I/O did not wait for the switch: it was not issued. */
		if (fio_fill_issue_time(td))
			fio_gettime(&io_u->issue_time, NULL);
	}
	fpb_paired_mark(p, io_u);
	ret = psync_transfer(td, io_u);
	if (fpb_paired_counts(io_u) && !io_u->error)
		fpb_pair_count(&p->pair, fpb_now_ns(), 1,
			       io_u->xfer_buflen - io_u->resid);
	else
		fpb_pair_count(&p->pair, fpb_now_ns(), 0, 0);
	return ret;
}

static enum fio_q_status psync_queue(struct thread_data *td, struct io_u *io_u)
{
	struct fpb_job *job = td->io_ops_data;

	fio_ro_check(td, io_u);

	if (fio_unlikely(job->paired != NULL))
		return paired_transfer(td, job->paired, io_u);
	return psync_transfer(td, io_u);
}

struct fpb_path fpb_path_psync = {
	.name		= "psync",
	.help		= "pread and pwrite",
	.data_size	= sizeof(struct fpb_job),
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= psync_queue,
	},
};
