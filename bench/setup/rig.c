// SPDX-License-Identifier: GPL-2.0
#include "setup/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/msg.h"
#include "os/spawn.h"

#define MIB	(1024 * 1024)

const char *const fpb_mkfs_xfs[] = { "mkfs.xfs", "-q", "-f", "-K", NULL };
const char fpb_xfs_options[] = "noatime";

static int mount_point(char *path, const char *work, const char *name,
		       char *why)
{
	int ret = fpb_path(path, "%s/%s", work, name);

	if (!ret)
		ret = fpb_mkdirs(path);
	if (ret)
		snprintf(why, FPB_REASON_MAX, "cannot make %.150s: %s", path,
			 strerror(-ret));
	return ret;
}

int fpb_unmount(const char *path)
{
	for (unsigned int i = 0; i < 200 * fpb_patience; i++) {
		if (!umount2(path, UMOUNT_NOFOLLOW))
			return 0;
		if (errno != EBUSY)
			break;
		fpb_sleep_ms(10);
	}
	return -errno;
}

int fpb_xfs_mount(struct fpb_rig *r, char *why)
{
	const char *argv[16];
	size_t n = 0;
	int ret;

	while (fpb_mkfs_xfs[n]) {
		argv[n] = fpb_mkfs_xfs[n];
		n++;
	}
	argv[n++] = r->device;
	argv[n] = NULL;
	ret = fpb_spawn_run(argv, r->log, 60000);
	if (ret) {
		snprintf(why, FPB_REASON_MAX, "mkfs.xfs on %.60s failed: %s",
			 r->device, ret == -ENOENT ?
			 "xfsprogs is not installed" : "see agent.log");
		return ret;
	}
	ret = mount_point(r->xfs, r->work, "xfs", why);
	if (ret)
		return ret;
	if (mount(r->device, r->xfs, "xfs", MS_NOATIME, r->xfs_data)) {
		ret = -errno;
		snprintf(why, FPB_REASON_MAX, "cannot mount %.60s as XFS: %s",
			 r->device, ret == -ENODEV ?
			 "this kernel has no XFS" : strerror(-ret));
		rmdir(r->xfs);
		return ret;
	}
	return 0;
}

void fpb_xfs_unmount(struct fpb_rig *r)
{
	int ret = fpb_unmount(r->xfs);

	if (ret)
		fpb_err("cannot unmount %s: %s", r->xfs, strerror(-ret));
	rmdir(r->xfs);
}

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

static void undo_device(void *rig)
{
	fpb_device_remove(rig);
}

static void undo_xfs(void *rig)
{
	fpb_xfs_unmount(rig);
}

static void undo_daemon(void *daemon)
{
	fpb_daemon_stop(daemon);
}

int fpb_rig_up(struct fpb_rig *r, char *why)
{
	int ret;

	ret = fpb_device_add(r, why);
	if (ret)
		goto out;
	fpb_undo_push(&r->undo, undo_device, r);

	ret = fpb_xfs_mount(r, why);
	if (ret)
		goto out;
	fpb_undo_push(&r->undo, undo_xfs, r);

	if (r->file_mib)
		ret = fill_file(r, why);
	if (ret)
		goto out;

	for (struct fpb_daemon *d = r->daemons; d < r->daemons + r->ndaemons;
	     d++) {
		ret = mount_point(d->mount, r->work, d->target->name, why);
		if (!ret)
			ret = fpb_daemon_start(r, d, why);
		if (ret)
			goto out;
		if (!*d->lacks)
			fpb_undo_push(&r->undo, undo_daemon, d);
	}
	return 0;

out:
	fpb_undo_all(&r->undo);
	return ret;
}

void fpb_rig_down(struct fpb_rig *r)
{
	fpb_undo_all(&r->undo);
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
