// SPDX-License-Identifier: GPL-2.0
#include "os/family.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/file.h"

#define POLL_MS		5

/* --- who descends from whom ------------------------------------------------- */

struct process {
	pid_t pid, parent;
	bool ours;
};

/* The parent's number follows the name, which may hold anything. */
static pid_t parent_of(pid_t pid)
{
	char path[64], *text, *p;
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fpb_file_read(path, &text, NULL))
		return 0;
	p = strrchr(text, ')');
	if (p)
		sscanf(p + 1, " %*c %d", &parent);
	free(text);
	return parent;
}

static int all_processes(struct process **list, size_t *n)
{
	struct dirent *e;
	DIR *d = opendir("/proc");
	size_t room = 0;

	*list = NULL;
	*n = 0;
	if (!d)
		return -errno;
	while ((e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid <= 0)
			continue;
		if (*n == room) {
			room = room ? 2 * room : 256;
			*list = reallocarray(*list, room, sizeof(**list));
			if (!*list)
				break;
		}
		(*list)[(*n)++] = (struct process){
			.pid = pid, .parent = parent_of(pid),
		};
	}
	closedir(d);
	return *list ? 0 : -ENOMEM;
}

/* Each pass finds the children of what the last one found. */
static void mark_descendants(struct process *p, size_t n, pid_t root)
{
	bool found = true;

	for (size_t i = 0; i < n; i++)
		p[i].ours = p[i].parent == root;
	while (found) {
		found = false;
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; !p[i].ours && k < n; k++)
				if (p[k].ours && p[k].pid == p[i].parent)
					found = p[i].ours = true;
	}
}

int fpb_descendants(pid_t root, void (*fn)(pid_t pid, void *user), void *user)
{
	struct process *list;
	size_t n;
	int ret = all_processes(&list, &n);

	if (!ret)
		mark_descendants(list, n, root);
	for (size_t i = 0; !ret && i < n; i++)
		if (list[i].ours)
			fn(list[i].pid, user);
	free(list);
	return ret;
}

/* --- the ancestor ----------------------------------------------------------- */

/* Says first whether the command runs, then how it ended; ends as the last one. */
static void __attribute__((noreturn))
guard(const struct fpb_spawn *s, pid_t parent, int fd)
{
	int status;
	pid_t pid, p;

	setpgid(0, 0);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	/* What is waiting for an end of file is not to wait for us. */
	close_range(3, fd - 1, 0);
	close_range(fd + 1, ~0u, 0);
	pid = fpb_spawn(s);
	status = pid < 0 ? pid : 0;
	if (write(fd, &status, sizeof(status)) < 0 || pid < 0)
		_exit(0);
	do {
		p = waitpid(-1, &status, 0);
		if (p == pid && write(fd, &status, sizeof(status)) < 0)
			break;
	} while (p > 0 || errno == EINTR);
	_exit(0);
}

/* Whether it has said something more. */
static bool hear(struct fpb_family *f, int *what)
{
	ssize_t n;

	do
		n = read(f->fd, what, sizeof(*what));
	while (n < 0 && errno == EINTR);
	return n == sizeof(*what);
}

static void forget(struct fpb_family *f)
{
	close(f->fd);
	f->guard = 0;
}

int fpb_family_start(struct fpb_family *f, const struct fpb_spawn *s)
{
	const pid_t parent = getpid();
	int fds[2], error = -EIO;

	*f = (struct fpb_family){ 0 };
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	f->fd = fds[0];
	f->guard = fork();
	if (!f->guard)
		guard(s, parent, fds[1]);
	if (f->guard < 0)
		error = -errno;
	close(fds[1]);
	if (f->guard > 0 && hear(f, &error) && !error) {
		fcntl(f->fd, F_SETFL, O_NONBLOCK);
		return 0;
	}
	if (f->guard > 0)
		waitpid(f->guard, NULL, 0);
	forget(f);
	return error;
}

bool fpb_family_ended(struct fpb_family *f)
{
	if (!f->ended && f->guard)
		f->ended = hear(f, &f->status);
	return f->ended || !f->guard;
}

static bool is_gone(struct fpb_family *f)
{
	if (!f->guard)
		return true;
	if (waitpid(f->guard, NULL, WNOHANG) != f->guard)
		return false;
	fpb_family_ended(f);
	forget(f);
	return true;
}

bool fpb_family_gone(struct fpb_family *f, unsigned int ms)
{
	const uint64_t end = fpb_now_ms() + ms * fpb_patience;

	while (!is_gone(f)) {
		if (fpb_now_ms() >= end)
			return false;
		fpb_sleep_ms(POLL_MS);
	}
	return true;
}

static void signal_one(pid_t pid, void *user)
{
	kill(pid, *(int *)user);
}

void fpb_family_signal(const struct fpb_family *f, int signal)
{
	fpb_family_each(f, signal_one, &signal);
}

void fpb_family_end(struct fpb_family *f, unsigned int ms)
{
	static const int signals[] = { SIGTERM, SIGKILL };

	for (int i = 0; i < 2 && !fpb_family_gone(f, 0); i++) {
		fpb_family_signal(f, signals[i]);
		fpb_family_gone(f, ms);
	}
	if (!f->guard)
		return;
	/* Whoever is left cannot be ended: the guard no longer waits for it. */
	kill(f->guard, SIGKILL);
	waitpid(f->guard, NULL, 0);
	forget(f);
}

void fpb_family_each(const struct fpb_family *f,
		     void (*fn)(pid_t pid, void *user), void *user)
{
	if (f->guard)
		fpb_descendants(f->guard, fn, user);
}
