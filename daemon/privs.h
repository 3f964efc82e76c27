/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a thread may do to the filesystem below while it serves a request:
 * make files in the caller's name, keep set-uid and set-gid bits.
 */
#ifndef FPFS_PRIVS_H
#define FPFS_PRIVS_H

#include <stdbool.h>
#include <sys/types.h>

#include "fuse_api.h"

/*
 * Between begin and end this thread gives files @mode as it is. 0 or -errno; no end
 * after an error.
 */
int fpfs_mode_begin(mode_t mode);
void fpfs_mode_end(mode_t mode);

/*
 * Between begin and end this thread makes files of @mode as the caller of @req:
 * with his user, group and umask. 0 or -errno; no end after an error.
 */
int fpfs_create_begin(fuse_req_t req, mode_t mode);
void fpfs_create_end(mode_t mode);

/* What happens to the set-uid and set-gid bits of a file that is changed. */
enum fpfs_suid {
	FPFS_SUID_STRIP,
	FPFS_SUID_KEEP,
	FPFS_SUID_IF_CAPABLE,	/* kept if the caller has CAP_FSETID */
};

struct fpfs_privs {
	bool fsetid;	/* this thread holds CAP_FSETID */
	bool group;	/* it is in the file's group */
};

/*
 * Between begin and end the filesystem below treats the set-uid and set-gid
 * bits of @fd's file as it would for the caller of @req.
 */
struct fpfs_privs fpfs_privs_begin(fuse_req_t req, int fd, enum fpfs_suid suid);
void fpfs_privs_end(struct fpfs_privs p);

/* What the kernel asks for with a write, or an open that truncates. */
enum fpfs_suid fpfs_suid_of(const struct fuse_file_info *fi);

/*
 * Is chown(-1, -1) of @fd's file refused to the caller of @req: would it take a
 * set-uid or set-gid bit from a file that is not his?
 */
bool fpfs_chown_refused(fuse_req_t req, int fd);

/* Is the file behind @fd set-uid or set-gid? */
bool fpfs_has_suid(int fd);

#endif
