/* SPDX-License-Identifier: GPL-2.0 */
/* Counters of requests per opcode. */
#ifndef FPFS_STATS_H
#define FPFS_STATS_H

#include <stdbool.h>

#include "fpfs_ioctl.h"

/* Count one request, which this thread serves. */
void fpfs_stats_count(enum fpfs_opcode op, bool uring);

/* This thread serves no more: let the next one go on with its counters. */
void fpfs_stats_thread_ends(void);

/* Files open through the mount, registered backing files: +1 or -1. */
void fpfs_stats_open_files(int change);
void fpfs_stats_backing_ids(int change);

/* Fill in all but flags and nodes, which the caller knows. */
void fpfs_stats_read(struct fpfs_stats *st);

/* A line "NAME COUNT" for each opcode that was seen, then the totals. */
void fpfs_stats_print(const struct fpfs_stats *st);

#endif
