// SPDX-License-Identifier: GPL-2.0
#include "check/fileops/draw.h"

#include <fcntl.h>
#include <gsl/gsl_rng.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>

struct draw {
	gsl_rng *rng;
	unsigned int proc;		/* whose turn it is */
	bool direct[FILEOP_PROCS][FILEOP_FDS];	/* as it was opened */
};

static unsigned long below(struct draw *d, unsigned long n)
{
	return gsl_rng_uniform_int(d->rng, n);
}

static bool one_in(struct draw *d, unsigned long n)
{
	return !below(d, n);
}

/* Few places, so that operations meet; most are at edges of blocks. */
static off_t draw_offset(struct draw *d, bool direct)
{
	off_t block = below(d, one_in(d, 6) ? FILEOP_MAX / 4096 : 16) * 4096;

	if (direct && !one_in(d, 20))
		return block + (one_in(d, 4) ? 512 * below(d, 8) : 0);
	switch (below(d, 4)) {
	case 0:	return block + below(d, 4096);
	case 1:	return block ? block - 1 : 1;
	default: return block;
	}
}

static size_t draw_length(struct draw *d, bool direct)
{
	if (direct && !one_in(d, 20))
		return one_in(d, 3) ? 512 * (1 + below(d, 16)) :
				      4096 * (1 + below(d, 8));
	return one_in(d, 3) ? 1 + below(d, 100) : 1 + below(d, 20000);
}

/* --- what a kind draws for itself ----------------------------------------- */

static void draw_open(struct draw *d, struct fileop *op)
{
	static const int modes[] = { O_RDWR, O_RDWR, O_RDWR, O_WRONLY,
				     O_RDONLY };
	int flags = modes[below(d, 5)];

	flags |= one_in(d, 4) ? 0 : O_CREAT;
	flags |= one_in(d, 10) ? O_EXCL : 0;
	flags |= one_in(d, 8) ? O_TRUNC : 0;
	flags |= one_in(d, 4) ? O_APPEND : 0;
	flags |= one_in(d, 2) ? O_DIRECT : 0;
	flags |= one_in(d, 15) ? O_DSYNC : one_in(d, 15) ? O_SYNC : 0;
	op->flags = flags;
	d->direct[op->proc][op->fd] = flags & O_DIRECT;
}

static void draw_fallocate(struct draw *d, struct fileop *op)
{
	static const int modes[] = {
		0, FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE,
		FALLOC_FL_UNSHARE_RANGE,
		FALLOC_FL_UNSHARE_RANGE | FALLOC_FL_KEEP_SIZE,
	};

	op->flags = modes[below(d, sizeof(modes) / sizeof(*modes))];
	if (op->flags & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE)) {
		op->off &= ~4095;
		op->len = (op->len + 4095) & ~4095UL;
	}
}

static int draw_rwf(struct draw *d)
{
	static const int flags[] = { 0, RWF_APPEND, RWF_HIPRI, RWF_NOAPPEND };

	if (one_in(d, 10))
		return one_in(d, 2) ? RWF_DSYNC : RWF_SYNC;
	return flags[below(d, 4)];
}

static void draw_pwritev2(struct draw *d, struct fileop *op)
{
	op->flags = draw_rwf(d);
	op->flags |= one_in(d, 3) ? RWF_NOWAIT : 0;
}

static void draw_async_write(struct draw *d, struct fileop *op)
{
	op->flags = draw_rwf(d);
	op->async = one_in(d, 2);
}

static void draw_sendfile(struct draw *d, struct fileop *op)
{
	/* Its source has to be aligned, not its destination. */
	bool direct = d->direct[op->proc][op->fd2];

	op->off2 = draw_offset(d, direct);
	op->len = draw_length(d, direct);
}

static void draw_setfl(struct draw *d, struct fileop *op)
{
	op->flags = one_in(d, 2) ? O_DIRECT : 0;
	op->flags |= one_in(d, 2) ? O_APPEND : 0;
}

static void draw_lseek(struct draw *d, struct fileop *op)
{
	op->flags = below(d, 3);	/* SEEK_SET, _CUR, _END */
	if (op->flags == SEEK_CUR)
		op->off %= 512;
}

static void draw_seek(struct draw *d, struct fileop *op)
{
	op->flags = one_in(d, 2) ? SEEK_DATA : SEEK_HOLE;
}

static void draw_mapping(struct draw *d, struct fileop *op)
{
	op->fd2 = below(d, FILEOP_MAPS);
	op->off = op->kind == FILEOP_MMAP ? below(d, 8) * 4096 :
					    below(d, 65536);
	op->len = 1 + below(d, 5000);
}

static void draw_fsync(struct draw *d, struct fileop *op)
{
	op->flags = below(d, 2);	/* fsync, fdatasync */
}

static void draw_rename(struct draw *d, struct fileop *op)
{
	op->flags = below(d, 3);	/* none, NOREPLACE, EXCHANGE */
}

static const struct {
	unsigned int weight;		/* how often, relative to the others */
	void (*draw)(struct draw *d, struct fileop *op);	/* or NULL */
} kinds[FILEOP_KINDS] = {
	[FILEOP_OPEN] = { 14, draw_open },
	[FILEOP_CLOSE] = { 5 },
	[FILEOP_PWRITE] = { 16 },
	[FILEOP_WRITE] = { 8 },
	[FILEOP_PWRITEV2] = { 6, draw_pwritev2 },
	[FILEOP_AIO_WRITE] = { 6, draw_async_write },
	[FILEOP_URING_WRITE] = { 6, draw_async_write },
	[FILEOP_PREAD] = { 8 },
	[FILEOP_READ] = { 4 },
	[FILEOP_FTRUNCATE] = { 6 },
	[FILEOP_TRUNCATE] = { 3 },
	[FILEOP_FALLOCATE] = { 8, draw_fallocate },
	[FILEOP_COPY_RANGE] = { 4 },
	[FILEOP_SPLICE] = { 3 },
	[FILEOP_SENDFILE] = { 3, draw_sendfile },
	[FILEOP_SETFL] = { 5, draw_setfl },
	[FILEOP_MMAP] = { 4, draw_mapping },
	[FILEOP_MUNMAP] = { 2, draw_mapping },
	[FILEOP_MAP_WRITE] = { 6, draw_mapping },
	[FILEOP_MAP_READ] = { 4, draw_mapping },
	[FILEOP_MSYNC] = { 1, draw_mapping },
	[FILEOP_FSYNC] = { 1, draw_fsync },
	[FILEOP_LSEEK] = { 4, draw_lseek },
	[FILEOP_SEEK] = { 6, draw_seek },
	[FILEOP_FSTAT] = { 6 },
	[FILEOP_STAT] = { 4 },
	[FILEOP_LINK] = { 3 },
	[FILEOP_RENAME] = { 3, draw_rename },
	[FILEOP_UNLINK] = { 3 },
	[FILEOP_CHMOD] = { 3 },
};

static enum fileop_kind draw_kind(struct draw *d)
{
	unsigned int sum = 0, x;
	int k = 0;

	for (int i = 0; i < FILEOP_KINDS; i++)
		sum += kinds[i].weight;
	x = below(d, sum);
	while (x >= kinds[k].weight)
		x -= kinds[k++].weight;
	return k;
}

static void draw_op(struct draw *d, struct fileop *op)
{
	/*
	 * No set-uid bits: fpfs(8) differs where an open file gets them. The
	 * case privs_fpfs is about them.
	 */
	static const mode_t modes[] = { 0644, 0666, 0600, 0777, 0755, 0664,
					0640, 0444 };
	bool direct;

	op->kind = draw_kind(d);
	/* A few in a row: handing over costs more than an operation. */
	if (one_in(d, 10))
		d->proc = one_in(d, 2) ? 0 : below(d, FILEOP_PROCS);
	op->proc = d->proc;
	op->fd = below(d, FILEOP_FDS);
	op->fd2 = below(d, FILEOP_FDS);
	op->name = one_in(d, 2) ? 0 : below(d, FILEOP_NAMES);
	op->name2 = below(d, FILEOP_NAMES);
	op->mode = modes[below(d, 8)];
	direct = d->direct[op->proc][op->fd];
	op->off = draw_offset(d, direct);
	op->off2 = draw_offset(d, false);
	op->len = draw_length(d, direct);
	if (kinds[op->kind].draw)
		kinds[op->kind].draw(d, op);
}

/* --- sequences ------------------------------------------------------------ */

unsigned int fileop_known(const struct fileop *op)
{
	const int falloc = FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE |
			   FALLOC_FL_UNSHARE_RANGE;

	switch (op->kind) {
	case FILEOP_SETFL:
		return FILEOP_KNOWN_FLAGS;
	case FILEOP_PWRITEV2:
	case FILEOP_AIO_WRITE:
	case FILEOP_URING_WRITE:
		return op->flags & RWF_NOAPPEND ? FILEOP_KNOWN_FLAGS : 0;
	case FILEOP_FALLOCATE:
		return op->flags & falloc ? FILEOP_KNOWN_FALLOC : 0;
	default:
		return 0;
	}
}

/*
 * After F_SETFL these differ whatever the patch, and no case could ever pass:
 * splice goes by the flags of the backing file, and copy_file_range is a request
 * that does not have any, so the server takes those of the open.
 */
static bool needs_flags_of_open(enum fileop_kind kind)
{
	return kind == FILEOP_SPLICE || kind == FILEOP_SENDFILE ||
	       kind == FILEOP_COPY_RANGE;
}

static bool may_draw(const struct fileop *op, unsigned int known)
{
	return !(fileop_known(op) & ~known) &&
	       !(known & FILEOP_KNOWN_FLAGS && needs_flags_of_open(op->kind));
}

void fileop_draw(struct fileop *ops, size_t n, unsigned long seed,
		   unsigned int known)
{
	struct draw d = { .rng = gsl_rng_alloc(gsl_rng_mt19937) };

	if (!d.rng)
		abort();
	gsl_rng_set(d.rng, seed);
	memset(ops, 0, n * sizeof(*ops));
	/* There is something to work on from the start. */
	for (size_t i = 0; i < 2 && i < n; i++)
		ops[i] = (struct fileop){
			.kind = FILEOP_OPEN, .id = i + 1, .fd = i,
			.flags = O_CREAT | O_RDWR | (i ? O_DIRECT : 0),
			.mode = 0666 };
	d.direct[0][1] = true;
	for (size_t i = 2; i < n; i++) {
		ops[i].id = i + 1;
		do
			draw_op(&d, &ops[i]);
		while (!may_draw(&ops[i], known));
	}
	gsl_rng_free(d.rng);
}
