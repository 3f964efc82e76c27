// SPDX-License-Identifier: GPL-2.0
#include "setup/daemon.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fpfs_ioctl.h"
#include "os/clock.h"
#include "os/cputime.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "os/stop.h"
#include "setup/mount.h"

#define READY_MS	15000
/* For a look at a folder whose filesystem may be dead. */
#define ANSWER_MS	2000
#define END_MS		3000
#define POLL_MS		5

#define MARK		"FPBENCH_DAEMON="

/* Of a command: the kernel lacks what it needs. fpfs(8) has it, too. */
#define EXIT_UNSUPPORTED	3

/* --- its processes ---------------------------------------------------------- */

static bool is_marked(const struct fpb_daemon *d, const char *pid)
{
	char path[FPB_PATH_MAX], *text;
	bool found = false;
	size_t len;

	if (fpb_path(path, "/proc/%s/environ", pid) ||
	    fpb_file_read(path, &text, &len))
		return false;
	for (const char *v = text; !found && v < text + len;
	     v += strlen(v) + 1)
		found = !strcmp(v, d->mark);
	free(text);
	return found;
}

/*
 * Calls @fn with each process that the command has started, wherever it is now:
 * daemons leave their session and their parent, but keep the environment.
 * Returns how many there are.
 */
static unsigned int for_each(const struct fpb_daemon *d,
			     void (*fn)(pid_t pid, void *user), void *user)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	unsigned int n = 0;

	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9' ||
		    !is_marked(d, e->d_name))
			continue;
		n++;
		if (fn)
			fn(atoi(e->d_name), user);
	}
	if (dir)
		closedir(dir);
	return n;
}

static void signal_one(pid_t pid, void *user)
{
	kill(pid, *(int *)user);
}

/* Waits up to @ms until none is left. */
static bool all_gone(struct fpb_daemon *d, unsigned int ms)
{
	const uint64_t end = fpb_now_ms() + ms * fpb_patience;

	do {
		/* Those without a parent are ours, too: see fpb_daemon_start(). */
		if (d->pid && waitpid(d->pid, NULL, WNOHANG) == d->pid)
			d->pid = 0;
		if (!for_each(d, NULL, NULL))
			return true;
		fpb_sleep_ms(POLL_MS);
	} while (fpb_now_ms() < end);
	return false;
}

static void end_all(struct fpb_daemon *d)
{
	static const int signals[] = { SIGTERM, SIGKILL };

	for (int i = 0; i < 2 && !all_gone(d, i ? END_MS : 0); i++) {
		for_each(d, signal_one, (void *)&signals[i]);
		all_gone(d, END_MS);
	}
	if (d->pid)
		fpb_spawn_end(d->pid, 0);
	d->pid = 0;
}

/* --- its mount -------------------------------------------------------------- */

/*
 * The minor number of the device that is mounted on @path, by the kernel's
 * list: to look at the folder itself could take forever. 0: nothing is.
 */
static unsigned int mounted_device(const char *path)
{
	unsigned int major, minor, found = 0;
	char where[FPB_PATH_MAX];
	char *text, *save, *line;

	if (fpb_file_read("/proc/self/mountinfo", &text, NULL))
		return 0;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (sscanf(line, "%*d %*d %u:%u %*s %1023s", &major, &minor,
			   where) == 3 && !strcmp(where, path))
			found = minor;
	free(text);
	return found;
}

/*
 * Runs @fn in a process of its own, which may hang, for up to @ms. 0, -errno of
 * what it returned, or -ETIMEDOUT.
 */
static int try(int (*fn)(const char *path), const char *path, unsigned int ms)
{
	pid_t pid = fork();
	int status, ret;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(-fn(path) & 0xff);
	ret = fpb_spawn_wait(pid, ms, &status);
	if (ret) {
		/* In the kernel it ends once the connection is cut. */
		kill(pid, SIGKILL);
		return ret;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int answers(const char *path)
{
	struct stat st;
	DIR *dir;

	if (stat(path, &st))
		return -errno;
	dir = opendir(path);
	if (!dir)
		return -errno;
	closedir(dir);
	return 0;
}

/* Whoever waits for the daemon gets ENOTCONN. */
static void cut_connection(const struct fpb_daemon *d)
{
	static const char control[] = "/sys/fs/fuse/connections";
	char path[FPB_PATH_MAX];
	bool mine;

	if (fpb_path(path, "%s/%u/abort", control, d->device))
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
	int ret = try(fpb_unmount, d->mount, ANSWER_MS + 1000);

	if (!ret || ret == -EINVAL)
		return;
	fpb_warn("target %s: cannot unmount: %s; its connection is cut",
		 d->target->name, strerror(-ret));
	cut_connection(d);
	umount2(d->mount, MNT_DETACH | UMOUNT_NOFOLLOW);
}

static void remove_folders(const struct fpb_daemon *d)
{
	rmdir(d->mount);
	fpb_remove_tree(d->work);
}

/* --- start ------------------------------------------------------------------ */

static int spawn(struct fpb_daemon *d, const struct fpb_daemon_command *c)
{
	const struct fpb_target_words words = {
		.source = c->source, .mnt = d->mount, .work = d->work,
		.fpfs = c->fpfs, .options = c->options,
	};
	char *command = fpb_target_command(d->target, &words);
	const char *argv[] = { "sh", "-c", command, NULL };
	const char *env[] = { d->mark, NULL };
	const struct fpb_spawn s = { .argv = argv, .env = env, .log = c->log };

	if (!command)
		return -ENOMEM;
	d->pid = fpb_spawn(&s);
	free(command);
	return d->pid < 0 ? d->pid : 0;
}

/* 1 if the command has ended with a @status other than 0. */
static int has_failed(struct fpb_daemon *d, int *status)
{
	if (!d->pid || waitpid(d->pid, status, WNOHANG) != d->pid)
		return 0;
	d->pid = 0;
	return *status != 0;
}

/* 0 once it serves; -EIO with *@status: the command failed; else -errno. */
static int wait_ready(struct fpb_daemon *d, int *status)
{
	const uint64_t end = fpb_now_ms() + READY_MS * fpb_patience;
	bool failed = false;

	while (fpb_now_ms() < end) {
		if (fpb_stop_asked())
			return -EINTR;
		d->device = mounted_device(d->mount);
		if (d->device && !try(answers, d->mount, ANSWER_MS))
			return 0;
		/* It may fail in the moment between our two looks. */
		if (failed)
			return -EIO;
		failed = has_failed(d, status);
		fpb_sleep_ms(POLL_MS);
	}
	return -ETIMEDOUT;
}

/* Why it does not serve, by what it has said in the log from @offset on. */
static int explain(struct fpb_daemon *d, const struct fpb_daemon_command *c,
		   off_t offset, int error, int status, char *why)
{
	char said[FPB_REASON_MAX / 2];

	if (error == -EINTR)
		return error;
	if (fpb_file_last_line(c->log, offset, said, sizeof(said)))
		strcpy(said, "it said nothing");
	if (error == -EIO && WIFEXITED(status) &&
	    WEXITSTATUS(status) == EXIT_UNSUPPORTED) {
		snprintf(d->lacks, sizeof(d->lacks), "%s", said);
		return 0;
	}
	if (error == -EIO && WIFEXITED(status))
		snprintf(why, FPB_REASON_MAX,
			 "target %s: its command ended with status %d: %s",
			 d->target->name, WEXITSTATUS(status), said);
	else if (error == -EIO)
		snprintf(why, FPB_REASON_MAX,
			 "target %s: its command died by signal %d: %s",
			 d->target->name, WTERMSIG(status), said);
	else if (d->device)
		snprintf(why, FPB_REASON_MAX,
			 "target %s: mounted, but did not answer within %d s: %s",
			 d->target->name, READY_MS / 1000, said);
	else
		snprintf(why, FPB_REASON_MAX,
			 "target %s: nothing was mounted within %d s: %s",
			 d->target->name, READY_MS / 1000, said);
	return error;
}

static int make_folders(struct fpb_daemon *d,
			const struct fpb_daemon_command *c, char *why)
{
	char name[FPB_NAME_MAX + 8];

	snprintf(name, sizeof(name), ".%s.work", d->target->name);
	return fpb_mount_point(d->work, c->source, name, why);
}

int fpb_daemon_start(struct fpb_daemon *d, const struct fpb_daemon_command *c,
		     char *why)
{
	struct stat log = { 0 };
	int status = 0, ret;

	/* Processes of ours whose parent ends become our children. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	snprintf(d->mark, sizeof(d->mark), MARK "%d-%.40s", (int)getpid(),
		 d->target->name);
	*d->lacks = '\0';
	d->device = 0;
	ret = make_folders(d, c, why);
	if (ret)
		return ret;
	stat(c->log, &log);
	ret = spawn(d, c);
	if (ret)
		snprintf(why, FPB_REASON_MAX, "cannot run sh: %s",
			 strerror(-ret));
	else if ((ret = wait_ready(d, &status)))
		ret = explain(d, c, log.st_size, ret, status, why);
	if (ret || *d->lacks) {
		if (d->device)
			unmount(d);
		end_all(d);
		remove_folders(d);
		return ret;
	}
	fpb_requests_start(&d->requests, d->device);
	return 0;
}

void fpb_daemon_stop(struct fpb_daemon *d)
{
	fpb_requests_stop(&d->requests);
	unmount(d);
	/* The unmount ends it; signals are for one that hangs. */
	if (!all_gone(d, END_MS))
		fpb_warn("target %s: its daemon did not end with its mount",
			 d->target->name);
	end_all(d);
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
	*(uint64_t *)user += fpb_cputime_process_ns(pid);
}

uint64_t fpb_daemon_cpu_ns(const struct fpb_daemon *d)
{
	uint64_t ns = 0;

	for_each(d, add_cpu, &ns);
	return ns;
}

/* By system calls, and by pages that were read or dirtied without one. */
static void add_io(pid_t pid, void *user)
{
	unsigned long long rchar, wchar, read_bytes, write_bytes;
	struct fpb_daemon_counts *c = user;
	char path[FPB_PATH_MAX], *text;

	if (fpb_path(path, "/proc/%d/io", (int)pid) ||
	    fpb_file_read(path, &text, NULL))
		return;
	if (sscanf(text, "rchar: %llu wchar: %llu syscr: %*u syscw: %*u read_bytes: %llu write_bytes: %llu",
		   &rchar, &wchar, &read_bytes, &write_bytes) == 4) {
		c->evidence = FPB_EVIDENCE_IO;
		c->bytes += (rchar > read_bytes ? rchar : read_bytes) +
			    (wchar > write_bytes ? wchar : write_bytes);
	}
	free(text);
}

int fpb_daemon_counts(const struct fpb_daemon *d, struct fpb_daemon_counts *c)
{
	struct fpb_daemon_counts io = { .evidence = FPB_EVIDENCE_NONE };
	int ret = count_by_kernel(d, c);

	for_each(d, add_io, &io);
	if (ret)
		ret = count_by_daemon(d, c);
	if (ret)
		*c = io;
	c->bytes = io.bytes;
	return c->evidence == FPB_EVIDENCE_NONE ? -ENODATA : 0;
}
