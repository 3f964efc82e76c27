// SPDX-License-Identifier: GPL-2.0
/*
 * Two writes hold the lock together if both I/Os are in flight at once. They
 * do not if the second writer sleeps in the kernel while only the first one's
 * I/O is in flight. Anything else shows nothing and is tried again.
 */
#include "check/lib/overlap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/writers.h"
#include "os/clock.h"

#define ATTEMPTS	40

enum overlap { UNCLEAR, TOGETHER, APART };

/* Shared with the two writers. */
struct gate {
	atomic_int ready[2], go[2], called[2], returned[2];
};

static pid_t writer(struct gate *g, int i, const struct check_write *w)
{
	pid_t pid = check_fork();
	char *buf;
	int fd;

	if (pid)
		return pid;
	buf = check_buffer(w->len);
	memset(buf, 'a' + i, w->len);
	fd = open(w->path, O_WRONLY | O_CLOEXEC | w->flags);
	if (fd < 0)
		_exit(errno);
	g->ready[i] = 1;
	/*
	 * Sleep, here and in watch(): on a busy machine a process that spins
	 * has used up its time slice by the time it matters.
	 */
	while (!g->go[i])
		usleep(50);
	g->called[i] = 1;
	errno = 0;
	if (pwrite(fd, buf, w->len, w->pos) != (ssize_t)w->len)
		_exit(errno ? errno : EIO);
	g->returned[i] = 1;
	_exit(0);
}

static enum overlap watch(struct check_context *c, struct gate *g,
			  const pid_t *pid,
			  void (*meanwhile)(struct check_context *c))
{
	bool waited = false;
	uint64_t n;

	g->go[0] = 1;
	if (meanwhile) {
		while (!g->called[0] || !check_asleep(pid[0]))
			usleep(100);
		meanwhile(c);
	}
	while (!g->returned[0] && !check_in_flight(c))
		usleep(50);
	g->go[1] = 1;
	while (!g->returned[0]) {
		n = check_in_flight(c);
		if (n > 1)
			return TOGETHER;
		/* In this order: asleep, then the first still there. */
		if (g->called[1] && check_asleep(pid[1]) && check_in_flight(c) == 1 &&
		    !g->returned[0])
			waited = true;
		usleep(50);
	}
	return waited ? APART : UNCLEAR;
}

static enum overlap attempt(struct check_context *c,
			    const struct check_write *a,
			    const struct check_write *b)
{
	const struct check_write *w[] = { a, b };
	enum overlap v = UNCLEAR;
	struct gate *g = check_shared_memory(sizeof(*g));
	pid_t pid[2];
	int ret;

	for (int i = 0; i < 2; i++)
		pid[i] = writer(g, i, w[i]);
	for (int i = 0; i < 2000 && !(g->ready[0] && g->ready[1]); i++)
		fpb_sleep_ms(1);
	if (g->ready[0] && g->ready[1]) {
		/* After the lookups, which read the attributes. */
		check_set_nosec_of(a->path);
		v = watch(c, g, pid, a->meanwhile);
	}
	for (int i = 0; i < 2; i++) {
		g->go[i] = 1;
		ret = check_wait(pid[i], UINT32_MAX);
		if (ret)
			check_fail("write to %s at %lld: %s", w[i]->path,
				   (long long)w[i]->pos, strerror(-ret));
	}
	munmap(g, sizeof(*g));
	return v;
}

static void set_size(const char *path, off_t size)
{
	if (truncate(path, size))
		check_fail("truncate %s: %s", path, strerror(errno));
}

/* Repeat until it is clear; the file has its first size before each attempt. */
static enum overlap together_or_apart(struct check_context *c,
				      const struct check_write *a,
				      const struct check_write *b)
{
	const off_t size = check_stat(a->path).st_size;
	enum overlap v = UNCLEAR;

	for (int i = 0; i < ATTEMPTS && v == UNCLEAR; i++) {
		if (i)
			set_size(a->path, size);
		if (a->before)
			a->before(c);
		/* I/O of the log would count as in flight. */
		sync();
		while (check_in_flight(c))
			fpb_sleep_ms(1);
		v = attempt(c, a, b);
	}
	if (v == UNCLEAR)
		check_skip("the machine is too busy to tell whether two writes overlap");
	set_size(a->path, size);
	return v;
}

void check_overlap(struct check_context *c, const char *what, bool together,
		   const struct check_write *a, const struct check_write *b)
{
	enum overlap want = together ? TOGETHER : APART;

	/* I/O of the log deceives one attempt, but not three in a row. */
	for (int i = 0; i < 3; i++)
		if (together_or_apart(c, a, b) == want)
			return;
	check_fail("%s: two writes are %s in flight together", what,
		   together ? "never" : "always");
}
