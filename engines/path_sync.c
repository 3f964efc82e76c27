// SPDX-License-Identifier: GPL-2.0
/* Synchronous submission: one system call for each I/O, none in flight after. */
#include "fio.h"

#include <sys/uio.h>

#include "path.h"

typedef ssize_t transfer_fn(const struct fpb_job *job, struct io_u *io_u);

static ssize_t psync_transfer(const struct fpb_job *job, struct io_u *io_u)
{
	if (io_u->ddir == DDIR_READ)
		return pread(io_u->file->fd, io_u->xfer_buf,
			     io_u->xfer_buflen, io_u->offset);
	return pwrite(io_u->file->fd, io_u->xfer_buf, io_u->xfer_buflen,
		      io_u->offset);
}

static ssize_t pvsync2_transfer(const struct fpb_job *job, struct io_u *io_u)
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

static inline enum fio_q_status transfer(struct thread_data *td,
					 struct io_u *io_u, transfer_fn *fn)
{
	ssize_t ret;

	if (fio_unlikely(!ddir_rw(io_u->ddir) || io_u->ddir == DDIR_TRIM))
		return fpb_queue_sync(td, io_u);

	ret = fn(td->io_ops_data, io_u);
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
					 struct io_u *io_u, transfer_fn *fn)
{
	uint64_t slept_ns = p->slept_ns;
	enum fio_q_status ret;

	if (fpb_paired_due(p)) {
		int err = fpb_paired_next(td, p);

		if (err) {
			io_u->error = -err;
			return FIO_Q_COMPLETED;
		}
		fpb_paired_skip(io_u, p->slept_ns - slept_ns);
	}
	fpb_paired_mark(p, io_u);
	ret = transfer(td, io_u, fn);
	if (fpb_paired_counts(io_u) && !io_u->error)
		fpb_pair_count(&p->pair, fpb_paired_now(p), 1,
			       io_u->xfer_buflen - io_u->resid);
	else
		fpb_pair_count(&p->pair, fpb_paired_now(p), 0, 0);
	return ret;
}

/* Inlined into each hook, where @fn is known. */
static inline enum fio_q_status queue(struct thread_data *td,
				      struct io_u *io_u, transfer_fn *fn)
{
	const struct fpb_job *job = td->io_ops_data;

	fio_ro_check(td, io_u);

	if (fio_unlikely(job->paired != NULL))
		return paired_transfer(td, job->paired, io_u, fn);
	return transfer(td, io_u, fn);
}

static enum fio_q_status psync_queue(struct thread_data *td, struct io_u *io_u)
{
	return queue(td, io_u, psync_transfer);
}

static enum fio_q_status pvsync2_queue(struct thread_data *td,
				       struct io_u *io_u)
{
	return queue(td, io_u, pvsync2_transfer);
}

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
