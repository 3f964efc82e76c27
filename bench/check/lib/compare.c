// SPDX-License-Identifier: GPL-2.0
#include "check/lib/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"

static int64_t perform(const char *path, const struct check_op *op)
{
	char *buf = check_buffer(op->len);
	int fd = open(path, (op->read ? O_RDONLY : O_WRONLY) | op->flags);
	ssize_t n = fd < 0 ? -1 :
		    op->read ? pread(fd, buf, op->len, op->pos) :
			       pwrite(fd, buf, op->len, op->pos);

	if (n > 0 && op->sync && fsync(fd))
		n = -1;
	n = n < 0 ? -errno : n;
	if (fd >= 0)
		close(fd);
	free(buf);
	return n;
}

static int become(const struct check_user *who)
{
	const struct rlimit r = { who->file_size_limit, who->file_size_limit };

	return (who->file_size_limit && setrlimit(RLIMIT_FSIZE, &r)) ||
	       (who->uid && (setgid(who->uid) || setuid(who->uid)));
}

int64_t check_op_result(const char *path, const struct check_op *op,
			const struct check_user *who)
{
	int64_t result = 0;
	pid_t pid;
	int p[2];

	must(!pipe2(p, O_CLOEXEC));
	pid = check_fork();
	if (!pid) {
		if (become(who))
			_exit(1);
		result = perform(path, op);
		_exit(write(p[1], &result, sizeof(result)) < 0);
	}
	close(p[1]);
	if (read(p[0], &result, sizeof(result)) != sizeof(result))
		check_fail("%s: the process died", op->name);
	close(p[0]);
	check_wait(pid, UINT32_MAX);
	return result;
}

const char *check_result_text(int64_t result)
{
	static char text[2][32];
	static int i;

	i = !i;
	if (result < 0)
		snprintf(text[i], sizeof(text[i]), "%s",
			 strerrorname_np(-result));
	else
		snprintf(text[i], sizeof(text[i]), "%" PRId64, result);
	return text[i];
}

void check_same_result(const char *name, int64_t raw, int64_t fuse)
{
	if (raw != fuse)
		check_fail("%s: %s through the mount, %s on raw XFS", name,
			   check_result_text(fuse), check_result_text(raw));
}

void check_same_as_raw(struct check_context *c, const struct check_op *ops,
		       const struct check_user *who, int error)
{
	bool seen = false;

	for (; ops->name; ops++) {
		int64_t r[CHECK_SIDES];
		off_t size[CHECK_SIDES];

		for (int s = 0; s < CHECK_SIDES; s++) {
			r[s] = check_op_result(check_path(c, check_sides[s],
							  check_sides[s]),
					       ops, who);
			size[s] = check_stat(check_path(c, "raw", check_sides[s])).st_size;
		}
		check_same_result(ops->name, r[0], r[1]);
		if (size[0] != size[1])
			check_fail("%s: size %lld through the mount, %lld on raw XFS",
				   ops->name, (long long)size[1],
				   (long long)size[0]);
		seen |= r[0] == -error;
	}
	if (!seen)
		check_fail("the fault did not happen: no %s on raw XFS",
			   strerrorname_np(error));
}
