// SPDX-License-Identifier: GPL-2.0
#include "setup/lockprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/lock.h"

#define BLOCK		4096
#define WRITES		100	/* of each writer: 0.1 s at a latency of 1 ms */
#define TRIES		3
#define MAX_WRITERS	2

/* Shared between the writers: when each started and ended, or why not. */
struct writer {
	double start, end;
	int error;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec * 1e-9;
}

/* Each writer has a MiB of its own, within EOF. */
static int write_blocks(const char *path, int nr, int go, struct writer *w)
{
	int fd = open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
	void *buf;
	char c;

	if (fd < 0 || posix_memalign(&buf, BLOCK, BLOCK))
		return -errno;
	memset(buf, 'w', BLOCK);
	/* Opened and warm: wait until the parent closes the gate. */
	if (pwrite(fd, buf, BLOCK, (off_t)nr << 20) != BLOCK ||
	    read(go, &c, 1) < 0)
		return -errno;
	w->start = now();
	for (int i = 0; i < WRITES; i++)
		if (pwrite(fd, buf, BLOCK,
			   ((off_t)nr << 20) + i * BLOCK) != BLOCK)
			return errno ? -errno : -EIO;
	w->end = now();
	return 0;
}

/* Rate of @n writers at once, in IOPS. 0 or -errno. */
static int measure(const char *path, int n, double *iops)
{
	struct writer *w;
	pid_t pid[MAX_WRITERS];
	double first = 0, last = 0;
	int gate[2], ret = 0, started = 0;

	w = mmap(NULL, sizeof(*w) * n, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w == MAP_FAILED)
		return -errno;
	if (pipe2(gate, O_CLOEXEC)) {
		ret = -errno;
		goto out_unmap;
	}
	/* Processes: threads of one do not run in parallel everywhere. */
	for (; started < n; started++) {
		pid[started] = fork();
		if (pid[started] < 0) {
			ret = -errno;
			break;
		}
		if (!pid[started]) {
			close(gate[1]);
			w[started].error = write_blocks(path, started, gate[0],
							&w[started]);
			_exit(0);
		}
	}
	close(gate[0]);
	usleep(20000);
	close(gate[1]);
	for (int i = 0; i < started; i++) {
		while (waitpid(pid[i], NULL, 0) < 0 && errno == EINTR)
			;
		if (!ret)
			ret = w[i].error;
		first = !i || w[i].start < first ? w[i].start : first;
		last = w[i].end > last ? w[i].end : last;
	}
	if (!ret && !(last > first))
		ret = -EIO;
	if (!ret)
		*iops = n * WRITES / (last - first);
out_unmap:
	munmap(w, sizeof(*w) * n);
	return ret;
}

int fpb_lock_probe(const char *path, uint64_t completion_nsec,
		   struct fpb_lock_evidence *e)
{
	int ret;

	*e = (struct fpb_lock_evidence){ .completion_nsec = completion_nsec };
	/* A disturbed measurement is repeated; the last one is kept. */
	for (int i = 0; i < TRIES; i++) {
		ret = measure(path, 1, &e->one_writer_iops);
		if (!ret)
			ret = measure(path, 2, &e->two_writer_iops);
		if (ret)
			return ret;
		e->state = fpb_lock_state(e->one_writer_iops,
					  e->two_writer_iops);
		if (e->state != FPB_LOCK_UNKNOWN)
			return 0;
	}
	snprintf(e->reason, sizeof(e->reason),
		 "two writers had %.2f times the rate of one: neither shared nor exclusive",
		 e->two_writer_iops / e->one_writer_iops);
	return 0;
}
