// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring, by liburing. queue() fills submission entries, commit() submits
 * them in one system call; completions are taken from the mapped queue and
 * only if there are fewer than asked for does the job enter the kernel.
 * Built only if liburing is there (see build.mk).
 */
#include "fio.h"

#include <liburing.h>

#include "queue.h"

struct uring {
	struct fpb_queue q;
	struct io_uring ring;
	bool ring_up;
	bool fixedbufs;
	bool registerfiles;
	bool iopoll;
	bool sqpoll;
	bool by_workers;
	/* By io_u->index: the entry that it is in while pending. */
	struct io_uring_sqe **sqes;
};

static struct uring *uring_of(struct fpb_queue *q)
{
	return container_of(q, struct uring, q);
}

/* Registered files: two places for each of the job's, one a side. */
static unsigned int slot(const struct uring *u, const struct fio_file *f)
{
	return 2 * f->fileno + (u->q.job.paired ? u->q.job.paired->side : 0);
}

static void set_file(const struct uring *u, struct io_uring_sqe *sqe,
		     const struct fio_file *f)
{
	if (u->registerfiles) {
		sqe->fd = slot(u, f);
		sqe->flags |= IOSQE_FIXED_FILE;
	} else {
		sqe->fd = f->fd;
	}
}

static inline unsigned int uring_peek(struct fpb_queue *q, struct fpb_done *d,
			       unsigned int max)
{
	struct uring *u = uring_of(q);
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	io_uring_for_each_cqe(&u->ring, head, cqe) {
		if (n == max)
			break;
		d[n].io_u = io_uring_cqe_get_data(cqe);
		d[n++].res = cqe->res;
	}
	io_uring_cq_advance(&u->ring, n);
	return n;
}

/* As fio's own engine it has no limit of time. */
static int uring_wait(struct fpb_queue *q, struct fpb_done *d,
		      unsigned int min, unsigned int max,
		      const struct timespec *t)
{
	struct uring *u = uring_of(q);
	struct io_uring_cqe *cqe;
	int ret;

	do {
		/* Nothing there may mean that nobody let the kernel post it. */
		ret = min ? io_uring_wait_cqe_nr(&u->ring, &cqe, min) :
			    io_uring_get_events(&u->ring);
	} while (ret == -EINTR);
	if (ret < 0 && (min || ret != -EAGAIN))
		return ret;
	return uring_peek(q, d, max);
}

static inline int uring_submit(struct fpb_queue *q, unsigned int first)
{
	struct uring *u = uring_of(q);
	int ret;

	/* Also runs what completed at once: fewer waits later. */
	ret = io_uring_submit_and_get_events(&u->ring);
	/*
	 * With SQPOLL it counts what the kernel's thread has not taken yet,
	 * also of earlier calls; all of it has been handed over.
	 */
	return ret > 0 && u->sqpoll ? (int)(q->nr_pending - first) : ret;
}

static void uring_redirect(struct fpb_queue *q, unsigned int i)
{
	struct io_u *io_u = q->pending[i];

	set_file(uring_of(q), uring_of(q)->sqes[io_u->index], io_u->file);
}

static const struct fpb_queue_ops queue_ops = {
	.peek		= uring_peek,
	.wait		= uring_wait,
	.submit		= uring_submit,
	.redirect	= uring_redirect,
};

static void fill(const struct uring *u, struct io_uring_sqe *sqe,
		 struct io_u *io_u)
{
	const struct fio_file *f = io_u->file;

	switch (io_u->ddir) {
	case DDIR_READ:
		if (u->fixedbufs)
			io_uring_prep_read_fixed(sqe, f->fd, io_u->xfer_buf,
						 io_u->xfer_buflen,
						 io_u->offset, io_u->index);
		else
			io_uring_prep_read(sqe, f->fd, io_u->xfer_buf,
					   io_u->xfer_buflen, io_u->offset);
		sqe->rw_flags = u->q.job.rwf_read;
		break;
	case DDIR_WRITE:
		if (u->fixedbufs)
			io_uring_prep_write_fixed(sqe, f->fd, io_u->xfer_buf,
						  io_u->xfer_buflen,
						  io_u->offset, io_u->index);
		else
			io_uring_prep_write(sqe, f->fd, io_u->xfer_buf,
					    io_u->xfer_buflen, io_u->offset);
		sqe->rw_flags = u->q.job.rwf_write;
		break;
	default:
		io_uring_prep_fsync(sqe, f->fd, io_u->ddir == DDIR_DATASYNC ?
				    IORING_FSYNC_DATASYNC : 0);
		break;
	}
	set_file(u, sqe, f);
	if (u->by_workers)
		sqe->flags |= IOSQE_ASYNC;
	io_uring_sqe_set_data(sqe, io_u);
}

static enum fio_q_status uring_queue(struct thread_data *td, struct io_u *io_u)
{
	struct uring *u = td->io_ops_data;
	struct io_uring_sqe *sqe;

	fio_ro_check(td, io_u);

	if (fio_unlikely(!ddir_rw(io_u->ddir) || io_u->ddir == DDIR_TRIM) &&
	    ((io_u->ddir != DDIR_SYNC && io_u->ddir != DDIR_DATASYNC) ||
	     u->iopoll))
		return fpb_queue_now(td, &u->q, &queue_ops, io_u);

	sqe = io_uring_get_sqe(&u->ring);
	/* There is room for every io_u that fio has; see ring_up(). */
	if (!sqe)
		return FIO_Q_BUSY;
	fill(u, sqe, io_u);
	if (u->q.job.paired)
		u->sqes[io_u->index] = sqe;
	return fpb_queue_collect(&u->q, io_u);
}

static int uring_commit(struct thread_data *td)
{
	return fpb_queue_commit(td, td->io_ops_data, &queue_ops);
}

static int uring_getevents(struct thread_data *td, unsigned int min,
			   unsigned int max, const struct timespec *t)
{
	return fpb_queue_getevents(td, td->io_ops_data, &queue_ops, min, max,
				   t);
}

static void uring_exit(struct thread_data *td)
{
	struct uring *u = td->io_ops_data;

	if (u->ring_up)
		io_uring_queue_exit(&u->ring);
	fpb_queue_exit(&u->q);
	free(u->sqes);
}

/*
 * One task submits and reaps, and it reaps soon: completions may wait for that
 * instead of interrupting it. Kernels before 6.1 know less of this.
 */
static int ring_up(struct uring *u, const struct fpb_options *o,
		   unsigned int depth)
{
	static const unsigned int tries[] = {
		IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SINGLE_ISSUER |
			IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_COOP_TASKRUN,
		0,
	};
	struct io_uring_params p;
	unsigned int i = 0, entries = depth;
	int ret = -EINVAL;

	/*
	 * With SQPOLL another task submits, and it frees a batch's entries only
	 * when it is through with it: some are complete by then, and have come
	 * again.
	 */
	if (o->sqthread_poll) {
		i = 2;
		entries = 2 * depth;
	}
	for (; i < sizeof(tries) / sizeof(tries[0]) && ret == -EINVAL; i++) {
		memset(&p, 0, sizeof(p));
		p.flags = tries[i] | IORING_SETUP_CQSIZE;
		p.cq_entries = entries;
		if (o->hipri)
			p.flags |= IORING_SETUP_IOPOLL;
		if (o->sqthread_poll)
			p.flags |= IORING_SETUP_SQPOLL;
		if (o->sqthread_poll && o->sqthread_poll_cpu_set) {
			p.flags |= IORING_SETUP_SQ_AFF;
			p.sq_thread_cpu = o->sqthread_poll_cpu;
		}
		ret = io_uring_queue_init_params(entries, &u->ring, &p);
	}
	u->ring_up = !ret;
	return ret;
}

static int uring_init(struct thread_data *td)
{
	struct uring *u = td->io_ops_data;
	const struct fpb_options *o = td->eo;
	unsigned int depth = td->o.iodepth;
	int ret;

	u->fixedbufs = o->fixedbufs;
	u->registerfiles = o->registerfiles;
	u->iopoll = o->hipri;
	u->sqpoll = o->sqthread_poll;
	u->sqes = calloc(depth, sizeof(*u->sqes));
	if (fpb_queue_init(&u->q, depth) || !u->sqes)
		return ENOMEM;

	ret = ring_up(u, o, depth);
	if (ret) {
		log_err("fpbench: io_uring for iodepth %u: %s\n", depth,
			strerror(-ret));
		if (ret == -EPERM || ret == -ENOSYS)
			log_err("fpbench: hint: see /proc/sys/kernel/io_uring_disabled, or use submit=libaio\n");
		return -ret;
	}
	if (!u->registerfiles)
		return 0;
	ret = io_uring_register_files_sparse(&u->ring, 2 * td->o.nr_files);
	if (ret)
		log_err("fpbench: cannot register files: %s\n",
			strerror(-ret));
	return -ret;
}

static int wq_init(struct thread_data *td)
{
	struct uring *u = td->io_ops_data;

	u->by_workers = true;
	return uring_init(td);
}

/* The buffers are there only after init(). */
static int uring_post_init(struct thread_data *td)
{
	struct uring *u = td->io_ops_data;
	unsigned int i, depth = td->o.iodepth;
	struct iovec *iov;
	struct io_u *io_u;
	int ret;

	if (!u->fixedbufs)
		return 0;
	iov = calloc(depth, sizeof(*iov));
	if (!iov)
		return ENOMEM;
	for (i = 0; i < depth; i++) {
		io_u = td->io_u_all.io_us[i];
		iov[io_u->index].iov_base = io_u->buf;
		iov[io_u->index].iov_len = td_max_bs(td);
	}
	ret = io_uring_register_buffers(&u->ring, iov, depth);
	free(iov);
	if (ret) {
		log_err("fpbench: cannot register buffers: %s\n",
			strerror(-ret));
		if (ret == -ENOMEM)
			log_err("fpbench: hint: raise the limit of locked memory (ulimit -l)\n");
	}
	return -ret;
}

static int uring_opened(struct thread_data *td, const struct fio_file *f,
			const int fd[2])
{
	struct uring *u = td->io_ops_data;
	int ret;

	if (!u->registerfiles)
		return 0;
	/* -1, no second side, leaves its place empty. */
	ret = io_uring_register_files_update(&u->ring, 2 * f->fileno, fd, 2);
	if (ret == 2)
		return 0;
	log_err("fpbench: cannot register %s: %s\n", f->file_name,
		ret < 0 ? strerror(-ret) : "no room");
	return ret < 0 ? -ret : ENOSPC;
}

static void uring_closing(struct thread_data *td, const struct fio_file *f)
{
	struct uring *u = td->io_ops_data;
	const int none[2] = { -1, -1 };

	if (u->registerfiles)
		io_uring_register_files_update(&u->ring, 2 * f->fileno, none,
					       2);
}

#define URING_PATH							\
	.data_size	= sizeof(struct uring),				\
	.has_rwf	= true,						\
	.has_hipri	= true,						\
	.post_init	= uring_post_init,				\
	.exit		= uring_exit,					\
	.opened		= uring_opened,					\
	.closing	= uring_closing,				\
	.ops		= {						\
		.flags		= FIO_ASYNCIO_SYNC_TRIM |		\
				  FIO_ASYNCIO_SETS_ISSUE_TIME,		\
		.queue		= uring_queue,				\
		.commit		= uring_commit,				\
		.getevents	= uring_getevents,			\
		.event		= fpb_queue_event,			\
	}

struct fpb_path fpb_path_uring = {
	.name		= "io_uring",
	.help		= "io_uring: batched, optionally with registered files and buffers",
	.init		= uring_init,
	URING_PATH
};

/* What io_uring does with an I/O that cannot be issued without waiting. */
struct fpb_path fpb_path_wq = {
	.name		= "io_wq",
	.help		= "io_uring, each I/O by one of its workers (fio: force_async=1)",
	.init		= wq_init,
	URING_PATH
};
