// SPDX-License-Identifier: GPL-2.0
#include "handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct fpfs_handle {
	int flags;		/* of open(2) */
	struct file_handle h;	/* with its bytes behind it */
};

/* For a handle of any length. */
union any_handle {
	struct file_handle h;
	char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
};

static bool get_handle(int fd, union any_handle *a)
{
	int mount_id;

	memset(a, 0, sizeof(*a));
	a->h.handle_bytes = MAX_HANDLE_SZ;
	return !name_to_handle_at(fd, "", &a->h, &mount_id, AT_EMPTY_PATH);
}

struct fpfs_handle *fpfs_handle_new(int fd)
{
	struct fpfs_handle *handle;
	union any_handle a;
	struct stat st;
	size_t size;

	if (fstatat(fd, "", &st, AT_EMPTY_PATH) || !get_handle(fd, &a))
		return NULL;
	size = sizeof(a.h) + a.h.handle_bytes;
	handle = malloc(offsetof(struct fpfs_handle, h) + size);
	if (!handle)
		return NULL;
	handle->flags = O_CLOEXEC | (S_ISDIR(st.st_mode) ?
					     O_RDONLY | O_DIRECTORY : O_PATH);
	memcpy(&handle->h, &a, size);
	return handle;
}

bool fpfs_handle_is(const struct fpfs_handle *handle, int fd)
{
	union any_handle a;

	return get_handle(fd, &a) &&
	       a.h.handle_bytes == handle->h.handle_bytes &&
	       a.h.handle_type == handle->h.handle_type &&
	       !memcmp(a.h.f_handle, handle->h.f_handle, a.h.handle_bytes);
}

int fpfs_handle_open(const struct fpfs_handle *handle, int fs)
{
	int fd = open_by_handle_at(fs, (struct file_handle *)&handle->h,
				   handle->flags);

	return fd < 0 ? -errno : fd;
}
