// SPDX-License-Identifier: GPL-2.0
/* Each mode does what it says; start, end, statistics, command line. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 4096, N = 64 };

static char *buf;

/* Write and read a file twice through the mount, compare with the source. */
static void use_file(struct fpfs_stats *before, struct fpfs_stats *after,
		     int flags)
{
	int fd, i, low;

	must(!posix_memalign((void **)&buf, BLOCK, BLOCK));
	stats(before);
	fd = open(in(mnt, "f"), O_CREAT | O_RDWR | flags, 0644);
	must(fd >= 0);
	for (i = 0; i < N; i++) {
		memset(buf, 'a' + i % 26, BLOCK);
		must(pwrite(fd, buf, BLOCK, i * BLOCK) == BLOCK);
	}
	must(!fsync(fd));
	low = open(in(src, "f"), O_RDONLY);
	must(low >= 0);
	for (i = 0; i < 2 * N; i++) {
		must(pread(fd, buf, BLOCK, i % N * BLOCK) == BLOCK);
		if (buf[17] != 'a' + i % N % 26)
			die("block %d reads %c", i % N, buf[17]);
		must(pread(low, buf, BLOCK, i % N * BLOCK) == BLOCK);
		if (buf[17] != 'a' + i % N % 26)
			die("block %d of the source is %c", i % N, buf[17]);
	}
	close(low);
	close(fd);
	stats(after);
}

static void expect(const struct fpfs_stats *a, const struct fpfs_stats *b,
		   unsigned long long writes, unsigned long long least_reads,
		   unsigned long long most_reads)
{
	unsigned long long w = diff(a, b, FPFS_OP_WRITE);
	unsigned long long r = diff(a, b, FPFS_OP_READ);

	if (w != writes)
		die("%llu WRITE requests, expected %llu", w, writes);
	if (r < least_reads || r > most_reads)
		die("%llu READ requests, expected %llu to %llu", r,
		    least_reads, most_reads);
}

static void passthrough(void)
{
	struct fpfs_stats a, b;

	start(NULL);
	use_file(&a, &b, 0);
	expect(&a, &b, 0, 0, 0);
	use_file(&a, &b, O_DIRECT);
	expect(&a, &b, 0, 0, 0);
	if (!(b.flags & FPFS_STATS_PASSTHROUGH) ||
	    !(b.flags & FPFS_STATS_PARALLEL))
		die("flags %llx", (unsigned long long)b.flags);
}

static void noparallel(void)
{
	struct fpfs_stats a, b;

	start("--mode=passthrough-noparallel");
	use_file(&a, &b, O_DIRECT);
	expect(&a, &b, 0, 0, 0);
	if (b.flags & FPFS_STATS_PARALLEL)
		die("flags %llx", (unsigned long long)b.flags);
}

static void direct_mode(const char *mode)
{
	struct fpfs_stats a, b;

	start(mode);
	use_file(&a, &b, 0);
	expect(&a, &b, N, 2 * N, 2 * N);
	use_file(&a, &b, O_DIRECT);
	expect(&a, &b, N, 2 * N, 2 * N);
	if (b.flags & FPFS_STATS_PASSTHROUGH)
		die("flags %llx", (unsigned long long)b.flags);
}

static void direct(void)
{
	direct_mode("--mode=direct");
}

static void direct_noparallel(void)
{
	direct_mode("--mode=direct-noparallel");
}

static void copy(void)
{
	struct fpfs_stats a, b;

	start("--mode=copy");
	use_file(&a, &b, 0);
	/* Most of what was written is in the page cache. */
	expect(&a, &b, N, 0, N / 4);
	use_file(&a, &b, O_DIRECT);
	expect(&a, &b, N, 2 * N, 2 * N);
}

static void uring(void)
{
	struct fpfs_stats a, b;

	start("--transport=uring");
	use_file(&a, &b, 0);
	expect(&a, &b, 0, 0, 0);
	if (b.uring_requests == a.uring_requests)
		die("no request came by io_uring");
	if (!(b.flags & FPFS_STATS_IO_URING))
		die("flags %llx", (unsigned long long)b.flags);
}

static void uring_copy(void)
{
	const char *opts[] = {
		"-oallow_other", "--transport=uring", "--mode=direct", NULL
	};
	struct fpfs_stats a, b;
	int status = start_on(src, mnt, opts);

	if (status == 3)
		skip("this kernel lacks what the mode needs");
	must(!status);
	use_file(&a, &b, 0);
	expect(&a, &b, N, 2 * N, 2 * N);
	if (b.uring_requests - a.uring_requests < 3 * N)
		die("%llu requests came by io_uring",
		    (unsigned long long)(b.uring_requests - a.uring_requests));
}

/* A page changed by mmap, when the only handle for writing is O_DIRECT. */
static void mmap_of_direct(const char *mode)
{
	char *p;
	int fd;

	start(mode);
	put(in(mnt, "f"), "0123456789", 0644);
	fd = open(in(mnt, "f"), O_RDWR | O_DIRECT);
	must(fd >= 0);
	p = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	p[3] = 'x';
	if (msync(p, BLOCK, MS_SYNC))
		die("msync: %m");
	munmap(p, BLOCK);
	close(fd);
	if (strcmp(get(in(src, "f")), "012x456789"))
		die("the source has %s", get(in(src, "f")));
}

static void mmap_copy(void)
{
	mmap_of_direct("--mode=copy");
}

static void mmap_direct(void)
{
	mmap_of_direct("--mode=direct");
}

/* --- start and end ---------------------------------------------------------- */

static bool is_mounted(void)
{
	struct stat a, b;

	must(!stat(in(mnt, ".."), &b));
	return stat(mnt, &a) || a.st_dev != b.st_dev;
}

static void ends_on(int sig)
{
	pid_t pid;
	int status;

	pid = start(NULL);
	must(is_mounted());
	must(!kill(pid, sig));
	status = wait_daemon();
	if (status)
		die("signal %d: status %d", sig, status);
	if (is_mounted())
		die("signal %d left the mount", sig);
}

static void ends_on_signals(void)
{
	ends_on(SIGTERM);
	ends_on(SIGINT);
	ends_on(SIGHUP);
}

static void ends_when_unmounted(void)
{
	start(NULL);
	must(!umount2(mnt, 0));
	if (wait_daemon())
		die("not 0, or never");
}

static void ends_while_busy(void)
{
	pid_t pid = start(NULL);
	int fd, status;

	put(in(mnt, "f"), "x", 0644);
	fd = open(in(mnt, "f"), O_RDWR);
	must(fd >= 0);
	must(!kill(pid, SIGTERM));
	status = wait_daemon();
	if (status)
		die("status %d", status);
	if (is_mounted())
		die("still mounted");
	if (fsync(fd) != -1 || errno != ENOTCONN)
		die("an open file does not give ENOTCONN but %m");
}

/* What is mounted on top of ours is not ours to unmount. */
static void leaves_other_mounts(void)
{
	pid_t pid = start(NULL);
	struct stat st;

	must(!mount("fpfs-test", mnt, "tmpfs", 0, NULL));
	put(in(mnt, "mark"), "", 0644);
	must(!kill(pid, SIGTERM));
	if (wait_daemon())
		die("not 0, or never");
	must(!stat(in(mnt, "mark"), &st));
	must(!umount2(mnt, 0));
	umount2(mnt, MNT_DETACH);
}

/* SIGUSR1 must not end it. */
static void prints_statistics(void)
{
	pid_t pid = start(NULL);
	struct fpfs_stats st;
	int fd;

	must(!kill(pid, SIGUSR1));
	msleep(100);
	put(in(mnt, "f"), "x", 0600);
	fd = open(in(mnt, "f"), O_RDONLY);
	must(fd >= 0 && !ioctl(fd, FPFS_IOC_STATS, &st));
	close(fd);
	stats(&st);
	if (st.requests[FPFS_OP_INIT] != 1 || !st.requests[FPFS_OP_IOCTL])
		die("INIT %llu, IOCTL %llu",
		    (unsigned long long)st.requests[FPFS_OP_INIT],
		    (unsigned long long)st.requests[FPFS_OP_IOCTL]);
}

static void read_only(void)
{
	const char *opts[] = { "-oallow_other,ro", NULL };

	put(in(src, "f"), "text", 0644);
	must(!start_on(src, mnt, opts));
	if (strcmp(get(in(mnt, "f")), "text"))
		die("does not read");
	if (open(in(mnt, "f"), O_WRONLY) >= 0 || errno != EROFS)
		die("not EROFS but %m");
	stop();
}

static void remounts(void)
{
	start(NULL);
	put(in(mnt, "f"), "text", 0644);
	must(!mount(NULL, mnt, NULL, MS_REMOUNT | MS_RDONLY, NULL));
	if (open(in(mnt, "f"), O_WRONLY) >= 0 || errno != EROFS)
		die("not EROFS but %m");
	must(!mount(NULL, mnt, NULL, MS_REMOUNT, NULL));
	put(in(mnt, "f"), "more", 0644);
}

/* Only the superuser, unless allow_other. */
static void keeps_others_out(void)
{
	const char *opts[] = { "-ofsname=here", NULL };

	put(in(src, "f"), "text", 0666);
	must(!start_on(src, mnt, opts));
	become(1002, 1002, 0);
	if (open(in(mnt, "f"), O_RDONLY) >= 0 || errno != EACCES)
		die("not EACCES but %m");
	become(0, 0, 0);
	stop();
}

/* Ways to run fpfs: argv, before the source and the mount point. */
static const char *const by_users[][4] = {
	{ "fpfs" },
	{ "mount.fuse.fpfs", "-f" },	/* would say whether paths exist */
	{ "mount.fuse.fpfs", "-o", "remount,suid,dev" },
};

/* The exit status of @fpfs, run by an ordinary user. */
static int run_by_user(const char *fpfs, const char *const *argv)
{
	const char *all[8];
	int status, fd, n;
	pid_t child = helper();

	if (!child) {
		for (n = 0; argv[n]; n++)
			all[n] = argv[n];
		all[n++] = src;
		all[n++] = mnt;
		all[n] = NULL;
		must(!setgid(1002) && !setuid(1002));
		fd = open("/dev/null", O_RDWR);
		dup2(fd, 2);
		execv(fpfs, (char **)all);
		_exit(127);
	}
	must(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void must_refuse(const char *fpfs, const char *kind)
{
	struct statvfs before, after;
	struct stat mounted, st;
	size_t i;
	int status;

	must(!stat(mnt, &mounted) && !statvfs(mnt, &before));
	must(before.f_flag & ST_NOSUID && before.f_flag & ST_NODEV);
	for (i = 0; i < sizeof(by_users) / sizeof(*by_users); i++) {
		status = run_by_user(fpfs, by_users[i]);
		if (status != 1)
			die("%s as %s: status %d", kind, by_users[i][0],
			    status);
		must(!stat(mnt, &st) && !statvfs(mnt, &after));
		if (st.st_dev != mounted.st_dev)
			die("%s as %s has mounted", kind, by_users[i][0]);
		if (before.f_flag != after.f_flag)
			die("%s as %s: mount flags %lx, not %lx", kind,
			    by_users[i][0], after.f_flag, before.f_flag);
	}
}

/*
 * To whom it would show, and let change, what only root may see. The mount
 * point has a mount of its own, whose flags no user may change.
 */
static void refuses_users(void)
{
	const char *fpfs = getenv("FPFS_TEST_BINARY");
	const char *set_uid = in(raw, "fpfs");
	char command[4096];

	must(!mount("fpfs-test", mnt, "tmpfs", MS_NOSUID | MS_NODEV, NULL));
	must_refuse(fpfs, "fpfs");
	snprintf(command, sizeof(command),
		 "cp '%s' '%s' && chmod 4755 '%s'", fpfs, set_uid, set_uid);
	must(!system(command));
	must_refuse(set_uid, "set-uid fpfs");
	unlink(set_uid);
	must(!umount2(mnt, 0));
}

static void background(void)
{
	const char *fpfs = getenv("FPFS_TEST_BINARY");
	int status, fd;
	pid_t child;

	child = helper();
	if (!child) {
		fd = open("/dev/null", O_RDWR);
		dup2(fd, 1);
		execl(fpfs, fpfs, "-oallow_other", src, mnt, (char *)NULL);
		_exit(127);
	}
	must(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		die("status %x", status);
	/* The parent has gone: the mount answers. */
	put(in(mnt, "f"), "text", 0644);
	if (strcmp(get(in(src, "f")), "text"))
		die("the source has not what was written");
	must(!umount2(mnt, 0));

	/* A failure is the parent's too. */
	child = helper();
	if (!child) {
		fd = open("/dev/null", O_RDWR);
		dup2(fd, 2);
		execl(fpfs, fpfs, "/nonexistent", mnt, (char *)NULL);
		_exit(127);
	}
	must(waitpid(child, &status, 0) == child);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
		die("status %x for a source that is not there", status);
}

/* What is wrong with a mount of @mnt at @second and one of that at @third. */
static const char *try_stack(const char *second, const char *third)
{
	static const char *const none[] = { NULL };
	const char *lower = mnt;
	struct fpfs_stats a, b;
	pid_t daemon;
	int status;

	if (start_on(mnt, second, none))
		return "it does not start over passthrough";
	daemon = *daemon_pid;
	put(in(second, "f"), "text", 0644);
	if (!get(in(src, "f")) || strcmp(get(in(src, "f")), "text"))
		return "the source has not what was written";
	stats(&a);
	mnt = second;
	stats(&b);
	mnt = lower;
	if (a.requests[FPFS_OP_WRITE] || b.requests[FPFS_OP_WRITE])
		return "data passed through a daemon";
	/* Two are all that the kernel allows. */
	status = start_on(second, third, none);
	*daemon_pid = daemon;
	return status == 3 ? NULL : "three are stacked, or the status is not 3";
}

static void over_passthrough(void)
{
	const char *second = strdup(in(raw, "second"));
	const char *third = strdup(in(raw, "third"));
	pid_t first = start(NULL);
	const char *wrong;

	must(!mkdir(second, 0755) && !mkdir(third, 0755));
	wrong = try_stack(second, third);
	umount2(second, MNT_DETACH);
	if (wait_daemon() && !wrong)
		wrong = "the second daemon did not end with status 0";
	*daemon_pid = first;
	if (wrong)
		die("%s", wrong);
}

/* As mount(8) and fstab start it. */
__attribute__((format(printf, 1, 2))) static int sh(const char *fmt, ...)
{
	char line[8192];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return system(line);
}

/* -errno or 0. */
static int try_open(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static void mount_helper(void)
{
	static const struct {
		const char *opts;
		bool dev, suid;
	} flags[] = {
		{ "allow_other,dev,suid", true, true },
		{ "allow_other", true, true },
		{ "allow_other,nodev", false, true },
		{ "nosuid,allow_other", true, false },
		{ "nodev,dev,suid,nosuid", true, false },
	};
	size_t i;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip("no mount namespace: %m");
	/* A link in /usr/sbin, for us alone. */
	must(!mount("fpfs-test", raw, "tmpfs", 0, NULL));
	if (sh("cd %s && mkdir up work && mount -t overlay -o lowerdir=/usr/sbin"
	       ",upperdir=up,workdir=work overlay /usr/sbin 2>/dev/null", raw))
		skip("no overlayfs");
	must(!symlink(getenv("FPFS_TEST_BINARY"),
		      "/usr/sbin/mount.fuse.fpfs"));

	put(in(src, "f"), "text", 0644);
	/* mount(8) hands on nodev and nosuid, but not dev and suid. */
	must(!mknod(in(src, "null"), S_IFCHR | 0666, makedev(1, 3)));
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		must(!sh("mount -t fuse.fpfs -o %s %s %s", flags[i].opts, src,
			 mnt));
		if (flags[i].dev != !try_open(in(mnt, "null")))
			die("-o %s: a device: %m", flags[i].opts);
		if (flags[i].suid == !sh("grep -q ' %s fuse.fpfs .*nosuid' "
					 "/proc/mounts", mnt))
			die("-o %s: wrong nosuid", flags[i].opts);
		must(!sh("umount %s", mnt));
	}

	must(!sh("mount -t fuse.fpfs -o allow_other,mode=copy,locks=local,"
		 "fsname=here,noauto,x-test=1 %s %s", src, mnt));
	must(!sh("grep -q '^here %s fuse.fpfs .*allow_other' /proc/mounts", mnt));
	put(in(mnt, "f"), "more", 0644);
	must(!sh("mount -o remount,ro %s", mnt));
	if (open(in(mnt, "f"), O_WRONLY) >= 0 || errno != EROFS)
		die("remounted ro: not EROFS but %m");
	if (!sh("grep -q '^here %s fuse.fpfs rw' /proc/mounts", mnt))
		die("remounted ro, and /proc/mounts says rw");
	must(!sh("mount -o remount,rw,nosuid %s", mnt));
	put(in(mnt, "f"), "most", 0644);
	must(!sh("umount %s", mnt));
	must(!strcmp(get(in(src, "f")), "most"));

	/* With a name instead of a directory, and the plain type. */
	must(!sh("mount -t fuse.fpfs -osource=%s,allow_other,subtype= name %s",
		 src, mnt));
	must(!sh("grep -q '^name %s fuse rw' /proc/mounts", mnt));
	must(!strcmp(get(in(mnt, "f")), "most"));
	must(!sh("umount name"));

	must(!sh("echo '%s %s fuse.fpfs allow_other,noauto,ro 0 0' >%s/fstab",
		 src, mnt, raw));
	must(!sh("mount -T %s/fstab %s", raw, mnt));
	if (open(in(mnt, "f"), O_WRONLY) >= 0 || errno != EROFS)
		die("ro in fstab: not EROFS but %m");
	must(!sh("umount %s", mnt));

	if (!sh("mount -t fuse.fpfs -o mode=none %s %s 2>/dev/null", src, mnt))
		die("mount succeeds with a mode that there is not");
	if (!sh("mount -t fuse.fpfs %s/absent %s 2>/dev/null", src, mnt))
		die("mount succeeds without a source");
}

const struct test mode_tests[] = {
	{ "mode passthrough", passthrough },
	{ "mode passthrough-noparallel", noparallel },
	{ "mode direct", direct },
	{ "mode direct-noparallel", direct_noparallel },
	{ "mode copy", copy },
	{ "over passthrough, but not over that", over_passthrough },
	{ "mmap of a file that is open with O_DIRECT, copy", mmap_copy },
	{ "mmap of a file that is open with O_DIRECT, direct", mmap_direct },
	{ "requests by io_uring, passthrough", uring },
	{ "requests by io_uring, direct", uring_copy },
	{ "SIGTERM, SIGINT and SIGHUP unmount", ends_on_signals },
	{ "ends with status 0 when unmounted", ends_when_unmounted },
	{ "SIGTERM while files are open", ends_while_busy },
	{ "SIGTERM keeps a mount on top of it", leaves_other_mounts },
	{ "SIGUSR1 and the statistics ioctl", prints_statistics },
	{ "option ro", read_only },
	{ "remount", remounts },
	{ "mount -t fuse.fpfs, remount, fstab, umount", mount_helper },
	{ "only the superuser without allow_other", keeps_others_out },
	{ "an ordinary user is refused, even if fpfs is set-uid",
	  refuses_users },
	{ "background: ready when the parent exits; failures are reported",
	  background },
	{ NULL, NULL }
};
