// SPDX-License-Identifier: GPL-2.0
#include "setup/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fpfs_ioctl.h"
#include "os/clock.h"
#include "os/cputime.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"

#define READY_MS	15000
/* For a look at a folder whose filesystem may be dead. */
#define ANSWER_MS	10000
#define END_MS		3000
/* After a command that has ended and left no process: time to see its mount. */
#define ENDED_MS	1000
#define POLL_MS		5

/* Of a command: the kernel lacks what it needs. fpfs(8) has it, too. */
#define EXIT_UNSUPPORTED	3

/* --- its mount -------------------------------------------------------------- */

static int look_at(void *user)
{
	const struct fpb_daemon *d = user;
	struct statfs fs;
	struct stat st;

	if (stat(d->mount, &st))
		return -errno;
	/* Never from a cache; a daemon without it has at least said so. */
	return statfs(d->mount, &fs) && errno != ENOSYS ? -errno : 0;
}

/* 0 if the folder answers; it may be dead, and then not even say so. */
static int answers(struct fpb_daemon *d)
{
	return fpb_spawn_try(look_at, d, ANSWER_MS);
}

static int take_down(void *user)
{
	const struct fpb_daemon *d = user;

	return fpb_unmount(d->mount);
}

/* Whoever waits for the daemon gets ENOTCONN. */
static void cut_connection(const struct fpb_daemon *d)
{
	static const char control[] = "/sys/fs/fuse/connections";
	char path[FPB_PATH_MAX];
	bool mine;

	if (!d->mounted.connection ||
	    fpb_path(path, "%s/%u/abort", control, d->mounted.connection))
		return;
	/* Where nobody has mounted it, as in a guest. */
	mine = access(path, F_OK) &&
	       !mount("none", control, "fusectl", 0, NULL);
	fpb_file_poke(path, "1");
	if (mine)
		umount2(control, UMOUNT_NOFOLLOW);
}

/* Whatever the daemon does. */
static void unmount(struct fpb_daemon *d)
{
	int ret = fpb_spawn_insist(take_down, d, ANSWER_MS + 1000);

	if (!ret || ret == -EINVAL)
		return;
	fpb_warn("target %s: cannot unmount: %s: aborting its FUSE connection",
		 d->target->name, strerror(-ret));
	cut_connection(d);
	umount2(d->mount, MNT_DETACH | UMOUNT_NOFOLLOW);
}

/* What its command has mounted on @path or below it, the last first. */
static void detach_below(const char *path)
{
	struct fpb_mounted m;

	while (fpb_mount_last(path, true, &m) &&
	       !umount2(m.where, MNT_DETACH | UMOUNT_NOFOLLOW))
		;
}

static void remove_folders(const struct fpb_daemon *d)
{
	detach_below(d->mount);
	detach_below(d->work);
	rmdir(d->mount);
	fpb_remove_tree(d->work);
}

/* --- its command ------------------------------------------------------------ */

static int spawn(struct fpb_daemon *d, const struct fpb_daemon_command *c)
{
	const struct fpb_target_words words = {
		.source = c->source, .mnt = d->mount, .work = d->work,
		.name = "fpbench", .fpfs = c->fpfs, .options = c->options,
	};
	char *command = fpb_target_command(d->target, &words);
	const char *argv[] = { "sh", "-c", command, NULL };
	const struct fpb_spawn s = { .argv = argv, .log = d->log };
	int ret;

	if (!command)
		return -ENOMEM;
	ret = fpb_family_start(&d->family, &s);
	free(command);
	return ret;
}

/*
 * 0 once it serves; -EIO: the command failed; -ESRCH: it ended, and neither a
 * process nor a mount is there; -ENOENT: there was no mount in time; -ETIMEDOUT:
 * there was, without an answer; -EINTR if we were asked to stop.
 */
static int wait_ready(struct fpb_daemon *d)
{
	uint64_t end = fpb_now_ms() + READY_MS * fpb_patience;
	bool ended = false, mounted = false;

	while (fpb_now_ms() < end) {
		if (fpb_stop_asked())
			return -EINTR;
		mounted = fpb_mount_last(d->mount, false, &d->mounted);
		if (mounted && !answers(d))
			return 0;
		/* It may fail in the moment between our two looks. */
		if (ended && d->family.status)
			return -EIO;
		if (!ended && fpb_family_ended(&d->family)) {
			ended = true;
			if (!d->family.status && fpb_family_gone(&d->family, 0))
				end = fpb_now_ms() + ENDED_MS * fpb_patience;
		}
		fpb_sleep_ms(POLL_MS);
	}
	if (mounted)
		return -ETIMEDOUT;
	return fpb_family_gone(&d->family, 0) ? -ESRCH : -ENOENT;
}

/* --- why it does not serve -------------------------------------------------- */

/*
 * The end of the sentence: what it said last since it was started, and where
 * the rest is.
 */
static void explain(struct fpb_daemon *d, const char *what)
{
	char said[FPB_REASON_MAX / 2];
	bool silent = fpb_file_last_line(d->log, d->log_from, said,
					 sizeof(said));

	snprintf(d->failed, sizeof(d->failed), "target %s: %s: %s%s%s",
		 d->target->name, what, silent ? "(no output)" : said,
		 silent ? "" : "; see ", silent ? "" : basename(d->log));
}

static void explain_status(struct fpb_daemon *d)
{
	char what[64];

	const int status = d->family.status;

	if (WIFEXITED(status))
		snprintf(what, sizeof(what), "its command ended with status %d",
			 WEXITSTATUS(status));
	else
		snprintf(what, sizeof(what), "its command was killed by signal %d",
			 WTERMSIG(status));
	explain(d, what);
}

static void explain_error(struct fpb_daemon *d, int error)
{
	char what[64];

	if (error == -EIO) {
		explain_status(d);
		return;
	}
	snprintf(what, sizeof(what), error == -ESRCH ?
		 "its command ended, but nothing is mounted on {mnt}" : error == -ETIMEDOUT ?
		 "mounted, but did not answer within %d s" :
		 "nothing was mounted within %d s",
		 (int)(READY_MS * fpb_patience / 1000));
	explain(d, what);
}

static bool is_unsupported(const struct fpb_daemon *d, int error)
{
	return error == -EIO && WIFEXITED(d->family.status) &&
	       WEXITSTATUS(d->family.status) == EXIT_UNSUPPORTED;
}

/* The same without the name of the target: the sample has it. */
static void explain_lack(struct fpb_daemon *d)
{
	if (fpb_file_last_line(d->log, d->log_from, d->lacks,
			       sizeof(d->lacks)))
		strcpy(d->lacks, "its command ended with status 3: the kernel lacks a feature");
}

int fpb_daemon_check(struct fpb_daemon *d)
{
	const bool gone = fpb_family_gone(&d->family, 0);
	struct fpb_mounted now;
	int ret = answers(d);

	if (!ret && fpb_mount_last(d->mount, false, &now) &&
	    now.connection == d->mounted.connection)
		return 0;
	if (gone && d->family.status)
		explain_status(d);
	else if (gone)
		explain(d, "its daemon has ended");
	else if (ret == -ETIMEDOUT)
		explain(d, "its daemon does not answer");
	else
		explain(d, ret ? strerror(-ret) : "it was unmounted");
	return ret ? : -ENOENT;
}

/* --- start and stop --------------------------------------------------------- */

static int start(struct fpb_daemon *d, const struct fpb_daemon_command *c)
{
	int ret = spawn(d, c);

	if (ret) {
		snprintf(d->failed, sizeof(d->failed),
			 "target %s: cannot run sh: %s", d->target->name,
			 strerror(-ret));
		return ret;
	}
	ret = wait_ready(d);
	if (!ret || ret == -EINTR)
		return ret;
	if (!is_unsupported(d, ret)) {
		explain_error(d, ret);
		return ret;
	}
	explain_lack(d);
	return 0;
}

int fpb_daemon_start(struct fpb_daemon *d, const struct fpb_daemon_command *c)
{
	char name[FPB_NAME_MAX + 8];
	struct stat log = { 0 };
	int ret;

	*d->lacks = *d->failed = '\0';
	d->mounted.connection = 0;
	snprintf(name, sizeof(name), ".%s.work", d->target->name);
	ret = fpb_mount_point(d->work, c->source, name, d->failed);
	if (ret)
		return ret;
	stat(d->log, &log);
	d->log_from = log.st_size;
	ret = start(d, c);
	d->running = !ret && !*d->lacks;
	if (d->running) {
		if (d->mounted.connection)
			fpb_requests_start(&d->requests, d->mounted.connection);
		return 0;
	}
	if (fpb_mount_last(d->mount, false, &d->mounted))
		unmount(d);
	fpb_family_end(&d->family, END_MS);
	remove_folders(d);
	return ret;
}

void fpb_daemon_stop(struct fpb_daemon *d)
{
	if (!d->running)
		return;
	d->running = false;
	fpb_requests_stop(&d->requests);
	unmount(d);
	/* The unmount ends it; signals are for one that hangs. */
	if (!fpb_family_gone(&d->family, END_MS))
		fpb_warn("target %s: its daemon is still there after the unmount: ending it",
			 d->target->name);
	fpb_family_end(&d->family, END_MS);
	remove_folders(d);
}

/* --- what reached it -------------------------------------------------------- */

static int count_by_kernel(const struct fpb_daemon *d,
			   struct fpb_daemon_counts *c)
{
	struct fpb_requests_counts n;
	int ret = fpb_requests_counts(&d->requests, &n);

	if (!ret)
		*c = (struct fpb_daemon_counts){
			.evidence = FPB_EVIDENCE_TRACEPOINT, .read = n.read,
			.write = n.write, .requests = n.all,
		};
	return ret;
}

/* Only fpfs knows our ioctl. */
static int count_by_daemon(const struct fpb_daemon *d,
			   struct fpb_daemon_counts *c)
{
	struct fpfs_stats stats = { 0 };
	int fd = open(d->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, FPFS_IOC_STATS, &stats) < 0)
		ret = -errno;
	else
		*c = (struct fpb_daemon_counts){
			.evidence = FPB_EVIDENCE_DAEMON,
			.read = stats.requests[FPFS_OP_READ],
			.write = stats.requests[FPFS_OP_WRITE],
			.requests = stats.total,
		};
	close(fd);
	return ret;
}

static void add_cpu(pid_t pid, void *user)
{
	fpb_cputime_add_process(pid, user);
}

struct fpb_cputime_split fpb_daemon_cpu(const struct fpb_daemon *d)
{
	struct fpb_cputime_split t = { 0 };

	fpb_family_each(&d->family, add_cpu, &t);
	return t;
}

/* By system calls, and by pages that were read or dirtied without one. */
int fpb_daemon_io_bytes(const char *text, uint64_t *bytes)
{
	unsigned long long rchar, wchar, read_bytes, write_bytes;

	if (sscanf(text, "rchar: %llu wchar: %llu syscr: %*u syscw: %*u read_bytes: %llu write_bytes: %llu",
		   &rchar, &wchar, &read_bytes, &write_bytes) != 4)
		return -EINVAL;
	*bytes = (rchar > read_bytes ? rchar : read_bytes) +
		 (wchar > write_bytes ? wchar : write_bytes);
	return 0;
}

static void add_io(pid_t pid, void *user)
{
	struct fpb_daemon_counts *c = user;
	char path[FPB_PATH_MAX], *text;
	uint64_t bytes;

	if (fpb_path(path, "/proc/%d/io", (int)pid) ||
	    fpb_file_read(path, &text, NULL))
		return;
	if (!fpb_daemon_io_bytes(text, &bytes)) {
		c->evidence = FPB_EVIDENCE_IO;
		c->bytes += bytes;
	}
	free(text);
}

int fpb_daemon_counts(const struct fpb_daemon *d, struct fpb_daemon_counts *c)
{
	struct fpb_daemon_counts io = { .evidence = FPB_EVIDENCE_NONE };
	struct fpb_daemon_counts own;
	int ret = count_by_kernel(d, c);

	fpb_family_each(&d->family, add_io, &io);
	/*
	 * Ours counts, too. Linux 6.14 to 6.17 do not trace what they send in
	 * the background over io_uring.
	 */
	if (fpb_target_is_ours(d->target) && !count_by_daemon(d, &own) &&
	    (ret || own.read + own.write > c->read + c->write)) {
		*c = own;
		ret = 0;
	}
	if (ret)
		*c = io;
	c->bytes = io.bytes;
	return c->evidence == FPB_EVIDENCE_NONE ? -ENODATA : 0;
}
