// SPDX-License-Identifier: GPL-2.0
#include "backing.h"

#include <errno.h>
#include <stdint.h>
#include <sys/ioctl.h>

#include "stats.h"

/* <linux/fuse.h> has these since 6.9. */
struct backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};

#define IOC_BACKING_OPEN	_IOW(229, 1, struct backing_map)
#define IOC_BACKING_CLOSE	_IOW(229, 2, uint32_t)

int fpfs_backing_open(struct fuse_session *se, int fd)
{
	struct backing_map map = { .fd = fd };
	int id = ioctl(fuse_session_fd(se), IOC_BACKING_OPEN, &map);

	if (id < 0)
		return -errno;
	fpfs_stats_backing_ids(1);
	return id;
}

void fpfs_backing_close(struct fuse_session *se, int id)
{
	uint32_t arg = id;

	/* Fails only once the connection is gone, and the id with it. */
	ioctl(fuse_session_fd(se), IOC_BACKING_CLOSE, &arg);
	fpfs_stats_backing_ids(-1);
}
