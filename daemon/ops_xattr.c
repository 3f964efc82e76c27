// SPDX-License-Identifier: GPL-2.0
/*
 * Extended attributes. fgetxattr(2) and its like refuse an O_PATH descriptor,
 * so the inode is reached by its path in /proc.
 */
#include "ops_xattr.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "caller.h"
#include "privs.h"
#include "procfd.h"
#include "request.h"

void fpfs_op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		      size_t size)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_GETXATTR);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	char *value;
	ssize_t n;

	if (!node)
		return;
	value = size ? malloc(size) : NULL;
	if (size && !value) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	n = getxattr(fpfs_procpath(node->fd).s, name, value, size);
	if (n < 0)
		fuse_reply_err(req, errno);
	else if (size)
		fuse_reply_buf(req, value, n);
	else
		fuse_reply_xattr(req, n);
	free(value);
}

void fpfs_op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		      const char *value, size_t size, int flags)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_SETXATTR);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	struct fpfs_privs privs = { false, false };
	int ret;

	if (!node)
		return;
	/* A new ACL clears set-gid if the caller is not in the group. */
	if (!strcmp(name, "system.posix_acl_access"))
		privs = fpfs_privs_begin(req, node->fd, FPFS_SUID_IF_CAPABLE);
	ret = setxattr(fpfs_procpath(node->fd).s, name, value, size, flags) ?
		      errno : 0;
	fpfs_privs_end(privs);
	fuse_reply_err(req, ret);
}

/*
 * The kernel removes file capabilities before a write, truncate or chown, also
 * for callers to whom it refuses removexattr(2). The filesystem below removes
 * them, too, when the operation follows. Of these only chown can be refused,
 * and then they must still be there.
 */
static bool leave_caps(fuse_req_t req, struct fpfs_inode *node)
{
	return fpfs_chown_refused(req, node->fd) &&
	       !fpfs_caller_has_cap(fuse_req_ctx(req)->pid, CAP_SETFCAP);
}

void fpfs_op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_REMOVEXATTR);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	bool caps = !strcmp(name, "security.capability");
	int ret = 0;

	if (!node)
		return;
	if (!caps || !leave_caps(req, node))
		ret = removexattr(fpfs_procpath(node->fd).s, name) ? errno : 0;
	if (caps && !ret)
		__atomic_store_n(&node->caps_removed_by,
				 fuse_req_ctx(req)->pid, __ATOMIC_RELAXED);
	fuse_reply_err(req, ret);
}

/* Remove the trusted.* names from @list. Returns the new length. */
static size_t hide_trusted(char *list, size_t size)
{
	char *in = list, *out = list;
	size_t n;

	for (; in < list + size; in += n) {
		n = strnlen(in, list + size - in) + 1;
		if (!strncmp(in, "trusted.", strlen("trusted.")))
			continue;
		memmove(out, in, n);
		out += n;
	}
	return out - list;
}

/*
 * The filesystem below shows trusted.* to the daemon, which has CAP_SYS_ADMIN;
 * hiding it from other users is left to us.
 */
void fpfs_op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct fpfs *fs = fpfs_begin(req, FPFS_OP_LISTXATTR);
	struct fpfs_inode *node FPFS_HELD = fpfs_hold(fs, req, ino);
	char *list;
	ssize_t n;

	if (!node)
		return;
	list = malloc(XATTR_LIST_MAX);
	if (!list) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	n = listxattr(fpfs_procpath(node->fd).s, list, XATTR_LIST_MAX);
	/* More names than can be listed, but their size can be asked for. */
	if (n < 0 && errno == E2BIG && !size)
		n = listxattr(fpfs_procpath(node->fd).s, NULL, 0);
	else if (n >= 0 && fuse_req_ctx(req)->uid)
		n = hide_trusted(list, n);
	if (n < 0)
		fuse_reply_err(req, errno);
	else if (!size)
		fuse_reply_xattr(req, n);
	else if ((size_t)n > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, list, n);
	free(list);
}
