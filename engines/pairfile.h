/* SPDX-License-Identifier: GPL-2.0 */
/* The file of slices that pair_slices= makes: reading and writing. No fio. */
#ifndef FPB_PAIRFILE_H
#define FPB_PAIRFILE_H

#include <stdio.h>

#include "pair.h"

struct fpb_pairfile {
	struct fpb_pair_plan plan;
	/* Owned; "" if the file has none. */
	char *job;
	char *side[2];
	/* Owned. */
	struct fpb_slice *slices;
	size_t nr;
};

/* 0, or -EIO if @out took not all of it. */
int fpb_pairfile_write(FILE *out, const struct fpb_pairfile *pf);

/*
 * Reads one job's slices. Returns 0 (free with fpb_pairfile_free()), -ENOMEM,
 * -EIO, or -EINVAL if it is no such file; *@line is then the line at fault.
 */
int fpb_pairfile_read(FILE *in, struct fpb_pairfile *pf, unsigned int *line);
void fpb_pairfile_free(struct fpb_pairfile *pf);

#endif
