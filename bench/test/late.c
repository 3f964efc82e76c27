// SPDX-License-Identifier: GPL-2.0
/* Preloaded into a daemon: one pwrite() of 100 is 200 us late. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);

/* Spins: what a sleep of 200 us takes is the timer's to say. */
static void be_late(void)
{
	struct timespec end, now;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_nsec += 200000;
	if (end.tv_nsec >= 1000000000) {
		end.tv_sec++;
		end.tv_nsec -= 1000000000;
	}
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while (now.tv_sec < end.tv_sec ||
	       (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

static ssize_t write_late(int fd, const void *buf, size_t size, off_t off)
{
	static _Atomic(pwrite_fn *) next;
	static atomic_uint n;

	if (!next)
		next = (pwrite_fn *)dlsym(RTLD_NEXT, "pwrite64");
	if (!(++n % 100))
		be_late();
	return next(fd, buf, size, off);
}

ssize_t pwrite(int fd, const void *buf, size_t size, off_t off)
{
	return write_late(fd, buf, size, off);
}

ssize_t pwrite64(int fd, const void *buf, size_t size, off_t off)
{
	return write_late(fd, buf, size, off);
}
