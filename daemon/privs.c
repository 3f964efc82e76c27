// SPDX-License-Identifier: GPL-2.0
#include "privs.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "caller.h"
#include "cred.h"
#include "fs.h"

/*
 * The kernel has already cleared S_ISGID if the caller may not set it. Without
 * CAP_FSETID the filesystem below would clear it always.
 */
int fpfs_mode_begin(mode_t mode)
{
	return mode & S_ISGID ? fpfs_cred_fsetid(true) : 0;
}

void fpfs_mode_end(mode_t mode)
{
	if (mode & S_ISGID)
		fpfs_cred_fsetid(false);
}

int fpfs_create_begin(fuse_req_t req, mode_t mode)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	int ret = fpfs_mode_begin(mode);

	if (ret)
		return ret;
	ret = fpfs_cred_caller(ctx->uid, ctx->gid, ctx->umask);
	if (ret)
		fpfs_mode_end(mode);
	return ret;
}

void fpfs_create_end(mode_t mode)
{
	fpfs_cred_self();
	fpfs_mode_end(mode);
}

struct fpfs_privs fpfs_privs_begin(fuse_req_t req, int fd, enum fpfs_suid suid)
{
	const struct fpfs *fs = fuse_req_userdata(req);
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct fpfs_privs p = { false, false };
	struct stat st;

	if (fstatat(fd, "", &st, AT_EMPTY_PATH) ||
	    !(st.st_mode & (S_ISUID | S_ISGID)))
		return p;
	/* Without KILLPRIV_V2 the kernel strips, by a SETATTR of its own. */
	if (!(fs->features & FPFS_STATS_KILLPRIV))
		suid = FPFS_SUID_KEEP;
	if (suid == FPFS_SUID_IF_CAPABLE)
		suid = fpfs_caller_has_cap(ctx->pid, CAP_FSETID) ?
			       FPFS_SUID_KEEP : FPFS_SUID_STRIP;
	if (suid == FPFS_SUID_KEEP) {
		p.fsetid = !fpfs_cred_fsetid(true);
	} else if (st.st_mode & S_ISGID &&
		   fpfs_caller_in_group(ctx->pid, ctx->gid, st.st_gid)) {
		p.group = !fpfs_cred_group(st.st_gid);
	}
	return p;
}

void fpfs_privs_end(struct fpfs_privs p)
{
	if (p.fsetid)
		fpfs_cred_fsetid(false);
	if (p.group)
		fpfs_cred_self();
}

enum fpfs_suid fpfs_suid_of(const struct fuse_file_info *fi)
{
#if FUSE_VERSION >= FUSE_MAKE_VERSION(3, 18)
	return fi->kill_suidgid ? FPFS_SUID_STRIP : FPFS_SUID_KEEP;
#else
	return FPFS_SUID_IF_CAPABLE;	/* libfuse does not pass it on */
#endif
}

bool fpfs_chown_refused(fuse_req_t req, int fd)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct stat st;

	if (fstatat(fd, "", &st, AT_EMPTY_PATH))
		return true;
	if (ctx->uid == st.st_uid)
		return false;
	if (!(st.st_mode & S_ISUID) &&
	    (!(st.st_mode & S_ISGID) ||
	     (!(st.st_mode & S_IXGRP) &&
	      fpfs_caller_in_group(ctx->pid, ctx->gid, st.st_gid))))
		return false;
	return !fpfs_caller_has_cap(ctx->pid, CAP_FOWNER);
}

bool fpfs_has_suid(int fd)
{
	struct stat st;

	return !fstatat(fd, "", &st, AT_EMPTY_PATH) &&
	       st.st_mode & (S_ISUID | S_ISGID);
}
