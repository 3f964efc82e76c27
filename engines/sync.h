/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the synchronous paths have in common: each does an I/O by a function
 * that returns when it is done, so that nothing is in flight after it and a
 * slice has nothing to drain.
 *
 * Functions of a header: the compiler makes one copy for each path, in which it
 * knows that function. Include fio.h first.
 */
#ifndef FPB_SYNC_H
#define FPB_SYNC_H

#include "path.h"

/*
 * Does a read or write to io_u->file->fd, the current side's descriptor.
 * Returns the number of bytes, or -1 with errno set.
 */
typedef ssize_t fpb_sync_fn(struct fpb_job *job, struct io_u *io_u);

static inline enum fio_q_status fpb_sync_transfer(struct thread_data *td,
						  struct io_u *io_u,
						  fpb_sync_fn *fn)
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

static inline enum fio_q_status fpb_sync_paired(struct thread_data *td,
						struct fpb_paired *p,
						struct io_u *io_u,
						fpb_sync_fn *fn)
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
	ret = fpb_sync_transfer(td, io_u, fn);
	if (fpb_paired_counts(io_u) && !io_u->error)
		fpb_pair_count(&p->pair, fpb_paired_now(p), 1,
			       io_u->xfer_buflen - io_u->resid);
	else
		fpb_pair_count(&p->pair, fpb_paired_now(p), 0, 0);
	return ret;
}

/* fio's queue hook. */
static inline enum fio_q_status fpb_sync_queue(struct thread_data *td,
					       struct io_u *io_u,
					       fpb_sync_fn *fn)
{
	const struct fpb_job *job = td->io_ops_data;

	fio_ro_check(td, io_u);

	if (fio_unlikely(job->paired != NULL))
		return fpb_sync_paired(td, job->paired, io_u, fn);
	return fpb_sync_transfer(td, io_u, fn);
}

/* Defines the queue hook @name of a path that transfers by @fn. */
#define FPB_SYNC_QUEUE(name, fn)					\
	static enum fio_q_status name(struct thread_data *td,		\
				      struct io_u *io_u)		\
	{								\
		return fpb_sync_queue(td, io_u, fn);			\
	}

#endif
