// SPDX-License-Identifier: GPL-2.0
/*
 * mount_tests [-q] [-t WORD] FPFS DIR MOUNTPOINT: tests of fpfs over a real
 * mount, as root, TAP on stdout. DIR is an empty directory on XFS, in which
 * src/ and raw/ are made. -q shortens the long loops, for slow machines.
 */
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* These only end what hangs: a busy machine must not fail a test. */
#define TEST_SECONDS	480
#define PATIENCE_MS	60000

const char *src, *raw, *mnt;
unsigned int scale = 1;
pid_t *daemon_pid;

static const char *fpfs;
static char *reason;		/* shared with the parent */

static void say(const char *fmt, va_list ap)
{
	vsnprintf(reason, 2000, fmt, ap);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	_exit(1);
}

void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	_exit(77);
}

void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
	fflush(stdout);
}

void msleep(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

const char *in(const char *dir, const char *name)
{
	static char buf[8][PATH_MAX];
	static unsigned int i;
	char *b = buf[i++ % 8];

	snprintf(b, PATH_MAX, "%s/%s", dir, name);
	return b;
}

void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		die("cannot write %s: %m", path);
	close(fd);
}

const char *get(const char *path)
{
	static char buf[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n < 0)
		return NULL;
	buf[n] = '\0';
	return buf;
}

void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (fd < 0 || write(fd, "2", 1) != 1)
		skip("cannot drop the kernel's caches: %m");
	close(fd);
}

void become(uid_t uid, gid_t gid, gid_t group)
{
	if (seteuid(0) || setgroups(group ? 1 : 0, &group) || setegid(gid) ||
	    seteuid(uid))
		die("cannot become %u:%u: %m", uid, gid);
}

static pid_t helpers[1024];
static unsigned int nhelpers;

pid_t helper(void)
{
	pid_t child = fork();

	must(child >= 0);
	if (!child)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	else if (nhelpers < sizeof(helpers) / sizeof(*helpers))
		helpers[nhelpers++] = child;
	return child;
}

/* What they have open on the mount would keep it busy. */
static void end_helpers(void)
{
	while (nhelpers--) {
		if (waitpid(helpers[nhelpers], NULL, WNOHANG))
			continue;	/* the test has waited for it */
		kill(helpers[nhelpers], SIGKILL);
		waitpid(helpers[nhelpers], NULL, 0);
	}
}

/* --- the daemon ----------------------------------------------------------- */

int wait_daemon(void)
{
	int status, ms;

	for (ms = 0; ms <= PATIENCE_MS; ms += 10) {
		if (waitpid(*daemon_pid, &status, WNOHANG) == *daemon_pid) {
			*daemon_pid = 0;
			return WIFEXITED(status) ? WEXITSTATUS(status) :
						   128 + WTERMSIG(status);
		}
		msleep(10);
	}
	return -1;
}

int start_on(const char *from, const char *to, const char *const *opts)
{
	const char *argv[32] = { fpfs, "-f", "--ready-fd=3" };
	struct pollfd p;
	int n = 3, fd[2];
	char word[16];
	pid_t child;

	while (*opts)
		argv[n++] = *opts++;
	argv[n++] = from;
	argv[n] = to;
	must(!pipe(fd));
	child = fork();
	must(child >= 0);
	if (!child) {
		dup2(fd[1], 3);
		/* Nothing of the test's may be held open by the daemon. */
		for (n = 4; n < 64; n++)
			close(n);
		execv(fpfs, (char **)argv);
		_exit(127);
	}
	*daemon_pid = child;
	close(fd[1]);
	p = (struct pollfd){ .fd = fd[0], .events = POLLIN };
	if (poll(&p, 1, PATIENCE_MS) != 1)
		die("the daemon neither got ready nor ended");
	n = read(fd[0], word, sizeof(word));
	close(fd[0]);
	if (n == 8 && !memcmp(word, "READY=1\n", 8))
		return 0;
	return wait_daemon();
}

pid_t start(const char *opt)
{
	const char *opts[] = { "-oallow_other,dev,suid", opt, NULL };
	int status = start_on(src, mnt, opts);

	if (status == 3)
		skip("this kernel lacks what the mode needs");
	if (status)
		die("the daemon ended with status %d", status);
	return *daemon_pid;
}

void stop(void)
{
	int status, tries = PATIENCE_MS / 20;

	/* The kernel may still be closing what the test had open. */
	while (umount2(mnt, 0) && errno == EBUSY) {
		if (!tries--)
			die("cannot unmount: %m");
		msleep(20);
	}
	status = wait_daemon();
	if (status < 0)
		die("unmounted, but the daemon did not end");
	if (status)
		die("unmounted, and the daemon ended with status %d", status);
}

void stats(struct fpfs_stats *st)
{
	int fd = open(mnt, O_RDONLY | O_DIRECTORY);

	if (fd < 0 || ioctl(fd, FPFS_IOC_STATS, st))
		die("FPFS_IOC_STATS on %s: %m", mnt);
	close(fd);
	if (st->version != FPFS_STATS_VERSION || st->size != sizeof(*st))
		die("statistics of version %u, size %u", st->version, st->size);
}

unsigned long long diff(const struct fpfs_stats *a, const struct fpfs_stats *b,
			enum fpfs_opcode op)
{
	return b->requests[op] - a->requests[op];
}

/* --- the run -------------------------------------------------------------- */

/* A test that failed may have left files that cannot be removed. */
static void clear_flags(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int fd, none = 0;

	while (d && (e = readdir(d))) {
		if (e->d_type != DT_REG)
			continue;
		fd = openat(dirfd(d), e->d_name, O_RDONLY | O_NOFOLLOW);
		if (fd < 0)
			continue;
		ioctl(fd, FS_IOC_SETFLAGS, &none);
		close(fd);
	}
	if (d)
		closedir(d);
}

static void empty(const char *dir)
{
	pid_t child;

	clear_flags(dir);
	child = fork();

	if (!child) {
		execlp("rm", "rm", "-rf", "--one-file-system", dir, NULL);
		_exit(127);
	}
	waitpid(child, NULL, 0);
	if (mkdir(dir, 0755) || chmod(dir, 0755)) {
		fprintf(stderr, "cannot make %s: %m\n", dir);
		exit(1);
	}
}

static void clean_up(void)
{
	if (*daemon_pid > 0) {
		kill(*daemon_pid, SIGKILL);
		*daemon_pid = 0;
	}
	while (!umount2(mnt, MNT_DETACH | UMOUNT_NOFOLLOW))
		;
}

static const char *only;

static int run_one(const struct test *t, unsigned int n)
{
	int status;
	pid_t child;

	empty(src);
	empty(raw);
	umask(0);
	*reason = '\0';
	*daemon_pid = 0;
	fflush(NULL);
	child = fork();
	if (!child) {
		alarm(TEST_SECONDS);
		t->run();
		become(0, 0, 0);
		end_helpers();
		if (*daemon_pid > 0)
			stop();
		_exit(0);
	}
	waitpid(child, &status, 0);
	clean_up();
	if (WIFSIGNALED(status))
		snprintf(reason, 2000, "killed by signal %d%s",
			 WTERMSIG(status), WTERMSIG(status) == SIGALRM ?
			 " (took too long)" : "");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		printf("ok %u - %s # SKIP %s\n", n, t->name, reason);
		return 0;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		printf("not ok %u - %s\n# %s\n", n, t->name, reason);
		return 1;
	}
	printf("ok %u - %s\n", n, t->name);
	return 0;
}

static bool wanted(const struct test *t)
{
	return !only || strstr(t->name, only);
}

/*
 * In User-Mode Linux a process on another CPU is woken at that CPU's next
 * tick: 10 ms for each request. On one CPU the switch is immediate.
 */
static void one_cpu_in_uml(void)
{
	char text[4096] = "";
	cpu_set_t one;
	FILE *f = fopen("/proc/cpuinfo", "r");

	if (!f)
		return;
	if (fread(text, 1, sizeof(text) - 1, f) > 0 &&
	    strstr(text, "User Mode Linux")) {
		CPU_ZERO(&one);
		CPU_SET(0, &one);
		sched_setaffinity(0, sizeof(one), &one);
	}
	fclose(f);
}

int main(int argc, char **argv)
{
	static const struct test *const groups[] = {
		request_tests, caller_tests, pjdfstest_tests, attr_tests,
		data_tests, lock_tests, safety_tests, lost_tests, mode_tests,
	};
	unsigned int n = 0, failed = 0, i;
	const struct test *t;
	char *shared;
	int c;

	while ((c = getopt(argc, argv, "qt:")) != -1) {
		if (c == 'q')
			scale = 10;
		else if (c == 't')
			only = optarg;
		else
			return 2;
	}
	if (argc - optind != 3) {
		fprintf(stderr, "Usage: mount_tests [-q] [-t WORD] FPFS DIR "
			"MOUNTPOINT\n");
		return 2;
	}
	if (geteuid()) {
		printf("1..0 # SKIP mounting needs root\n");
		return 77;
	}
	fpfs = realpath(argv[optind], NULL);
	if (fpfs)
		setenv("FPFS_TEST_BINARY", fpfs, 1);
	mnt = realpath(argv[optind + 2], NULL);
	if (!fpfs || !mnt || !realpath(argv[optind + 1], NULL)) {
		fprintf(stderr, "mount_tests: %m\n");
		return 2;
	}
	one_cpu_in_uml();
	src = strdup(in(realpath(argv[optind + 1], NULL), "src"));
	raw = strdup(in(realpath(argv[optind + 1], NULL), "raw"));
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	reason = shared;
	daemon_pid = (pid_t *)(shared + 4000);

	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (t = groups[i]; t->name; t++)
			n += wanted(t);
	printf("1..%u\n", n);
	n = 0;
	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		for (t = groups[i]; t->name; t++)
			if (wanted(t))
				failed += run_one(t, ++n);
	if (failed)
		printf("# %u of %u failed\n", failed, n);
	return failed ? 1 : 0;
}
