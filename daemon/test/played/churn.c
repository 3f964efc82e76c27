// SPDX-License-Identifier: GPL-2.0
/*
 * REQUESTS= many requests that make and remove files, from four users at
 * once, served by the daemon's own threads. In between all is closed and
 * forgotten: the daemon then holds what it held before, and its memory does
 * not grow.
 */
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel.h"

#define PARTS		10
#define LANES		4
/* Bytes, after the second part. Sanitizers keep what is freed. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAX_GROWTH	LONG_MAX
#else
#define MAX_GROWTH	(256 << 10)
#endif

struct user {
	struct lane *lane;
	unsigned int seed;
	unsigned long requests, done;
};

static void *use(void *arg)
{
	struct user *u = arg;
	uint8_t record[RECORD_MAX];
	unsigned long n = 0;
	int ret;

	while (n < u->requests) {
		record_draw(&u->seed, record);
		/* It would wait for a lock of its own. */
		if (!strcmp(kernel_op_name(*record), "SETLKW"))
			continue;
		ret = lane_send(u->lane, (void *)record,
				record + sizeof(struct record));
		n += ret != 3;
		u->done += !ret;
	}
	lane_clear(u->lane);
	return NULL;
}

static unsigned long use_all(struct kernel *k, unsigned long requests,
			     unsigned int part)
{
	pthread_t thread[LANES];
	struct user user[LANES];
	unsigned long done = 0;
	unsigned int i;

	for (i = 0; i < LANES; i++) {
		user[i] = (struct user){
			.lane = kernel_lane(k, i), .seed = part * LANES + i,
			.requests = requests / LANES,
		};
		if (pthread_create(&thread[i], NULL, use, &user[i]))
			fail("no thread");
	}
	for (i = 0; i < LANES; i++) {
		pthread_join(thread[i], NULL);
		done += user[i].done;
	}
	return done;
}

/* Bytes of memory that the process has. */
static long resident(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	malloc_trim(0);
	if (!f || fscanf(f, "%*d %ld", &pages) != 1)
		fail("/proc/self/statm");
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

/*
 * What malloc() keeps for each thread is no leak, but grows for long as one. It
 * is set at the start of a process only.
 */
static void without_caches(char **argv)
{
	static const char name[] = "GLIBC_TUNABLES";

	if (getenv(name))
		return;
	setenv(name, "glibc.malloc.tcache_count=0:glibc.malloc.arena_max=1", 1);
	execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	const char *many = getenv("REQUESTS");
	unsigned long requests = many ? strtoul(many, NULL, 10) : 200000;
	unsigned int part, fds, fds_before = 0;
	unsigned long done = 0;
	long now = 0, before = 0;
	struct kernel *k;

	without_caches(argv);
	if (!kernel_begin_test())
		return 0;
	k = kernel_start(&(struct kernel_setup){
		.mode = "passthrough", .locks = "source", .killpriv = true,
		.timeout = true, .lanes = LANES, .workers = true,
	});
	for (part = 1; part <= PARTS; part++) {
		done += use_all(k, requests / PARTS, part);
		kernel_check_nothing_left(k);
		fds = open_descriptors();
		now = resident();
		printf("# after %lu requests: %ld KiB, %u descriptors\n",
		       requests / PARTS * part, now >> 10, fds);
		if (part <= 2) {
			fds_before = fds;
			before = now;
		}
		if (fds != fds_before)
			fail("%u descriptors, not %u", fds, fds_before);
	}
	if (now - before > MAX_GROWTH)
		fail("%ld KiB more memory than at first", (now - before) >> 10);
	kernel_stop(k);
	printf("ok 1 - %lu requests leave nothing behind (%lu succeeded)\n1..1\n",
	       requests, done);
	return 0;
}
