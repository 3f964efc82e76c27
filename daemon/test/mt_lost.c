// SPDX-License-Identifier: GPL-2.0
/*
 * A source that goes away while it is shown: shut down as after an error of
 * its device, its device full, unmounted lazily. The mount returns the same
 * errors as the source, nothing hangs, and it can be unmounted.
 */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Of XFS: end at once, and forget what is in the log. */
#define XFS_IOC_GOINGDOWN	_IOR('X', 125, uint32_t)
#define NO_LOG_FLUSH		2

enum { BLOCK = 4096 };

static char lost[4000];		/* an XFS of its own; lost/d is shown at mnt */
static char *buf;

static void run(const char *const *argv)
{
	pid_t child = fork();
	int status, null;

	must(child >= 0);
	if (!child) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		execvp(argv[0], (char **)argv);
		_exit(127);
	}
	must(waitpid(child, &status, 0) == child);
	if (status)
		die("%s: status %x", argv[0], status);
}

#define RUN(...)	run((const char *const[]){ __VA_ARGS__, NULL })

/* In a mount namespace of the test, so nothing of it stays. */
static void make_source(const char *image)
{
	int fd;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip("no mount namespace: %m");
	fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		skip("no loop devices: %m");
	close(fd);
	fd = open(image, O_CREAT | O_RDWR, 0600);
	must(fd >= 0 && !ftruncate(fd, 400 << 20));
	close(fd);
	RUN("mkfs.xfs", "-q", image);
	snprintf(lost, sizeof(lost), "%s/lost", raw);
	must(!mkdir(lost, 0755));
	RUN("mount", "-t", "xfs", "-o", "loop", image, lost);
	must(!mkdir(in(lost, "d"), 0755));
	put(in(lost, "d/f"), "0123456789", 0644);
	put(in(lost, "d/g"), "", 0644);
	must(!mkdir(in(lost, "d/sub"), 0755));
	must(!posix_memalign((void **)&buf, BLOCK, BLOCK));
}

static int start_lost(const char *opt)
{
	const char *opts[] = { "-oallow_other", "--timeout=0", opt, NULL };

	return start_on(in(lost, "d"), mnt, opts);
}

static void shut_down(void)
{
	uint32_t how = NO_LOG_FLUSH;
	int fd = open(lost, O_RDONLY);

	must(fd >= 0);
	if (ioctl(fd, XFS_IOC_GOINGDOWN, &how))
		skip("cannot shut XFS down: %m");
	close(fd);
}

/* --- what is asked of it, in the directory or of the open file --------------- */

static const char *dir;
static int held;

static long ask_stat(void)
{
	struct stat st;

	return stat(in(dir, "f"), &st);
}

static long ask_absent(void)
{
	struct stat st;

	return stat(in(dir, "absent"), &st);
}

static long ask_open(void)
{
	return open(in(dir, "f"), O_RDONLY);
}

static long ask_create(void)
{
	return open(in(dir, "new"), O_CREAT | O_RDWR, 0600);
}

static long ask_tmpfile(void)
{
	return open(dir, O_TMPFILE | O_RDWR, 0600);
}

static long ask_mkdir(void)
{
	return mkdir(in(dir, "newdir"), 0700);
}

static long ask_unlink(void)
{
	return unlink(in(dir, "g"));
}

static long ask_rename(void)
{
	return rename(in(dir, "f"), in(dir, "h"));
}

static long ask_truncate(void)
{
	return truncate(in(dir, "f"), 5);
}

static long ask_chmod(void)
{
	return chmod(in(dir, "f"), 0600);
}

static long ask_setxattr(void)
{
	return setxattr(in(dir, "f"), "user.x", "1", 1, 0);
}

static long ask_list(void)
{
	DIR *d = opendir(dir);
	long ret;

	if (!d)
		return -1;
	errno = 0;
	while (readdir(d))
		;
	ret = errno ? -1 : 0;
	if (ret) {
		int err = errno;

		closedir(d);
		errno = err;
		return ret;
	}
	return closedir(d);
}

static long ask_read(void)
{
	return pread(held, buf, BLOCK, 0);
}

static long ask_write(void)
{
	return pwrite(held, "x", 1, 0);
}

static long ask_direct(void)
{
	int fd = open(in(dir, "f"), O_RDWR | O_DIRECT);
	long ret = fd < 0 ? -1 : pwrite(fd, buf, BLOCK, 0);

	if (fd >= 0) {
		int err = errno;

		close(fd);
		errno = err;
	}
	return ret;
}

static long ask_fsync(void)
{
	return fsync(held);
}

static long ask_fstat(void)
{
	struct stat st;

	return fstat(held, &st);
}

static long ask_fallocate(void)
{
	return fallocate(held, 0, 0, 1 << 20);
}

static const struct {
	const char *name;
	long (*ask)(void);
} asks[] = {
	{ "stat", ask_stat }, { "stat of nothing", ask_absent },
	{ "open", ask_open }, { "create", ask_create },
	{ "O_TMPFILE", ask_tmpfile }, { "mkdir", ask_mkdir },
	{ "unlink", ask_unlink }, { "rename", ask_rename },
	{ "truncate", ask_truncate }, { "chmod", ask_chmod },
	{ "setxattr", ask_setxattr }, { "readdir", ask_list },
	{ "read", ask_read }, { "write", ask_write },
	{ "direct write", ask_direct }, { "fsync", ask_fsync },
	{ "fstat", ask_fstat }, { "fallocate", ask_fallocate },
};

enum { NASKS = sizeof(asks) / sizeof(*asks) };

/* Each answer of the mount is the source's; how many are EIO. */
static unsigned int same_answers(int below, int above)
{
	unsigned int i, eio = 0;
	int want, have;

	for (i = 0; i < NASKS; i++) {
		dir = in(lost, "d");
		held = below;
		want = asks[i].ask() < 0 ? errno : 0;
		dir = mnt;
		held = above;
		have = asks[i].ask() < 0 ? errno : 0;
		if (want != have)
			die("%s: the source says %s, the mount %s",
			    asks[i].name, strerrorname_np(want),
			    strerrorname_np(have));
		eio += want == EIO;
	}
	return eio;
}

static void after_shutdown(const char *opt)
{
	struct flock l = { .l_type = F_WRLCK };
	struct statfs fs;
	unsigned int eio;
	int below, above;

	make_source(in(raw, "image"));
	if (start_lost(opt))
		die("does not start");
	below = open(in(lost, "d/f"), O_RDWR);
	above = open(in(mnt, "f"), O_RDWR);
	must(below >= 0 && above >= 0);
	must(pwrite(above, "x", 1, 0) == 1);
	shut_down();
	eio = same_answers(below, above);
	note("%u of %u answers are EIO", eio, NASKS);
	/* All but fstat of the kernel's own and the like. */
	if (eio < NASKS - 3)
		die("%u of %u answers are EIO", eio, NASKS);
	/* What needs no device may work, but must come back. */
	statfs(mnt, &fs);
	flock(above, LOCK_EX | LOCK_NB);
	fcntl(above, F_SETLK, &l);
	close(above);
	close(below);
	/* It can be unmounted as always, and holds nothing of the source. */
	stop();
	must(!umount2(lost, 0));
}

static void shut_down_passthrough(void)
{
	after_shutdown("--mode=passthrough");
}

static void shut_down_direct(void)
{
	after_shutdown("--mode=direct");
}

static void shut_down_copy(void)
{
	after_shutdown("--mode=copy");
}

static void shut_down_and_signalled(void)
{
	int fd;

	make_source(in(raw, "image"));
	must(!start_lost(NULL));
	fd = open(in(mnt, "f"), O_RDWR);
	must(fd >= 0);
	shut_down();
	must(!kill(*daemon_pid, SIGTERM));
	if (wait_daemon())
		die("SIGTERM: not 0, or never");
	if (!fsync(fd) || errno != ENOTCONN)
		die("not ENOTCONN but %m");
	close(fd);
	must(!umount2(lost, 0));
}

static void start_on_what_is_gone(void)
{
	make_source(in(raw, "image"));
	shut_down();
	if (start_lost(NULL) != 1)
		die("it starts over a filesystem that is shut down");
	must(!umount2(lost, 0));
	/* And over a directory that was removed while it is one's own. */
	if (start_lost(NULL) != 1)
		die("it starts over a source that is not there");
}

/* --- a device that takes no more ------------------------------------------------ */

/* The same writes on both sides fail in the same way, and reads go on. */
static void device_full(void)
{
	char opts[64];
	struct statfs fs;
	int below, above, i, err[2];
	ssize_t n;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		skip("no mount namespace: %m");
	must(!mkdir(in(raw, "mem"), 0755));
	must(!mount("fpfs-test", in(raw, "mem"), "tmpfs", 0, "size=1g"));
	make_source(in(raw, "mem/image"));
	must(!start_lost(NULL));
	below = open(in(lost, "d/f"), O_RDWR | O_DIRECT);
	above = open(in(mnt, "g"), O_RDWR | O_DIRECT);
	must(below >= 0 && above >= 0);
	must(!fallocate(below, 0, 0, 64 << 20));
	must(!fallocate(above, 0, 0, 64 << 20));
	memset(buf, 'd', BLOCK);
	must(pwrite(above, buf, BLOCK, 0) == BLOCK);
	must(!fsync(above));
	sync();

	must(!statfs(in(raw, "mem"), &fs));
	snprintf(opts, sizeof(opts), "size=%llu", (unsigned long long)
		 (fs.f_blocks - fs.f_bfree + 8) * fs.f_bsize);
	must(!mount(NULL, in(raw, "mem"), NULL, MS_REMOUNT, opts));
	for (i = 0; i < 2; i++) {
		int fd = i ? above : below;
		off_t off;

		for (n = BLOCK, off = BLOCK; n == BLOCK && off < 64 << 20;
		     off += BLOCK)
			n = pwrite(fd, buf, BLOCK, off);
		err[i] = n < 0 ? errno : 0;
	}
	note("the source says %s", strerrorname_np(err[0]));
	if (!err[0])
		skip("this device does not fail");
	if (err[0] != err[1])
		die("the source says %s, the mount %s",
		    strerrorname_np(err[0]), strerrorname_np(err[1]));
	if (pread(above, buf, BLOCK, 0) != BLOCK || *buf != 'd')
		die("what was written before does not read: %m");
	close(below);
	close(above);
	stop();
	must(!umount2(lost, 0));
}

/* --- the daemon ends, and then the source -------------------------------------- */

/* Blocks of its number, each confirmed by fsync, until that fails. */
static unsigned int write_and_sync(int fd, int sig)
{
	unsigned int i;

	for (i = 0;; i++) {
		if (i == 50)
			must(!kill(*daemon_pid, sig));
		memset(buf, 1 + i % 250, BLOCK);
		if (pwrite(fd, buf, BLOCK, i * (off_t)BLOCK) != BLOCK ||
		    fsync(fd))
			break;
	}
	/* ECONNABORTED, or EIO: it was under way when the daemon ended. */
	if (errno != ENOTCONN && errno != ECONNABORTED && errno != EIO)
		die("after %u blocks not ENOTCONN but %m", i);
	return i;
}

/* Writes may go on, but then they are in the file, and not confirmed. */
static void write_on(int fd, off_t off)
{
	int below = open(in(lost, "d/f"), O_RDONLY);
	ssize_t n;

	memset(buf, 'w', BLOCK);
	n = pwrite(fd, buf, BLOCK, off);
	if (n < 0 && errno != ENOTCONN)
		die("a write after the end: %m");
	memset(buf, 0, BLOCK);
	must(below >= 0 && pread(below, buf, BLOCK, off) == (n < 0 ? 0 : n));
	if (n > 0 && (buf[0] != 'w' || buf[n - 1] != 'w'))
		die("a write after the end is not in the file");
	close(below);
	if (!fsync(fd) || errno != ENOTCONN)
		die("fsync after the end: not ENOTCONN but %m");
}

static void daemon_ends_then_source(int sig)
{
	unsigned int n, i;
	int fd, status;

	make_source(in(raw, "image"));
	must(!start_lost(NULL));
	fd = open(in(mnt, "f"), O_RDWR);
	must(fd >= 0);
	n = write_and_sync(fd, sig);
	status = wait_daemon();
	if (status != (sig == SIGKILL ? 128 + SIGKILL : 0))
		die("the daemon ended with status %d", status);
	note("%u blocks were confirmed", n);
	write_on(fd, (n + 1) * (off_t)BLOCK);
	shut_down();
	close(fd);
	umount2(mnt, MNT_DETACH);
	for (i = 0; i < 3000 && umount2(lost, 0) && errno == EBUSY; i++)
		msleep(20);
	RUN("mount", "-t", "xfs", "-o", "loop", in(raw, "image"), lost);
	fd = open(in(lost, "d/f"), O_RDONLY);
	must(fd >= 0);
	for (i = 0; i < n; i++) {
		must(pread(fd, buf, BLOCK, i * (off_t)BLOCK) == BLOCK);
		if ((unsigned char)buf[0] != 1 + i % 250 ||
		    buf[BLOCK - 1] != buf[0])
			die("block %u of %u is lost", i, n);
	}
	close(fd);
	must(!umount2(lost, 0));
}

static void killed_then_source(void)
{
	daemon_ends_then_source(SIGKILL);
}

static void terminated_then_source(void)
{
	daemon_ends_then_source(SIGTERM);
}

/* --- unmounted ------------------------------------------------------------------- */

static void unmounted_lazily(void)
{
	struct stat st;
	char line[400];
	FILE *f;
	int fd, i;

	make_source(in(raw, "image"));
	must(!start_lost(NULL));
	if (!umount2(lost, 0) || errno != EBUSY)
		die("the source can be unmounted under it: not EBUSY but %m");
	fd = open(in(mnt, "f"), O_RDWR);
	must(fd >= 0);
	must(!umount2(lost, MNT_DETACH));
	/* It has no name any more, but it is still there. */
	must(stat(in(lost, "d"), &st) && errno == ENOENT);
	must(pwrite(fd, "X", 1, 3) == 1 && !fsync(fd));
	put(in(mnt, "new"), "text", 0600);
	must(!rename(in(mnt, "new"), in(mnt, "newer")));
	must(!strcmp(get(in(mnt, "newer")), "text"));
	must(!strncmp(get(in(mnt, "f")), "012X4", 5));
	must(!unlink(in(mnt, "g")));
	must(!mkdir(in(mnt, "dir"), 0700));
	close(fd);
	stop();
	/* With the daemon it goes: the device is free. */
	for (i = 0; i < 3000; i++) {
		bool used = false;

		f = popen("losetup -n -O BACK-FILE", "r");
		must(f);
		while (fgets(line, sizeof(line), f))
			used |= !strncmp(line, raw, strlen(raw));
		pclose(f);
		if (!used)
			break;
		msleep(20);
	}
	if (i == 3000)
		die("the source's device is still in use");
	RUN("mount", "-t", "xfs", "-o", "loop", in(raw, "image"), lost);
	must(!strcmp(get(in(lost, "d/newer")), "text"));
	must(!umount2(lost, 0));
}

const struct test lost_tests[] = {
	{ "a source that is shut down: its errors, then unmount",
	  shut_down_passthrough },
	{ "a source that is shut down, mode direct", shut_down_direct },
	{ "a source that is shut down, mode copy", shut_down_copy },
	{ "SIGTERM after the source was shut down", shut_down_and_signalled },
	{ "refuses to start on a source that is gone", start_on_what_is_gone },
	{ "SIGKILL loses nothing that fsync has confirmed",
	  killed_then_source },
	{ "SIGTERM loses nothing that fsync has confirmed",
	  terminated_then_source },
	{ "a source whose device fails", device_full },
	{ "a source that is unmounted lazily", unmounted_lazily },
	{ NULL, NULL }
};
