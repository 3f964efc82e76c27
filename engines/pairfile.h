/* SPDX-License-Identifier: GPL-2.0 */
/* The file of slices that pair_slices= makes: reading and writing. No fio. */
#ifndef FPB_PAIRFILE_H
#define FPB_PAIRFILE_H

#include <stdio.h>

#include "pair.h"

struct fpb_pairfile {
	/* Of files of one kernel lanes is 1, and raw_every 0. */
	struct fpb_pair_plan plan;
	unsigned int lane;
	/* Owned; "" if the file has none. */
	char *job;
	char *side[2];
	/* Owned. */
	struct fpb_slice *slices;
	size_t nr;
};

/* Room for a sentence that says what is wrong. */
#define FPB_PAIRFILE_WHY	256

/* 0, or -EIO if @out took not all of it. */
int fpb_pairfile_write(FILE *out, const struct fpb_pairfile *pf);

/*
 * Reads one job's slices. Returns 0 (free with fpb_pairfile_free()), -ENOMEM,
 * -EIO, or -EINVAL if it is not such a file or was cut short; *@line is then the
 * bad line, or the last one. Files of older versions have no count of slices, so
 * one that was cut at the end of a line cannot be detected.
 */
int fpb_pairfile_read(FILE *in, struct fpb_pairfile *pf, unsigned int *line);
/* The same from the file at @path. -errno with a sentence in @why. */
int fpb_pairfile_load(const char *path, struct fpb_pairfile *pf, char *why);
void fpb_pairfile_free(struct fpb_pairfile *pf);

#endif
