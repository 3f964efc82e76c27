/* SPDX-License-Identifier: GPL-2.0 */
/* A text that is written like a file and grows in memory. */
#ifndef FPB_MEMSTREAM_H
#define FPB_MEMSTREAM_H

#include <stdio.h>

struct fpb_memstream {
	char *text;
	size_t len;
	FILE *out;
};

/* Returns the stream to write to, or NULL if memory is short. */
FILE *fpb_memstream_open(struct fpb_memstream *m);

/* Returns what was written, for free(), or NULL if memory was short. */
char *fpb_memstream_close(struct fpb_memstream *m);

#endif
