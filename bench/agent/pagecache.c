// SPDX-License-Identifier: GPL-2.0
#include "agent/pagecache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "os/file.h"

#define CHUNK	(1 << 20)

void fpb_pagecache_hold(void)
{
	static const char *const settings[][2] = {
		{ "/proc/sys/vm/dirty_writeback_centisecs", "0" },
		{ "/proc/sys/vm/dirty_bytes", "1099511627776" },
		{ "/proc/sys/vm/dirty_background_bytes", "1099511627776" },
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		fpb_file_poke(settings[i][0], settings[i][1]);
}

static int read_all(int fd)
{
	char *buf = malloc(CHUNK);
	ssize_t n = buf ? 1 : -1;

	while (n > 0)
		n = read(fd, buf, CHUNK);
	free(buf);
	return n < 0 ? -errno : 0;
}

int fpb_pagecache_sync(const char *path, bool drop)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 || syncfs(fd) ? -errno : 0;

	if (fd >= 0)
		close(fd);
	if (!ret && drop)
		ret = fpb_file_poke("/proc/sys/vm/drop_caches", "1");
	return ret;
}

int fpb_pagecache_settle(const char *path, bool warm)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (warm)
		ret = read_all(fd);
	if (!ret && !warm)
		ret = -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	close(fd);
	return ret;
}
