// SPDX-License-Identifier: GPL-2.0
#include "check/lib/check.h"

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
#include "os/spawn.h"

#define MAX_HELPERS	256

/* A ring: the oldest have ended long ago. */
static pid_t helpers[MAX_HELPERS];
static unsigned int nhelpers;

void helpers_end(void)
{
	for (unsigned int i = 0; i < MAX_HELPERS; i++)
		/* Only a child of ours that has not been reaped. */
		if (helpers[i] > 0 && !waitpid(helpers[i], NULL, WNOHANG))
			helper_kill(helpers[i]);
}

pid_t helper(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		check_fail("fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(127);
	} else {
		helpers[nhelpers++ % MAX_HELPERS] = pid;
	}
	return pid;
}

int helper_wait(pid_t pid, unsigned int ms)
{
	int status, ret = fpb_spawn_wait(pid, ms, &status);

	if (ret)
		return ret;
	if (WIFSIGNALED(status))
		return -EINTR;
	/* Children end with errno as their status. */
	return -WEXITSTATUS(status);
}

void helper_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void *aligned(size_t bytes)
{
	void *p;

	if (posix_memalign(&p, BLOCK, bytes))
		abort();
	memset(p, 0, bytes);
	return p;
}

int open_or_fail(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		check_fail("open %s: %s", path, strerror(errno));
	return fd;
}

void msleep(unsigned int ms)
{
	fpb_sleep_ms(ms);
}

void run(struct check *c, const char *const *argv, unsigned int ms)
{
	int ret = fpb_spawn_run(argv, c->log, ms);

	if (ret)
		check_fail("%s: %s (see check.log)", argv[0],
			   ret == -EIO ? "failed" : strerror(-ret));
}
