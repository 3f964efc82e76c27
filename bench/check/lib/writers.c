// SPDX-License-Identifier: GPL-2.0
/*
 * Writers are processes, not threads: User-Mode Linux runs the threads of a
 * process one at a time.
 */
#include "check/lib/writers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"
#include "os/clock.h"

#define IO_BYTES	(1 * MIB)

void check_fill(const char *path, uint64_t bytes)
{
	char *buf = check_buffer(IO_BYTES);
	int fd = check_open(path, O_CREAT | O_TRUNC | O_WRONLY | O_DIRECT);

	for (uint64_t pos = 0; pos < bytes; pos += IO_BYTES) {
		size_t n = bytes - pos < IO_BYTES ? bytes - pos : IO_BYTES;

		for (size_t i = 0; i < n; i += BLOCK)
			stamp_write(buf + i,
				    &(struct stamp){ .pos = pos + i });
		must(pwrite(fd, buf, n, pos) == (ssize_t)n);
	}
	must(!fsync(fd));
	must(!close(fd));
	free(buf);
}

void check_sparse(const char *path, uint64_t bytes)
{
	int fd = check_open(path, O_CREAT | O_TRUNC | O_WRONLY);

	must(!ftruncate(fd, bytes));
	must(!close(fd));
}

void check_set_nosec(int fd)
{
	loff_t pos = 0;
	int p[2];

	must(!pipe2(p, O_CLOEXEC));
	must(!close(p[1]));
	must(!splice(p[0], NULL, fd, &pos, 1, 0));
	must(!close(p[0]));
}

void check_set_nosec_of(const char *path)
{
	int fd = check_open(path, O_WRONLY);

	check_set_nosec(fd);
	must(!close(fd));
}

/* --- writing -------------------------------------------------------------- */

struct writer {
	const struct check_writers *g;
	struct check_writers_shared *shared;
	unsigned int i;			/* its number is i + 1 */
	uint64_t random;
	uint32_t seq;
	char *buf;
	int fd;
};

static uint64_t draw(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void stamp_blocks(struct writer *me, off_t pos)
{
	const struct check_writers *g = me->g;

	for (size_t i = 0; i < g->bs; i += BLOCK)
		stamp_write(me->buf + i, &(struct stamp){
			.pos = g->append ? i : pos + i,
			.writer = me->i + 1, .seq = me->seq,
			.salt = g->salt });
}

/* Write once at @pos, and note it when it is acknowledged. */
static bool write_one(struct writer *me, off_t pos)
{
	const struct check_writers *g = me->g;
	struct check_writers_shared *w = me->shared;
	ssize_t ret;

	me->seq++;
	stamp_blocks(me, pos);
	w->attempt[me->i].pos = pos;
	w->attempt[me->i].seq = me->seq;
	errno = 0;
	ret = g->append ? write(me->fd, me->buf, g->bs) :
			  pwrite(me->fd, me->buf, g->bs, pos);
	if (ret != (ssize_t)g->bs) {
		w->failed[me->i].error = ret < 0 ? errno : EIO;
		w->failed[me->i].pos = pos;
		w->failed[me->i].ret = ret;
		return false;
	}
	for (size_t b = 0; !g->append && b < g->bs / BLOCK; b++)
		w->last[me->i * w->nblocks + pos / BLOCK + b] = me->seq;
	w->writes[me->i]++;
	return true;
}

static void open_and_wait(struct writer *me)
{
	const struct check_writers *g = me->g;

	me->fd = open(g->path, O_WRONLY | O_CREAT | O_CLOEXEC | g->flags |
		      g->own_flags[me->i] | (g->append ? O_APPEND : 0), 0644);
	if (me->fd < 0)
		me->shared->failed[me->i].error = errno;
	me->shared->ready++;
	if (me->fd < 0)
		_exit(1);
	me->buf = check_buffer(g->bs);
	while (!me->shared->go)
		usleep(100);
}

static void __attribute__((noreturn)) writer(struct writer *me)
{
	const struct check_writers *g = me->g;
	off_t from = g->from + me->i * g->stride;
	uint64_t slots = g->len / g->bs;

	open_and_wait(me);
	for (uint64_t k = 0; g->ms ? fpb_now_ms() < me->shared->until :
				     k < slots; k++) {
		uint64_t slot = g->random ? draw(&me->random) % slots :
					    k % slots;

		if (!write_one(me, from + slot * g->bs))
			_exit(!g->may_fail);
	}
	if (close(me->fd) && !g->may_fail) {
		me->shared->failed[me->i].error = errno;
		_exit(1);
	}
	_exit(0);
}

struct check_writers check_random_writers(struct check_context *c,
					  unsigned int n, uint64_t bytes,
					  unsigned int ms)
{
	return (struct check_writers){
		.path = check_path(c, "fuse", "f"), .n = n, .flags = O_DIRECT,
		.bs = BLOCK, .random = true, .len = bytes, .ms = ms,
	};
}

/* The reply of the server clears it. */
static void clear_nosec(const char *path)
{
	struct statx sx;

	must(!statx(AT_FDCWD, path, AT_STATX_FORCE_SYNC, STATX_BASIC_STATS,
		    &sx));
}

void check_writers_start(struct check_context *c, struct check_writers *g)
{
	size_t nblocks = (g->from + (g->n - 1) * g->stride + g->len) / BLOCK;
	struct check_writers_shared *w = check_shared_memory(
		sizeof(*w) +
		(g->append ? 0 : g->n * nblocks * sizeof(uint32_t)));

	g->shared = w;
	g->salt = c->seed * 0x9e3779b97f4a7c15ULL;
	w->nblocks = nblocks;
	for (unsigned int i = 0; i < g->n; i++) {
		g->pid[i] = check_fork();
		if (!g->pid[i])
			writer(&(struct writer){ .g = g, .shared = w, .i = i,
						 .random = g->salt + i + 1 });
	}
	while (w->ready < g->n)
		usleep(100);
	/* After the lookups, which read the attributes. */
	if (g->without_nosec)
		clear_nosec(g->path);
	else
		check_set_nosec_of(g->path);
	w->until = fpb_now_ms() + g->ms;
	w->go = 1;
}

uint64_t check_writers_wait(struct check_writers *g)
{
	uint64_t writes = 0;

	for (unsigned int i = 0; i < g->n; i++) {
		int ret = check_wait(g->pid[i], UINT32_MAX);

		if (g->shared->failed[i].error && !g->may_fail)
			check_fail("writer %u: write at %lld: returned %zd, %s",
				   i + 1, (long long)g->shared->failed[i].pos,
				   g->shared->failed[i].ret,
				   strerror(g->shared->failed[i].error));
		if (ret)
			check_fail("writer %u died: %s", i + 1, strerror(-ret));
		writes += g->shared->writes[i];
	}
	check_fact("writes", writes);
	return writes;
}

uint64_t check_writers_run(struct check_context *c, struct check_writers *g)
{
	check_writers_start(c, g);
	return check_writers_wait(g);
}

uint64_t check_writers_count(const struct check_writers *g)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < g->n; i++)
		n += g->shared->writes[i];
	return n;
}

unsigned int check_writers_failed(const struct check_writers *g,
				  const int *errors)
{
	unsigned int failed = 0;

	for (unsigned int i = 0; i < g->n; i++) {
		int err = g->shared->failed[i].error;
		const int *e = errors;

		while (*e && *e != err)
			e++;
		if (err && !*e)
			check_fail("writer %u: %s", i + 1,
				   strerrorname_np(err));
		failed += err != 0;
	}
	return failed;
}
