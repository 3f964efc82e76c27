// SPDX-License-Identifier: GPL-2.0
/*
 * Native AIO by the kernel's own interface. queue() only collects; commit()
 * hands everything collected to one io_submit(). Completions are taken from
 * the ring that the kernel maps into the process, at the price of no system
 * call, and only if there are fewer than asked for does io_getevents() block:
 * that is what makes it usable where system calls are dear (User-Mode Linux),
 * and it never spins.
 */
#include "fio.h"

/* The kernel's header and libaio's, which fio.h includes, share two names. */
#define iocb		fpb_iocb
#define io_event	fpb_io_event
#include <linux/aio_abi.h>
#undef iocb
#undef io_event

#include <sys/syscall.h>

#include "path.h"

/* How long submission may be refused while nothing is in flight. */
#define STALL_MS	30000

/*
 * The head of the completion ring, as fs/aio.c has laid it out since 2.6. The
 * kernel owns tail, we own head.
 */
struct ring {
	unsigned int id;
	unsigned int nr;		/* of events */
	unsigned int head;
	unsigned int tail;
	unsigned int magic;
	unsigned int compat_features;
	unsigned int incompat_features;
	unsigned int header_length;
	struct fpb_io_event events[];
};
#define RING_MAGIC	0xa10a10a1

struct kaio {
	struct fpb_job job;
	aio_context_t ctx;
	/* NULL if this kernel's ring is not one that we know. */
	struct ring *ring;
	unsigned int nr_pending;
	unsigned int in_flight;
	/* By io_u->index. */
	struct fpb_iocb *iocbs;
	/* Collected, not yet submitted: the two go together. */
	struct fpb_iocb **pending;
	struct io_u **pending_io_us;
	/* What getevents() hands over. */
	struct fpb_io_event *events;
	/*
	 * Reaped at the end of a slice, when fio was not asking; at most as
	 * many as fio has io_us.
	 */
	struct fpb_io_event *stash;
	unsigned int nr_stash;
};

static inline struct io_u *event_io_u(const struct fpb_io_event *ev)
{
	return (struct io_u *)(uintptr_t)ev->data;
}

/* Accounts for completions just reaped, all at the present time. */
static void count_events(struct kaio *a, const struct fpb_io_event *ev,
			 unsigned int nr)
{
	uint64_t ios = 0, bytes = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (ev[i].res < 0 || !fpb_paired_counts(event_io_u(&ev[i])))
			continue;
		ios++;
		bytes += ev[i].res;
	}
	fpb_pair_count(&a->job.paired->pair, fpb_now_ns(), ios, bytes);
}

/* Ends a slice: waits for all in flight, then turns to the side that is due. */
static int switch_slice(struct thread_data *td, struct kaio *a)
{
	struct fpb_io_event *ev;
	struct io_u *io_u;
	unsigned int i;
	long ret;

	while (a->in_flight) {
		ev = a->stash + a->nr_stash;
		ret = syscall(SYS_io_getevents, a->ctx, 1L,
			      (long)a->in_flight, ev, NULL);
		if (ret < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		count_events(a, ev, ret);
		a->nr_stash += ret;
		a->in_flight -= ret;
	}
	ret = fpb_paired_next(td, a->job.paired);
	if (ret)
		return ret;

	/* What was collected before the switch goes to the new side. */
	for (i = 0; i < a->nr_pending; i++) {
		io_u = a->pending_io_us[i];
		a->pending[i]->aio_fildes = io_u->file->fd;
		fpb_paired_mark(a->job.paired, io_u);
	}
	return 0;
}

/* What AIO cannot do: it is done when this returns. */
static enum fio_q_status queue_sync(struct thread_data *td, struct kaio *a,
				    struct io_u *io_u)
{
	struct fpb_paired *p = a->job.paired;
	int ret;

	if (p && fpb_paired_due(p)) {
		ret = switch_slice(td, a);
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

static enum fio_q_status kaio_queue(struct thread_data *td, struct io_u *io_u)
{
	struct kaio *a = td->io_ops_data;
	struct fpb_iocb *cb;
	unsigned int op;
	int rwf = 0;

	fio_ro_check(td, io_u);

	switch (io_u->ddir) {
	case DDIR_READ:
		op = IOCB_CMD_PREAD;
		rwf = a->job.rwf_read;
		break;
	case DDIR_WRITE:
		op = IOCB_CMD_PWRITE;
		rwf = a->job.rwf_write;
		break;
	case DDIR_SYNC:
		op = IOCB_CMD_FSYNC;
		break;
	case DDIR_DATASYNC:
		op = IOCB_CMD_FDSYNC;
		break;
	default:
		/* It must not overtake what was queued before it. */
		if (a->nr_pending)
			return FIO_Q_BUSY;
		return queue_sync(td, a, io_u);
	}

	cb = &a->iocbs[io_u->index];
	cb->aio_data = (uintptr_t)io_u;
	cb->aio_lio_opcode = op;
	cb->aio_rw_flags = rwf;
	cb->aio_fildes = io_u->file->fd;
	if (op <= IOCB_CMD_PWRITE) {
		cb->aio_buf = (uintptr_t)io_u->xfer_buf;
		cb->aio_nbytes = io_u->xfer_buflen;
		cb->aio_offset = io_u->offset;
	} else {
		/* The kernel refuses an fsync with any of these set. */
		cb->aio_buf = 0;
		cb->aio_nbytes = 0;
		cb->aio_offset = 0;
	}
	if (a->job.paired)
		fpb_paired_mark(a->job.paired, io_u);
	/* There are as many places as fio has io_us. */
	a->pending_io_us[a->nr_pending] = io_u;
	a->pending[a->nr_pending++] = cb;
	return FIO_Q_QUEUED;
}

/*
 * Submits a->pending[0 .. nr_pending - 1]. What the kernel has no room for
 * stays there if there is something in flight to reap first.
 */
static int submit(struct thread_data *td, struct kaio *a)
{
	unsigned int done = 0, nr = a->nr_pending;
	struct timespec stalled;
	bool stalling = false;
	int err = 0;
	long ret;

	while (done < nr) {
		ret = syscall(SYS_io_submit, a->ctx, (long)(nr - done),
			      a->pending + done);
		if (ret > 0) {
			fpb_mark_issued(td, a->pending_io_us + done, ret);
			a->in_flight += ret;
			done += ret;
			stalling = false;
			continue;
		}
		err = ret < 0 ? -errno : -EAGAIN;
		if (err == -EINTR)
			continue;
		if (err != -EAGAIN && err != -ENOMEM)
			break;
		if (a->in_flight) {
			err = 0;
			break;
		}
		if (!stalling) {
			fio_gettime(&stalled, NULL);
			stalling = true;
		} else if (mtime_since_now(&stalled) > STALL_MS) {
			log_err("fpbench: io_submit accepts nothing for %d s, giving up\n",
				STALL_MS / 1000);
			break;
		}
		usleep(10);
	}
	a->nr_pending = nr - done;
	if (!a->nr_pending)
		return 0;
	memmove(a->pending, a->pending + done,
		a->nr_pending * sizeof(*a->pending));
	memmove(a->pending_io_us, a->pending_io_us + done,
		a->nr_pending * sizeof(*a->pending_io_us));
	return err;
}

static int kaio_commit(struct thread_data *td)
{
	struct kaio *a = td->io_ops_data;
	int ret;

	if (!a->nr_pending)
		return 0;
	if (a->job.paired && fpb_paired_due(a->job.paired)) {
		ret = switch_slice(td, a);
		if (ret)
			return ret;
	}
	return submit(td, a);
}

static unsigned int reap_ring(struct kaio *a, struct fpb_io_event *events,
			      unsigned int max)
{
	struct ring *ring = a->ring;
	unsigned int head, tail, n = 0;

	if (!ring)
		return 0;

	head = ring->head;
	/* The events before tail are written before tail is. */
	tail = atomic_load_acquire(&ring->tail);
	while (head != tail && n < max) {
		events[n++] = ring->events[head];
		if (++head == ring->nr)
			head = 0;
	}
	/* ... and read before the kernel may use their places again. */
	if (n)
		atomic_store_release(&ring->head, head);
	return n;
}

static unsigned int take_stash(struct kaio *a, unsigned int max)
{
	unsigned int n = a->nr_stash < max ? a->nr_stash : max;

	memcpy(a->events, a->stash, n * sizeof(*a->stash));
	a->nr_stash -= n;
	memmove(a->stash, a->stash + n, a->nr_stash * sizeof(*a->stash));
	return n;
}

/*
 * Reaps at least @min and at most @max events, all from the ring if they are
 * there. Commits what is pending first if there is nothing else to wait for.
 * Returns their number, or -errno.
 */
static int reap(struct thread_data *td, struct kaio *a,
		struct fpb_io_event *events, unsigned int min,
		unsigned int max, const struct timespec *t)
{
	struct timespec left;
	unsigned int got, want;
	long ret;

	got = reap_ring(a, events, max);
	a->in_flight -= got;

	while (got < min || (!got && !a->ring)) {
		if (a->nr_pending) {
			ret = kaio_commit(td);
			if (ret)
				return ret;
			/* The drain of a slice's end may have left some. */
			if (a->nr_stash)
				break;
		}
		/* Never wait for more than the kernel was given. */
		want = min > got ? min - got : 0;
		if (want > a->in_flight)
			want = a->in_flight;
		if (t)
			left = *t;
		ret = syscall(SYS_io_getevents, a->ctx, (long)want,
			      (long)(max - got), events + got,
			      t ? &left : NULL);
		if (ret < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		got += ret;
		a->in_flight -= ret;
		if (!ret && (t || !want))
			break;
	}
	return got;
}

static int kaio_getevents(struct thread_data *td, unsigned int min,
			  unsigned int max, const struct timespec *t)
{
	struct kaio *a = td->io_ops_data;
	unsigned int got = 0;
	int ret;

	do {
		if (a->nr_stash)
			got += take_stash(a, max);
		if (got == max)
			break;
		ret = reap(td, a, a->events + got, min > got ? min - got : 0,
			   max - got, t);
		if (ret < 0)
			return ret;
		if (ret && a->job.paired)
			count_events(a, a->events + got, ret);
		got += ret;
	} while (got < min && a->nr_stash);
	return got;
}

static struct io_u *kaio_event(struct thread_data *td, int event)
{
	struct kaio *a = td->io_ops_data;
	const struct fpb_io_event *ev = &a->events[event];
	struct io_u *io_u = event_io_u(ev);

	fpb_io_u_result(io_u, ev->res);
	return io_u;
}

static void kaio_exit(struct thread_data *td)
{
	struct kaio *a = td->io_ops_data;

	if (a->ctx)
		syscall(SYS_io_destroy, a->ctx);
	free(a->stash);
	free(a->events);
	free(a->pending_io_us);
	free(a->pending);
	free(a->iocbs);
}

static int kaio_init(struct thread_data *td)
{
	struct kaio *a = td->io_ops_data;
	unsigned int depth = td->o.iodepth;

	a->iocbs = calloc(depth, sizeof(*a->iocbs));
	a->pending = calloc(depth, sizeof(*a->pending));
	a->pending_io_us = calloc(depth, sizeof(*a->pending_io_us));
	a->events = calloc(depth, sizeof(*a->events));
	a->stash = calloc(depth, sizeof(*a->stash));
	if (!a->iocbs || !a->pending || !a->pending_io_us || !a->events ||
	    !a->stash)
		return ENOMEM;

	if (syscall(SYS_io_setup, (long)depth, &a->ctx)) {
		int err = errno;

		log_err("fpbench: io_setup for iodepth %u: %s\n", depth,
			strerror(err));
		if (err == EAGAIN)
			log_err("fpbench: hint: raise /proc/sys/fs/aio-max-nr\n");
		return err;
	}
	a->ring = (struct ring *)(uintptr_t)a->ctx;
	if (a->ring->magic != RING_MAGIC)
		a->ring = NULL;
	return 0;
}

struct fpb_path fpb_path_aio = {
	.name		= "libaio",
	.help		= "native AIO: batched io_submit, completions reaped in user space",
	.data_size	= sizeof(struct kaio),
	.has_rwf	= true,
	.init		= kaio_init,
	.exit		= kaio_exit,
	.ops		= {
		.flags		= FIO_ASYNCIO_SYNC_TRIM |
				  FIO_ASYNCIO_SETS_ISSUE_TIME,
		.queue		= kaio_queue,
		.commit		= kaio_commit,
		.getevents	= kaio_getevents,
		.event		= kaio_event,
	},
};
