// SPDX-License-Identifier: GPL-2.0
#include "run/zst.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

/* Twice as small as the default, and still faster than a disk. */
#define LEVEL	9

struct fpb_zst {
	FILE *file;
	ZSTD_CCtx *c;			/* the one or */
	ZSTD_DCtx *d;			/* the other */
	void *out, *in;			/* what was made; what was read */
	size_t out_size, in_size;
	ZSTD_inBuffer left;		/* of what was read */
	bool complete;			/* a frame has ended here */
};

static struct fpb_zst *make(FILE *file, size_t out_size, size_t in_size)
{
	struct fpb_zst *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->file = file;
	z->out_size = out_size;
	z->in_size = in_size;
	z->out = malloc(out_size);
	z->in = malloc(in_size);
	return z;
}

static struct fpb_zst *whole(struct fpb_zst *z)
{
	if (z && z->out && z->in && (z->c || z->d))
		return z;
	fpb_zst_free(z);
	return NULL;
}

struct fpb_zst *fpb_zst_writer(FILE *file)
{
	struct fpb_zst *z = make(file, ZSTD_CStreamOutSize(), 1);

	if (z)
		z->c = ZSTD_createCCtx();
	if (z && z->c) {
		ZSTD_CCtx_setParameter(z->c, ZSTD_c_compressionLevel, LEVEL);
		ZSTD_CCtx_setParameter(z->c, ZSTD_c_checksumFlag, 1);
	}
	return whole(z);
}

struct fpb_zst *fpb_zst_reader(FILE *file)
{
	struct fpb_zst *z = make(file, ZSTD_DStreamOutSize(),
				 ZSTD_DStreamInSize());

	if (z)
		z->d = ZSTD_createDCtx();
	return whole(z);
}

void fpb_zst_free(struct fpb_zst *z)
{
	if (!z)
		return;
	ZSTD_freeCCtx(z->c);
	ZSTD_freeDCtx(z->d);
	free(z->out);
	free(z->in);
	free(z);
}

static int compress(struct fpb_zst *z, const void *bytes, size_t len,
		    ZSTD_EndDirective how)
{
	ZSTD_inBuffer in = { bytes, len, 0 };
	size_t left;

	do {
		ZSTD_outBuffer out = { z->out, z->out_size, 0 };

		left = ZSTD_compressStream2(z->c, &out, &in, how);
		if (ZSTD_isError(left))
			return -ENOMEM;
		if (fwrite(z->out, 1, out.pos, z->file) != out.pos)
			return errno ? -errno : -EIO;
	} while (how == ZSTD_e_end ? left > 0 : in.pos < in.size);
	return 0;
}

int fpb_zst_write(struct fpb_zst *z, const void *bytes, size_t len)
{
	return compress(z, bytes, len, ZSTD_e_continue);
}

int fpb_zst_end(struct fpb_zst *z)
{
	return compress(z, NULL, 0, ZSTD_e_end);
}

/* 1, 0 at the end of the file, or -errno. */
static int fill(struct fpb_zst *z)
{
	size_t n = fread(z->in, 1, z->in_size, z->file);

	if (!n && ferror(z->file))
		return errno ? -errno : -EIO;
	z->left = (ZSTD_inBuffer){ z->in, n, 0 };
	return n > 0;
}

ssize_t fpb_zst_read(struct fpb_zst *z, const void **bytes)
{
	ZSTD_outBuffer out = { z->out, z->out_size, 0 };
	size_t before, more;
	int ret;

	for (;;) {
		before = z->left.pos;
		more = ZSTD_decompressStream(z->d, &out, &z->left);
		if (ZSTD_isError(more))
			return -EBADMSG;
		if (out.pos || z->left.pos > before)
			z->complete = !more;
		if (out.pos)
			break;
		if (z->left.pos < z->left.size)
			continue;
		ret = fill(z);
		if (ret < 0)
			return ret;
		if (!ret)
			return z->complete ? 0 : -EBADMSG;
	}
	*bytes = z->out;
	return out.pos;
}
