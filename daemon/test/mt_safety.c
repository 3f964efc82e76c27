// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile trees, racing renamers, a source that goes away, a daemon that is
 * killed, leaks, and few descriptors.
 */
#include "harness.h"
#include "trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#include <linux/fs.h>
#endif
#include <linux/capability.h>
#include <linux/fs.h>

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* --- nothing outside -------------------------------------------------------- */

/* Swap two names below, over and over, until killed. */
static pid_t start_swapper(const char *a, const char *b)
{
	pid_t child = helper();

	if (child)
		return child;
	for (;;)
		renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/*
 * While names change under the daemon's feet, read as a user who may read
 * "good" and nothing else.
 */
static unsigned int read_in_race(const char *path, double seconds)
{
	double end = now() + seconds;
	unsigned int good = 0;
	const char *text;

	become(1002, 1002, 0);
	/* On a busy machine it may take a while until both have their turn. */
	while (now() < end || (!good && now() < end + 60)) {
		text = get(path);
		if (text && strcmp(text, "good"))
			die("read \"%s\" from %s", text, path);
		good += !!text;
	}
	become(0, 0, 0);
	return good;
}

static void race_file_against_link(void)
{
	pid_t swapper;

	put(in(raw, "secret"), "secret", 0600);
	must(!chmod(raw, 0700));
	put(in(src, "a"), "good", 0644);
	must(!symlink(in(raw, "secret"), in(src, "b")));
	start("--timeout=0");
	swapper = start_swapper(in(src, "a"), in(src, "b"));
	if (!read_in_race(in(mnt, "a"), 3.0 / scale))
		die("never read the file: the race was not run");
	end_child(swapper);
}

static void race_file_against_private(void)
{
	pid_t swapper;

	put(in(src, "a"), "good", 0644);
	put(in(src, "b"), "secret", 0600);
	start("--timeout=0");
	swapper = start_swapper(in(src, "a"), in(src, "b"));
	if (!read_in_race(in(mnt, "a"), 3.0 / scale))
		die("never read the file: the race was not run");
	end_child(swapper);
}

static void race_directory_against_link(void)
{
	pid_t swapper;

	must(!mkdir(in(raw, "out"), 0755));
	must(!chmod(raw, 0700));
	put(in(raw, "out/f"), "secret", 0644);
	must(!mkdir(in(src, "d"), 0755));
	put(in(src, "d/f"), "good", 0644);
	must(!symlink(in(raw, "out"), in(src, "l")));
	start("--timeout=0");
	swapper = start_swapper(in(src, "d"), in(src, "l"));
	if (!read_in_race(in(mnt, "d/f"), 3.0 / scale))
		die("never read the file: the race was not run");
	end_child(swapper);
}

/* Creating in a race must not open what the caller may not. */
static void race_create(void)
{
	double end;
	pid_t other;
	const char *a = in(src, "a"), *keep = in(src, "keep");
	const char *through = in(mnt, "a");
	unsigned int opened = 0;
	char text[16];
	ssize_t n;
	int fd;

	must(!chmod(src, 0777));
	put(keep, "secret", 0600);
	start("--timeout=0");
	other = helper();
	if (!other) {
		for (;;) {
			link(keep, a);
			unlink(a);
		}
	}
	become(1002, 1002, 0);
	end = now() + 3.0 / scale;
	while (now() < end || (!opened && now() < end + 60)) {
		fd = open(through, O_CREAT | O_RDWR, 0666);
		if (fd < 0) {
			if (errno != EACCES && errno != ENOENT &&
			    errno != ESTALE && errno != EEXIST)
				die("open: %m");
			continue;
		}
		opened++;
		n = pread(fd, text, sizeof(text), 0);
		close(fd);
		if (n)
			die("read %zd bytes of a private file", n);
	}
	become(0, 0, 0);
	end_child(other);
	if (!opened)
		die("never created the file: the race was not run");
}

static void links_and_dots(void)
{
	struct stat a, b;
	char text[300];
	ssize_t n;

	must(!symlink("../raw", in(src, "up")));
	must(!symlink("/proc/self/root", in(src, "magic")));
	must(!symlink("loop", in(src, "loop")));
	start(NULL);
	/* They are shown as they are; whoever follows them does so himself. */
	n = readlink(in(mnt, "up"), text, sizeof(text));
	if (n != 6 || memcmp(text, "../raw", 6))
		die("readlink of up");
	n = readlink(in(mnt, "magic"), text, sizeof(text));
	if (n != 15)
		die("readlink of magic");
	if (!stat(in(mnt, "loop"), &a) || errno != ELOOP)
		die("a loop of links: %m");
	must(!lstat(in(mnt, "magic"), &a) && S_ISLNK(a.st_mode));
	/* ".." of the mount's root is the directory around the mount point. */
	must(!stat(in(mnt, ".."), &a));
	must(!stat(in(src, ".."), &b));
	if (a.st_ino == b.st_ino && a.st_dev == b.st_dev)
		die("\"..\" leads to the source's parent");
}

/* What is mounted inside the source is not the source's. */
static void mounts_inside(void)
{
	struct stat st;

	must(!mkdir(in(src, "sub"), 0755));
	must(!mkdir(in(src, "bind"), 0755));
	put(in(raw, "f"), "secret", 0644);
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip("no mount namespace: %m");
	must(!mount("fpfs-test", in(src, "sub"), "tmpfs", 0, NULL));
	must(!mount(raw, in(src, "bind"), NULL, MS_BIND, NULL));
	start(NULL);
	if (!stat(in(mnt, "sub"), &st) || errno != EXDEV)
		die("a mount inside the source: not EXDEV but %m");
	if (!stat(in(mnt, "bind/f"), &st) || errno != EXDEV)
		die("a bind mount inside the source: not EXDEV but %m");
	/* They do not spoil the listing. */
	{
		DIR *d = opendir(mnt);
		int n = 0;

		must(d);
		while (readdir(d))
			n++;
		closedir(d);
		if (n != 4)
			die("%d names, not 4", n);
	}
	stop();
}

/* --- privileges --------------------------------------------------------------- */

static unsigned long long cap_line(pid_t pid, const char *key)
{
	char path[64], line[300];
	unsigned long long v = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	must(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			v = strtoull(line + strlen(key), NULL, 16);
	fclose(f);
	return v;
}

static void few_capabilities(void)
{
	static const int keep[] = {
		CAP_SYS_ADMIN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH,
		CAP_CHOWN, CAP_FOWNER, CAP_FSETID, CAP_SETUID, CAP_SETGID,
		CAP_MKNOD, CAP_SETFCAP,
	};
	unsigned long long want = 0, have;
	pid_t pid = start(NULL);
	size_t i;

	for (i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		want |= 1ULL << keep[i];
	have = cap_line(pid, "CapPrm:");
	if (have & ~want)
		die("permitted %llx, of which %llx is not needed", have,
		    have & ~want);
	have = cap_line(pid, "CapEff:");
	if (have & (1ULL << CAP_FSETID))
		die("CAP_FSETID is in effect");
}

/* --- sources that are no good --------------------------------------------------- */

static int try_source(const char *from, const char *to)
{
	const char *opts[] = { "-oallow_other", NULL };

	return start_on(from, to, opts);
}

static void containing_directories(void)
{
	must(!mkdir(in(src, "in"), 0755));
	if (try_source(src, in(src, "in")) != 1)
		die("mounted inside the source");
	if (try_source(in(src, "in"), src) != 1)
		die("mounted over the source's parent");
	if (try_source(src, src) != 1)
		die("mounted over the source");
	if (try_source(in(src, "absent"), mnt) != 1)
		die("a source that is not there");
	put(in(src, "file"), "", 0644);
	if (try_source(in(src, "file"), mnt) != 1)
		die("a source that is a file");
}

static void source_is_overlay(void)
{
	char opts[4000];
	int status;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip("no mount namespace: %m");
	must(!mkdir(in(raw, "lower"), 0755) && !mkdir(in(raw, "upper"), 0755));
	must(!mkdir(in(raw, "work"), 0755));
	snprintf(opts, sizeof(opts), "lowerdir=%s/lower,upperdir=%s/upper,"
		 "workdir=%s/work", raw, raw, raw);
	if (mount("overlay", src, "overlay", 0, opts))
		skip("no overlayfs: %m");
	status = try_source(src, mnt);
	if (status)
		die("passthrough over overlayfs: status %d", status);
	put(in(mnt, "f"), "text", 0644);
	if (strcmp(get(in(raw, "upper/f")), "text"))
		die("the upper directory has not what was written");
}

static void source_is_read_only(void)
{
	put(in(src, "f"), "text", 0644);
	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip("no mount namespace: %m");
	must(!mount(src, src, NULL, MS_BIND, NULL));
	must(!mount(NULL, src, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL));
	start(NULL);
	if (strcmp(get(in(mnt, "f")), "text"))
		die("does not read");
	if (open(in(mnt, "f"), O_WRONLY) >= 0 || errno != EROFS)
		die("open for writing: not EROFS but %m");
	if (open(in(mnt, "g"), O_CREAT | O_WRONLY, 0600) >= 0 ||
	    errno != EROFS)
		die("create: not EROFS but %m");
	if (!mkdir(in(mnt, "d"), 0700) || errno != EROFS)
		die("mkdir: not EROFS but %m");
	if (!unlink(in(mnt, "f")) || errno != EROFS)
		die("unlink: not EROFS but %m");
	if (!truncate(in(mnt, "f"), 0) || errno != EROFS)
		die("truncate: not EROFS but %m");
	stop();
}

static void source_is_removed(void)
{
	struct stat st;
	pid_t child;

	put(in(src, "f"), "text", 0644);
	start("--timeout=0");
	must(!stat(in(mnt, "f"), &st));
	child = helper();
	if (!child) {
		execlp("rm", "rm", "-rf", src, NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	if (!stat(in(mnt, "f"), &st) || errno != ENOENT)
		die("stat: not ENOENT but %m");
	if (open(in(mnt, "g"), O_CREAT | O_WRONLY, 0600) >= 0 ||
	    errno != ENOENT)
		die("create: not ENOENT but %m");
	must(!stat(mnt, &st));
	stop();
	must(!mkdir(src, 0755));
}

/* --- files that may not be written ------------------------------------------------ */

static void set_flags(const char *path, int flags)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || ioctl(fd, FS_IOC_SETFLAGS, &flags))
		skip("cannot set file flags: %m");
	close(fd);
}

static void immutable_files(void)
{
	int fd;

	put(in(src, "i"), "text", 0644);
	put(in(src, "a"), "text", 0644);
	set_flags(in(src, "i"), FS_IMMUTABLE_FL);
	set_flags(in(src, "a"), FS_APPEND_FL);
	start(NULL);
	fd = open(in(mnt, "i"), O_WRONLY);
	if (fd >= 0 || errno != EPERM)
		die("an immutable file opened for writing: %m");
	if (!unlink(in(mnt, "i")) || errno != EPERM)
		die("an immutable file removed: %m");
	if (open(in(mnt, "a"), O_WRONLY) >= 0 || errno != EPERM)
		die("an append-only file opened without O_APPEND: %m");
	fd = open(in(mnt, "a"), O_WRONLY | O_APPEND);
	must(fd >= 0);
	must(write(fd, "x", 1) == 1);
	close(fd);
	set_flags(in(src, "i"), 0);
	set_flags(in(src, "a"), 0);
}

static void running_program(void)
{
	pid_t child;
	int status, fd, running[2];

	child = helper();
	if (!child) {
		execlp("cp", "cp", "/bin/sleep", in(src, "prog"), NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	start(NULL);
	/* Made and written through the mount, then run, at once. */
	child = helper();
	if (!child) {
		execlp("cp", "cp", "/bin/true", in(mnt, "new"), NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	child = helper();
	if (!child) {
		execl(in(mnt, "new"), "new", NULL);
		_exit(126);
	}
	waitpid(child, &status, 0);
	if (status)
		die("a program that was just written does not run");

	must(!pipe2(running, O_CLOEXEC));
	child = helper();
	if (!child) {
		execl(in(src, "prog"), "sleep", "600", NULL);
		_exit(126);
	}
	/* Closed by exec. */
	close(running[1]);
	must(!read(running[0], &status, sizeof(status)));
	close(running[0]);
	fd = open(in(mnt, "prog"), O_WRONLY);
	if (fd >= 0 || errno != ETXTBSY)
		die("a running program opened for writing: %m");
	end_child(child);
}

/* --- the daemon dies ---------------------------------------------------------------- */

static void killed(void)
{
	enum { N = 100 };
	pid_t pid = start(NULL);
	char block[4096];
	struct stat st;
	int fd, i;

	memset(block, 'k', sizeof(block));
	fd = open(in(mnt, "f"), O_CREAT | O_RDWR, 0644);
	must(fd >= 0);
	for (i = 0; i < N; i++)
		must(write(fd, block, sizeof(block)) == sizeof(block));
	kill(pid, SIGKILL);
	must(wait_daemon() == 128 + SIGKILL);
	if (!stat(in(mnt, "f"), &st) || errno != ENOTCONN)
		die("stat: not ENOTCONN but %m");
	if (open(in(mnt, "f"), O_RDONLY) >= 0 || errno != ENOTCONN)
		die("open: not ENOTCONN but %m");
	if (!fsync(fd) || errno != ENOTCONN)
		die("fsync: not ENOTCONN but %m");
	close(fd);
	must(!stat(in(src, "f"), &st));
	if (st.st_size != N * (off_t)sizeof(block))
		die("%lld bytes of %zu are there", (long long)st.st_size,
		    N * sizeof(block));
	fd = open(in(src, "f"), O_RDONLY);
	for (i = 0; i < N; i++) {
		must(read(fd, block, sizeof(block)) == sizeof(block));
		if (block[0] != 'k' || block[4095] != 'k')
			die("block %d is not what was written", i);
	}
	close(fd);
	must(!umount2(mnt, 0));
	/* And it starts again on the same place. */
	start(NULL);
	must(!stat(in(mnt, "f"), &st));
}

/* --- leaks --------------------------------------------------------------------------- */

static unsigned int open_fds(pid_t pid)
{
	char path[64];
	unsigned int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	must(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

struct held {
	unsigned int fds;
	struct fpfs_stats st;
	unsigned long long blocks;
};

static void measure(struct held *h)
{
	struct statfs fs;

	drop_caches();
	msleep(300);
	drop_caches();
	msleep(300);
	h->fds = open_fds(*daemon_pid);
	stats(&h->st);
	must(!statfs(src, &fs));
	h->blocks = fs.f_bfree;
}

static bool leaks(const struct held *a, const struct held *b)
{
	/*
	 * More threads may have been started; each is one buffer, no file.
	 * Reserved and freed metadata may move; 256 tmpfile megabytes not.
	 */
	return b->fds > a->fds + 2 || b->st.nodes > a->st.nodes + 1 ||
	       b->st.open_files || b->st.backing_ids > 1 ||
	       a->blocks > b->blocks + 4096;
}

static void no_leaks(void)
{
	unsigned int n = 100000 / scale, i;
	struct held a, b;
	int fd;

	start(NULL);
	put(in(mnt, "f"), "text", 0644);
	measure(&a);
	for (i = 0; i < n; i++) {
		fd = open(in(mnt, "f"), i & 1 ? O_RDWR : O_RDONLY);
		must(fd >= 0);
		close(fd);
	}
	for (i = 0; i < n / 10; i++) {
		fd = open(mnt, O_TMPFILE | O_RDWR, 0600);
		must(fd >= 0);
		if (i % 10 == 0)
			must(!ftruncate(fd, 1 << 20) &&
			     !fallocate(fd, 0, 0, 1 << 20));
		close(fd);
	}
	for (i = 0; i < n / 10; i++) {
		fd = open(in(mnt, "g"), O_CREAT | O_EXCL | O_RDWR, 0600);
		must(fd >= 0);
		must(!unlink(in(mnt, "g")));
		must(write(fd, "x", 1) == 1);
		close(fd);
	}
	/* What a close begins may end later, at most a minute. */
	for (i = 0; i < 100; i++) {
		measure(&b);
		if (!leaks(&a, &b))
			break;
	}
	note("before/after: %u/%u descriptors, %llu/%llu nodes, %llu/%llu "
	     "backing ids, %llu/%llu open files, %llu/%llu free blocks",
	     a.fds, b.fds, a.st.nodes, b.st.nodes, a.st.backing_ids,
	     b.st.backing_ids, a.st.open_files, b.st.open_files, a.blocks,
	     b.blocks);
	if (leaks(&a, &b))
		die("%u descriptors, %u before; %llu nodes, %llu open files, %llu backing ids, %lld blocks less",
		    b.fds, a.fds, b.st.nodes, b.st.open_files,
		    b.st.backing_ids, (long long)(a.blocks - b.blocks));
}

/* The space of a removed file is free once it is closed, not at unmount. */
static void space_comes_back(void)
{
	struct statfs a, b;
	int fd, i;

	start(NULL);
	must(!statfs(src, &a));
	fd = open(in(mnt, "big"), O_CREAT | O_RDWR, 0600);
	must(fd >= 0);
	if (fallocate(fd, 0, 0, 64 << 20))
		skip("no room: %m");
	must(!unlink(in(mnt, "big")));
	close(fd);
	for (i = 0; i < 3000; i++) {
		must(!statfs(src, &b));
		if (b.f_bfree + 1024 >= a.f_bfree)
			return;
		msleep(20);
	}
	die("%lld blocks are not given back",
	    (long long)a.f_bfree - (long long)b.f_bfree);
}

enum { FEW = 100, MANY = 400 };

static pid_t start_with_few_descriptors(const char *opt, rlim_t few)
{
	struct rlimit lim;
	pid_t pid = start(opt);

	must(!prlimit(pid, RLIMIT_NOFILE, NULL, &lim));
	lim.rlim_cur = few;
	must(!prlimit(pid, RLIMIT_NOFILE, &lim, NULL));
	return pid;
}

static const char *numbered(const char *dir, const char *name, unsigned int i)
{
	char s[64];

	snprintf(s, sizeof(s), "%s%u", name, i);
	return in(dir, s);
}

static void make_many(void)
{
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		put(numbered(src, "f", i), "text", 0644);
		must(!symlink("to", numbered(src, "l", i)));
		must(!mkdir(numbered(src, "d", i), 0755));
		put(in(numbered(src, "d", i), "sub"), "below", 0644);
	}
}

static void look_at_many(void)
{
	char to[8];
	unsigned int i;
	struct stat a, b;

	for (i = 0; i < MANY; i++) {
		must(!stat(numbered(src, "f", i), &a));
		must(!stat(numbered(mnt, "f", i), &b));
		must(a.st_ino == b.st_ino);
		must(readlink(numbered(mnt, "l", i), to, sizeof(to)) == 2);
		must(!strcmp(get(in(numbered(mnt, "d", i), "sub")), "below"));
	}
}

/*
 * The descriptors of files that are not open are closed when they get few, and
 * the files opened again when they are asked for.
 */
static void few_descriptors(void)
{
	int fd[FEW], held, gone, cwd;
	unsigned int i, n, first;
	struct fpfs_stats st;
	struct dirent *e;
	char text[8];
	pid_t pid;
	DIR *d;

	make_many();
	pid = start_with_few_descriptors("--timeout=0", FEW);
	first = open_fds(pid);
	/* What is open stays so, also without a name. */
	held = open(in(mnt, "f0"), O_RDONLY);
	gone = open(in(mnt, "f1"), O_RDONLY);
	must(held >= 0 && gone >= 0 && !unlink(in(mnt, "f1")));
	d = opendir(in(mnt, "d0"));
	cwd = open(in(mnt, "d1"), O_PATH);
	must(d && cwd >= 0);
	put(in(src, "f1"), "text", 0644);

	/* Who frees memory, or drops all caches, may make the kernel forget some. */
	for (i = 0; i < 5; i++) {
		look_at_many();
		stats(&st);
		if (st.nodes >= 3 * MANY)
			break;
	}
	note("%llu nodes, %u descriptors", st.nodes, open_fds(pid));
	if (st.nodes < 3 * MANY)
		die("%llu nodes: the kernel has forgotten them", st.nodes);
	/* What it had from us may be numbered above the limit. */
	if (open_fds(pid) > FEW + first)
		die("%u descriptors", open_fds(pid));
	look_at_many();

	must(pread(held, text, 4, 0) == 4 && !memcmp(text, "text", 4));
	must(pread(gone, text, 4, 0) == 4 && !memcmp(text, "text", 4));
	for (n = 0; (e = readdir(d)); n++)
		;
	must(n == 3);
	must(!faccessat(cwd, "sub", R_OK, 0));
	must(!renameat(cwd, "sub", cwd, "new") &&
	     !linkat(cwd, "new", cwd, "sub", 0));
	closedir(d);
	close(cwd);
	close(gone);
	close(held);

	/* Files that are open for writing need them, and give them back. */
	for (i = 0; i < FEW; i++) {
		fd[i] = open(numbered(mnt, "f", i), O_WRONLY);
		if (fd[i] < 0)
			break;
	}
	note("%u files are open with %u descriptors", i, FEW);
	if (i == FEW || errno != EMFILE || i < FEW / 4)
		die("%u files are open, then %m", i);
	/* A create that fails leaves nothing behind. */
	for (; i < FEW; i++) {
		fd[i] = open(numbered(mnt, "new", i), O_CREAT | O_WRONLY, 0600);
		if (fd[i] < 0)
			break;
	}
	if (i == FEW || errno != EMFILE ||
	    !access(numbered(src, "new", i), F_OK))
		die("create: %m");
	while (i--)
		close(fd[i]);
	look_at_many();
	put(in(mnt, "new"), "text", 0644);
}

/* A number that is another file's by now does not lead to that file. */
static void closed_and_its_number_reused(void)
{
	struct stat old, new;
	unsigned int i;

	make_many();
	put(in(src, "old"), "old", 0644);
	start_with_few_descriptors("--timeout=600", FEW);
	must(!stat(in(mnt, "old"), &old));
	look_at_many();
	must(!unlink(in(src, "old")));
	/* The filesystem frees the inode a little later. */
	for (i = 0; i < 2000; i++) {
		put(numbered(src, "new", i), "new", 0644);
		must(!stat(numbered(src, "new", i), &new));
		if (new.st_ino == old.st_ino)
			break;
		msleep(5);
	}
	note("inode %ju comes back with file %u", (uintmax_t)old.st_ino, i);
	if (i == 2000)
		die("the inode is not freed: its descriptor is open");
	must(!stat(numbered(mnt, "new", i), &new));
	must(new.st_ino == old.st_ino);
	must(!strcmp(get(numbered(mnt, "new", i)), "new"));
	/* The kernel still knows the old one's name. */
	if (get(in(mnt, "old")) || (errno != ESTALE && errno != ENOENT))
		die("the old file reads \"%s\": %m", get(in(mnt, "old")));
	must(!strcmp(get(numbered(mnt, "new", i)), "new"));
	must(!unlink(numbered(mnt, "new", i)));
}

static void t_fd(const char *what, int fd)
{
	struct stat st;

	t_result(what, fstat(fd, &st));
	t("n%u %o ", (unsigned int)st.st_nlink, st.st_mode);
}

/* Remove what is in use, in @dir, and use it. @meanwhile is called before. */
static void use_removed(const char *dir, void (*meanwhile)(void))
{
	int file, link, over, cwd, reopened;
	char text[8] = "", proc[64];
	DIR *d;

	traced = 0;
	put(in(dir, "file"), "text", 0644);
	put(in(dir, "over"), "over", 0644);
	must(!symlink("to", in(dir, "link")));
	must(!mkdir(in(dir, "dir"), 0755) && !mkdir(in(dir, "cwd"), 0755));
	file = open(in(dir, "file"), O_PATH);
	over = open(in(dir, "over"), O_PATH);
	link = open(in(dir, "link"), O_PATH | O_NOFOLLOW);
	cwd = open(in(dir, "cwd"), O_PATH);
	d = opendir(in(dir, "dir"));
	must(file >= 0 && over >= 0 && link >= 0 && cwd >= 0 && d);
	meanwhile();
	put(in(dir, "new"), "new", 0644);
	must(!unlink(in(dir, "file")) && !unlink(in(dir, "link")) &&
	     !rename(in(dir, "new"), in(dir, "over")) &&
	     !rmdir(in(dir, "dir")) && !rmdir(in(dir, "cwd")));
	meanwhile();

	t_fd("file", file);
	t_fd("over", over);
	t_fd("cwd", cwd);
	t_fd("dir", dirfd(d));
	t_result("readlink", readlinkat(link, "", text, sizeof(text)));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", file);
	reopened = open(proc, O_RDONLY);
	t_result("open", reopened);
	t_result("read", read(reopened, text, 4));
	t("%.4s ", text);
	t_result("fchmod", fchmod(dirfd(d), 0700));
	errno = 0;
	t_result("readdir", readdir(d) || !errno ? 0 : -1);
	t_result("create", openat(cwd, "new", O_CREAT | O_RDWR, 0600));
	close(reopened);
	closedir(d);
	close(cwd);
	close(link);
	close(over);
	close(file);
}

static void nothing(void)
{
}

/*
 * With names in the kernel's cache, it does not ask for one before it removes it,
 * so the descriptor is closed at that moment. Without, it is closed later.
 */
static void removed_in_use(const char *timeout)
{
	static char want[TRACE_MAX];

	make_many();
	start_with_few_descriptors(timeout, FEW);
	use_removed(raw, nothing);
	memcpy(want, trace, sizeof(want));
	use_removed(mnt, look_at_many);
	if (strcmp(want, trace))
		die("raw %s / mount %s", want, trace);
}

static void removed_and_closed(void)
{
	removed_in_use("--timeout=0");
}

static void closed_and_removed(void)
{
	removed_in_use("--timeout=600");
}

/* --- a walk over very many files ----------------------------------------------------- */

enum { IN_A_DIR = 10000, DESCRIPTORS = 1024 };

static void make_files(unsigned int n)
{
	const char *dir = src;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (i % IN_A_DIR == 0) {
			dir = strdup(numbered(src, "d", i / IN_A_DIR));
			must(dir && !mkdir(dir, 0755));
		}
		must(!mknod(numbered(dir, "f", i), S_IFREG | 0644, 0));
	}
}

/* How many files are there, each with the number that its directory has. */
static unsigned int walk(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;
	struct dirent *e;
	struct stat st;

	must(d);
	while (errno = 0, (e = readdir(d))) {
		if (*e->d_name == '.')
			continue;
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			die("%s in %s after %u others: %m", e->d_name, dir, n);
		if (st.st_ino != e->d_ino)
			die("%s in %s is inode %ju, and %ju in its directory",
			    e->d_name, dir, (uintmax_t)st.st_ino,
			    (uintmax_t)e->d_ino);
		n += S_ISDIR(st.st_mode) ? walk(in(dir, e->d_name)) : 1;
	}
	must(!errno);
	closedir(d);
	return n;
}

static unsigned long resident_mib(pid_t pid)
{
	char path[64];
	unsigned long pages;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	f = fopen(path, "r");
	must(f && fscanf(f, "%*u %lu", &pages) == 1);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE) >> 20;
}

/* FPFS_TEST_FILES= how many. */
static void walk_many(void)
{
	const char *wanted = getenv("FPFS_TEST_FILES");
	const unsigned int files = wanted ? strtoul(wanted, NULL, 10) :
					    20000 / scale;
	struct fpfs_stats st;
	unsigned int n, i, fds;
	unsigned long most, after;
	double begin;
	pid_t pid;

	if (wanted)
		alarm(3600);	/* a million take longer than other tests */
	make_files(files);
	note("%u files are made", files);
	pid = start_with_few_descriptors("--timeout=0", DESCRIPTORS);
	for (i = 1; i <= 2; i++) {
		begin = now();
		n = walk(mnt);
		stats(&st);
		fds = open_fds(pid);
		note("walk %u: %u files in %.1f s, %llu nodes, %u descriptors, %lu MiB resident",
		     i, n, now() - begin, st.nodes, fds, resident_mib(pid));
		if (n != files)
			die("%u files of %u", n, files);
		if (fds > DESCRIPTORS)
			die("%u descriptors", fds);
	}
	most = resident_mib(pid);
	drop_caches();
	msleep(300);
	drop_caches();
	stats(&st);
	after = resident_mib(pid);
	note("then %llu nodes, %lu MiB resident", st.nodes, after);
	/* With few it is not the nodes that take memory. */
	if (wanted && files >= 300000 && after > most / 2)
		die("the memory of what is forgotten stays");
}

/* --- threads ------------------------------------------------------------------------- */

static unsigned int threads(pid_t pid)
{
	char path[64];
	unsigned int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	d = opendir(path);
	must(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

/* Ten times a second, one who has taken a lock ends: the main thread is told. */
static void end_lock_owners(void)
{
	struct flock l = { .l_type = F_RDLCK };
	pid_t owner;
	int fd;

	if (helper())
		return;
	fd = open(in(mnt, "g"), O_CREAT | O_RDWR, 0600);
	must(fd >= 0);
	for (;;) {
		owner = fork();
		if (!owner)
			_exit(fcntl(fd, F_SETLK, &l) < 0);
		waitpid(owner, NULL, 0);
		msleep(100);
	}
}

/*
 * An open for writing of a file with a lease on it occupies a worker. In the
 * second round the main thread has other events all the time.
 */
static void threads_come_and_go(void)
{
	enum { N = 12, LEAST = 3 };	/* --threads=2, main thread */
	pid_t pid = start("--threads=2"), child[N];
	/* ThreadSanitizer has a thread of its own. */
	unsigned int at_start = LEAST + !!getenv("TSAN_OPTIONS");
	unsigned int most, left = 0, i, round;
	int lease, status;

	put(in(src, "f"), "x", 0666);
	/* The owner of the lease is told by a signal. */
	signal(SIGIO, SIG_IGN);
	for (round = 0; round < 2; round++) {
		if (round)
			end_lock_owners();
		lease = open(in(src, "f"), O_RDONLY);
		must(lease >= 0 && !fcntl(lease, F_SETLEASE, F_RDLCK));
		for (i = 0; i < N; i++) {
			child[i] = helper();
			if (child[i])
				continue;
			close(lease);
			_exit(open(in(mnt, "f"), O_WRONLY) < 0);
		}
		for (i = 0, most = 0; i < 1000 && most <= N; i++) {
			msleep(20);
			most = threads(pid);
		}
		must(!fcntl(lease, F_SETLEASE, F_UNLCK));
		close(lease);
		for (i = 0; i < N; i++) {
			must(waitpid(child[i], &status, 0) == child[i]);
			if (status)
				die("an open failed after the lease");
		}
		if (most <= N)
			die("only %u threads for %u requests that wait", most,
			    N);
		for (i = 0; i < 3000 && (left = threads(pid)) > at_start; i++)
			msleep(20);
		note("%u threads, then %u", most, left);
		if (left > at_start || left < LEAST)
			die("%u threads are left of %u", left, most);
	}
}

/* --- load, for the sanitizers too ------------------------------------------------------ */

static void load(unsigned int seed, double seconds)
{
	double end = now() + seconds;
	char a[32], b[32], text[100];
	struct stat st;
	DIR *d;
	int fd;

	while (now() < end) {
		snprintf(a, sizeof(a), "%d", rand_r(&seed) % 20);
		snprintf(b, sizeof(b), "%d", rand_r(&seed) % 20);
		switch (rand_r(&seed) % 14) {
		case 0:
		case 1:
			fd = open(in(mnt, a), O_CREAT | O_RDWR, 0644);
			if (fd >= 0) {
				if (write(fd, a, strlen(a)) < 0 ||
				    pread(fd, text, sizeof(text), 0) < 0 ||
				    fstat(fd, &st))
					die("load: %m");
				close(fd);
			}
			break;
		case 2:
			unlink(in(mnt, a));
			break;
		case 3:
			rename(in(mnt, a), in(mnt, b));
			break;
		case 4:
			mkdir(in(mnt, a), 0755);
			break;
		case 5:
			rmdir(in(mnt, a));
			break;
		case 6:
			link(in(mnt, a), in(mnt, b));
			break;
		case 7:
			stat(in(mnt, a), &st);
			break;
		case 8:
			d = opendir(mnt);
			while (d && readdir(d))
				;
			if (d)
				closedir(d);
			break;
		case 9:
			symlink(a, in(mnt, b));
			break;
		case 10:
			truncate(in(mnt, a), rand_r(&seed) % 10000);
			break;
		case 11:
			fd = open(mnt, O_TMPFILE | O_RDWR, 0600);
			if (fd >= 0 && (write(fd, "x", 1) != 1 || fsync(fd)))
				die("load: %m");
			close(fd);
			break;
		case 12:
			/* Behind the mount's back, too. */
			renameat2(AT_FDCWD, in(src, a), AT_FDCWD, in(src, b),
				  rand_r(&seed) & 1 ? RENAME_EXCHANGE : 0);
			break;
		case 13:
			if (rand_r(&seed) % 50 == 0)
				drop_caches();
			break;
		}
	}
}

static void under_load(void)
{
	enum { P = 4 };
	pid_t child[P];
	struct fpfs_stats st;
	int i, status, bad = 0;

	start("--timeout=0.01");
	for (i = 0; i < P; i++) {
		child[i] = helper();
		if (!child[i]) {
			load(i + 1, 4.0 / scale);
			_exit(0);
		}
	}
	for (i = 0; i < P; i++) {
		waitpid(child[i], &status, 0);
		bad |= status;
	}
	if (bad)
		exit(1);	/* the reason is in the shared buffer */
	stats(&st);
	if (st.requests[FPFS_OP_READ] || st.requests[FPFS_OP_WRITE])
		die("data went through the daemon");
	note("%llu requests", (unsigned long long)st.total);
}

const struct test safety_tests[] = {
	{ "a file swapped with a link to outside is not followed",
	  race_file_against_link },
	{ "a file swapped with a private one is not read",
	  race_file_against_private },
	{ "a directory swapped with a link to outside is not followed",
	  race_directory_against_link },
	{ "a create that races opens nothing private", race_create },
	{ "links and dots", links_and_dots },
	{ "mounts inside the source are not entered", mounts_inside },
	{ "few capabilities", few_capabilities },
	{ "source and mount point that contain each other, bad sources",
	  containing_directories },
	{ "a source that is overlayfs", source_is_overlay },
	{ "a read-only source", source_is_read_only },
	{ "a source that is removed", source_is_removed },
	{ "immutable and append-only files", immutable_files },
	{ "programs: running ones are busy, new ones run", running_program },
	{ "the daemon is killed", killed },
	{ "nothing leaks", no_leaks },
	{ "the space of a removed file comes back", space_comes_back },
	{ "more files than descriptors", few_descriptors },
	{ "more files than descriptors, and a number is used again",
	  closed_and_its_number_reused },
	{ "more files than descriptors, and some in use are removed",
	  removed_and_closed },
	{ "more files than descriptors, and some closed ones are removed",
	  closed_and_removed },
	{ "a walk over more files than descriptors", walk_many },
	{ "threads come when they are needed, and end", threads_come_and_go },
	{ "four processes of everything", under_load },
	{ NULL, NULL }
};
