// SPDX-License-Identifier: GPL-2.0
/* fpfs: from the command line to a running session. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fs.h"
#include "mount_helper.h"
#include "msg.h"
#include "opts.h"
#include "session.h"

/*
 * Inodes in the kernel's cache have a descriptor each while there are enough.
 * With a higher limit fewer must be opened again by their handle, and more
 * files can be open.
 */
static void raise_fd_limit(void)
{
	FILE *f = fopen("/proc/sys/fs/nr_open", "re");
	unsigned long max = 0;
	struct rlimit lim;

	if (f && fscanf(f, "%lu", &max) != 1)
		max = 0;
	if (f)
		fclose(f);
	lim.rlim_cur = lim.rlim_max = max;
	if (max && !setrlimit(RLIMIT_NOFILE, &lim))
		return;
	if (!getrlimit(RLIMIT_NOFILE, &lim)) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
}

static bool inside(const char *outer, const char *inner)
{
	size_t n = strlen(outer);

	if (strncmp(outer, inner, n))
		return false;
	return !inner[n] || inner[n] == '/' || n == 1;
}

/* Both made absolute: the daemon leaves its working directory. */
static int resolve(struct fpfs_opts *o, char *source, char *mountpoint)
{
	struct stat st;

	if (!realpath(o->source, source)) {
		fpfs_err("source %s: %s", o->source, strerror(errno));
		return -EINVAL;
	}
	/* stat() too: realpath() does not touch a dead mount's root. */
	if (!realpath(o->mountpoint, mountpoint) || stat(mountpoint, &st)) {
		fpfs_err("mount point %s: %s%s", o->mountpoint, strerror(errno),
			 errno == ENOTCONN ? " (its daemon has ended; "
					     "umount it first)" : "");
		return -EINVAL;
	}
	if (inside(source, mountpoint) || inside(mountpoint, source)) {
		fpfs_err("%s and %s: one contains the other, so the mount "
			 "would contain itself", source, mountpoint);
		return -EINVAL;
	}
	o->source = source;
	o->mountpoint = mountpoint;
	return 0;
}

static enum fpfs_exit serve(const struct fpfs_opts *o, int ready_fd)
{
	enum fpfs_exit status;
	struct fpfs fs;

	raise_fd_limit();
	if (fpfs_init(&fs, o))
		return FPFS_EXIT_ERROR;
	status = fpfs_session_run(&fs, ready_fd);
	fpfs_exit(&fs);
	return status;
}

/* READY=1 from the child, or its exit status if it ends before that. */
static enum fpfs_exit wait_ready(pid_t child, int fd)
{
	char word[16];
	ssize_t n = read(fd, word, sizeof(word));
	int status;

	if (n > 0)
		return FPFS_EXIT_OK;
	if (n < 0) {
		fpfs_err("cannot wait for the daemon: %s", strerror(errno));
		kill(child, SIGTERM);
	}
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
		fpfs_err("the daemon died before it was ready");
		return FPFS_EXIT_ERROR;
	}
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : FPFS_EXIT_ERROR;
}

static enum fpfs_exit serve_in_background(const struct fpfs_opts *o)
{
	enum fpfs_exit status;
	int fd[2];
	pid_t child;

	if (pipe2(fd, O_CLOEXEC)) {
		fpfs_err("cannot start the daemon: pipe: %s", strerror(errno));
		return FPFS_EXIT_ERROR;
	}
	child = fork();
	if (child < 0) {
		fpfs_err("cannot start the daemon: fork: %s", strerror(errno));
		return FPFS_EXIT_ERROR;
	}
	if (child) {
		close(fd[1]);
		status = wait_ready(child, fd[0]);
		if (!status && !fpfs_report_ready(o->ready_fd)) {
			kill(child, SIGTERM);
			waitpid(child, NULL, 0);
			status = FPFS_EXIT_ERROR;
		}
		return status;
	}
	close(fd[0]);
	if (o->ready_fd >= 0)
		close(o->ready_fd);
	setsid();
	if (chdir("/"))
		fpfs_err("cannot change to directory /: %s", strerror(errno));
	if (!freopen("/dev/null", "r", stdin) ||
	    !freopen("/dev/null", "w", stdout))
		fpfs_err("cannot use /dev/null as stdin and stdout: %s",
			 strerror(errno));
	return serve(o, fd[1]);
}

/*
 * libfuse's rings use libnuma, which prints a warning for each ring if the
 * kernel has no NUMA. A program can replace this function to silence it.
 */
void numa_error(char *where);
void numa_error(char *where)
{
}

static void print_version(void)
{
	printf("fpfs %s, libfuse %s\n", FPFS_VERSION, fuse_pkgversion());
}

/* The daemon is not involved: the kernel changes the mount's flags. */
static enum fpfs_exit remount(const struct fpfs_opts *o)
{
	if (o->fake || !mount(NULL, o->mountpoint, NULL,
			      MS_REMOUNT | o->mount_flags, NULL))
		return FPFS_EXIT_OK;
	fpfs_err("cannot remount %s: %s", o->mountpoint, strerror(errno));
	return FPFS_EXIT_ERROR;
}

/*
 * A set-uid copy of fpfs would show any user what only root may see, and
 * remount with any flags.
 */
static bool refuse_users(void)
{
	if (!getuid() && !geteuid())
		return false;
	fpfs_err("must run as root, to register backing files and to act as "
		 "the caller");
	return true;
}

static enum fpfs_exit run(struct fpfs_opts *o)
{
	static char source[PATH_MAX], mountpoint[PATH_MAX];

	if (o->help) {
		fpfs_opts_help(stdout);
		return FPFS_EXIT_OK;
	}
	if (o->version) {
		print_version();
		return FPFS_EXIT_OK;
	}
	/* First: all that follows looks at paths or mounts, with euid 0. */
	if (refuse_users())
		return FPFS_EXIT_ERROR;
#ifndef FUSE_CAP_OVER_IO_URING
	if (o->uring) {
		fpfs_err("this build's libfuse has no io_uring; it needs "
			 "libfuse 3.18 or later");
		return FPFS_EXIT_UNSUPPORTED;
	}
#endif
	if (o->remount)
		return remount(o);
	if (resolve(o, source, mountpoint))
		return FPFS_EXIT_ERROR;
	if (o->fake)
		return FPFS_EXIT_OK;
	/* Whoever waits for ready_fd may be gone: in the parent, too. */
	signal(SIGPIPE, SIG_IGN);
	return o->foreground ? serve(o, o->ready_fd) : serve_in_background(o);
}

int main(int argc, char **argv)
{
	struct fpfs_opts o;
	enum fpfs_exit status = FPFS_EXIT_USAGE;

	if (!fpfs_command_line_parse(&o, argc, argv))
		status = run(&o);
	fpfs_opts_free(&o);
	return status;
}
