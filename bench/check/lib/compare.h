/* SPDX-License-Identifier: GPL-2.0 */
/* One operation, on raw XFS and through the mount: the results must agree. */
#ifndef CHECK_COMPARE_H
#define CHECK_COMPARE_H

#include "check/lib/case.h"

struct check_op {
	const char *name;
	int flags;			/* of open(2) */
	off_t pos;
	size_t len;
	bool sync;			/* with an fsync(2) that must succeed */
	bool read;
};

/* Who does it; zeros: root, without a limit. */
struct check_user {
	uid_t uid;			/* of the group of this number, too */
	off_t file_size_limit;		/* RLIMIT_FSIZE */
};

/* Do it in a process of its own. The call's result, or -errno. */
int64_t check_op_result(const char *path, const struct check_op *op,
			const struct check_user *who);
/* "4096" or "EIO"; in one of two static buffers. */
const char *check_result_text(int64_t result);

/* Fail unless two results of @name are the same. */
void check_same_result(const char *name, int64_t raw, int64_t fuse);
/*
 * Fail unless each of @ops (ends with a NULL name) has the same result and
 * leaves the same size on the file "raw", on XFS, and on the file "fuse",
 * through the mount. At least one has to fail with @error.
 */
void check_same_as_raw(struct check_context *c, const struct check_op *ops,
		       const struct check_user *who, int error);

#endif
