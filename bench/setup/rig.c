// SPDX-License-Identifier: GPL-2.0
#include "setup/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "setup/mount.h"
#include "setup/xfs.h"

#define MIB	(1024 * 1024)

/* Every block written once, so that later writes allocate nothing. */
static int fill_file(struct fpb_rig *r, char *why)
{
	char path[FPB_PATH_MAX];
	unsigned char *buf = NULL;
	int fd = -1, ret;

	ret = fpb_path(path, "%s/" FPB_DATA_FILE, r->xfs);
	if (!ret && posix_memalign((void **)&buf, 4096, MIB))
		ret = -ENOMEM;
	if (!ret) {
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_DIRECT |
			  O_CLOEXEC, 0644);
		if (fd < 0)
			ret = -errno;
	}
	/* No pattern that a device could keep in less space. */
	for (size_t i = 0; !ret && i < MIB; i++)
		buf[i] = (unsigned char)(i * 2654435761U >> 13);
	for (uint64_t i = 0; !ret && i < r->file_mib; i++) {
		ssize_t n = pwrite(fd, buf, MIB, i * MIB);

		if (n != MIB)
			ret = n < 0 ? -errno : -EIO;
	}
	if (!ret && fsync(fd))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	free(buf);
	if (ret)
		snprintf(why, FPB_REASON_MAX, "cannot fill %.150s: %s", path,
			 strerror(-ret));
	return ret;
}

static void undo_device(void *device)
{
	fpb_device_remove(device);
}

static void undo_xfs(void *path)
{
	fpb_xfs_unmount(path);
}

static void undo_daemon(void *daemon)
{
	fpb_daemon_stop(daemon);
}

int fpb_rig_xfs(struct fpb_rig *r, char *why)
{
	int ret = fpb_xfs_make(r->device.path, r->log, why);

	if (!ret)
		ret = fpb_mount_point(r->xfs, r->work, "xfs", why);
	if (ret)
		return ret;
	ret = fpb_xfs_mount(r->device.path, r->xfs, r->xfs_data, why);
	if (ret)
		rmdir(r->xfs);
	return ret;
}

int fpb_rig_start(const struct fpb_rig *r, struct fpb_daemon *d, char *why)
{
	const struct fpb_daemon_command c = {
		.program = r->program, .options = r->daemon_options,
		.source = r->xfs, .log = r->log,
	};
	int ret = fpb_mount_point(d->mount, r->work, d->target->name, why);

	return ret ? ret : fpb_daemon_start(d, &c, why);
}

static int start_all(struct fpb_rig *r, char *why)
{
	int ret = 0;

	for (struct fpb_daemon *d = r->daemons;
	     !ret && d < r->daemons + r->ndaemons; d++) {
		ret = fpb_rig_start(r, d, why);
		if (!ret && !*d->lacks)
			fpb_undo_push(&r->undo, undo_daemon, d);
	}
	return ret;
}

int fpb_rig_up(struct fpb_rig *r, char *why)
{
	int ret;

	r->device.log = r->log;
	ret = fpb_device_add(&r->device, why);
	if (ret)
		return ret;
	fpb_undo_push(&r->undo, undo_device, &r->device);

	ret = fpb_rig_xfs(r, why);
	if (ret)
		goto out;
	fpb_undo_push(&r->undo, undo_xfs, r->xfs);

	if (r->file_mib)
		ret = fill_file(r, why);
	if (!ret)
		ret = start_all(r, why);
out:
	if (ret)
		fpb_undo_all(&r->undo);
	return ret;
}

void fpb_rig_down(struct fpb_rig *r)
{
	fpb_undo_all(&r->undo);
}

void fpb_rig_add_daemon(struct fpb_rig *r, const char *target)
{
	const struct fpb_target *t = fpb_target_find(target);

	if (t && t->data != FPB_DATA_NO_DAEMON && !fpb_rig_daemon(r, target) &&
	    r->ndaemons < FPB_MAX_DAEMONS)
		r->daemons[r->ndaemons++].target = t;
}

struct fpb_daemon *fpb_rig_daemon(struct fpb_rig *r, const char *target)
{
	for (size_t i = 0; i < r->ndaemons; i++)
		if (!strcmp(r->daemons[i].target->name, target))
			return &r->daemons[i];
	return NULL;
}

int fpb_rig_file(struct fpb_rig *r, const char *target, char *path)
{
	const struct fpb_daemon *d = fpb_rig_daemon(r, target);

	return fpb_path(path, "%s/" FPB_DATA_FILE, d ? d->mount : r->xfs);
}
