// SPDX-License-Identifier: GPL-2.0
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backing.h"
#include "msg.h"
#include "stats.h"

static void dispose(struct fpfs_inode *node, void *arg)
{
	struct fpfs *fs = arg;

	if (node->backing_id)
		fpfs_backing_close(fs->se, node->backing_id);
	close(node->fd);
}

static int init_source(struct fpfs *fs, const char *source)
{
	int fd = open(source, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		ret = -errno;
		fpfs_err("cannot open the source %s: %s", source,
			 strerror(-ret));
	} else if (access("/proc/self/fd", F_OK)) {
		ret = -errno;
		fpfs_err("cannot open /proc/self/fd (is /proc mounted?): %s",
			 strerror(-ret));
	}
	if (!ret)
		ret = fpfs_inode_init(&fs->root, st.st_dev, st.st_ino, fd);
	if (ret && fd >= 0)
		close(fd);
	return ret;
}

int fpfs_init(struct fpfs *fs, const struct fpfs_opts *opts)
{
	int ret;

	memset(fs, 0, sizeof(*fs));
	fs->opts = opts;
	ret = init_source(fs, opts->source);
	if (ret)
		return ret;
	ret = -ENOMEM;
	fs->inodes = fpfs_inode_table_new(dispose, fs);
	if (!fs->inodes)
		goto out_close;
	ret = fpfs_lock_owners_init(&fs->lock_owners);
	if (ret)
		goto out_table;
	ret = fpfs_lock_waiters_init(&fs->lock_waiters, &fs->lock_owners);
	if (!ret)
		return 0;

	fpfs_lock_owners_exit(&fs->lock_owners);
out_table:
	fpfs_inode_table_free(fs->inodes);
out_close:
	close(fs->root.fd);
	return ret;
}

void fpfs_exit(struct fpfs *fs)
{
	fpfs_lock_waiters_exit(&fs->lock_waiters);
	fpfs_lock_owners_exit(&fs->lock_owners);
	fpfs_inode_table_free(fs->inodes);
	close(fs->root.fd);
}

void fpfs_fill_stats(struct fpfs *fs, struct fpfs_stats *st)
{
	fpfs_stats_read(st);
	st->flags = fs->features;
	st->nodes = fpfs_inode_count(fs->inodes) + 1;
}
