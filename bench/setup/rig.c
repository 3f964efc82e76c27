// SPDX-License-Identifier: GPL-2.0
#include "setup/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/spawn.h"
#include "setup/mount.h"
#include "setup/filesystem.h"

#define MIB	(1024 * 1024)

/* Less than the time for which a guest may be silent. */
#define FILL_MS	40000

/* Every block written once, so that later writes allocate nothing. */
static int fill(const char *path, const unsigned char *buf, uint64_t mib)
{
	const int flags = O_CREAT | O_WRONLY | O_CLOEXEC;
	int fd = open(path, flags | O_DIRECT, 0644), ret = 0;

	/* Not every filesystem can. */
	if (fd < 0 && errno == EINVAL)
		fd = open(path, flags, 0644);
	if (fd < 0)
		ret = -errno;
	for (uint64_t i = 0; !ret && i < mib; i++) {
		ssize_t n = pwrite(fd, buf, MIB, i * MIB);

		if (n != MIB)
			ret = n < 0 ? -errno : -EIO;
	}
	if (!ret && fsync(fd))
		ret = -errno;
	if (fd >= 0)
		close(fd);
	return ret;
}

/*
 * The data files in @dir that are not there yet: a filesystem that shows the
 * folder below as it is has those of raw.
 */
static int fill_files(const struct fpb_rig *r, const char *dir, char *why)
{
	char path[FPB_PATH_MAX];
	unsigned char *buf = NULL;
	int ret = fpb_path(path, "%s", dir);

	if (!ret && posix_memalign((void **)&buf, 4096, MIB))
		ret = -ENOMEM;
	/* No pattern that a device could keep in less space. */
	for (size_t i = 0; !ret && i < MIB; i++)
		buf[i] = (unsigned char)(i * 2654435761U >> 13);
	for (unsigned int i = 0; !ret && i <= r->private_files; i++) {
		const uint64_t mib = i ? r->private_mib : r->file_mib;

		ret = i ? fpb_path(path, "%s/" FPB_DATA_FILE ".%u", dir,
				   i - 1) :
			  fpb_path(path, "%s/" FPB_DATA_FILE, dir);
		if (!ret && mib && access(path, F_OK))
			ret = fill(path, buf, mib);
	}
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

static void undo_disk(void *path)
{
	fpb_filesystem_unmount(path);
}

static void undo_daemons(void *rig)
{
	struct fpb_rig *r = rig;

	for (size_t i = r->ndaemons; i--; )
		fpb_daemon_stop(&r->daemons[i]);
}

int fpb_rig_disk(struct fpb_rig *r, char *why)
{
	int ret;

	if (!r->fs)
		r->fs = fpb_filesystems;
	ret = fpb_filesystem_make(r->fs, r->device.path, r->log, why) ? :
	      fpb_mount_point(r->disk, r->work, r->fs->name, why);
	if (ret)
		return ret;
	ret = fpb_filesystem_mount(r->fs, r->device.path, r->disk, r->disk_data,
				   why);
	if (ret)
		rmdir(r->disk);
	return ret;
}

int fpb_rig_start(struct fpb_rig *r, struct fpb_daemon *d)
{
	const struct fpb_daemon *over = fpb_rig_daemon(r, d->target->over);
	const struct fpb_daemon_command c = {
		.fpfs = r->program, .options = r->daemon_options,
		.source = over ? over->mount : r->disk,
	};
	int ret;

	if (over && !over->running) {
		strcpy(d->lacks, over->lacks);
		strcpy(d->failed, over->failed);
		return *d->lacks ? 0 : -ENOENT;
	}
	ret = fpb_mount_point(d->mount, r->work, d->target->name, d->failed);
	if (!ret)
		ret = r->logs ? fpb_path(d->log, "%s/daemon-%s.log", r->logs,
					 d->target->name) :
				fpb_path(d->log, "%s", r->log);
	return ret ? ret : fpb_daemon_start(d, &c);
}

/* What fill_daemon() is told. */
struct filling {
	const struct fpb_rig *r;
	const struct fpb_daemon *d;
};

static int fill_daemon(void *user)
{
	const struct filling *f = user;
	char why[FPB_REASON_MAX];

	return fill_files(f->r, f->d->mount, why);
}

int fpb_rig_serve(struct fpb_rig *r, struct fpb_daemon *d)
{
	int ret = fpb_rig_start(r, d);

	if (ret || *d->lacks)
		return ret;
	ret = fpb_spawn_try(fill_daemon, &(struct filling){ r, d }, FILL_MS);
	if (!ret)
		return 0;
	/* Unless it died of it. */
	if (ret != -EINTR && !fpb_daemon_check(d))
		snprintf(d->failed, sizeof(d->failed),
			 "target %s: cannot fill the data files in it: %s",
			 d->target->name, strerror(-ret));
	fpb_daemon_stop(d);
	return ret;
}

static int start_all(struct fpb_rig *r, char *why)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < r->ndaemons; i++) {
		ret = fpb_rig_serve(r, &r->daemons[i]);
		if (ret)
			memcpy(why, r->daemons[i].failed, FPB_REASON_MAX);
	}
	return ret;
}

int fpb_rig_add_device(struct fpb_rig *r, struct fpb_device *d, char *why)
{
	int ret = fpb_device_add(d, why);

	if (!ret)
		fpb_undo_push(&r->undo, undo_device, d);
	return ret;
}

int fpb_rig_up(struct fpb_rig *r, char *why)
{
	int ret;

	r->device.log = r->log;
	ret = fpb_rig_add_device(r, &r->device, why);
	if (ret)
		return ret;

	ret = fpb_rig_disk(r, why);
	if (ret)
		goto out;
	fpb_undo_push(&r->undo, undo_disk, r->disk);

	ret = fill_files(r, r->disk, why);
	fpb_undo_push(&r->undo, undo_daemons, r);
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

int fpb_rig_add_daemon(struct fpb_rig *r, const struct fpb_target *target)
{
	if (!*target->mount || fpb_rig_daemon(r, target->name))
		return 0;
	if (*target->over && !fpb_rig_daemon(r, target->over))
		return -EINVAL;
	if (r->ndaemons == FPB_MAX_DAEMONS)
		return -ENOSPC;
	r->daemons[r->ndaemons++].target = target;
	return 0;
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

	return fpb_path(path, "%s/" FPB_DATA_FILE, d ? d->mount : r->disk);
}
