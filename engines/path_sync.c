// SPDX-License-Identifier: GPL-2.0
/* Synchronous submission: one pread or pwrite for each I/O. */
#include "fio.h"

#include <sys/uio.h>

#include "sync.h"

static ssize_t psync_transfer(struct fpb_job *job, struct io_u *io_u)
{
	if (io_u->ddir == DDIR_READ)
		return pread(io_u->file->fd, io_u->xfer_buf,
			     io_u->xfer_buflen, io_u->offset);
	return pwrite(io_u->file->fd, io_u->xfer_buf, io_u->xfer_buflen,
		      io_u->offset);
}

static ssize_t pvsync2_transfer(struct fpb_job *job, struct io_u *io_u)
{
	struct iovec iov = {
		.iov_base = io_u->xfer_buf,
		.iov_len = io_u->xfer_buflen,
	};

	if (io_u->ddir == DDIR_READ)
		return preadv2(io_u->file->fd, &iov, 1, io_u->offset,
			       job->rwf_read);
	return pwritev2(io_u->file->fd, &iov, 1, io_u->offset, job->rwf_write);
}

FPB_SYNC_QUEUE(psync_queue, psync_transfer)
FPB_SYNC_QUEUE(pvsync2_queue, pvsync2_transfer)

static int pvsync2_init(struct thread_data *td)
{
	const struct fpb_options *o = td->eo;
	struct fpb_job *job = td->io_ops_data;

	if (o->hipri) {
		job->rwf_read |= RWF_HIPRI;
		job->rwf_write |= RWF_HIPRI;
	}
	return 0;
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

struct fpb_path fpb_path_pvsync2 = {
	.name		= "pvsync2",
	.help		= "preadv2 and pwritev2, with flags",
	.data_size	= sizeof(struct fpb_job),
	.has_rwf	= true,
	.has_hipri	= true,
	.init		= pvsync2_init,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= pvsync2_queue,
	},
};
