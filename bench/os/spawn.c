// SPDX-License-Identifier: GPL-2.0
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/result.h"
#include "os/clock.h"
#include "os/confine.h"
#include "os/file.h"
#include "os/stop.h"

/* What a process needs to die, and more. */
#define KILLED_MS	10000

void fpb_spawn_path(void)
{
	const char *path = getenv("PATH");
	char *longer;

	if (asprintf(&longer, "%s%s/usr/sbin:/sbin", path ? path : "",
		     path && *path ? ":" : "") < 0)
		return;
	setenv("PATH", longer, 1);
	free(longer);
}

int fpb_spawn_where(const char *name, char *full)
{
	const char *path = getenv("PATH");
	char *copy = strdup(path ? path : ""), *dir, *save = NULL;
	int ret = -ENOENT;

	for (dir = copy ? strtok_r(copy, ":", &save) : NULL; dir && ret;
	     dir = strtok_r(NULL, ":", &save))
		if (!fpb_path(full, "%s/%s", dir, name) && !access(full, X_OK))
			ret = 0;
	free(copy);
	return ret;
}

bool fpb_spawn_find(const char *name)
{
	char path[FPB_PATH_MAX];

	return !fpb_spawn_where(name, path);
}

static void child_output(const struct fpb_spawn *s)
{
	int null = open("/dev/null", O_RDWR), out = null;

	if (s->log)
		out = open(s->log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	dup2(null, STDIN_FILENO);
	dup2(s->stdout_fd > 0 ? s->stdout_fd : out, STDOUT_FILENO);
	if (!s->our_stderr)
		dup2(out, STDERR_FILENO);
}

static void __attribute__((noreturn))
child(const struct fpb_spawn *s, pid_t parent, int error_fd)
{
	sigset_t none;
	int err;

	setpgid(0, 0);
	if (s->writable) {
		err = -fpb_confine(s->writable);
		if (err)
			goto report;
	}
	prctl(PR_SET_PDEATHSIG, s->death_signal ? s->death_signal : SIGKILL);
	if (getppid() != parent)
		_exit(127);
	/* Handlers go by themselves at exec; what is ignored stays so. */
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	child_output(s);
	if (s->cpus && sched_setaffinity(0, sizeof(*s->cpus), s->cpus))
		goto failed;
	if (s->keep_fd > 0)
		fcntl(s->keep_fd, F_SETFD, 0);
	for (size_t i = 0; s->env && s->env[i]; i++)
		putenv((char *)s->env[i]);
	execvp(s->argv[0], (char *const *)s->argv);
failed:
	err = errno;
report:
	if (write(error_fd, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

pid_t fpb_spawn(const struct fpb_spawn *s)
{
	pid_t parent = getpid(), pid;
	int fds[2], err = 0;

	/* exec closes the pipe; a failed exec sends its errno first. */
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		err = errno;
		close(fds[0]);
		close(fds[1]);
		return -err;
	}
	if (!pid)
		child(s, parent, fds[1]);
	setpgid(pid, pid);
	close(fds[1]);
	while (read(fds[0], &err, sizeof(err)) < 0 && errno == EINTR)
		;
	close(fds[0]);
	if (err) {
		waitpid(pid, NULL, 0);
		return -err;
	}
	return pid;
}

static int wait_for(pid_t pid, unsigned int ms, bool stop, int *status)
{
	uint64_t start = fpb_now_ms();
	uint64_t deadline = start + (uint64_t)ms * fpb_patience;

	for (;;) {
		unsigned int waited = fpb_now_ms() - start;
		pid_t p = waitpid(pid, status, WNOHANG);

		if (p == pid)
			return 0;
		if (p < 0 && errno != EINTR)
			return -errno;
		if (stop && fpb_stop_asked())
			return -EINTR;
		if (fpb_now_ms() >= deadline)
			return -ETIMEDOUT;
		/* Short waits end soon, long ones do not disturb. */
		fpb_sleep_ms(waited < 160 ? 1 + waited / 8 : 20);
	}
}

int fpb_spawn_wait(pid_t pid, unsigned int ms, int *status)
{
	return wait_for(pid, ms, true, status);
}

static bool reaped(pid_t pid)
{
	return waitpid(pid, NULL, WNOHANG) != 0;
}

void fpb_spawn_end(pid_t pid, unsigned int grace_ms)
{
	uint64_t deadline = fpb_now_ms() + grace_ms;

	if (grace_ms) {
		kill(-pid, SIGTERM);
		while (fpb_now_ms() < deadline) {
			if (reaped(pid)) {
				kill(-pid, SIGKILL);
				return;
			}
			fpb_sleep_ms(5);
		}
	}
	kill(-pid, SIGKILL);
	/* A request to a FUSE daemon that hangs cannot be interrupted. */
	deadline = fpb_now_ms() + KILLED_MS;
	while (!reaped(pid) && fpb_now_ms() < deadline)
		fpb_sleep_ms(1);
}

static int try(int (*fn)(void *user), void *user, unsigned int ms, bool stop)
{
	pid_t pid = fork();
	int status, ret;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(-fn(user) & 0xff);
	ret = wait_for(pid, ms, stop, &status);
	if (ret) {
		kill(pid, SIGKILL);
		return ret;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
}

int fpb_spawn_try(int (*fn)(void *user), void *user, unsigned int ms)
{
	return try(fn, user, ms, true);
}

int fpb_spawn_insist(int (*fn)(void *user), void *user, unsigned int ms)
{
	return try(fn, user, ms, false);
}

int fpb_spawn_status(const struct fpb_spawn *s, unsigned int ms, int *status)
{
	pid_t pid = fpb_spawn(s);
	int ret = pid < 0 ? (int)pid : fpb_spawn_wait(pid, ms, status);

	if (pid > 0 && (ret == -EINTR || ret == -ETIMEDOUT))
		fpb_spawn_end(pid, 2000);
	return ret;
}

static int run(const struct fpb_spawn *s, unsigned int ms)
{
	int status, ret = fpb_spawn_status(s, ms, &status);

	if (ret)
		return ret;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : -EIO;
}

int fpb_spawn_run(const char *const *argv, const char *log, unsigned int ms)
{
	return run(&(struct fpb_spawn){ .argv = argv, .log = log }, ms);
}

int fpb_spawn_run_why(const char *const *argv, const char *log,
		      unsigned int ms, char *why)
{
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	struct stat st = { 0 };
	int ret;

	if (stat(log, &st) && errno != ENOENT)
		return -errno;
	ret = fpb_spawn_run(argv, log, ms);
	if (ret == -EIO) {
		if (fpb_file_last_line(log, st.st_size, why, FPB_REASON_MAX))
			snprintf(why, FPB_REASON_MAX,
				 "%s failed without a message", name);
	} else if (ret == -ETIMEDOUT) {
		snprintf(why, FPB_REASON_MAX, "%s hung and was ended", name);
	} else if (ret) {
		snprintf(why, FPB_REASON_MAX, "cannot run %s: %s", argv[0],
			 strerror(-ret));
	}
	return ret;
}

/* @s: its standard output is ours to set; @all: its standard error, too. */
static int read_output(struct fpb_spawn *s, bool all, unsigned int ms,
		       char **out, int *status)
{
	const int fd = memfd_create("output", MFD_CLOEXEC);
	char self[64];
	int ret;

	if (fd < 0)
		return -errno;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (all)
		s->log = self;
	else
		s->stdout_fd = fd;
	ret = fpb_spawn_status(s, ms, status);
	if (!ret && !*status)
		ret = fpb_file_read(self, out, NULL);
	close(fd);
	return ret;
}

static int read_or_fail(const char *const *argv, bool all, unsigned int ms,
			char **out)
{
	struct fpb_spawn s = { .argv = argv };
	int status, ret = read_output(&s, all, ms, out, &status);

	return ret ? ret : status ? -EIO : 0;
}

int fpb_spawn_read(const char *const *argv, unsigned int ms, char **out)
{
	return read_or_fail(argv, false, ms, out);
}

int fpb_spawn_read_all(const char *const *argv, unsigned int ms, char **out)
{
	return read_or_fail(argv, true, ms, out);
}

int fpb_spawn_ask(const char *const *argv, unsigned int ms, char **out,
		  int *status)
{
	struct fpb_spawn s = { .argv = argv, .our_stderr = true };

	return read_output(&s, false, ms, out, status);
}
