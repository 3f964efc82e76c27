// SPDX-License-Identifier: GPL-2.0
/* What the mount shows is what is there: at once, or within the time-out. */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef STATX_DIOALIGN
#define STATX_DIOALIGN	0x2000	/* since Linux 6.1 */
#endif

#define TIMEOUT_MS	500

static bool same(const char *name, char *why, size_t size)
{
	struct stat a, b;

	if (stat(in(src, name), &a) || stat(in(mnt, name), &b))
		die("%s: %m", name);
	snprintf(why, size, "size %lld/%lld mode %o/%o mtime %ld.%09ld/"
		 "%ld.%09ld ctime %ld.%09ld/%ld.%09ld blocks %lld/%lld",
		 (long long)a.st_size, (long long)b.st_size, a.st_mode,
		 b.st_mode, (long)a.st_mtim.tv_sec, a.st_mtim.tv_nsec,
		 (long)b.st_mtim.tv_sec, b.st_mtim.tv_nsec,
		 (long)a.st_ctim.tv_sec, a.st_ctim.tv_nsec,
		 (long)b.st_ctim.tv_sec, b.st_ctim.tv_nsec,
		 (long long)a.st_blocks, (long long)b.st_blocks);
	return a.st_size == b.st_size && a.st_mode == b.st_mode &&
	       a.st_ino == b.st_ino && a.st_nlink == b.st_nlink &&
	       a.st_uid == b.st_uid && a.st_gid == b.st_gid &&
	       a.st_blocks == b.st_blocks && a.st_blksize == b.st_blksize &&
	       !memcmp(&a.st_mtim, &b.st_mtim, sizeof(a.st_mtim)) &&
	       !memcmp(&a.st_ctim, &b.st_ctim, sizeof(a.st_ctim));
}

static void agree(const char *after)
{
	char why[400];

	if (!same("f", why, sizeof(why)))
		die("after %s, source/mount: %s", after, why);
}

static void agree_soon(const char *after)
{
	msleep(TIMEOUT_MS + 100);
	agree(after);
}

static void after_our_own_changes(void)
{
	struct timespec tv[2] = { { 1, 2 }, { 3, 4 } };
	char *block;
	int fd;

	must(!posix_memalign((void **)&block, 4096, 4096));
	memset(block, 'b', 4096);
	start("--timeout=600");
	fd = open(in(mnt, "f"), O_CREAT | O_RDWR, 0644);
	must(fd >= 0);
	agree("create");
	must(write(fd, "hello", 5) == 5);
	agree("a buffered write");
	must(pwrite(fd, "x", 1, 100000) == 1);
	agree("a write beyond the end");
	must(!fcntl(fd, F_SETFL, O_DIRECT));
	must(!fcntl(fd, F_SETFL, 0));
	must(!ftruncate(fd, 10));
	agree("ftruncate");
	must(!fallocate(fd, 0, 0, 50000));
	agree("fallocate");
	must(!fchmod(fd, 0600));
	agree("fchmod");
	must(!fchown(fd, 5, 6));
	agree("fchown");
	must(!futimens(fd, tv));
	agree("futimens");
	must(!fsetxattr(fd, "user.x", "1", 1, 0));
	agree("fsetxattr");
	must(!link(in(mnt, "f"), in(mnt, "g")));
	agree("link");
	must(!unlink(in(mnt, "g")));
	agree("unlink of a link");
	must(!rename(in(mnt, "f"), in(mnt, "g")));
	must(!rename(in(mnt, "g"), in(mnt, "f")));
	agree("rename");
	close(fd);
	fd = open(in(mnt, "f"), O_RDWR | O_DIRECT);
	must(fd >= 0);
	must(pwrite(fd, block, 4096, 4096) == 4096);
	agree("a direct write");
	close(fd);
	fd = open(in(mnt, "f"), O_WRONLY | O_APPEND);
	must(write(fd, "abc", 3) == 3);
	agree("an append");
	close(fd);
	must(!truncate(in(mnt, "f"), 5));
	agree("truncate");
	fd = open(in(mnt, "f"), O_WRONLY | O_TRUNC);
	agree("O_TRUNC");
	close(fd);
}

static void after_mmap(void)
{
	char *p;
	int fd;

	put(in(src, "f"), "0123456789", 0644);
	start("--timeout=0.5");
	fd = open(in(mnt, "f"), O_RDWR);
	must(fd >= 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	agree("mmap");
	msleep(20);
	p[0] = 'A';
	must(!msync(p, 4096, MS_SYNC));
	agree_soon("a store and msync");
	close(fd);
	p[1] = 'B';
	must(!munmap(p, 4096));
	agree_soon("a store to a closed file and munmap");
	if (strncmp(get(in(src, "f")), "AB2345", 6))
		die("the source has %s", get(in(src, "f")));
}

/* Also within a time-out, once the file is closed. */
static void after_mmap_and_close(void)
{
	char why[400], *p;
	int fd, i;

	put(in(src, "f"), "0123456789", 0644);
	start("--timeout=600");
	agree("the mount");
	fd = open(in(mnt, "f"), O_RDWR);
	must(fd >= 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	agree("mmap");	/* and is cached, also the time of access */
	msleep(20);	/* so that times differ */
	p[0] = 'A';
	must(!munmap(p, 4096));
	close(fd);
	/* The kernel does not wait for RELEASE. */
	for (i = 0; i < 1000 && !same("f", why, sizeof(why)); i++)
		msleep(20);
	agree("a store, munmap and close");
}

static struct statx ask(const char *dir, int flags)
{
	struct statx stx;

	must(!statx(AT_FDCWD, in(dir, "f"), flags, STATX_BASIC_STATS, &stx));
	return stx;
}

static bool same_times(const struct statx *a, const struct statx *b)
{
	return a->stx_mtime.tv_sec == b->stx_mtime.tv_sec &&
	       a->stx_mtime.tv_nsec == b->stx_mtime.tv_nsec &&
	       a->stx_ctime.tv_sec == b->stx_ctime.tv_sec &&
	       a->stx_ctime.tv_nsec == b->stx_ctime.tv_nsec;
}

/* Within the time-out and with the mapping in use, by AT_STATX_FORCE_SYNC. */
static void after_mmap_if_forced(void)
{
	struct statx before, below, shown;
	char *p;
	int fd, i;

	put(in(src, "f"), "0123456789", 0644);
	start("--timeout=600");
	fd = open(in(mnt, "f"), O_RDWR);
	must(fd >= 0);
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	for (i = 0; i < 3; i++) {
		before = ask(mnt, 0);	/* and is cached */
		msleep(20);		/* so that times differ */
		p[i] = 'A';
		must(!msync(p, 4096, MS_SYNC));
		below = ask(src, 0);
		shown = ask(mnt, AT_STATX_FORCE_SYNC);
		if (same_times(&before, &below))
			die("store %d changed no time of the source", i);
		if (!same_times(&shown, &below))
			die("store %d: mtime %lld.%09u on the source, "
			    "%lld.%09u on the mount", i,
			    (long long)below.stx_mtime.tv_sec,
			    below.stx_mtime.tv_nsec,
			    (long long)shown.stx_mtime.tv_sec,
			    shown.stx_mtime.tv_nsec);
	}
	close(fd);
	must(!munmap(p, 4096));
}

static void after_changes_below(void)
{
	struct stat st;

	put(in(src, "f"), "one", 0644);
	start("--timeout=0.5");
	agree("the mount");
	put(in(src, "f"), "three", 0600);
	agree_soon("a write and chmod below");
	must(!truncate(in(src, "f"), 1));
	agree_soon("truncate below");
	if (strcmp(get(in(mnt, "f")), "t"))
		die("the mount reads %s", get(in(mnt, "f")));

	if (!stat(in(mnt, "new"), &st) || errno != ENOENT)
		die("a file that is not there");
	put(in(src, "new"), "", 0644);
	msleep(TIMEOUT_MS + 100);
	must(!stat(in(mnt, "new"), &st));
	must(!unlink(in(src, "new")));
	msleep(TIMEOUT_MS + 100);
	if (!stat(in(mnt, "new"), &st) || errno != ENOENT)
		die("a file that was removed below is still there");

	/* A name that now means another file. */
	put(in(src, "other"), "another file", 0640);
	must(!rename(in(src, "other"), in(src, "f")));
	agree_soon("rename below");
	if (strcmp(get(in(mnt, "f")), "another file"))
		die("the mount reads %s", get(in(mnt, "f")));
	/* A file that became a directory. */
	must(!unlink(in(src, "f")) && !mkdir(in(src, "f"), 0755));
	agree_soon("a file became a directory");
}

static void without_timeouts(void)
{
	start("--timeout=0");
	put(in(src, "f"), "one", 0644);
	agree("create below");
	put(in(src, "f"), "three", 0600);
	agree("a write below");
	must(!unlink(in(src, "f")));
	if (!access(in(mnt, "f"), F_OK) || errno != ENOENT)
		die("a file that was removed below is still there");
	must(!mkdir(in(src, "f"), 0700));
	agree("mkdir below");
}

/* --- directories ----------------------------------------------------------- */

static unsigned int count_names(const char *path, bool *seen, unsigned int n)
{
	DIR *d = opendir(path);
	struct dirent *e;
	unsigned int count = 0, i;

	must(d);
	memset(seen, 0, n);
	while ((e = readdir(d))) {
		if (sscanf(e->d_name, "name-%u", &i) != 1)
			continue;
		if (i >= n || seen[i])
			die("%s: twice or unknown", e->d_name);
		seen[i] = true;
		count++;
	}
	closedir(d);
	return count;
}

static void name(char *buf, const char *dir, unsigned int i)
{
	snprintf(buf, 4096, "%s/d/name-%u", dir, i);
}

static void large_directory(void)
{
	enum { N = 5000 };
	static bool seen[N];
	static char path[4096];
	unsigned int i, n;
	struct dirent *e;
	DIR *d;

	must(!mkdir(in(src, "d"), 0755));
	for (i = 0; i < N; i++) {
		name(path, src, i);
		put(path, "", 0644);
	}
	start("--timeout=0.2");
	for (i = 0; i < 3; i++) {
		n = count_names(in(mnt, "d"), seen, N);
		if (n != N)
			die("pass %u: %u names of %u", i, n, N);
		if (i == 1)
			drop_caches();
	}
	/* Remove through the mount while reading: none is skipped. */
	d = opendir(in(mnt, "d"));
	must(d);
	for (n = 0; (e = readdir(d));) {
		if (e->d_name[0] == '.')
			continue;
		must(!unlinkat(dirfd(d), e->d_name, 0));
		n++;
	}
	closedir(d);
	if (n != N)
		die("%u of %u removed while reading", n, N);
	must(!rmdir(in(mnt, "d")));
}

static void two_readers_and_a_seek(void)
{
	enum { N = 1000 };
	static char path[4096];
	struct dirent *e;
	char at[300];
	DIR *a, *b;
	unsigned int i;
	long where = -1;

	must(!mkdir(in(src, "d"), 0755));
	for (i = 0; i < N; i++) {
		name(path, src, i);
		put(path, "", 0644);
	}
	start("--timeout=0");
	a = opendir(in(mnt, "d"));
	b = opendir(in(mnt, "d"));
	must(a && b);
	for (i = 0; (e = readdir(a)); i++) {
		if (i == 300) {
			where = telldir(a);
		} else if (i == 301) {
			snprintf(at, sizeof(at), "%s", e->d_name);
		}
		/* The two share the daemon's descriptor. */
		if (i % 3 == 0)
			(void)readdir(b);
		if (i % 100 == 0)
			rewinddir(b);
	}
	if (i != N + 2)
		die("%u entries of %u", i, N + 2);
	seekdir(a, where);
	e = readdir(a);
	if (!e || strcmp(e->d_name, at))
		die("after seekdir: %s, not %s", e ? e->d_name : "nothing", at);
	/* New names show after a rewind. */
	name(path, mnt, N);
	put(path, "", 0644);
	rewinddir(a);
	for (i = 0; readdir(a); i++)
		;
	if (i != N + 3)
		die("%u entries of %u after a new one", i, N + 3);
	closedir(a);
	closedir(b);
}

static void listing_below(void)
{
	bool seen[4];
	static char path[4096];

	must(!mkdir(in(src, "d"), 0755));
	start("--timeout=0.5");
	if (count_names(in(mnt, "d"), seen, 4))
		die("names in an empty directory");
	name(path, src, 1);
	put(path, "", 0644);
	msleep(TIMEOUT_MS + 100);
	if (count_names(in(mnt, "d"), seen, 4) != 1)
		die("a name made below does not show");
	must(!unlink(path));
	msleep(TIMEOUT_MS + 100);
	if (count_names(in(mnt, "d"), seen, 4))
		die("a name removed below still shows");
}

/* Birth time goes by STATX, which libfuse has since 3.18. */
static void birth_time(void)
{
	struct statx a, b;

	put(in(src, "f"), "", 0644);
	start(NULL);
	must(!statx(AT_FDCWD, in(src, "f"), 0, STATX_BTIME, &a));
	must(!statx(AT_FDCWD, in(mnt, "f"), 0, STATX_BTIME, &b));
	if (!(b.stx_mask & STATX_BTIME))
		skip("this libfuse or kernel has no STATX");
	if (a.stx_btime.tv_sec != b.stx_btime.tv_sec ||
	    a.stx_btime.tv_nsec != b.stx_btime.tv_nsec)
		die("birth times differ");
}

/*
 * fpfs(8) says that the kernel does not ask for it. If that changes, so must
 * the manual.
 */
static void direct_io_alignment(void)
{
	struct statx a, b;

	put(in(src, "f"), "", 0644);
	start(NULL);
	must(!statx(AT_FDCWD, in(src, "f"), 0, STATX_DIOALIGN, &a));
	must(!statx(AT_FDCWD, in(mnt, "f"), 0, STATX_DIOALIGN, &b));
	if (!(a.stx_mask & STATX_DIOALIGN))
		skip("the source has no STATX_DIOALIGN");
	if (b.stx_mask & STATX_DIOALIGN)
		die("this kernel passes it on: LIMITATIONS in fpfs(8) is out of date");
}

/* More than can be listed at once. */
static void many_xattrs(void)
{
	static char list[XATTR_LIST_MAX];
	char name[64];
	unsigned int i;
	ssize_t want, got;
	int fd;

	put(in(src, "f"), "", 0644);
	fd = open(in(src, "f"), O_RDWR);
	must(fd >= 0);
	for (i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "user.a-name-to-fill-the-list-%u",
			 i);
		if (fsetxattr(fd, name, "", 0, 0))
			skip("no %u attributes: %m", i);
	}
	close(fd);
	start(NULL);
	want = listxattr(in(src, "f"), NULL, 0);
	must(want > XATTR_LIST_MAX);
	got = listxattr(in(mnt, "f"), NULL, 0);
	if (got < 0)
		die("the source says %zd, the mount %m", want);
	/* The kernel lowers it to what it can list. */
	if (got != XATTR_LIST_MAX)
		die("the source says %zd, the mount %zd", want, got);
	if (listxattr(in(src, "f"), list, sizeof(list)) >= 0 || errno != E2BIG)
		die("the source: %m");
	if (listxattr(in(mnt, "f"), list, sizeof(list)) >= 0 || errno != E2BIG)
		die("the mount: %m");
}

const struct test attr_tests[] = {
	{ "attributes agree at once after changes through the mount",
	  after_our_own_changes },
	{ "attributes agree in time after mmap", after_mmap },
	{ "attributes agree after mmap and close", after_mmap_and_close },
	{ "times agree after mmap with AT_STATX_FORCE_SYNC",
	  after_mmap_if_forced },
	{ "attributes agree in time after changes below",
	  after_changes_below },
	{ "attributes agree at once without timeouts", without_timeouts },
	{ "a large directory, whole, and emptied while it is read",
	  large_directory },
	{ "two readers of a directory, telldir, rewinddir",
	  two_readers_and_a_seek },
	{ "a listing follows changes below", listing_below },
	{ "birth time", birth_time },
	{ "no STATX_DIOALIGN, as the manual says", direct_io_alignment },
	{ "more extended attributes than can be listed", many_xattrs },
	{ NULL, NULL }
};
