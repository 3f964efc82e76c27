// SPDX-License-Identifier: GPL-2.0
/*
 * Native AIO by the kernel's own interface. queue() only collects; commit()
 * hands everything collected to one io_submit(). Completions are taken from
 * the ring that the kernel maps into the process, at the price of no system
 * call, and only if there are fewer than asked for does io_getevents() block:
 * that is what makes it usable where system calls are expensive (User-Mode Linux),
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

#include "queue.h"

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
	struct fpb_queue q;
	aio_context_t ctx;
	/* NULL if this kernel's ring is not one that we know. */
	struct ring *ring;
	/* By io_u->index. */
	struct fpb_iocb *iocbs;
	/* Those of q.pending, in its order, as io_submit() wants them. */
	struct fpb_iocb **pending;
	/* From io_getevents(). */
	struct fpb_io_event *events;
};

static struct kaio *kaio_of(struct fpb_queue *q)
{
	return container_of(q, struct kaio, q);
}

static inline void take(struct fpb_done *d, const struct fpb_io_event *ev)
{
	d->io_u = (struct io_u *)(uintptr_t)ev->data;
	d->res = ev->res;
}

static inline unsigned int kaio_peek(struct fpb_queue *q, struct fpb_done *d,
			      unsigned int max)
{
	struct ring *ring = kaio_of(q)->ring;
	unsigned int head, tail, n = 0;

	if (!ring)
		return 0;

	head = ring->head;
	/* The events before tail are written before tail is. */
	tail = atomic_load_acquire(&ring->tail);
	while (head != tail && n < max) {
		take(&d[n++], &ring->events[head]);
		if (++head == ring->nr)
			head = 0;
	}
	/* ... and read before the kernel may use their places again. */
	if (n)
		atomic_store_release(&ring->head, head);
	return n;
}

static int kaio_wait(struct fpb_queue *q, struct fpb_done *d, unsigned int min,
		     unsigned int max, const struct timespec *t)
{
	struct kaio *a = kaio_of(q);
	struct timespec left;
	long i, n;

	/* The ring, if it is there, has shown all that there are. */
	if (!min && a->ring)
		return 0;
	do {
		if (t)
			left = *t;
		n = syscall(SYS_io_getevents, a->ctx, (long)min, (long)max,
			    a->events, t ? &left : NULL);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	for (i = 0; i < n; i++)
		take(&d[i], &a->events[i]);
	return n;
}

static inline int kaio_submit(struct fpb_queue *q, unsigned int first)
{
	struct kaio *a = kaio_of(q);
	long ret = syscall(SYS_io_submit, a->ctx, (long)(q->nr_pending - first),
			   a->pending + first);

	return ret < 0 ? -errno : (int)ret;
}

static void kaio_redirect(struct fpb_queue *q, unsigned int i)
{
	kaio_of(q)->pending[i]->aio_fildes = q->pending[i]->file->fd;
}

static void kaio_moved(struct fpb_queue *q, unsigned int nr)
{
	struct kaio *a = kaio_of(q);

	memmove(a->pending, a->pending + nr,
		q->nr_pending * sizeof(*a->pending));
}

static const struct fpb_queue_ops queue_ops = {
	.peek		= kaio_peek,
	.wait		= kaio_wait,
	.submit		= kaio_submit,
	.redirect	= kaio_redirect,
	.moved		= kaio_moved,
};

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
		rwf = a->q.job.rwf_read;
		break;
	case DDIR_WRITE:
		op = IOCB_CMD_PWRITE;
		rwf = a->q.job.rwf_write;
		break;
	case DDIR_SYNC:
		op = IOCB_CMD_FSYNC;
		break;
	case DDIR_DATASYNC:
		op = IOCB_CMD_FDSYNC;
		break;
	default:
		return fpb_queue_now(td, &a->q, &queue_ops, io_u);
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
	a->pending[a->q.nr_pending] = cb;
	return fpb_queue_collect(&a->q, io_u);
}

static int kaio_commit(struct thread_data *td)
{
	return fpb_queue_commit(td, td->io_ops_data, &queue_ops);
}

static int kaio_getevents(struct thread_data *td, unsigned int min,
			  unsigned int max, const struct timespec *t)
{
	return fpb_queue_getevents(td, td->io_ops_data, &queue_ops, min, max,
				   t);
}

static void kaio_exit(struct thread_data *td)
{
	struct kaio *a = td->io_ops_data;

	if (a->ctx)
		syscall(SYS_io_destroy, a->ctx);
	fpb_queue_exit(&a->q);
	free(a->events);
	free(a->pending);
	free(a->iocbs);
}

static int kaio_init(struct thread_data *td)
{
	struct kaio *a = td->io_ops_data;
	unsigned int depth = td->o.iodepth;

	a->iocbs = calloc(depth, sizeof(*a->iocbs));
	a->pending = calloc(depth, sizeof(*a->pending));
	a->events = calloc(depth, sizeof(*a->events));
	if (fpb_queue_init(&a->q, depth) || !a->iocbs || !a->pending ||
	    !a->events)
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
		.event		= fpb_queue_event,
	},
};
