/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paired slices, the part that knows fio: both sides' descriptors, fio's
 * clock, latency statistics by side, and the file of slices. The schedule and
 * the accounts are in pair.h. Include fio.h first.
 */
#ifndef FPB_PAIRED_H
#define FPB_PAIRED_H

#include "pair.h"

struct fpb_options;

struct fpb_paired {
	struct fpb_pair pair;
	/* To be added to fio's clock for the clock of the slices. */
	int64_t clock_ns;
	/* With several lanes: to be added to CLOCK_REALTIME. */
	int64_t offset_ns;
	/* In all switches so far, by fio's clock. */
	uint64_t slept_ns;
	/* The side that fio_file.fd of every file stands for now. */
	unsigned int side;
	/* Of the job's first file, for the slices' header. */
	char *name;
	/* Where the slices go at the end, or NULL. */
	FILE *out;
	char *out_path;
};

static inline uint64_t fpb_timespec_ns(const struct timespec *ts)
{
	return ts->tv_sec * 1000000000ull + ts->tv_nsec;
}

/*
 * The clock of the slices. With one lane it is fio's, which is cheap, and the
 * same for all jobs of one fio. With several it is CLOCK_REALTIME, corrected by
 * pair_clock_offset to the host's; reading it may take a system call, so within
 * a slice it is fio's again, set anew by fpb_paired_next().
 */
static inline uint64_t fpb_paired_now(const struct fpb_paired *p)
{
	struct timespec ts;

	fio_gettime(&ts, NULL);
	return fpb_timespec_ns(&ts) + p->clock_ns;
}

/*
 * Sets up the job's pairing and its statistics by side. Returns 0 or -errno
 * after a message. Pairs with fpb_paired_exit(), which writes the slices; it
 * takes NULL.
 */
int fpb_paired_init(struct thread_data *td, struct fpb_paired **p);
int fpb_paired_exit(struct thread_data *td, struct fpb_paired *p);

/* The job is ready: sleeps until pair_start=. Says if that was too late. */
void fpb_paired_wait(const struct thread_data *td, const struct fpb_paired *p);

/*
 * fio has opened @f: opens the other side with the same flags, and sees to it
 * that both are the same file. Returns 0, or 1 after a message, @f closed.
 */
int fpb_paired_open(struct thread_data *td, struct fpb_paired *p,
		    struct fio_file *f);
/* Closes the other side and gives fio its own descriptor back. */
void fpb_paired_close(struct fio_file *f);

/*
 * Path of @f on @side, 1 being the one by way of pair=: to be freed. NULL if
 * there is no memory.
 */
char *fpb_paired_path(const struct thread_data *td, const struct fio_file *f,
		      unsigned int side);

/* Both sides' descriptors; the second is -1 if the job has one side. */
void fpb_paired_fds(const struct fio_file *f, int fd[2]);

static inline bool fpb_paired_due(const struct fpb_paired *p)
{
	return fpb_pair_due(&p->pair, fpb_paired_now(p));
}

/*
 * Sleeps until the guard of the job's next slice is over and begins the slice;
 * nothing may be in flight. All files' fd are the new side's on return. Returns
 * 0 or -errno. The sleep is in no latency if what fio waits for meanwhile is
 * given to fpb_paired_skip() with what slept_ns has grown by.
 */
int fpb_paired_next(struct thread_data *td, struct fpb_paired *p);

static inline void fpb_timespec_add(struct timespec *ts, uint64_t ns)
{
	ns += ts->tv_nsec;
	ts->tv_sec += ns / 1000000000;
	ts->tv_nsec = ns % 1000000000;
}

/* Takes @ns out of the latencies of @io_u, which fio measures from these. */
static inline void fpb_paired_skip(struct io_u *io_u, uint64_t ns)
{
	fpb_timespec_add(&io_u->start_time, ns);
	fpb_timespec_add(&io_u->issue_time, ns);
}

/* Marks an I/O that is about to be submitted as one of the current side. */
static inline void fpb_paired_mark(const struct fpb_paired *p,
				   struct io_u *io_u)
{
	/* Selects fio's statistics; the kernel gets no priority. */
	io_u->ioprio = p->side;
	io_u->clat_prio_index = p->side;
}

/* Whether a completed I/O is one to count: fsync and verify's reads are not. */
static inline bool fpb_paired_counts(const struct io_u *io_u)
{
	return ddir_rw(io_u->ddir) && !(io_u->flags & IO_U_F_VER_LIST);
}

#endif
