// SPDX-License-Identifier: GPL-2.0
#include "setup/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fpfs_ioctl.h"
#include "os/clock.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"
#include "setup/mount.h"

#define READY_MS	15000

/* 0 when the daemon has said READY=1, else -errno. */
static int wait_ready(int fd)
{
	uint64_t deadline = fpb_now_ms() + READY_MS * fpb_patience;
	char buf[16];
	ssize_t n;

	while (fpb_now_ms() < deadline) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (fpb_stop_asked())
			return -EINTR;
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		return n > 0 ? 0 : -EPIPE;
	}
	return -ETIMEDOUT;
}

/* fpfs(8): the kernel lacks what the mode needs. */
#define EXIT_UNSUPPORTED	3

/*
 * It ended before it was ready, and has said why from @offset of the log on.
 * 0 if that is the kernel's limit.
 */
static int ended_early(struct fpb_daemon *d, const char *log, off_t offset,
		       char *why)
{
	int status = 0;

	if (fpb_spawn_wait(d->pid, 5000, &status))
		fpb_spawn_end(d->pid, 0);
	if (fpb_file_last_line(log, offset, why, FPB_REASON_MAX))
		snprintf(why, FPB_REASON_MAX,
			 "the daemon ended before it was ready");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_UNSUPPORTED)
		return -EIO;
	snprintf(d->lacks, sizeof(d->lacks), "%s", why);
	return 0;
}

/* It will write READY=1 to @ready_fd. Returns 0 or -errno. */
static int spawn(struct fpb_daemon *d, const struct fpb_daemon_command *c,
		 int ready_fd)
{
	char fd_option[32], mode[64], transport[64];
	const char *argv[10] = { c->program, "-f", fd_option, mode, transport };
	const struct fpb_spawn s = { .argv = argv, .log = c->log,
				     .keep_fd = ready_fd };
	int n = 5;

	if (c->options) {
		argv[n++] = "-o";
		argv[n++] = c->options;
	}
	argv[n++] = c->source;
	argv[n] = d->mount;
	snprintf(fd_option, sizeof(fd_option), "--ready-fd=%d", ready_fd);
	snprintf(mode, sizeof(mode), "--mode=%s", d->target->mode);
	snprintf(transport, sizeof(transport), "--transport=%s",
		 d->target->transport);
	d->pid = fpb_spawn(&s);
	return d->pid < 0 ? d->pid : 0;
}

static int start(struct fpb_daemon *d, const struct fpb_daemon_command *c,
		 char *why)
{
	struct stat log = { 0 };
	int fds[2], ret;

	if ((stat(c->log, &log) && errno != ENOENT) ||
	    pipe2(fds, O_CLOEXEC))
		return -errno;
	ret = spawn(d, c, fds[1]);
	close(fds[1]);
	if (ret) {
		snprintf(why, FPB_REASON_MAX, "cannot start %.150s: %s",
			 c->program, strerror(-ret));
	} else {
		ret = wait_ready(fds[0]);
		if (ret == -EPIPE) {
			ret = ended_early(d, c->log, log.st_size, why);
		} else if (ret) {
			snprintf(why, FPB_REASON_MAX,
				 "the daemon was not ready within %d s",
				 READY_MS / 1000);
			fpb_spawn_end(d->pid, 2000);
		}
	}
	close(fds[0]);
	return ret;
}

int fpb_daemon_start(struct fpb_daemon *d, const struct fpb_daemon_command *c,
		     char *why)
{
	int ret = start(d, c, why);

	if (ret || *d->lacks) {
		umount2(d->mount, MNT_DETACH | UMOUNT_NOFOLLOW);
		rmdir(d->mount);
	}
	return ret;
}

void fpb_daemon_stop(struct fpb_daemon *d)
{
	int status;

	fpb_unmount(d->mount);
	/* The unmount ends it; a signal is for one that hangs. */
	for (int i = 0; i < 300; i++) {
		if (waitpid(d->pid, &status, WNOHANG) == d->pid) {
			rmdir(d->mount);
			return;
		}
		fpb_sleep_ms(10);
	}
	fpb_err("the daemon (pid %d) did not end with its mount",
		(int)d->pid);
	fpb_spawn_end(d->pid, 2000);
	umount2(d->mount, MNT_DETACH | UMOUNT_NOFOLLOW);
	rmdir(d->mount);
}

int fpb_daemon_counts(const struct fpb_daemon *d, struct fpb_daemon_counts *c)
{
	struct fpfs_stats stats = { 0 };
	int fd = open(d->mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, FPFS_IOC_STATS, &stats) < 0)
		ret = -errno;
	else
		*c = (struct fpb_daemon_counts){
			.read = stats.requests[FPFS_OP_READ],
			.write = stats.requests[FPFS_OP_WRITE],
			.requests = stats.total,
		};
	close(fd);
	return ret;
}
