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
	aio_context_t ctx;
	/* NULL if this kernel's ring is not one that we know. */
	struct ring *ring;
	unsigned int depth;
	/* Collected, not yet submitted: pending[first .. first + nr - 1]. */
	unsigned int first;
	unsigned int nr_pending;
	unsigned int in_flight;
	/* By io_u->index. */
	struct fpb_iocb *iocbs;
	struct fpb_iocb **pending;
	struct fpb_io_event *events;
};

static inline struct io_u *iocb_io_u(const struct fpb_iocb *cb)
{
	return (struct io_u *)(uintptr_t)cb->aio_data;
}

static enum fio_q_status kaio_queue(struct thread_data *td, struct io_u *io_u)
{
	struct kaio *a = td->io_ops_data;
	struct fpb_iocb *cb;
	unsigned int op;

	fio_ro_check(td, io_u);

	switch (io_u->ddir) {
	case DDIR_READ:
		op = IOCB_CMD_PREAD;
		break;
	case DDIR_WRITE:
		op = IOCB_CMD_PWRITE;
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
		fpb_queue_sync(td, io_u);
		io_u_mark_submit(td, 1);
		io_u_mark_complete(td, 1);
		return FIO_Q_COMPLETED;
	}

	cb = &a->iocbs[io_u->index];
	cb->aio_data = (uintptr_t)io_u;
	cb->aio_lio_opcode = op;
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
	/* There are as many places as fio has io_us. */
	a->pending[a->first + a->nr_pending++] = cb;
	return FIO_Q_QUEUED;
}

/* fio's convention: latency counts from the return of the submission. */
static void mark_issued(struct thread_data *td, struct fpb_iocb **cbs,
			unsigned int nr)
{
	struct timespec now;
	unsigned int i;

	if (fio_fill_issue_time(td)) {
		fio_gettime(&now, NULL);
		for (i = 0; i < nr; i++) {
			struct io_u *io_u = iocb_io_u(cbs[i]);

			io_u->issue_time = now;
			if (!td->o.disable_slat)
				io_u_queued(td, io_u);
		}
		if (td->o.read_iolog_file)
			td->last_issue = now;
	}
	io_u_mark_submit(td, nr);
}

static int kaio_commit(struct thread_data *td)
{
	struct kaio *a = td->io_ops_data;
	struct timespec stalled;
	bool stalling = false;
	long ret;

	while (a->nr_pending) {
		ret = syscall(SYS_io_submit, a->ctx, (long)a->nr_pending,
			      a->pending + a->first);
		if (ret > 0) {
			mark_issued(td, a->pending + a->first, ret);
			a->in_flight += ret;
			a->first += ret;
			a->nr_pending -= ret;
			stalling = false;
			continue;
		}
		if (ret < 0 && errno == EINTR)
			continue;
		if (ret < 0 && errno != EAGAIN && errno != ENOMEM)
			return -errno;
		/* Full: what is in flight makes room when it is reaped. */
		if (a->in_flight)
			return 0;
		if (!stalling) {
			fio_gettime(&stalled, NULL);
			stalling = true;
		} else if (mtime_since_now(&stalled) > STALL_MS) {
			log_err("fpbench: io_submit accepts nothing for %d s, giving up\n",
				STALL_MS / 1000);
			return ret < 0 ? -errno : -EIO;
		}
		usleep(10);
	}
	a->first = 0;
	return 0;
}

static unsigned int reap_ring(struct kaio *a, unsigned int max)
{
	struct ring *ring = a->ring;
	unsigned int head, tail, n = 0;

	if (!ring)
		return 0;

	head = ring->head;
	/* The events before tail are written before tail is. */
	tail = atomic_load_acquire(&ring->tail);
	while (head != tail && n < max) {
		a->events[n++] = ring->events[head];
		if (++head == ring->nr)
			head = 0;
	}
	/* ... and read before the kernel may use their places again. */
	if (n)
		atomic_store_release(&ring->head, head);
	return n;
}

static int kaio_getevents(struct thread_data *td, unsigned int min,
			 unsigned int max, const struct timespec *t)
{
	struct kaio *a = td->io_ops_data;
	struct timespec left;
	unsigned int got, want;
	long ret;

	got = reap_ring(a, max);
	a->in_flight -= got;

	while (got < min || (!got && !a->ring)) {
		if (a->nr_pending) {
			ret = kaio_commit(td);
			if (ret)
				return ret;
		}
		/* Never wait for more than the kernel was given. */
		want = min > got ? min - got : 0;
		if (want > a->in_flight)
			want = a->in_flight;
		if (t)
			left = *t;
		ret = syscall(SYS_io_getevents, a->ctx, (long)want,
			      (long)(max - got), a->events + got,
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

static struct io_u *kaio_event(struct thread_data *td, int event)
{
	struct kaio *a = td->io_ops_data;
	const struct fpb_io_event *ev = &a->events[event];
	struct io_u *io_u = (struct io_u *)(uintptr_t)ev->data;

	fpb_io_u_result(io_u, ev->res);
	return io_u;
}

static void kaio_cleanup(struct thread_data *td)
{
	struct kaio *a = td->io_ops_data;

	if (!a)
		return;
	if (a->ctx)
		syscall(SYS_io_destroy, a->ctx);
	free(a->events);
	free(a->pending);
	free(a->iocbs);
	free(a);
	td->io_ops_data = NULL;
}

static int kaio_init(struct thread_data *td)
{
	struct kaio *a;

	a = calloc(1, sizeof(*a));
	if (!a)
		return ENOMEM;
	td->io_ops_data = a;
	a->depth = td->o.iodepth;
	a->iocbs = calloc(a->depth, sizeof(*a->iocbs));
	a->pending = calloc(a->depth, sizeof(*a->pending));
	a->events = calloc(a->depth, sizeof(*a->events));
	if (!a->iocbs || !a->pending || !a->events)
		return ENOMEM;

	if (syscall(SYS_io_setup, (long)a->depth, &a->ctx)) {
		int err = errno;

		log_err("fpbench: io_setup for iodepth %u: %s\n", a->depth,
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
	.name	= "libaio",
	.help	= "native AIO: batched io_submit, completions reaped in user space",
	.ops	= {
		.flags		= FIO_ASYNCIO_SYNC_TRIM |
				  FIO_ASYNCIO_SETS_ISSUE_TIME,
		.init		= kaio_init,
		.queue		= kaio_queue,
		.commit		= kaio_commit,
		.getevents	= kaio_getevents,
		.event		= kaio_event,
		.cleanup	= kaio_cleanup,
	},
};
