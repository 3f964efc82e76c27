/* SPDX-License-Identifier: GPL-2.0 */
/* The files of slices that a fio job of two sides leaves behind. */
#ifndef FPB_SLICES_H
#define FPB_SLICES_H

#include "agent/pairsample.h"

/*
 * Reads those of @n processes at @prefix, and fills both sides' samples as
 * fpb_pairsample() does. Errors as there, and -errno with a sentence.
 */
int fpb_slices_take(const char *prefix, unsigned int n,
		    struct fpb_sample *s[2], char *why);

#endif
