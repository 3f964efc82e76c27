// SPDX-License-Identifier: GPL-2.0
#include "sandbox.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel.h"

/* Of <linux/mount.h>, which <sys/mount.h> of older C libraries excludes. */
struct attr {
	uint64_t set, clear, propagation, userns_fd;
};

#define ATTR_RDONLY	1
#define RECURSIVE	0x8000	/* AT_RECURSIVE */

static struct stat outside[2];

static bool set_readonly(const char *path, bool readonly, int flags)
{
	struct attr a = {
		.set = readonly ? ATTR_RDONLY : 0,
		.clear = readonly ? 0 : ATTR_RDONLY,
	};

	return !syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &a,
			sizeof(a));
}

static bool enter(const char *writable)
{
	char path[PATH_MAX], cwd[PATH_MAX];

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return false;
	if (writable && (!realpath(writable, path) ||
			 mount(path, path, NULL, MS_BIND, NULL)))
		return false;
	if (!set_readonly("/", true, RECURSIVE) ||
	    (writable && !set_readonly(path, false, 0)))
		return false;
	umask(0);
	return !mount("sandbox", SANDBOX, "tmpfs", MS_NODEV | MS_NOSUID,
		      "size=16m,nr_inodes=20000,mode=755") &&
	       /* We may be below what is now another mount. */
	       getcwd(cwd, sizeof(cwd)) && !chdir(cwd);
}

const char *sandbox_enter(void)
{
	static char why[128];

	if (!geteuid() && enter(getenv("WRITABLE")))
		return NULL;
	snprintf(why, sizeof(why), "cannot enter a mount namespace: %s",
		 geteuid() ? "it needs root" : strerror(errno));
	return why;
}

static void must(bool holds, const char *what)
{
	if (!holds)
		fail("%s: %s", what, strerror(errno));
}

static void remove_all(int dir)
{
	DIR *d = fdopendir(dir);
	struct dirent *e;
	int sub;

	must(d, "fdopendir");
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (!unlinkat(dir, e->d_name, 0))
			continue;
		sub = openat(dir, e->d_name,
			     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		must(sub >= 0, e->d_name);
		remove_all(sub);
		must(!unlinkat(dir, e->d_name, AT_REMOVEDIR), e->d_name);
	}
	closedir(d);
}

static void clear(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir >= 0)
		remove_all(dir);
	else
		must(!mkdir(path, 0755), path);
}

static void make_file(const char *path, mode_t mode)
{
	static const char text[] = "0123456789abcdef\n";
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	must(fd >= 0 && write(fd, text, sizeof(text)) == sizeof(text) &&
	     !fchmod(fd, mode), path);
	close(fd);
}

static void stat_outside(struct stat st[2])
{
	must(!stat(SANDBOX_OUTSIDE "/f", &st[0]) &&
	     !stat(SANDBOX_OUTSIDE, &st[1]), SANDBOX_OUTSIDE);
}

void sandbox_fill(void)
{
	static bool filled;

	clear(SANDBOX_SOURCE);
	if (!filled) {
		clear(SANDBOX_OUTSIDE);
		make_file(SANDBOX_OUTSIDE "/f", 0644);
		stat_outside(outside);
		filled = true;
	}
	make_file(SANDBOX_SOURCE "/f", 0644);
	make_file(SANDBOX_SOURCE "/suid", 06755);
	must(!mkdir(SANDBOX_SOURCE "/d", 0755) &&
	     !symlink("../outside", SANDBOX_SOURCE "/l") &&
	     !symlink("../outside/f", SANDBOX_SOURCE "/m"), "the tree");
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_mode == b->st_mode && a->st_size == b->st_size &&
	       a->st_nlink == b->st_nlink && a->st_uid == b->st_uid &&
	       a->st_gid == b->st_gid &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

int sandbox_outside_is_untouched(void)
{
	struct stat st[2];

	stat_outside(st);
	return same_file(&st[0], &outside[0]) && same_file(&st[1], &outside[1]);
}
