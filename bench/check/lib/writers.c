// SPDX-License-Identifier: GPL-2.0
/*
 * Parallel writers of stamped blocks, and the proof that each acknowledged
 * write is there. Processes, not threads: User-Mode Linux runs the threads of
 * a process one at a time.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/lib/stamp.h"
#include "os/clock.h"

#define IO_BYTES	(1 * MIB)

/* Shared with the writers' processes. */
struct writers {
	size_t bytes;			/* of this mapping */
	size_t nblocks;			/* of the region's furthest end */
	uint64_t writes[MAX_WRITERS];
	struct {
		int error;
		off_t pos;
		ssize_t ret;
	} failed[MAX_WRITERS];
	uint64_t until;
	/* Nobody writes before everybody has opened the file. */
	atomic_uint ready, go;
	/* What was being written; may be there without being acknowledged. */
	struct {
		off_t pos;
		uint32_t seq;
	} attempt[MAX_WRITERS];
	/*
	 * The last acknowledged write of writer w + 1 to block b, at
	 * [w * nblocks + b]; 0: none.
	 */
	uint32_t last[];
};

static uint64_t salt(struct check *c)
{
	return c->seed * 0x9e3779b97f4a7c15ULL;
}

void file_fill(const char *path, uint64_t bytes)
{
	char *buf = aligned(IO_BYTES);
	int fd = open_or_fail(path, O_CREAT | O_TRUNC | O_WRONLY | O_DIRECT);

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

/* --- writing ---------------------------------------------------------------- */

struct writer {
	const struct writing *g;
	struct writers *w;
	unsigned int i;			/* its number is i + 1 */
	uint64_t salt, random;
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

/* One write at @pos; remembers it once it is acknowledged. */
static bool write_one(struct writer *me, off_t pos)
{
	const struct writing *g = me->g;
	ssize_t ret;

	me->seq++;
	for (size_t i = 0; i < g->bs; i += BLOCK)
		stamp_write(me->buf + i, &(struct stamp){
			.pos = g->append ? i : pos + i,
			.writer = me->i + 1, .seq = me->seq,
			.salt = me->salt });
	me->w->attempt[me->i].pos = pos;
	me->w->attempt[me->i].seq = me->seq;
	errno = 0;
	ret = g->append ? write(me->fd, me->buf, g->bs) :
			  pwrite(me->fd, me->buf, g->bs, pos);
	if (ret != (ssize_t)g->bs) {
		me->w->failed[me->i].error = ret < 0 ? errno : EIO;
		me->w->failed[me->i].pos = pos;
		me->w->failed[me->i].ret = ret;
		return false;
	}
	for (size_t b = 0; !g->append && b < g->bs / BLOCK; b++)
		me->w->last[me->i * me->w->nblocks + pos / BLOCK + b] =
			me->seq;
	me->w->writes[me->i]++;
	return true;
}

static void __attribute__((noreturn)) writer(struct writer *me)
{
	const struct writing *g = me->g;
	off_t from = g->from + me->i * g->stride;
	uint64_t slots = g->len / g->bs;

	me->fd = open(g->path, O_WRONLY | O_CREAT | O_CLOEXEC | g->flags |
		      g->own_flags[me->i] |
		      (g->append ? O_APPEND : 0), 0644);
	if (me->fd < 0)
		me->w->failed[me->i].error = errno;
	me->w->ready++;
	if (me->fd < 0)
		_exit(1);
	me->buf = aligned(g->bs);
	while (!me->w->go)
		usleep(100);
	for (uint64_t k = 0; g->ms ? fpb_now_ms() < me->w->until : k < slots;
	     k++) {
		uint64_t slot = g->random ? draw(&me->random) % slots :
					    k % slots;

		if (!write_one(me, from + slot * g->bs))
			_exit(!g->may_fail);
	}
	if (close(me->fd) && !g->may_fail) {
		me->w->failed[me->i].error = errno;
		_exit(1);
	}
	_exit(0);
}

void writers_start(struct check *c, struct writing *g)
{
	size_t nblocks = (g->from + (g->n - 1) * g->stride + g->len) / BLOCK;
	size_t bytes = sizeof(struct writers) +
		       (g->append ? 0 : g->n * nblocks * sizeof(uint32_t));

	g->w = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(g->w != MAP_FAILED);
	g->w->bytes = bytes;
	g->w->nblocks = nblocks;
	for (unsigned int i = 0; i < g->n; i++) {
		g->pid[i] = helper();
		if (!g->pid[i])
			writer(&(struct writer){
				.g = g, .w = g->w, .i = i, .salt = salt(c),
				.random = salt(c) + i + 1 });
	}
	while (g->w->ready < g->n)
		usleep(100);
	g->w->until = fpb_now_ms() + g->ms;
	g->w->go = 1;
}

uint64_t writers_wait(struct check *c, struct writing *g)
{
	uint64_t writes = 0;

	for (unsigned int i = 0; i < g->n; i++) {
		int ret = helper_wait(g->pid[i], UINT32_MAX);

		if (g->w->failed[i].error && !g->may_fail)
			check_fail("writer %u: write at %lld: returned %zd, %s",
				   i + 1, (long long)g->w->failed[i].pos,
				   g->w->failed[i].ret,
				   strerror(g->w->failed[i].error));
		if (ret)
			check_fail("writer %u died: %s", i + 1, strerror(-ret));
		writes += g->w->writes[i];
	}
	check_fact("writes", writes);
	return writes;
}

uint64_t writers_count(const struct writing *g)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < g->n; i++)
		n += g->w->writes[i];
	return n;
}

int writers_error(const struct writing *g, unsigned int i)
{
	return g->w->failed[i].error;
}

void writers_free(struct writing *g)
{
	munmap(g->w, g->w->bytes);
	g->w = NULL;
}

/* --- verification ------------------------------------------------------------ */

/* Was it the fill's, or some writer's last write to the block? */
static bool could_be(const struct writers *w, const struct writing *g,
		     const struct stamp *s, uint64_t block, bool filled)
{
	bool written = false;

	if (s->writer > g->n || block >= w->nblocks)
		return s->writer ? false : filled;
	if (s->writer && g->may_fail &&
	    w->attempt[s->writer - 1].seq == s->seq &&
	    block - w->attempt[s->writer - 1].pos / BLOCK < g->bs / BLOCK)
		return true;
	if (s->writer)
		return s->seq && w->last[(s->writer - 1) * w->nblocks + block]
				 == s->seq;
	for (unsigned int i = 0; block < w->nblocks && i < g->n; i++)
		written |= w->last[i * w->nblocks + block] != 0;
	return filled && !written;
}

struct blocks {
	char *buf;
	int fd;
	uint64_t start, pos, end;	/* of what buf holds; the next block */
};

static void blocks_open(struct blocks *b, const char *path)
{
	*b = (struct blocks){ .buf = aligned(IO_BYTES),
			      .fd = open_or_fail(path, O_RDONLY | O_DIRECT) };
}

static const char *blocks_next(struct blocks *b)
{
	ssize_t n;

	if (b->pos == b->end) {
		n = pread(b->fd, b->buf, IO_BYTES, b->pos);
		if (n < 0)
			check_fail("read at %" PRIu64 ": %s", b->pos,
				   strerror(errno));
		if (n == 0)
			return NULL;
		if (n % BLOCK)
			check_fail("the size is no multiple of a block: %" PRIu64,
				   b->pos + n);
		b->start = b->pos;
		b->end = b->pos + n;
	}
	b->pos += BLOCK;
	return b->buf + (b->pos - BLOCK - b->start);
}

static void blocks_close(struct blocks *b)
{
	close(b->fd);
	free(b->buf);
}

/* Never written and never filled: a hole, which reads as zeros. */
static bool may_be_zeros(const struct writers *w, const struct writing *g,
			 uint64_t block, bool filled)
{
	for (unsigned int i = 0; block < w->nblocks && i < g->n; i++)
		if (w->last[i * w->nblocks + block])
			return false;
	return !filled;
}

void writers_verify(struct check *c, const struct writing *g, const char *path,
		    uint64_t bytes, bool filled)
{
	writers_verify_around(c, g, path, bytes, filled, 0, 0);
}

void writers_verify_around(struct check *c, const struct writing *g,
			   const char *path, uint64_t bytes, bool filled,
			   uint64_t hole, uint64_t hole_bytes)
{
	const struct writers *w = g->w;
	struct blocks b;
	const char *block, *wrong;
	uint64_t n = 0;
	struct stamp s;

	blocks_open(&b, path);
	for (; (block = blocks_next(&b)); n++) {
		if (n * BLOCK - hole < hole_bytes)
			continue;
		wrong = stamp_read(block, &s);
		if (wrong && !strcmp(wrong, "zeros") &&
		    may_be_zeros(w, g, n, filled))
			continue;
		if (wrong)
			check_fail("block %" PRIu64 " of %s: %s", n, path,
				   wrong);
		if (s.pos != n * BLOCK)
			check_fail("block %" PRIu64 " of %s belongs to %" PRIu64,
				   n, path, s.pos / BLOCK);
		if (s.writer && s.salt != salt(c))
			check_fail("block %" PRIu64 " of %s: not of this run",
				   n, path);
		if (!could_be(w, g, &s, n, filled))
			check_fail("block %" PRIu64 " of %s: a write was lost; it holds number %u of writer %u",
				   n, path, s.seq, s.writer);
	}
	blocks_close(&b);
	for (uint64_t k = n; k < w->nblocks; k++)
		if (!may_be_zeros(w, g, k, false))
			check_fail("block %" PRIu64 " of %s: a write was lost; the file ends before it",
				   k, path);
	if (n * BLOCK != bytes)
		check_fail("%s has %" PRIu64 " bytes in place of %" PRIu64,
			   path, (uint64_t)(n * BLOCK), bytes);
	check_fact("blocks_verified", n);
}

void writers_verify_appended(struct check *c, const struct writing *g,
			     const char *path)
{
	uint32_t seen[MAX_WRITERS] = { 0 };
	const char *block, *wrong;
	uint64_t n = 0, per = g->bs / BLOCK;
	struct stamp s, first = { 0 };
	struct blocks b;

	blocks_open(&b, path);
	for (; (block = blocks_next(&b)); n++) {
		wrong = stamp_read(block, &s);
		if (wrong)
			check_fail("block %" PRIu64 " of %s: %s", n, path,
				   wrong);
		if (s.salt != salt(c) || !s.writer || s.writer > g->n)
			check_fail("block %" PRIu64 " of %s: not of this run",
				   n, path);
		if (n % per == 0) {
			/* One writer's appends come in its order. */
			if (s.seq != ++seen[s.writer - 1])
				check_fail("block %" PRIu64 " of %s: number %u of writer %u, expected %u",
					   n, path, s.seq, s.writer,
					   seen[s.writer - 1]);
			first = s;
		}
		if (s.writer != first.writer || s.seq != first.seq ||
		    s.pos != n % per * BLOCK)
			check_fail("block %" PRIu64 " of %s: an append is torn",
				   n, path);
	}
	blocks_close(&b);
	for (unsigned int i = 0; i < g->n; i++)
		if (seen[i] != g->w->writes[i])
			check_fail("writer %u: %u of %" PRIu64 " appends are there",
				   i + 1, seen[i], g->w->writes[i]);
	check_fact("blocks_verified", n);
}

void size_is(struct check *c, const char *name, uint64_t bytes)
{
	const char *const sides[] = { "raw", "fuse" };
	struct stat st;

	for (int i = 0; i < 2; i++) {
		const char *path = at(c, sides[i], name);

		must(!stat(path, &st));
		if ((uint64_t)st.st_size != bytes)
			check_fail("%s: size %lld through %s in place of %" PRIu64,
				   name, (long long)st.st_size, sides[i],
				   bytes);
	}
	check_fact("size", bytes);
}
