// SPDX-License-Identifier: GPL-2.0
/*
 * io_uring, by liburing. queue() fills submission entries, commit() submits
 * them in one system call; completions are taken from the mapped queue and
 * only if there are fewer than asked for does the job enter the kernel.
 * Built only if liburing is there (see build.mk).
 */
#include "fio.h"

#include <liburing.h>

#include "path.h"

/* How long submission may be refused while nothing is in flight. */
#define STALL_MS	30000

struct done {
	struct io_u *io_u;
	int res;
};

struct uring {
	struct fpb_job job;
	struct io_uring ring;
	bool ring_up;
	bool fixedbufs;
	bool registerfiles;
	bool iopoll;
	bool sqpoll;
	unsigned int in_flight;
	unsigned int nr_pending;
	/* In the submission queue, in its order, not yet submitted. */
	struct io_u **pending;
	/* By io_u->index: the entry that it is in while pending. */
	struct io_uring_sqe **sqes;
	/* What getevents() hands over. */
	struct done *events;
	/* Reaped at the end of a slice, when fio was not asking. */
	struct done *stash;
	unsigned int nr_stash;
};

/* Registered files: two places for each of the job's, one a side. */
static unsigned int slot(const struct uring *u, const struct fio_file *f)
{
	return 2 * f->fileno + (u->job.paired ? u->job.paired->side : 0);
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

/* Accounts for completions just reaped, all at the present time. */
static void count(struct uring *u, const struct done *d, unsigned int nr)
{
	uint64_t ios = 0, bytes = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (d[i].res < 0 || !fpb_paired_counts(d[i].io_u))
			continue;
		ios++;
		bytes += d[i].res;
	}
	fpb_pair_count(&u->job.paired->pair, fpb_now_ns(), ios, bytes);
}

static unsigned int reap_queue(struct uring *u, struct done *d,
			       unsigned int max)
{
	struct io_uring_cqe *cqe;
	unsigned int head, n = 0;

	io_uring_for_each_cqe(&u->ring, head, cqe) {
		if (n == max)
			break;
		d[n].io_u = io_uring_cqe_get_data(cqe);
		d[n++].res = cqe->res;
	}
	io_uring_cq_advance(&u->ring, n);
	u->in_flight -= n;
	return n;
}

/* Blocks until at least @nr of those in flight have completed. 0 or -errno. */
static int wait_for(struct uring *u, unsigned int nr)
{
	struct io_uring_cqe *cqe;
	int ret;

	do {
		ret = io_uring_wait_cqe_nr(&u->ring, &cqe, nr);
	} while (ret == -EINTR);
	return ret;
}

/* Ends a slice: waits for all in flight, then turns to the side that is due. */
static int switch_slice(struct thread_data *td, struct uring *u)
{
	struct io_u *io_u;
	unsigned int i, n;
	int ret;

	while (u->in_flight) {
		ret = wait_for(u, 1);
		if (ret)
			return ret;
		n = reap_queue(u, u->stash + u->nr_stash, u->in_flight);
		count(u, u->stash + u->nr_stash, n);
		u->nr_stash += n;
	}
	ret = fpb_paired_next(td, u->job.paired);
	if (ret)
		return ret;

	/* What was collected before the switch goes to the new side. */
	for (i = 0; i < u->nr_pending; i++) {
		io_u = u->pending[i];
		set_file(u, u->sqes[io_u->index], io_u->file);
		fpb_paired_mark(u->job.paired, io_u);
	}
	return 0;
}

/* What is not worth a way through the ring: done when this returns. */
static enum fio_q_status queue_sync(struct thread_data *td, struct uring *u,
				    struct io_u *io_u)
{
	struct fpb_paired *p = u->job.paired;
	int ret;

	if (p && fpb_paired_due(p)) {
		ret = switch_slice(td, u);
		if (ret) {
			io_u->error = -ret;
			return FIO_Q_COMPLETED;
		}
	}
	if (p)
		fpb_paired_mark(p, io_u);
	fpb_queue_sync(td, io_u);
	if (p && fpb_paired_counts(io_u) && !io_u->error)
		fpb_pair_count(&p->pair, fpb_now_ns(), 1, io_u->xfer_buflen);
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	return FIO_Q_COMPLETED;
}

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
		sqe->rw_flags = u->job.rwf_read;
		break;
	case DDIR_WRITE:
		if (u->fixedbufs)
			io_uring_prep_write_fixed(sqe, f->fd, io_u->xfer_buf,
						  io_u->xfer_buflen,
						  io_u->offset, io_u->index);
		else
			io_uring_prep_write(sqe, f->fd, io_u->xfer_buf,
					    io_u->xfer_buflen, io_u->offset);
		sqe->rw_flags = u->job.rwf_write;
		break;
	default:
		io_uring_prep_fsync(sqe, f->fd, io_u->ddir == DDIR_DATASYNC ?
				    IORING_FSYNC_DATASYNC : 0);
		break;
	}
	set_file(u, sqe, f);
	io_uring_sqe_set_data(sqe, io_u);
}

static enum fio_q_status uring_queue(struct thread_data *td, struct io_u *io_u)
{
	struct uring *u = td->io_ops_data;
	struct io_uring_sqe *sqe;

	fio_ro_check(td, io_u);

	if (fio_unlikely(!ddir_rw(io_u->ddir) || io_u->ddir == DDIR_TRIM) &&
	    ((io_u->ddir != DDIR_SYNC && io_u->ddir != DDIR_DATASYNC) ||
	     u->iopoll)) {
		/* It must not overtake what was queued before it. */
		if (u->nr_pending)
			return FIO_Q_BUSY;
		return queue_sync(td, u, io_u);
	}

	sqe = io_uring_get_sqe(&u->ring);
	/* There is room for every io_u that fio has; see ring_up(). */
	if (!sqe)
		return FIO_Q_BUSY;
	fill(u, sqe, io_u);
	if (u->job.paired) {
		fpb_paired_mark(u->job.paired, io_u);
		u->sqes[io_u->index] = sqe;
	}
	u->pending[u->nr_pending++] = io_u;
	return FIO_Q_QUEUED;
}

static int submit(struct thread_data *td, struct uring *u)
{
	unsigned int done = 0, nr = u->nr_pending;
	struct timespec stalled;
	bool stalling = false;
	int ret = 0;

	while (done < nr) {
		/* Also runs what completed at once: fewer waits later. */
		ret = io_uring_submit_and_get_events(&u->ring);
		/*
		 * With SQPOLL it counts what the kernel's thread has not taken
		 * yet, also of earlier calls; all of it has been handed over.
		 */
		if (ret > 0 && u->sqpoll)
			ret = nr - done;
		if (ret > 0) {
			fpb_mark_issued(td, u->pending + done, ret);
			u->in_flight += ret;
			done += ret;
			stalling = false;
			ret = 0;
			continue;
		}
		if (ret == -EINTR)
			continue;
		if (ret && ret != -EAGAIN && ret != -EBUSY && ret != -ENOMEM)
			break;
		/* What is in flight makes room when it is reaped. */
		if (u->in_flight) {
			ret = 0;
			break;
		}
		if (!stalling) {
			fio_gettime(&stalled, NULL);
			stalling = true;
		} else if (mtime_since_now(&stalled) > STALL_MS) {
			log_err("fpbench: io_uring accepts nothing for %d s, giving up\n",
				STALL_MS / 1000);
			ret = ret ? ret : -EIO;
			break;
		}
		usleep(10);
	}
	u->nr_pending = nr - done;
	if (!u->nr_pending)
		return 0;
	memmove(u->pending, u->pending + done,
		u->nr_pending * sizeof(*u->pending));
	return ret;
}

static int uring_commit(struct thread_data *td)
{
	struct uring *u = td->io_ops_data;
	int ret;

	if (!u->nr_pending)
		return 0;
	if (u->job.paired && fpb_paired_due(u->job.paired)) {
		ret = switch_slice(td, u);
		if (ret)
			return ret;
	}
	return submit(td, u);
}

static unsigned int take_stash(struct uring *u, unsigned int max)
{
	unsigned int n = u->nr_stash < max ? u->nr_stash : max;

	memcpy(u->events, u->stash, n * sizeof(*u->stash));
	u->nr_stash -= n;
	memmove(u->stash, u->stash + n, u->nr_stash * sizeof(*u->stash));
	return n;
}

/* Reaps at least @min, at most @max. Returns their number, or -errno. */
static int reap(struct thread_data *td, struct uring *u, struct done *d,
		unsigned int min, unsigned int max)
{
	unsigned int got, want;
	int ret;

	got = reap_queue(u, d, max);
	/* Nothing there may only mean that nobody let the kernel post it. */
	if (!got && !min && u->in_flight) {
		ret = io_uring_get_events(&u->ring);
		if (ret < 0 && ret != -EINTR && ret != -EAGAIN)
			return ret;
		got = reap_queue(u, d, max);
	}
	while (got < min) {
		if (u->nr_pending) {
			ret = uring_commit(td);
			if (ret)
				return ret;
			/* The drain of a slice's end may have left some. */
			if (u->nr_stash)
				break;
		}
		want = min - got;
		if (want > u->in_flight)
			want = u->in_flight;
		if (!want)
			break;
		ret = wait_for(u, want);
		if (ret)
			return ret;
		got += reap_queue(u, d + got, max - got);
	}
	return got;
}

static int uring_getevents(struct thread_data *td, unsigned int min,
			   unsigned int max, const struct timespec *t)
{
	struct uring *u = td->io_ops_data;
	unsigned int got = 0;
	int ret;

	do {
		if (u->nr_stash)
			got += take_stash(u, max);
		if (got == max)
			break;
		ret = reap(td, u, u->events + got, min > got ? min - got : 0,
			   max - got);
		if (ret < 0)
			return ret;
		if (ret && u->job.paired)
			count(u, u->events + got, ret);
		got += ret;
	} while (got < min && u->nr_stash);
	return got;
}

static struct io_u *uring_event(struct thread_data *td, int event)
{
	struct uring *u = td->io_ops_data;
	const struct done *d = &u->events[event];

	fpb_io_u_result(d->io_u, d->res);
	return d->io_u;
}

static void uring_exit(struct thread_data *td)
{
	struct uring *u = td->io_ops_data;

	if (u->ring_up)
		io_uring_queue_exit(&u->ring);
	free(u->stash);
	free(u->events);
	free(u->sqes);
	free(u->pending);
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
	u->pending = calloc(depth, sizeof(*u->pending));
	u->sqes = calloc(depth, sizeof(*u->sqes));
	u->events = calloc(depth, sizeof(*u->events));
	u->stash = calloc(depth, sizeof(*u->stash));
	if (!u->pending || !u->sqes || !u->events || !u->stash)
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

struct fpb_path fpb_path_uring = {
	.name		= "io_uring",
	.help		= "io_uring: batched, optionally with registered files and buffers",
	.data_size	= sizeof(struct uring),
	.has_rwf	= true,
	.has_hipri	= true,
	.init		= uring_init,
	.post_init	= uring_post_init,
	.exit		= uring_exit,
	.opened		= uring_opened,
	.closing	= uring_closing,
	.ops		= {
		.flags		= FIO_ASYNCIO_SYNC_TRIM |
				  FIO_ASYNCIO_SETS_ISSUE_TIME,
		.queue		= uring_queue,
		.commit		= uring_commit,
		.getevents	= uring_getevents,
		.event		= uring_event,
	},
};
