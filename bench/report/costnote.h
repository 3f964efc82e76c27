/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernels of a summary cost, beside how fast they are. */
#ifndef FPB_COSTNOTE_H
#define FPB_COSTNOTE_H

#include <stdio.h>

#include "core/summary.h"

/*
 * A sentence for each kernel but the first, such as "A passthrough write costs
 * +72 kernel instructions (raw +0) by libaio"; none of what was not counted.
 */
void fpb_costnote_write(const struct fpb_summary *s, FILE *out);

#endif
