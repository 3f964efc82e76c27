// SPDX-License-Identifier: GPL-2.0
/*
 * Were two writes at the device together? Tells a shared lock from an
 * exclusive one without believing a clock: a verdict needs either both I/Os
 * in flight at once, or the second writer seen asleep in the kernel while
 * only the first one's I/O was in flight, from its call to the end of that
 * I/O. Anything else is tried again.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES	40

struct gate {
	atomic_int ready[2], go[2], called[2], returned[2];
};

static pid_t writer(struct gate *g, int i, const struct one_write *w)
{
	pid_t pid = helper();
	char *buf;
	int fd;

	if (pid)
		return pid;
	buf = aligned(w->len);
	memset(buf, 'a' + i, w->len);
	fd = open(w->path, O_WRONLY | O_CLOEXEC | w->flags);
	if (fd < 0)
		_exit(errno);
	g->ready[i] = 1;
	/*
	 * Asleep, here and in watch(): on a busy machine who spins has used up
	 * his share by the time it matters.
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

/* In an uninterruptible sleep? */
static bool asleep(pid_t pid)
{
	char path[64], *text, *p;
	bool d;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fpb_file_read(path, &text, NULL))
		return false;
	p = strrchr(text, ')');
	d = p && p[1] && p[2] == 'D';
	free(text);
	return d;
}

static enum verdict watch(struct check *c, struct gate *g, const pid_t *pid,
			  void (*meanwhile)(struct check *c))
{
	bool waited = false;
	uint64_t n;

	g->go[0] = 1;
	if (meanwhile) {
		while (!g->called[0] || !asleep(pid[0]))
			usleep(100);
		meanwhile(c);
	}
	while (!g->returned[0] && !rig_inflight(c))
		usleep(50);
	g->go[1] = 1;
	while (!g->returned[0]) {
		n = rig_inflight(c);
		if (n > 1)
			return TOGETHER;
		/* The order matters: asleep, and then the first still there. */
		if (g->called[1] && asleep(pid[1]) && rig_inflight(c) == 1 &&
		    !g->returned[0])
			waited = true;
		usleep(50);
	}
	return waited ? APART : UNCLEAR;
}

static enum verdict attempt(struct check *c, const struct one_write *a,
			    const struct one_write *b)
{
	const struct one_write *w[] = { a, b };
	enum verdict v = UNCLEAR;
	struct gate *g;
	pid_t pid[2];
	int ret;

	g = mmap(NULL, sizeof(*g), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(g != MAP_FAILED);
	for (int i = 0; i < 2; i++)
		pid[i] = writer(g, i, w[i]);
	for (int i = 0; i < 2000 && !(g->ready[0] && g->ready[1]); i++)
		msleep(1);
	if (g->ready[0] && g->ready[1])
		v = watch(c, g, pid, a->meanwhile);
	for (int i = 0; i < 2; i++) {
		g->go[i] = 1;
		ret = helper_wait(pid[i], UINT32_MAX);
		if (ret)
			check_fail("a write of the pair failed: %s",
				   strerror(-ret));
	}
	munmap(g, sizeof(*g));
	return v;
}

/* Repeats what decides nothing; the file has its size of before each time. */
enum verdict overlap_once(struct check *c, const struct one_write *a,
			   const struct one_write *b)
{
	enum verdict v = UNCLEAR;
	struct stat st;

	must(!stat(a->path, &st));
	for (int i = 0; i < TRIES && v == UNCLEAR; i++) {
		if (i && truncate(a->path, st.st_size))
			check_fail("truncate %s: %s", a->path,
				   strerror(errno));
		if (a->before)
			a->before(c);
		/* The log's own I/O would count as in flight. */
		sync();
		while (rig_inflight(c))
			msleep(1);
		v = attempt(c, a, b);
	}
	if (v == UNCLEAR)
		check_skip("the machine is too busy to tell whether two writes overlap");
	if (truncate(a->path, st.st_size))
		check_fail("truncate %s: %s", a->path, strerror(errno));
	return v;
}

void overlap_is(struct check *c, const char *what, bool together,
		const struct one_write *a, const struct one_write *b)
{
	enum verdict want = together ? TOGETHER : APART;

	/* The log may write in between; three times in a row it does not. */
	for (int i = 0; i < 3; i++)
		if (overlap_once(c, a, b) == want)
			return;
	check_fail("%s: two writes are %s", what,
		   together ? "never in flight together" :
			      "in flight together");
}
