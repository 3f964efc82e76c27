// SPDX-License-Identifier: GPL-2.0
#include "setup/lockprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "os/file.h"

#define BLOCK		4096
#define WRITES		150	/* of each writer: 0.15 s at a latency of 1 ms */
#define MAX_TRIES	12
#define MAX_WRITERS	2

/* Shared between the writers' processes. */
struct writers {
	atomic_int next;		/* block beyond the first size */
	double end[MAX_WRITERS][WRITES];	/* of each write, in seconds */
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

/* Returns a descriptor or -errno. */
static int open_as(const char *path, const struct fpb_lock_case *c, int nr)
{
	char second[FPB_PATH_MAX];
	int fd, flags;

	if (c->own_file && nr) {
		if (fpb_path(second, "%s.%d", path, nr + 1))
			return -ENAMETOOLONG;
		path = second;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC | c->flags);
	if (fd < 0 || c->change == FPB_FCNTL_NONE)
		return fd < 0 ? -errno : fd;
	flags = fcntl(fd, F_GETFL);
	flags = c->change == FPB_FCNTL_SET_DIRECT ? flags | O_DIRECT :
						    flags & ~O_DIRECT;
	return fcntl(fd, F_SETFL, flags) ? -errno : fd;
}

/* Where write number @i of writer @nr goes; @eof is the size at first. */
static off_t position(const struct fpb_lock_case *c, struct writers *all,
		      off_t eof, int nr, int i)
{
	/* Within EOF each writer has a MiB of its own. */
	if (!c->past_eof)
		return ((off_t)nr << 20) + (off_t)i * BLOCK;
	/*
	 * Past it they draw blocks in turn, and each is beyond what has been
	 * written so far. To ask for the size each time would be a request to
	 * the daemon, and these do overlap.
	 */
	return eof + (off_t)atomic_fetch_add(&all->next, 1) * BLOCK;
}

static int write_blocks(const char *path, const struct fpb_lock_case *c,
			int nr, int go, off_t eof, struct writers *all)
{
	int fd = open_as(path, c, nr);
	void *buf;
	char ch;

	if (fd < 0)
		return fd;
	if (posix_memalign(&buf, BLOCK, BLOCK))
		return -ENOMEM;
	memset(buf, 'w', BLOCK);
	/* Warm, within EOF; then wait until the parent closes the gate. */
	if (!(c->flags & O_APPEND) &&
	    pwrite(fd, buf, BLOCK, (off_t)nr << 20) != BLOCK)
		return -errno;
	if (read(go, &ch, 1) < 0)
		return -errno;
	for (int i = 0; i < WRITES; i++) {
		if (pwrite(fd, buf, BLOCK,
			   position(c, all, eof, nr, i)) != BLOCK)
			return errno ? -errno : -EIO;
		all->end[nr][i] = now();
	}
	return 0;
}

/* All @n at once from when the gate is closed to the last one's end. */
static int run_writers(const char *path, const struct fpb_lock_case *c, int n,
		       off_t eof, struct writers *all)
{
	pid_t pid[MAX_WRITERS];
	int gate[2], ret = 0, started = 0, status;

	if (pipe2(gate, O_CLOEXEC))
		return -errno;
	/* Processes: threads of one do not run in parallel everywhere. */
	for (; started < n; started++) {
		pid[started] = fork();
		if (pid[started] < 0) {
			ret = -errno;
			break;
		}
		if (!pid[started]) {
			close(gate[1]);
			_exit(-write_blocks(path, c, started, gate[0], eof, all));
		}
	}
	close(gate[0]);
	usleep(20000);
	close(gate[1]);
	for (int i = 0; i < started; i++) {
		status = -1;	/* of no process that has exited */
		while (waitpid(pid[i], &status, 0) < 0 && errno == EINTR)
			;
		if (!ret)
			ret = WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
	}
	return ret;
}

/* The best rate of @n writers at once, in IOPS. 0 or -errno. */
static int measure(const char *path, const struct fpb_lock_case *c, int n,
		   double *iops)
{
	struct writers *all;
	struct stat st;
	int ret;

	if (stat(path, &st))
		return -errno;
	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return -errno;
	ret = run_writers(path, c, n, st.st_size, all);
	/* What was added goes away, or repetitions would fill the device. */
	if (!ret && truncate(path, st.st_size))
		ret = -errno;
	if (!ret)
		*iops = fpb_lock_best_rate(all->end[0], n * WRITES);
	munmap(all, sizeof(*all));
	return ret;
}

/* One more try of one and of two writers: the best of all is kept. */
static int try_case(const char *path, const struct fpb_lock_case *c,
		    struct fpb_lock_evidence *e)
{
	double one, two;
	int ret = measure(path, c, 1, &one);

	if (!ret)
		ret = measure(path, c, 2, &two);
	if (ret)
		return ret;
	if (one > e->one_writer_iops)
		e->one_writer_iops = one;
	if (two > e->two_writer_iops)
		e->two_writer_iops = two;
	return 0;
}

int fpb_lock_probe(const char *path, const struct fpb_lock_case *c,
		   const char *control, uint64_t completion_nsec,
		   struct fpb_lock_evidence *e)
{
	unsigned int controls = 0, i;
	double two;
	int ret;

	*e = (struct fpb_lock_evidence){ .completion_nsec = completion_nsec };
	for (i = 0; i < MAX_TRIES; i++) {
		ret = try_case(path, c, e);
		if (ret)
			return ret;
		e->state = fpb_lock_state(e, controls);
		if (e->state != FPB_LOCK_UNKNOWN)
			return 0;
		ret = measure(control, &fpb_lock_cases[0], 2, &two);
		if (ret)
			return ret;
		controls += fpb_lock_overlaps(two, completion_nsec);
	}
	if (controls < FPB_LOCK_CONTROLS)
		snprintf(e->reason, sizeof(e->reason),
			 "raw XFS showed two writes in flight in only %u of %u tries: the machine is too busy to tell",
			 controls, i);
	else
		snprintf(e->reason, sizeof(e->reason),
			 "two writers reach %.2f times the rate of one: neither shared nor exclusive",
			 fpb_lock_ratio(e));
	return 0;
}
