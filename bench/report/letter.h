/* SPDX-License-Identifier: GPL-2.0 */
/* What a run contributes to a patch series' cover letter, in ASCII. */
#ifndef FPB_LETTER_H
#define FPB_LETTER_H

#include <stdio.h>

#include "core/summary.h"

enum fpb_letter_layout {
	FPB_LETTER_RATIOS,	/* primary effects; rows with their interval */
	FPB_LETTER_V3,		/* numjobs, FUSE IOPS, raw IOPS, as in v3 */
};

/* Both return 0 or -ENOMEM. */
int fpb_letter_performance(FILE *out, const struct fpb_summary *s,
			   enum fpb_letter_layout layout);
/* How it was measured, in a few lines. */
int fpb_letter_method(FILE *out, const struct fpb_summary *s);

#endif
