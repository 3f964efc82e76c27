// SPDX-License-Identifier: GPL-2.0
#include "file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "procfd.h"
#include "stats.h"

bool fpfs_for_writing(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY;
}

struct fpfs_file *fpfs_file_new(struct fpfs_inode *node, int fd, int flags)
{
	struct fpfs_file *file = malloc(sizeof(*file));

	if (!file)
		return NULL;
	*file = (struct fpfs_file){ .fd = fd, .flags = flags };
	fpfs_inode_hold(node);
	if (fpfs_for_writing(flags))
		__atomic_add_fetch(&node->nwriters, 1, __ATOMIC_RELAXED);
	fpfs_stats_open_files(1);
	return file;
}

void fpfs_file_free(struct fpfs_inode *node, struct fpfs_file *file)
{
	if (fpfs_for_writing(file->flags))
		__atomic_sub_fetch(&node->nwriters, 1, __ATOMIC_RELAXED);
	if (file->fd >= 0)
		close(file->fd);
	free(file);
	fpfs_stats_open_files(-1);
	fpfs_inode_release(node);
}

int fpfs_file_fd(struct fpfs_inode *node, struct fpfs_file *file)
{
	int fd = __atomic_load_n(&file->fd, __ATOMIC_ACQUIRE), none = -1;

	if (fd >= 0)
		return fd;
	fd = fpfs_reopen(node->fd, file->flags & ~O_TRUNC);
	if (fd < 0)
		return fd;
	if (__atomic_compare_exchange_n(&file->fd, &none, fd, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return fd;
	close(fd);	/* another thread was first */
	return none;
}
