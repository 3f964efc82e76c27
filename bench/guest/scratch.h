/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The scratch folder of a running harness, for sockets, links and mount
 * points. A lock that is held in it tells that its harness lives; see
 * cmd_clean.c for those that do not.
 */
#ifndef FPB_SCRATCH_H
#define FPB_SCRATCH_H

#include <stdbool.h>

#include "os/file.h"

#define FPB_SCRATCH_LOCK	"lock"

struct fpb_scratch {
	char path[FPB_PATH_MAX];
	int lock_fd;			/* -1: it is not there */
};

#define FPB_SCRATCH_NONE	((struct fpb_scratch){ .lock_fd = -1 })

#define FPB_SCRATCH_TMP		"/tmp"

/*
 * $TMPDIR, as the kernel names it, or FPB_SCRATCH_TMP. 0 or -errno; -EEXIST after a
 * message: it is not there, others can rename it, or its path is too long or not plain.
 */
int fpb_scratch_tmp(char *path);
/* fpbench-UID in it, where they all are. 0 or -errno, as above. */
int fpb_scratch_root(char *path);
/* The one in the folder @tmp. 0 or -errno. */
int fpb_scratch_root_in(const char *tmp, char *path);
/*
 * Keeps others from looking into that folder, if it is there and ours, and nobody
 * else's to write to. Whether it is.
 */
bool fpb_scratch_root_claim(const char *path);
/*
 * /dev/shm/fpbench-UID, for files in memory, which is made if it is not there
 * and stays until fpb_scratch_down(). 0 or -errno; -EEXIST after a message: what is
 * there is not a folder of ours, or others can write to it.
 */
int fpb_scratch_memory(char *path);
/*
 * Removes that folder, if no harness uses it and it is empty. 0, or -errno: it is
 * not there (-ENOENT), or stays.
 */
int fpb_scratch_memory_clean(char *path);
/* 0, or -errno after a message. */
int fpb_scratch_up(struct fpb_scratch *s);
void fpb_scratch_down(struct fpb_scratch *s);
/*
 * Moves @dir, which is below the scratch folder, beside it as
 * "kept-NAME-TIME" for fpbench clean to remove, and tells the user. For logs
 * of what failed.
 */
void fpb_scratch_keep(const struct fpb_scratch *s, const char *dir,
		      const char *name);

#endif
