/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the asynchronous paths have in common: I/Os are collected, submitted
 * together, reaped when fio asks, and drained at the end of a slice.
 *
 * Functions of a header, with a constant table for what differs: the compiler
 * makes one copy for each path, and an I/O costs no indirect call.
 * Include fio.h first.
 */
#ifndef FPB_QUEUE_H
#define FPB_QUEUE_H

#include "path.h"

/* How long submission may be refused while nothing is in flight. */
#define FPB_STALL_MS	30000

/* A completion: the number of bytes, or -errno. */
struct fpb_done {
	struct io_u *io_u;
	long long res;
	/* In pairs: the job's slept_ns when it was reaped. */
	uint64_t slept_ns;
};

/* First member of such a path's data. Every array has iodepth places. */
struct fpb_queue {
	struct fpb_job job;
	unsigned int nr_pending;
	unsigned int in_flight;
	/* Collected, not yet submitted. */
	struct io_u **pending;
	/* What getevents() hands over. */
	struct fpb_done *events;
	/*
	 * Reaped at the end of a slice, when fio was not asking; at most as
	 * many as fio has io_us.
	 */
	struct fpb_done *stash;
	unsigned int nr_stash;
};

struct fpb_queue_ops {
	/* Takes up to @max of the completions that are there. Their number. */
	unsigned int (*peek)(struct fpb_queue *q, struct fpb_done *d,
			     unsigned int max);
	/*
	 * Takes at least @min, at most @max, and waits for them, not longer
	 * than @t (NULL: for ever). With @min 0 it asks the kernel for those
	 * that peek() cannot see. Their number, or -errno.
	 */
	int (*wait)(struct fpb_queue *q, struct fpb_done *d, unsigned int min,
		    unsigned int max, const struct timespec *t);
	/*
	 * Submits pending[first] to the last. How many were taken, or -errno;
	 * 0, EAGAIN, EBUSY and ENOMEM: none for now.
	 */
	int (*submit)(struct fpb_queue *q, unsigned int first);
	/* pending[i] goes to the file's present descriptor. */
	void (*redirect)(struct fpb_queue *q, unsigned int i);
	/* Optional: pending[0] to [nr - 1] have gone, the rest moves up. */
	void (*moved)(struct fpb_queue *q, unsigned int nr);
};

/* 0, or ENOMEM; fpb_queue_exit() in either case. */
static inline int fpb_queue_init(struct fpb_queue *q, unsigned int depth)
{
	q->pending = calloc(depth, sizeof(*q->pending));
	q->events = calloc(depth, sizeof(*q->events));
	q->stash = calloc(depth, sizeof(*q->stash));
	return q->pending && q->events && q->stash ? 0 : ENOMEM;
}

static inline void fpb_queue_exit(struct fpb_queue *q)
{
	free(q->stash);
	free(q->events);
	free(q->pending);
}

/* Collects @io_u, which the path has made ready for pending[nr_pending]. */
static inline enum fio_q_status fpb_queue_collect(struct fpb_queue *q,
						  struct io_u *io_u)
{
	if (q->job.paired)
		fpb_paired_mark(q->job.paired, io_u);
	/* There are as many places as fio has io_us. */
	q->pending[q->nr_pending++] = io_u;
	return FIO_Q_QUEUED;
}

/* Accounts for completions just reaped, all at the present time. */
static inline void fpb_queue_count(struct fpb_queue *q,
				   struct fpb_done *d, unsigned int nr)
{
	uint64_t ios = 0, bytes = 0;
	unsigned int i;

	q->in_flight -= nr;
	if (!nr || !q->job.paired)
		return;
	for (i = 0; i < nr; i++) {
		d[i].slept_ns = q->job.paired->slept_ns;
		if (d[i].res < 0 || !fpb_paired_counts(d[i].io_u))
			continue;
		ios++;
		bytes += d[i].res;
	}
	fpb_pair_count(&q->job.paired->pair, fpb_paired_now(q->job.paired),
		       ios, bytes);
}

/*
 * Ends a slice: waits for all in flight, then turns to the side that is due.
 * 0 or -errno. Rare, so it may cost a call.
 */
static __attribute__((noinline))
int fpb_queue_switch(struct thread_data *td, struct fpb_queue *q,
		     const struct fpb_queue_ops *ops)
{
	struct timespec begin;
	struct fpb_done *d;
	unsigned int i;
	int ret;

	fio_gettime(&begin, NULL);
	while (q->in_flight) {
		d = q->stash + q->nr_stash;
		/* For all at once: waking up for each takes longer. */
		ret = ops->wait(q, d, q->in_flight, q->in_flight, NULL);
		if (ret < 0)
			return ret;
		fpb_queue_count(q, d, ret);
		q->nr_stash += ret;
	}
	ret = fpb_paired_next(td, q->job.paired);
	if (ret)
		return ret;

	/* What was collected before the switch goes to the new side. */
	for (i = 0; i < q->nr_pending; i++) {
		ops->redirect(q, i);
		fpb_paired_mark(q->job.paired, q->pending[i]);
		fpb_paired_skip(q->pending[i], ntime_since_now(&begin));
	}
	return 0;
}

static inline int fpb_queue_turn(struct thread_data *td, struct fpb_queue *q,
				 const struct fpb_queue_ops *ops)
{
	if (!q->job.paired || !fpb_paired_due(q->job.paired))
		return 0;
	return fpb_queue_switch(td, q, ops);
}

/* What the path cannot do, or not well: it is done when this returns. */
static inline enum fio_q_status fpb_queue_now(struct thread_data *td,
					      struct fpb_queue *q,
					      const struct fpb_queue_ops *ops,
					      struct io_u *io_u)
{
	struct fpb_paired *p = q->job.paired;
	uint64_t slept_ns = p ? p->slept_ns : 0;
	int ret;

	/* It must not overtake what was queued before it. */
	if (q->nr_pending)
		return FIO_Q_BUSY;
	ret = fpb_queue_turn(td, q, ops);
	if (ret) {
		io_u->error = -ret;
		return FIO_Q_COMPLETED;
	}
	if (p) {
		fpb_paired_mark(p, io_u);
		fpb_paired_skip(io_u, p->slept_ns - slept_ns);
	}
	fpb_queue_sync(td, io_u);
	if (p && fpb_paired_counts(io_u) && !io_u->error)
		fpb_pair_count(&p->pair, fpb_paired_now(p), 1, io_u->xfer_buflen);
	io_u_mark_submit(td, 1);
	io_u_mark_complete(td, 1);
	return FIO_Q_COMPLETED;
}

/*
 * Submits what was collected, in the slice that is due. What the kernel has no
 * room for stays if there is something in flight to reap first. 0 or -errno.
 */
static inline int fpb_queue_commit(struct thread_data *td, struct fpb_queue *q,
				   const struct fpb_queue_ops *ops)
{
	unsigned int done = 0, nr = q->nr_pending;
	struct timespec stalled;
	bool stalling = false;
	int ret;

	if (!nr)
		return 0;
	ret = fpb_queue_turn(td, q, ops);
	if (ret)
		return ret;
	while (done < nr) {
		ret = ops->submit(q, done);
		if (ret > 0) {
			fpb_mark_issued(td, q->pending + done, ret);
			q->in_flight += ret;
			done += ret;
			stalling = false;
			ret = 0;
			continue;
		}
		if (ret == -EINTR)
			continue;
		if (ret && ret != -EAGAIN && ret != -EBUSY && ret != -ENOMEM)
			break;
		if (q->in_flight) {
			ret = 0;
			break;
		}
		if (!stalling) {
			fio_gettime(&stalled, NULL);
			stalling = true;
		} else if (mtime_since_now(&stalled) > FPB_STALL_MS) {
			log_err("fpbench: the kernel takes no I/O for %d s, giving up\n",
				FPB_STALL_MS / 1000);
			ret = ret ? ret : -EIO;
			break;
		}
		usleep(10);
	}
	q->nr_pending = nr - done;
	if (!q->nr_pending)
		return 0;
	memmove(q->pending, q->pending + done,
		q->nr_pending * sizeof(*q->pending));
	if (ops->moved)
		ops->moved(q, done);
	return ret;
}

/*
 * Reaps at least @min and at most @max. Commits what is pending first if there
 * is nothing else to wait for. Their number, or -errno.
 */
static inline int fpb_queue_reap(struct thread_data *td, struct fpb_queue *q,
				 const struct fpb_queue_ops *ops,
				 struct fpb_done *d, unsigned int min,
				 unsigned int max, const struct timespec *t)
{
	unsigned int got, want;
	int ret;

	got = ops->peek(q, d, max);
	fpb_queue_count(q, d, got);
	if (!got && !min && q->in_flight) {
		ret = ops->wait(q, d, 0, max, t);
		if (ret > 0)
			fpb_queue_count(q, d, ret);
		return ret;
	}
	while (got < min) {
		if (q->nr_pending) {
			ret = fpb_queue_commit(td, q, ops);
			if (ret)
				return ret;
			/* The drain of a slice's end may have left some. */
			if (q->nr_stash)
				break;
		}
		/* Never wait for more than the kernel was given. */
		want = min - got;
		if (want > q->in_flight)
			want = q->in_flight;
		if (!want)
			break;
		ret = ops->wait(q, d + got, want, max - got, t);
		if (ret < 0)
			return ret;
		fpb_queue_count(q, d + got, ret);
		got += ret;
		if (!ret && t)
			break;
	}
	return got;
}

/* From events[@got] on. */
static inline unsigned int fpb_queue_unstash(struct fpb_queue *q,
					     unsigned int got, unsigned int max)
{
	unsigned int n = q->nr_stash < max - got ? q->nr_stash : max - got;

	memcpy(q->events + got, q->stash, n * sizeof(*q->stash));
	q->nr_stash -= n;
	memmove(q->stash, q->stash + n, q->nr_stash * sizeof(*q->stash));
	return n;
}

/* fio's getevents hook. */
static inline int fpb_queue_getevents(struct thread_data *td,
				      struct fpb_queue *q,
				      const struct fpb_queue_ops *ops,
				      unsigned int min, unsigned int max,
				      const struct timespec *t)
{
	unsigned int got = 0;
	int ret;

	do {
		if (q->nr_stash)
			got += fpb_queue_unstash(q, got, max);
		if (got == max)
			break;
		ret = fpb_queue_reap(td, q, ops, q->events + got,
				     min > got ? min - got : 0, max - got, t);
		if (ret < 0)
			return ret;
		got += ret;
	} while (got < min && q->nr_stash);
	return got;
}

/* fio's event hook. */
static inline struct io_u *fpb_queue_event(struct thread_data *td, int event)
{
	const struct fpb_queue *q = td->io_ops_data;
	const struct fpb_done *d = &q->events[event];

	/* Reaped before a sleep, and fio's clock has been read after it. */
	if (q->job.paired)
		fpb_paired_skip(d->io_u, q->job.paired->slept_ns - d->slept_ns);
	fpb_io_u_result(d->io_u, d->res);
	return d->io_u;
}

#endif
