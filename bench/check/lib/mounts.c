// SPDX-License-Identifier: GPL-2.0
#include "check/lib/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "os/spawn.h"
#include "setup/filesystem.h"
#include "setup/mount.h"

const char *const check_sides[CHECK_SIDES] = { "raw", "fuse" };

static void undo_rig(void *rig)
{
	fpb_rig_down(rig);
}

static void describe_rig(struct check_context *c, uint64_t size_mib,
			 uint64_t completion_nsec)
{
	struct fpb_device *d = &c->rig.device;

	c->rig.work = c->work;
	c->rig.log = c->log;
	c->rig.program = c->daemon;
	d->type = fpb_device_default();
	d->size_mib = size_mib;
	d->blocksize = d->blocksize ? d->blocksize : 512;
	d->queue_mode = 2;
	d->submit_queues = 2;
	d->completion_nsec = completion_nsec;
	if (fpb_device_has_latency(d->type))
		return;
	if (completion_nsec)
		check_skip("needs null_blk: a loop device has no latency");
	/* A loop device has the blocks of the file below it. */
	d->blocksize = BLOCK;
}

void check_mount(struct check_context *c, uint64_t size_mib,
		 uint64_t completion_nsec, const char *const *targets)
{
	char why[FPB_REASON_MAX] = "";
	int ret;

	describe_rig(c, size_mib, completion_nsec);
	for (; *targets; targets++)
		must(!fpb_rig_add_daemon(&c->rig, fpb_target_preset(*targets)));
	ret = fpb_rig_up(&c->rig, why);
	if (ret)
		check_fail("%s", *why ? why : strerror(-ret));
	fpb_undo_push(&c->undo, undo_rig, &c->rig);
	for (size_t i = 0; i < c->rig.ndaemons; i++)
		if (*c->rig.daemons[i].lacks)
			check_skip("%s", c->rig.daemons[i].lacks);
	/* Other users make files in it, too. */
	must(!chmod(c->rig.disk, 01777));
}

void check_mount_fuse(struct check_context *c, uint64_t size_mib,
		      uint64_t completion_nsec)
{
	static const char *const fuse[] = { "fuse", NULL };

	check_mount(c, size_mib, completion_nsec, fuse);
}

void check_remount(struct check_context *c)
{
	struct fpb_rig *r = &c->rig;
	char why[FPB_REASON_MAX];
	int ret;

	for (size_t i = r->ndaemons; i--; )
		fpb_daemon_stop(&r->daemons[i]);
	ret = fpb_unmount(r->disk);
	if (ret)
		check_fail("cannot unmount %s: %s", r->disk, strerror(-ret));
	if (fpb_filesystem_mount(r->fs, r->device.path, r->disk, r->disk_data,
				 why))
		check_fail("again: %s", why);
	for (size_t i = 0; i < r->ndaemons; i++)
		if (fpb_rig_start(r, &r->daemons[i]))
			check_fail("%s", r->daemons[i].failed);
}

static pid_t naive_pid;

static void undo_naive(void *check)
{
	struct check_context *c = check;

	fpb_unmount(c->naive_mount);
	if (check_wait(naive_pid, 3000) == -ETIMEDOUT)
		fpb_spawn_end(naive_pid, 0);
	rmdir(c->naive_mount);
}

/* The server writes to the pipe once its mount answers. */
static void start_naive(struct check_context *c, const char *option)
{
	char fd[16], ready[16];
	const char *argv[6] = { c->naive };
	struct fpb_spawn s = { .argv = argv, .log = c->log };
	int fds[2], n = 1;

	must(!pipe2(fds, O_CLOEXEC));
	snprintf(fd, sizeof(fd), "%d", fds[1]);
	if (option)
		argv[n++] = option;
	argv[n++] = fd;
	argv[n++] = c->rig.disk;
	argv[n++] = c->naive_mount;
	s.keep_fd = fds[1];
	naive_pid = fpb_spawn(&s);
	close(fds[1]);
	if (naive_pid < 0 || read(fds[0], ready, sizeof(ready)) <= 0)
		check_fail("fpnaive did not start (see check.log)");
	close(fds[0]);
}

void check_mount_naive(struct check_context *c, const char *option)
{
	static const char *const none[] = { NULL };

	check_mount(c, 1024, 0, none);
	must(!fpb_path(c->naive_mount, "%s/naive", c->work));
	must(!fpb_mkdirs(c->naive_mount));
	start_naive(c, option);
	fpb_undo_push(&c->undo, undo_naive, c);
	/* Until it is asked, the kernel does not know whether it has xattrs. */
	getxattr(c->naive_mount, "user.none", NULL, 0);
}

const char *check_path(struct check_context *c, const char *target,
		       const char *name)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&c->rig, target);
	const char *mount = !strcmp(target, "naive") ? c->naive_mount :
			    d ? d->mount : c->rig.disk;
	char *path;

	must(asprintf(&path, "%s/%s", mount, name) > 0);
	return path;
}

const char *check_below(struct check_context *c, const char *target,
			const char *name)
{
	const struct fpb_daemon *d = fpb_rig_daemon(&c->rig, target);
	char *path;

	while (d && *d->target->over)
		d = fpb_rig_daemon(&c->rig, d->target->over);
	/* All others show the folder below as it is. */
	if (!d || strcmp(d->target->name, FPB_TARGET_OVERLAY))
		return check_path(c, "raw", name);
	must(asprintf(&path, "%s/" FPB_TARGET_UPPER "/%s", d->work, name) > 0);
	return path;
}

void check_size(struct check_context *c, const char *name, uint64_t bytes)
{
	for (int s = 0; s < CHECK_SIDES; s++) {
		const char *path = check_path(c, check_sides[s], name);
		uint64_t size = check_stat(path).st_size;

		if (size != bytes)
			check_fail("%s: size %" PRIu64 ", expected %" PRIu64,
				   path, size, bytes);
	}
	check_fact("size", bytes);
}

uint64_t check_in_flight(struct check_context *c)
{
	char path[FPB_PATH_MAX], *text, *end;
	uint64_t n;

	if (fpb_path(path, "/sys/block/%s/inflight",
		     strrchr(c->rig.device.path, '/') + 1) ||
	    fpb_file_read(path, &text, NULL))
		check_fail("cannot read %s", path);
	n = strtoull(text, &end, 10);
	n += strtoull(end, NULL, 10);
	free(text);
	return n;
}

struct fpb_daemon_counts check_requests(struct check_context *c,
					const char *target)
{
	struct fpb_daemon_counts n;
	int ret = fpb_daemon_counts(fpb_rig_daemon(&c->rig, target), &n);

	if (ret)
		check_fail("the daemon does not answer: %s", strerror(-ret));
	return n;
}

void check_no_daemon_io(struct check_context *c, const char *target)
{
	struct fpb_daemon_counts n = check_requests(c, target);

	if (n.read || n.write)
		check_fail("not passthrough: the daemon got %" PRIu64 " READ and %" PRIu64 " WRITE requests",
			   n.read, n.write);
}

static const char *key_path(const char *key)
{
	static char path[FPB_PATH_MAX];

	must(!fpb_path(path, "/sys/kernel/config/nullb/" FPB_DEVICE "%d/%s",
		       (int)getpid(), key));
	return path;
}

void check_device_set(const char *key, const char *value)
{
	int ret = fpb_file_poke(key_path(key), value);

	if (ret == -ENOENT)
		check_skip("null_blk of this kernel has no %s", key);
	if (ret)
		check_fail("%s: %s", key_path(key), strerror(-ret));
}

uint64_t check_device_get(const char *key)
{
	uint64_t n;
	char *text;
	int ret = fpb_file_read(key_path(key), &text, NULL);

	if (ret)
		check_fail("%s: %s", key_path(key), strerror(-ret));
	n = strtoull(text, NULL, 10);
	free(text);
	return n;
}

void check_drop_caches(void)
{
	fpb_file_poke("/proc/sys/vm/drop_caches", "3");
}

static int ioctl_xfs(struct check_context *c, unsigned long request)
{
	int fd = open(c->rig.disk, O_RDONLY | O_CLOEXEC);
	int ret = ioctl(fd, request, 0);

	close(fd);
	return ret;
}

static void undo_freeze(void *context)
{
	ioctl_xfs(context, FITHAW);
}

void check_freeze(struct check_context *c)
{
	static bool has_undo;

	if (!has_undo)
		fpb_undo_push(&c->undo, undo_freeze, c);
	has_undo = true;
	must(!ioctl_xfs(c, FIFREEZE));
}

void check_thaw(struct check_context *c)
{
	must(!ioctl_xfs(c, FITHAW));
}
