// SPDX-License-Identifier: GPL-2.0
#include "check/lib/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"

#define READ_BYTES	(1 * MIB)

/* --- a file, block by block ----------------------------------------------- */

struct blocks {
	const char *path;
	char *buf;
	int fd;
	uint64_t start, end;		/* what buf holds */
	uint64_t pos;			/* of the next block */
};

static void blocks_open(struct blocks *b, const char *path)
{
	*b = (struct blocks){ .path = path, .buf = check_buffer(READ_BYTES),
			      .fd = check_open(path, O_RDONLY | O_DIRECT) };
}

/* NULL at the end of the file. */
static const char *blocks_next(struct blocks *b)
{
	ssize_t n;

	if (b->pos == b->end) {
		n = pread(b->fd, b->buf, READ_BYTES, b->pos);
		if (n < 0)
			check_fail("read %s at %" PRIu64 ": %s", b->path,
				   b->pos, strerror(errno));
		if (n == 0)
			return NULL;
		if (n % BLOCK)
			check_fail("%s: size %" PRIu64 " is not a multiple of the block size",
				   b->path, b->pos + n);
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

static void __attribute__((noreturn))
wrong_block(uint64_t n, const char *path, const char *what)
{
	check_fail("block %" PRIu64 " of %s: %s", n, path, what);
}

/* --- what a block may hold ------------------------------------------------ */

/* Whether a write to the block was acknowledged. */
static bool was_written(const struct check_writers *g, uint64_t block)
{
	const struct check_writers_shared *w = g->shared;

	for (unsigned int i = 0; block < w->nblocks && i < g->n; i++)
		if (w->last[i * w->nblocks + block])
			return true;
	return false;
}

static bool is_last_write(const struct check_writers *g,
			  const struct stamp *s, uint64_t block)
{
	const struct check_writers_shared *w = g->shared;
	const unsigned int i = s->writer - 1;

	if (s->writer > g->n || block >= w->nblocks)
		return false;
	if (g->may_fail && w->attempt[i].seq == s->seq &&
	    block - w->attempt[i].pos / BLOCK < g->bs / BLOCK)
		return true;
	return s->seq && w->last[i * w->nblocks + block] == s->seq;
}

static void verify_block(const struct check_writers *g, const char *block,
			 uint64_t n, const char *path, bool filled)
{
	const bool untouched = !was_written(g, n);
	struct stamp s;
	const char *wrong = stamp_read(block, &s);

	/* A hole reads as zeros. */
	if (wrong && !strcmp(wrong, "zeros") && untouched && !filled)
		return;
	if (wrong)
		wrong_block(n, path, wrong);
	if (s.pos != n * BLOCK)
		check_fail("block %" PRIu64 " of %s belongs to block %" PRIu64,
			   n, path, s.pos / BLOCK);
	if (s.writer && s.salt != g->salt)
		wrong_block(n, path, "not of this run");
	if (s.writer ? !is_last_write(g, &s, n) : !(filled && untouched))
		check_fail("block %" PRIu64 " of %s: a write was lost; it holds number %u of writer %u",
			   n, path, s.seq, s.writer);
}

void check_verify_around(const struct check_writers *g, const char *path,
			 uint64_t bytes, bool filled, uint64_t hole,
			 uint64_t hole_bytes)
{
	const char *block;
	uint64_t n = 0;
	struct blocks b;

	blocks_open(&b, path);
	for (; (block = blocks_next(&b)); n++)
		if (n * BLOCK - hole >= hole_bytes)
			verify_block(g, block, n, path, filled);
	blocks_close(&b);
	for (uint64_t k = n; k < g->shared->nblocks; k++)
		if (was_written(g, k))
			wrong_block(k, path,
				    "a write was lost; the file ends before it");
	if (n * BLOCK != bytes)
		check_fail("%s: size %" PRIu64 ", expected %" PRIu64, path,
			   (uint64_t)(n * BLOCK), bytes);
	check_fact("blocks_verified", n);
}

void check_verify(const struct check_writers *g, const char *path,
		  uint64_t bytes, bool filled)
{
	check_verify_around(g, path, bytes, filled, 0, 0);
}

/* --- appended blocks ------------------------------------------------------ */

struct appends {
	uint32_t seen[CHECK_MAX_WRITERS];	/* the last one of each */
	struct stamp first;		/* the first block of this append */
};

static void verify_appended(const struct check_writers *g, struct appends *a,
			    const char *block, uint64_t n, const char *path)
{
	const uint64_t part = n % (g->bs / BLOCK);
	struct stamp s;
	const char *wrong = stamp_read(block, &s);

	if (wrong)
		wrong_block(n, path, wrong);
	if (s.salt != g->salt || !s.writer || s.writer > g->n)
		wrong_block(n, path, "not of this run");
	if (!part) {
		/* The appends of one writer are in its order. */
		if (s.seq != ++a->seen[s.writer - 1])
			check_fail("block %" PRIu64 " of %s: number %u of writer %u, expected %u",
				   n, path, s.seq, s.writer,
				   a->seen[s.writer - 1]);
		a->first = s;
	}
	if (s.writer != a->first.writer || s.seq != a->first.seq ||
	    s.pos != part * BLOCK)
		wrong_block(n, path, "an append is torn");
}

void check_verify_appended(const struct check_writers *g, const char *path)
{
	struct appends a = { 0 };
	const char *block;
	struct blocks b;
	uint64_t n = 0;

	blocks_open(&b, path);
	for (; (block = blocks_next(&b)); n++)
		verify_appended(g, &a, block, n, path);
	blocks_close(&b);
	for (unsigned int i = 0; i < g->n; i++)
		if (a.seen[i] != g->shared->writes[i])
			check_fail("%s: %u of %" PRIu64 " appends of writer %u are there",
				   path, a.seen[i], g->shared->writes[i],
				   i + 1);
	check_fact("blocks_verified", n);
}
