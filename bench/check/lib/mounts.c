// SPDX-License-Identifier: GPL-2.0
/* The set-up that cases share: that of the benchmark, see setup/rig.h. */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/spawn.h"
#include "setup/mount.h"

static void undo_rig(void *rig)
{
	fpb_rig_down(rig);
}

void rig_up(struct check *c, uint64_t size_mib, uint64_t completion_nsec,
	    const char *const *targets)
{
	char why[FPB_REASON_MAX] = "";
	int ret;

	c->rig = (struct fpb_rig){
		.work = c->work,
		.log = c->log,
		.program = c->daemon,
		.daemon_options = c->rig.daemon_options,
		.xfs_data = c->rig.xfs_data,
		.device = {
			.type = fpb_device_default(),
			.size_mib = size_mib,
			.blocksize = c->rig.device.blocksize ?: 512,
			.queue_mode = 2,
			.submit_queues = 2,
			.completion_nsec = completion_nsec,
		},
	};
	if (!fpb_device_has_latency(c->rig.device.type)) {
		if (completion_nsec)
			check_skip("needs null_blk: a loop device has no latency");
		/* Its blocks are those of the file below it. */
		c->rig.device.blocksize = 4096;
	}
	for (; *targets; targets++)
		c->rig.daemons[c->rig.ndaemons++].target =
			fpb_target_find(*targets);
	ret = fpb_rig_up(&c->rig, why);
	if (ret)
		check_fail("%s", *why ? why : strerror(-ret));
	fpb_undo_push(&c->undo, undo_rig, &c->rig);
	for (size_t i = 0; i < c->rig.ndaemons; i++)
		if (*c->rig.daemons[i].lacks)
			check_skip("%s", c->rig.daemons[i].lacks);
	/* Not the daemon's business that its files are another user's. */
	must(!chmod(c->rig.xfs, 01777));
}

void rig_plain(struct check *c, uint64_t size_mib)
{
	static const char *const fuse[] = { "fuse", NULL };

	rig_up(c, size_mib, 0, fuse);
}

void rig_remount(struct check *c)
{
	struct fpb_rig *r = &c->rig;
	char why[FPB_REASON_MAX];
	int ret;

	for (size_t i = 0; i < r->ndaemons; i++)
		fpb_daemon_stop(&r->daemons[i]);
	ret = fpb_unmount(r->xfs);
	if (ret)
		check_fail("cannot unmount XFS: %s", strerror(-ret));
	if (mount(r->device.path, r->xfs, "xfs", MS_NOATIME, r->xfs_data))
		check_fail("cannot mount XFS again: %s", strerror(errno));
	for (size_t i = 0; i < r->ndaemons; i++) {
		if (fpb_rig_start(r, &r->daemons[i], why))
			check_fail("%s", why);
	}
}

static pid_t naive_pid;

static void undo_naive(void *check)
{
	struct check *c = check;

	fpb_unmount(c->naive_mount);
	if (helper_wait(naive_pid, 3000) == -ETIMEDOUT)
		fpb_spawn_end(naive_pid, 0);
	rmdir(c->naive_mount);
}

void rig_naive(struct check *c, const char *option, uint64_t completion_nsec)
{
	static const char *const none[] = { NULL };
	char fd[16], buf[16];
	const char *argv[6] = { c->naive };
	struct fpb_spawn s = { .argv = argv, .log = c->log, .stdout_fd = -1 };
	int fds[2], n = 1;

	rig_up(c, 1024, completion_nsec, none);
	must(!fpb_path(c->naive_mount, "%s/naive", c->work));
	must(!fpb_mkdirs(c->naive_mount));
	must(!pipe2(fds, O_CLOEXEC));
	snprintf(fd, sizeof(fd), "%d", fds[1]);
	if (option)
		argv[n++] = option;
	argv[n++] = fd;
	argv[n++] = c->rig.xfs;
	argv[n++] = c->naive_mount;
	s.keep_fd = fds[1];
	naive_pid = fpb_spawn(&s);
	close(fds[1]);
	if (naive_pid < 0 || read(fds[0], buf, sizeof(buf)) <= 0)
		check_fail("fpnaive did not start (see check.log)");
	close(fds[0]);
	fpb_undo_push(&c->undo, undo_naive, c);
}

const char *at(struct check *c, const char *target, const char *name)
{
	static char paths[8][FPB_PATH_MAX];
	static int next;
	const struct fpb_daemon *d = fpb_rig_daemon(&c->rig, target);
	char *path = paths[next++ % 8];

	if (fpb_path(path, "%s/%s", !strcmp(target, "naive") ? c->naive_mount :
		     d ? d->mount : c->rig.xfs, name))
		check_fail("path too long: %s", name);
	return path;
}

uint64_t rig_inflight(struct check *c)
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

void rig_was_passthrough(struct check *c, const char *target)
{
	struct fpb_daemon_counts n;
	int ret = fpb_daemon_counts(fpb_rig_daemon(&c->rig, target), &n);

	if (ret)
		check_fail("the daemon does not answer: %s", strerror(-ret));
	if (n.read || n.write)
		check_fail("not passthrough: %" PRIu64 " READ and %" PRIu64 " WRITE requests reached the daemon",
			   n.read, n.write);
}

static const char *key_path(const char *key)
{
	static char path[FPB_PATH_MAX];

	must(!fpb_path(path, "/sys/kernel/config/nullb/" FPB_DEVICE "%d/%s",
		       (int)getpid(), key));
	return path;
}

void rig_set(struct check *c, const char *key, const char *value)
{
	int ret = fpb_file_poke(key_path(key), value);

	if (ret == -ENOENT)
		check_skip("null_blk of this kernel has no %s", key);
	if (ret)
		check_fail("%s: %s", key_path(key), strerror(-ret));
}

uint64_t rig_get(struct check *c, const char *key)
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

void drop_caches(void)
{
	fpb_file_poke("/proc/sys/vm/drop_caches", "3");
}
