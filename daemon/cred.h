/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who a thread is for the filesystem below. All of this is per thread: the
 * kernel keeps fsuid, fsgid and capabilities for each thread, and the umask
 * too once the thread has left the shared one.
 *
 * A thread lacks CAP_FSETID unless it holds it for a moment. So the
 * filesystem below strips set-uid and set-gid bits at a write, truncate or
 * fallocate by itself, also for backing files, which keep the credentials of
 * the thread that registered them.
 */
#ifndef FPFS_CRED_H
#define FPFS_CRED_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Once, before there are threads: keep capabilities across a change of fsuid,
 * leave the supplementary groups, drop each capability that is not needed.
 * 0 or -errno; -EPERM if the process may not.
 */
int fpfs_cred_init(void);

/* Until fpfs_cred_self(): create as @uid and @gid with @umask. */
void fpfs_cred_caller(uid_t uid, gid_t gid, mode_t umask);

/* Until fpfs_cred_self(): be in group @gid. */
void fpfs_cred_group(gid_t gid);

/* Be the daemon again. Cheap if nothing was changed. */
void fpfs_cred_self(void);

/* Hold CAP_FSETID or not. 0 or -errno; -EPERM if it was never granted. */
int fpfs_cred_fsetid(bool hold);

#endif
