// SPDX-License-Identifier: GPL-2.0
#include "procfd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

struct fpfs_procpath fpfs_procpath(int fd)
{
	struct fpfs_procpath p;

	snprintf(p.s, sizeof(p.s), "/proc/self/fd/%d", fd);
	return p;
}

int fpfs_reopen(int fd, int flags)
{
	int again = open(fpfs_procpath(fd).s,
			 (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW |
				    O_TMPFILE)) | O_CLOEXEC | O_NOCTTY);

	if (again < 0)
		return -errno;
	return again;
}
