/* SPDX-License-Identifier: GPL-2.0 */
/* Shards of a run, from several machines, to a run's directory. */
#ifndef FPB_RUN_MERGE_H
#define FPB_RUN_MERGE_H

#include <stddef.h>

/*
 * Makes a run in the folder @results of the @n shards at @dirs, which are
 * directories or archives, and points "latest" at it. @dir (FPB_PATH_MAX bytes)
 * gets its directory. What boots left stays with the shards. One shard is in
 * memory at a time. Returns an exit status, after a message if it is not
 * FPB_EXIT_OK; then there is no new directory.
 */
int fpb_merge(const char *const *dirs, size_t n, const char *results,
	      char *dir);

#endif
