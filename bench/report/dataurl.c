// SPDX-License-Identifier: GPL-2.0
#include "report/dataurl.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <zlib.h>

/* deflateInit2()'s: the largest window, and gzip's header in place of zlib's. */
#define GZIP_WINDOW	(MAX_WBITS + 16)
#define GZIP_MEMORY	8

void fpb_base64(FILE *out, const void *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *b = bytes;
	unsigned int three, k;
	size_t i;

	for (i = 0; i < len; i += 3) {
		three = b[i] << 16 | (i + 1 < len ? b[i + 1] : 0) << 8 |
			(i + 2 < len ? b[i + 2] : 0);
		for (k = 0; k < 4; k++)
			fputc(i + k > len ? '=' :
			      digits[three >> (18 - 6 * k) & 63], out);
	}
}

/* Compresses in one go: *@n bytes, for free(). */
static unsigned char *gzip(const void *bytes, size_t len, size_t *n)
{
	z_stream z = { .next_in = (void *)bytes, .avail_in = len };
	unsigned char *to = NULL;
	bool done = false;

	if (deflateInit2(&z, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
			 GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	*n = deflateBound(&z, len);
	to = malloc(*n);
	z.next_out = to;
	z.avail_out = *n;
	done = to && deflate(&z, Z_FINISH) == Z_STREAM_END;
	*n = z.total_out;
	deflateEnd(&z);
	if (done)
		return to;
	free(to);
	return NULL;
}

int fpb_data_url(FILE *out, const void *bytes, size_t len)
{
	size_t n;
	unsigned char *gz = gzip(bytes, len, &n);

	if (!gz)
		return -ENOMEM;
	fputs("data:application/gzip;base64,", out);
	fpb_base64(out, gz, n);
	free(gz);
	return 0;
}
