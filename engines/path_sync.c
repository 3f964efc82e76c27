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

static enum fio_q_status psync_queue(struct thread_data *td, struct io_u *io_u)
{
	ssize_t ret;

	fio_ro_check(td, io_u);

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

struct fpb_path fpb_path_psync = {
	.name	= "psync",
	.help	= "pread and pwrite",
	.ops	= {
		.flags	= FIO_SYNCIO,
		.queue	= psync_queue,
	},
};
