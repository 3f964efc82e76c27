// SPDX-License-Identifier: GPL-2.0
#include "check/lib/delayed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"
#include "os/clock.h"

#define ATTEMPTS	5
#define DELAY_MS	(CHECK_DELAY_US / 1000)

/* Shared with the writers. */
struct gate {
	atomic_uint ready, go, called;
};

void check_delay_off(void *unused)
{
	check_lock_delay(0);
}

static pid_t start_writer(const struct check_delayed *d, unsigned int i,
			  struct gate *g)
{
	struct iovec v = { .iov_len = BLOCK };
	pid_t pid = check_fork();
	int fd;

	if (pid)
		return pid;
	v.iov_base = check_buffer(BLOCK);
	memset(v.iov_base, d->fill, BLOCK);
	if (setgid(d->user) || setuid(d->user))
		_exit(errno);
	fd = open(d->path, O_WRONLY | O_DIRECT);
	if (fd < 0)
		_exit(errno);
	g->ready++;
	while (!g->go)
		usleep(50);
	g->called++;
	errno = 0;
	_exit(pwritev2(fd, &v, 1, d->pos[i], d->rwf) == (ssize_t)BLOCK ? 0 :
	      errno ? errno : EIO);
}

/* Wait until all writers sleep before their locks, or until @until. */
static bool all_sleep(const struct check_delayed *d, const struct gate *g,
		      const pid_t *pid, uint64_t until)
{
	unsigned int asleep = 0;

	while (asleep < d->n && fpb_now_ms() < until) {
		usleep(1000);
		for (asleep = 0; asleep < d->n; asleep++)
			if (g->called < d->n || !check_asleep(pid[asleep]))
				break;
	}
	return asleep == d->n;
}

/* Returns whether d->meanwhile() came between the decisions and the locks. */
static bool attempt(struct check_context *c, const struct check_delayed *d)
{
	struct gate *g = check_shared_memory(sizeof(*g));
	pid_t pid[CHECK_DELAYED_MAX];
	uint64_t until;
	bool in_time;
	int ret;

	for (unsigned int i = 0; i < d->n; i++)
		pid[i] = start_writer(d, i, g);
	for (int i = 0; i < 2000 && g->ready < d->n; i++)
		fpb_sleep_ms(1);
	/* After the lookups, which read the attributes. */
	check_set_nosec_of(d->path);
	check_counters_reset();
	check_lock_delay(CHECK_DELAY_US);
	until = fpb_now_ms() + DELAY_MS;
	g->go = 1;
	in_time = all_sleep(d, g, pid, until);
	d->meanwhile(c);
	in_time = in_time && fpb_now_ms() < until;
	for (unsigned int i = 0; i < d->n; i++) {
		ret = check_wait(pid[i], UINT32_MAX);
		if (ret != -d->error)
			check_fail("the write: %s, expected: %s",
				   strerror(-ret), strerror(d->error));
	}
	munmap(g, sizeof(*g));
	return in_time;
}

void check_delayed(struct check_context *c, const struct check_delayed *d)
{
	fpb_undo_push(&c->undo, check_delay_off, NULL);
	for (int i = 0; i < ATTEMPTS; i++) {
		check_lock_delay(0);
		d->before(c);
		if (attempt(c, d))
			return;
	}
	check_fail("the machine is too busy for a change within %d ms",
		   DELAY_MS);
}
