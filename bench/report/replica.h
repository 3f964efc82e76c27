/* SPDX-License-Identifier: GPL-2.0 */
/* A run and its replication, side by side. */
#ifndef FPB_REPORT_REPLICA_H
#define FPB_REPORT_REPLICA_H

#include <stdio.h>

#include "core/replica.h"

/*
 * Text: what it comes to, the effects, the rows of each effect, and notes on what
 * two sessions can tell and on what else differs. Returns 0 or -ENOMEM.
 */
int fpb_report_replica(FILE *out, const struct fpb_replica *r);

#endif
