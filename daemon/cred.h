/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The credentials that a thread shows to the filesystem below. fsuid, fsgid
 * and capabilities belong to a thread, and so does the umask after unshare(2).
 *
 * A thread has no CAP_FSETID except while it serves a request that needs it.
 * So the filesystem below strips set-uid and set-gid bits at a write, truncate
 * or fallocate, also through backing files, which have the credentials of the
 * thread that registered them.
 */
#ifndef FPFS_CRED_H
#define FPFS_CRED_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Keep capabilities across a change of fsuid, leave all groups and drop the
 * capabilities that are not needed. Call it before there are
 * threads.
 * 0 or -errno; -EPERM if the process may not.
 */
int fpfs_cred_init(void);

/* Create as @uid and @gid with @umask, until fpfs_cred_self(). 0 or -errno. */
int fpfs_cred_caller(uid_t uid, gid_t gid, mode_t umask);

/* Be in group @gid, until fpfs_cred_self(). 0 or -ENOMEM. */
int fpfs_cred_group(gid_t gid);

/* Be the daemon again. Makes no system call if nothing was changed. */
void fpfs_cred_self(void);

/* Hold CAP_FSETID or not. 0 or -errno; -EPERM if it was never granted. */
int fpfs_cred_fsetid(bool hold);

#endif
