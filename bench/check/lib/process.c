// SPDX-License-Identifier: GPL-2.0
#include "check/lib/process.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check/lib/outcome.h"
#include "check/lib/sizes.h"
#include "os/file.h"
#include "os/spawn.h"

#define MAX_CHILDREN	256

/* A ring: the oldest have ended long ago. */
static pid_t children[MAX_CHILDREN];
static unsigned int nchildren;

void check_kill_children(void)
{
	for (unsigned int i = 0; i < MAX_CHILDREN; i++)
		/* Only a child of ours that has not been reaped. */
		if (children[i] > 0 && !waitpid(children[i], NULL, WNOHANG))
			check_kill(children[i]);
}

pid_t check_fork(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		check_fail("fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(127);
	} else {
		children[nchildren++ % MAX_CHILDREN] = pid;
	}
	return pid;
}

int check_wait(pid_t pid, unsigned int ms)
{
	int status, ret = fpb_spawn_wait(pid, ms, &status);

	if (ret)
		return ret;
	if (WIFSIGNALED(status))
		return -EINTR;
	/* Children end with errno as their status. */
	return -WEXITSTATUS(status);
}

void check_still_runs(pid_t pid, const char *who)
{
	if (check_wait(pid, 0) != -ETIMEDOUT)
		check_fail("the %s ended early", who);
}

void check_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

bool check_asleep(pid_t pid)
{
	char path[64], *text, *p;
	bool uninterruptible;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fpb_file_read(path, &text, NULL))
		return false;
	p = strrchr(text, ')');
	uninterruptible = p && p[1] && p[2] == 'D';
	free(text);
	return uninterruptible;
}

void *check_buffer(size_t bytes)
{
	void *p;

	if (posix_memalign(&p, BLOCK, bytes))
		check_fail("out of memory: %zu bytes", bytes);
	memset(p, 0, bytes);
	return p;
}

void *check_shared_memory(size_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	return p;
}

int check_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0644);

	if (fd < 0)
		check_fail("open %s: %s", path, strerror(errno));
	return fd;
}

int check_set_capability(const char *path)
{
	const struct vfs_cap_data caps = {
		.magic_etc = htole32(VFS_CAP_REVISION_2 |
				     VFS_CAP_FLAGS_EFFECTIVE),
		.data[0].permitted = htole32(1 << CAP_NET_RAW),
	};

	return setxattr(path, "security.capability", &caps, XATTR_CAPS_SZ_2,
			0);
}

struct stat check_stat(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		check_fail("stat %s: %s", path, strerror(errno));
	return st;
}

void check_command(const char *log, const char *const *argv, unsigned int ms)
{
	int ret = fpb_spawn_run(argv, log, ms);

	if (ret)
		check_fail("%s: %s (see check.log)", argv[0],
			   ret == -EIO ? "failed" : strerror(-ret));
}
