// SPDX-License-Identifier: GPL-2.0
/*
 * Each call of the C library that a request leads to fails once: the request is
 * answered all the same, with that error or one that is listed here, nothing is
 * left behind, and the daemon goes on. With a folder as argument it only writes
 * the requests there, as inputs of fuzz_requests. The linker puts the functions at the end
 * in the place of the C library's (--wrap).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "fpfs_ioctl.h"
#include "fuse_api.h"
#include "kernel.h"

/* --- what fails ------------------------------------------------------------ */

static __thread bool is_test;	/* not a thread of the daemon */
static __thread bool no_memory;	/* whatever is_test says */
static int countdown;		/* calls until the one that fails; 0: none */
static int fault;		/* its errno */
static const char *failed;	/* its name, once it has; atomic */

static bool fails(const char *name)
{
	int n;

	if (no_memory && !strcmp(name, "malloc"))
		return true;
	if (is_test || !__atomic_load_n(&countdown, __ATOMIC_ACQUIRE))
		return false;
	n = __atomic_fetch_sub(&countdown, 1, __ATOMIC_ACQ_REL);
	if (n != 1)
		return false;
	errno = fault;
	__atomic_store_n(&failed, name, __ATOMIC_RELEASE);
	return true;
}

/* --- requests ---------------------------------------------------------------- */

struct step {
	const char *op;
	uint8_t node, file;	/* in the order in which they came */
	uint8_t who;		/* see kernel.h; 0: root */
	uint32_t words[RECORD_WORDS];
	const char *text;	/* names, and data */
	size_t len;
};

#define TEXT(s)		.text = s, .len = sizeof(s)
#define LOOKUP(name)	{ .op = "LOOKUP", TEXT(name) }
#define OPEN(flags)	{ .op = "OPEN", .node = 1, .words = { flags } }
#define SETATTR(...)	{ .op = "SETATTR", .node = 1, .words = { __VA_ARGS__ } }
#define LOCK(lock_op, owner, type, ...) \
	{ .op = lock_op, \
	  .words = { [2] = owner, [6] = ~0u, 0x7fffffff, type, 1, \
		     __VA_ARGS__ } }

#define USER		5	/* 1000, 1000 */

/* The last step is the one that suffers. */
static const struct request {
	const char *mode;
	struct step step[5];
} requests[] = {
	{ "passthrough", { LOOKUP("f") } },
	{ "passthrough", { LOOKUP("d") } },
	{ "passthrough", { LOOKUP("f"), LOOKUP("f") } },
	{ "passthrough", { LOOKUP("missing") } },
	{ "passthrough", { LOOKUP("f"), { .op = "GETATTR", .node = 1 } } },
	{ "passthrough", { LOOKUP("f"), { .op = "STATX", .node = 1 } } },
	{ "passthrough", { LOOKUP("suid"), SETATTR(0) } },
	{ "passthrough", { LOOKUP("f"), SETATTR(1, [17] = 02644) } },
	{ "passthrough", { LOOKUP("suid"), SETATTR(6, [19] = 7, 8) } },
	{ "passthrough", { LOOKUP("suid"), SETATTR(8 | FATTR_KILL_SUIDGID, [4] = 5) } },
	{ "passthrough", { LOOKUP("f"), SETATTR(0x30, [8] = 5) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   { .op = "SETATTR_FH", .words = { 8, [4] = 5 } } } },
	{ "passthrough", { LOOKUP("f"), { .op = "CLOSE" },
			   { .op = "GETATTR", .node = 1 } } },
	{ "passthrough", { LOOKUP("d"), { .op = "CLOSE" }, LOOKUP("d") } },
	{ "passthrough", { LOOKUP("l"), { .op = "READLINK", .node = 1 } } },
	{ "passthrough", { { .op = "SYMLINK", TEXT("new\0target") } } },
	{ "passthrough", { { .op = "MKNOD", .words = { S_IFIFO | 0644 },
			     TEXT("new") } } },
	{ "passthrough", { { .op = "MKDIR", .words = { 02755 }, TEXT("new") } } },
	{ "passthrough", { { .op = "MKDIR", .who = USER, TEXT("new") } } },
	{ "passthrough", { { .op = "UNLINK", TEXT("f") } } },
	{ "passthrough", { { .op = "RMDIR", TEXT("d") } } },
	{ "passthrough", { LOOKUP("f"), { .op = "CLOSE" },
			   { .op = "UNLINK", TEXT("f") } } },
	{ "passthrough", { LOOKUP("d"), { .op = "CLOSE" },
			   { .op = "RMDIR", TEXT("d") } } },
	{ "passthrough", { { .op = "RENAME", TEXT("f\0g") } } },
	{ "passthrough", { LOOKUP("suid"), { .op = "CLOSE" },
			   { .op = "RENAME", TEXT("f\0suid") } } },
	{ "passthrough", { { "RENAME2", .words = { [2] = 1 },
			     TEXT("f\0g") } } },
	{ "passthrough", { LOOKUP("f"), { .op = "LINK", .node = 0, .file = 1, TEXT("g") } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDONLY) } },
	{ "passthrough", { LOOKUP("suid"), OPEN(O_RDWR | O_TRUNC) } },
	{ "copy", { LOOKUP("f"), OPEN(O_RDWR) } },
	{ "passthrough", { { .op = "CREATE", .words = { O_RDWR, 0644 },
			     TEXT("new") } } },
	{ "copy", { { .op = "CREATE", .words = { O_RDWR, 02644 }, TEXT("new") } } },
	{ "passthrough", { { .op = "TMPFILE", .words = { O_RDWR, 0644 },
			     TEXT("") } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR), { .op = "RELEASE" } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("SETLK", 1, F_WRLCK), { .op = "RELEASE" } } },
	{ "copy", { LOOKUP("f"), OPEN(O_RDWR),
		    { .op = "READ", .words = { [4] = 16 } } } },
	{ "direct", { LOOKUP("f"), OPEN(O_RDWR | O_DIRECT),
		      { .op = "READ", .words = { [4] = 4096 } } } },
	{ "copy", { LOOKUP("suid"), OPEN(O_RDWR),
		    { .op = "WRITE", .words = { [5] = 4 }, TEXT("text") } } },
	{ "direct", { LOOKUP("f"), OPEN(O_RDWR | O_DIRECT),
		      { .op = "WRITE", TEXT("text") } } },
	{ "direct", { LOOKUP("f"), OPEN(O_RDWR | O_DIRECT),
		      { .op = "WRITE", .words = { [5] = 1 }, TEXT("text") } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR), { .op = "FLUSH" } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("SETLK", 1, F_WRLCK),
			   { .op = "FLUSH", .words = { [4] = 1 } } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDONLY), { .op = "FSYNC" } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   { .op = "FSYNC", .words = { [2] = 1 } } } },
	{ "passthrough", { LOOKUP("suid"), OPEN(O_RDWR),
			   { .op = "FALLOCATE", .words = { [4] = 4096 } } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDONLY),
			   { .op = "LSEEK", .words = { [4] = SEEK_DATA } } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   { .op = "COPY_FILE_RANGE",
			     .words = { [2] = 0, [8] = 100, [10] = 5 } } } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("GETLK", 1, F_WRLCK) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("SETLK", 1, F_WRLCK),
			   LOCK("GETLK", 2, F_WRLCK) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDONLY),
			   LOCK("SETLK", 1, F_RDLCK) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("SETLK", 1, F_WRLCK),
			   LOCK("SETLK", 2, F_WRLCK) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("SETLK", 1, F_WRLCK, FUSE_LK_FLOCK) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("SETLKW", 1, F_WRLCK) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   LOCK("SETLK", 1, F_WRLCK),
			   LOCK("SETLKW", 2, F_WRLCK) } },
	{ "passthrough", { LOOKUP("f"), OPEN(O_RDWR),
			   { .op = "IOCTL", .words = { [3] = FPFS_IOC_STATS,
						 [7] = 4096 } } } },
	{ "passthrough", { { .op = "STATFS" } } },
	{ "passthrough", { { .op = "READDIR", .words = { [4] = 4096 } } } },
	{ "passthrough", { { .op = "READDIR", .words = { [4] = 4096 } },
			   { .op = "READDIR", .words = { [4] = 4096 } } } },
	{ "passthrough", { { .op = "READDIRPLUS", .words = { [4] = 4096 } } } },
	{ "passthrough", { { .op = "FSYNCDIR" } } },
	{ "passthrough", { LOOKUP("f"), { .op = "SETXATTR", .node = 1, TEXT("user.a\0v") } } },
	{ "passthrough", { LOOKUP("f"), { .op = "SETXATTR", .node = 1, TEXT("user.a\0v") },
			   { .op = "GETXATTR", .node = 1, .words = { 64 },
			     TEXT("user.a") } } },
	{ "passthrough", { LOOKUP("f"), { .op = "LISTXATTR", .node = 1, .words = { 64 } } } },
	{ "passthrough", { LOOKUP("f"), { .op = "SETXATTR", .node = 1, TEXT("user.a\0v") },
			   { .op = "REMOVEXATTR", .node = 1, TEXT("user.a") } } },
};

#define NREQUESTS	(sizeof(requests) / sizeof(*requests))
#define NSTEPS		(sizeof(requests->step) / sizeof(*requests->step))

/* Values of --locks= and the operations for which they matter; NULL: all. */
static const struct scope {
	const char *locks, *ops;
} scopes[] = {
	{ "source", NULL },
	{ "strict",
	  " OPEN CREATE TMPFILE RELEASE FLUSH GETLK SETLK SETLKW " },
	{ "local", " OPEN CREATE TMPFILE " },	/* locks do not come */
};

#define NSCOPES		(sizeof(scopes) / sizeof(*scopes))

/* Operations without a call that can fail. */
static const char *const without[] = {
	"CLOSE", "FORGET", "BATCH_FORGET", "INTERRUPT", "POLL", "ACCESS", "BMAP",
	"SYNCFS", "OPENDIR", "RELEASEDIR", "UNKNOWN",
};

/* --- answers -------------------------------------------------------------------- */

/* Answers other than the error of the call. NULL: any operation. */
static const struct answer {
	const char *ops, *calls;
	int fault, answer;
} answers[] = {
	{ NULL, " close ", 0, 0 },
	/* A thread that counts for the first time does so in counters that are shared. */
	{ NULL, " calloc ", 0, 0 },
	/* Descriptors of nodes are closed, and then there are some. */
	{ NULL, " syscall open64 openat64 open_by_handle_at ", EMFILE, 0 },
	/* Set-id bits that might have stayed are taken away. */
	{ " SETATTR SETATTR_FH OPEN CREATE TMPFILE WRITE FALLOCATE "
	  "COPY_FILE_RANGE MKDIR ", " fstatat64 syscall ", 0, 0 },
	/* What the caller may do cannot be read: he may not. */
	{ " SETATTR WRITE FALLOCATE ", " open64 malloc read ", 0, 0 },
	{ " SETATTR ", " fstatat64 open64 malloc read ", 0, -EPERM },
	/* Whether the file has changed: the kernel asks again later. */
	{ " RELEASE ", " fstatat64 ", 0, 0 },
	/* What loses its name may be gone for those who still use it. */
	{ " UNLINK RMDIR RENAME ", " fstatat64 open_by_handle_at ", 0, 0 },
	/* One more node for the file. */
	{ " LOOKUP ", " name_to_handle_at ", 0, 0 },
	/* Who holds the lock is not known. */
	{ " GETLK ", " fopen64 ", 0, 0 },
	/* Locks may last until the file is closed; one is in the way. */
	{ " SETLK SETLKW ", " open64 syscall epoll_ctl ", 0, 0 },
	{ " SETLK ", " syscall epoll_ctl ", 0, -EAGAIN },
	/* It waits as if the lock were held. */
	{ " SETLKW ", " fcntl64 ", EAGAIN, 0 },
	{ " SETLK SETLKW ", " open64 malloc pthread_create timer_create ", 0,
	  -ENOLCK },
	/* The entry comes without attributes. */
	{ " READDIRPLUS ", " fstatat64 syscall malloc ", 0, 0 },
	/* These have no error, but leave all as it was. */
	{ NULL, " setfsuid setfsgid ", 0, 0 },
	{ NULL, " setfsuid setfsgid ", 0, -ENOMEM },
	{ NULL, " calloc malloc posix_memalign ", 0, -ENOMEM },
};

/* Is @word in @list, which has spaces around each? NULL has all. */
static bool listed(const char *list, const char *word)
{
	char spaced[64];

	snprintf(spaced, sizeof(spaced), " %s ", word);
	return !list || strstr(list, spaced);
}

static bool answer_is_right(const char *op, const char *call, int answer)
{
	const struct answer *a;

	if (answer == -fault ||
	    (answer == -KERNEL_ANSWER_LOST && !strcmp(call, "writev")))
		return true;
	for (a = answers; a < answers + sizeof(answers) / sizeof(*a); a++)
		if (listed(a->ops, op) && listed(a->calls, call) &&
		    (!a->fault || a->fault == fault) && a->answer == answer)
			return true;
	return false;
}

/* --- the test --------------------------------------------------------------------- */

static size_t make_step(const struct step *s, uint8_t *record)
{
	size_t len = record_make(s->op, s->node, s->file, s->words,
				 s->text ? s->text : "", s->len, record);

	((struct record *)record)->who = s->who;
	return len;
}

static int take_step(struct lane *l, const struct step *s)
{
	uint8_t record[RECORD_MAX];

	make_step(s, record);
	return lane_send(l, (void *)record, record + sizeof(struct record));
}

static void must_succeed(struct lane *l, const struct step *s)
{
	int ret = take_step(l, s);

	if (ret)
		fail("%s without a fault: %d", s->op, ret);
}

/*
 * Have call @nth of the last step fail. *@answer becomes the answer; returns
 * the call, or NULL if there are not so many.
 */
static const char *try(const struct request *r, const char *locks, int nth,
		       int *answer)
{
	static const struct step getattr = { .op = "GETATTR" };
	const struct step *s = r->step;
	struct kernel *k;
	struct lane *l;

	k = kernel_start(&(struct kernel_setup){
		.mode = r->mode, .locks = locks, .killpriv = true,
		.timeout = true, .lanes = 1, .workers = true,
	});
	l = kernel_lane(k, 0);
	while (s + 1 < r->step + NSTEPS && s[1].op)
		must_succeed(l, s++);
	kernel_settle(k);
	__atomic_store_n(&failed, NULL, __ATOMIC_RELAXED);
	__atomic_store_n(&countdown, nth, __ATOMIC_RELEASE);
	*answer = take_step(l, s);
	__atomic_store_n(&countdown, 0, __ATOMIC_RELEASE);
	must_succeed(l, &getattr);
	kernel_stop(k);
	return __atomic_load_n(&failed, __ATOMIC_ACQUIRE);
}

static unsigned int ntries, nwrong;
static char now[128];		/* what is being tried, for who debugs it */

/* What does not hold ends in abort(). */
static void say_when(int sig)
{
	if (write(STDERR_FILENO, now, strlen(now)) < 0 ||
	    write(STDERR_FILENO, "\n", 1) < 0)
		_exit(1);
}

static void test_request(const struct request *r, const struct scope *scope)
{
	/* Those after the first may take the daemon another way. */
	static const int faults[] = {
		EIO, EMFILE, ENFILE, ENOSPC, EINTR, EAGAIN, ESTALE,
	};
	const struct step *s = r->step;
	const char *call;
	int nth, answer;
	size_t i;

	while (s + 1 < r->step + NSTEPS && s[1].op)
		s++;
	if (!listed(scope->ops, s->op))
		return;
	call = try(r, scope->locks, INT_MAX, &answer);
	if (call || (answer < 0 && answer != -EAGAIN))
		fail("%s without a fault: %d", s->op, answer);
	for (nth = 1, call = ""; call; nth++) {
		for (i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
			fault = faults[i];
			snprintf(now, sizeof(now), "%s (%s, %s), call %d, %s",
				 s->op, r->mode, scope->locks, nth,
				 strerror(fault));
			call = try(r, scope->locks, nth, &answer);
			if (!call)
				break;
			ntries++;
			/* 1: it waits for a lock; that it ends was checked. */
			if (answer == 1 || answer_is_right(s->op, call, answer))
				continue;
			printf("# %s (%s, %s): call %d, %s: %s: answered by %d (%s)\n",
			       s->op, r->mode, scope->locks, nth, call,
			       strerror(fault), answer,
			       answer > 0 ? "?" : strerror(-answer));
			nwrong++;
		}
	}
}

static void check_that_all_are_tested(void)
{
	unsigned int op;
	size_t i, j;

	for (op = 0; op < kernel_nops(); op++) {
		const char *name = kernel_op_name(op);
		bool there = false;

		for (i = 0; i < sizeof(without) / sizeof(*without); i++)
			there |= !strcmp(without[i], name);
		for (i = 0; i < NREQUESTS; i++)
			for (j = 0; j < NSTEPS && requests[i].step[j].op; j++)
				there |= !strcmp(requests[i].step[j].op, name);
		if (!there)
			fail("no request for %s", name);
	}
}

/* Each list of steps as an input of fuzz_requests, in a file in @dir. */
static int write_inputs(const char *dir)
{
	uint8_t record[RECORD_MAX];
	char path[4096];
	size_t i, j, len;
	FILE *f;

	for (i = 0; i < NREQUESTS; i++) {
		snprintf(path, sizeof(path), "%s/%02zu", dir, i);
		f = fopen(path, "we");
		if (!f)
			return 1;
		fputc(kernel_mode(requests[i].mode), f);
		for (j = 0; j < NSTEPS && requests[i].step[j].op; j++) {
			len = make_step(&requests[i].step[j], record);
			fwrite(record, 1, len, f);
		}
		if (fclose(f))
			return 1;
	}
	return 0;
}

/* libfuse reports each lack of memory. */
static void say_nothing(enum fuse_log_level level, const char *fmt, va_list ap)
{
}

static bool ioctl_fails(void)
{
	return fails("ioctl");
}

int main(int argc, char **argv)
{
	size_t i, j;

	is_test = true;
	if (argc > 1)
		return write_inputs(argv[1]);
	if (!kernel_begin_test())
		return 0;
	check_that_all_are_tested();
	signal(SIGABRT, say_when);
	fuse_set_log_func(say_nothing);
	kernel_ioctl_fails = ioctl_fails;
	for (i = 0; i < NREQUESTS; i++)
		for (j = 0; j < NSCOPES; j++)
			test_request(&requests[i], &scopes[j]);
	printf("%sok 1 - %u calls that fail are answered and leave nothing "
	       "behind\n1..1\n", nwrong ? "not " : "", ntries);
	return !!nwrong;
}

/* --- the calls: the Makefile reads the names that follow ------------------------- */

#define WRAP(name, type, bad, params, args) \
	type __real_##name params; \
	type __wrap_##name params; \
	type __wrap_##name params \
	{ \
		return fails(#name) ? bad : __real_##name args; \
	}

WRAP(calloc, void *, NULL, (size_t n, size_t size), (n, size))
WRAP(chmod, int, -1, (const char *p, mode_t mode), (p, mode))
WRAP(copy_file_range, ssize_t, -1,
     (int in, off_t *i, int out, off_t *o, size_t n, unsigned int flags),
     (in, i, out, o, n, flags))
WRAP(epoll_ctl, int, -1, (int fd, int op, int n, struct epoll_event *e),
     (fd, op, n, e))
WRAP(fallocate64, int, -1, (int fd, int mode, off_t off, off_t len),
     (fd, mode, off, len))
WRAP(fchownat, int, -1,
     (int fd, const char *p, uid_t uid, gid_t gid, int flags),
     (fd, p, uid, gid, flags))
WRAP(fcntl64, int, -1, (int fd, int cmd, void *arg), (fd, cmd, arg))
WRAP(fdatasync, int, -1, (int fd), (fd))
WRAP(flock, int, -1, (int fd, int op), (fd, op))
WRAP(fopen64, FILE *, NULL, (const char *p, const char *mode), (p, mode))
WRAP(fstatat64, int, -1, (int fd, const char *p, struct stat *st, int flags),
     (fd, p, st, flags))
WRAP(fstatvfs64, int, -1, (int fd, struct statvfs *st), (fd, st))
WRAP(fsync, int, -1, (int fd), (fd))
WRAP(ftruncate64, int, -1, (int fd, off_t size), (fd, size))
WRAP(getxattr, ssize_t, -1,
     (const char *p, const char *name, void *value, size_t size),
     (p, name, value, size))
WRAP(linkat, int, -1,
     (int fd, const char *p, int to, const char *q, int flags),
     (fd, p, to, q, flags))
WRAP(listxattr, ssize_t, -1, (const char *p, char *list, size_t size),
     (p, list, size))
WRAP(lseek64, off_t, -1, (int fd, off_t off, int whence), (fd, off, whence))
WRAP(malloc, void *, NULL, (size_t size), (size))
WRAP(mkdirat, int, -1, (int fd, const char *p, mode_t mode), (fd, p, mode))
WRAP(mknodat, int, -1, (int fd, const char *p, mode_t mode, dev_t dev),
     (fd, p, mode, dev))
WRAP(name_to_handle_at, int, -1,
     (int fd, const char *p, void *handle, int *id, int flags),
     (fd, p, handle, id, flags))
WRAP(open_by_handle_at, int, -1, (int fd, void *handle, int flags),
     (fd, handle, flags))
WRAP(open64, int, -1, (const char *p, int flags, mode_t mode),
     (p, flags, mode))
WRAP(openat64, int, -1, (int fd, const char *p, int flags, mode_t mode),
     (fd, p, flags, mode))
WRAP(poll, int, -1, (struct pollfd *p, nfds_t n, int ms), (p, n, ms))
WRAP(posix_memalign, int, fault, (void **p, size_t align, size_t size),
     (p, align, size))
WRAP(pread64, ssize_t, -1, (int fd, void *p, size_t n, off_t off),
     (fd, p, n, off))
WRAP(pthread_create, int, fault,
     (pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg),
     (t, a, run, arg))
WRAP(pwrite64, ssize_t, -1, (int fd, const void *p, size_t n, off_t off),
     (fd, p, n, off))
WRAP(readlinkat, ssize_t, -1, (int fd, const char *p, char *to, size_t n),
     (fd, p, to, n))
WRAP(removexattr, int, -1, (const char *p, const char *name), (p, name))
WRAP(renameat2, int, -1,
     (int fd, const char *p, int to, const char *q, unsigned int flags),
     (fd, p, to, q, flags))
WRAP(setfsgid, int, __real_setfsgid(-1), (gid_t gid), (gid))
WRAP(setfsuid, int, __real_setfsuid(-1), (uid_t uid), (uid))
WRAP(setxattr, int, -1,
     (const char *p, const char *name, const void *v, size_t n, int flags),
     (p, name, v, n, flags))
WRAP(statx, int, -1,
     (int fd, const char *p, int flags, unsigned int mask, void *to),
     (fd, p, flags, mask, to))
WRAP(symlinkat, int, -1, (const char *target, int fd, const char *p),
     (target, fd, p))
WRAP(syscall, long, -1,
     (long nr, long a, long b, long c, long d, long e, long f),
     (nr, a, b, c, d, e, f))
WRAP(timer_create, int, -1, (clockid_t c, struct sigevent *e, timer_t *t),
     (c, e, t))
WRAP(truncate64, int, -1, (const char *p, off_t size), (p, size))
WRAP(unlinkat, int, -1, (int fd, const char *p, int flags), (fd, p, flags))
WRAP(unshare, int, -1, (int flags), (flags))
WRAP(utimensat, int, -1,
     (int fd, const char *p, const struct timespec *t, int flags),
     (fd, p, t, flags))

/* Closed all the same, as on Linux. */
#define CLOSE(fd)	(__real_close(fd), errno = fault, -1)
WRAP(close, int, CLOSE(fd), (int fd), (fd))

/*
 * Once in a while there is no memory for a worker's buffer: the request must
 * still be there when it tries again.
 */
int __real_fuse_session_receive_buf(void *se, struct fuse_buf *buf);
int __wrap_fuse_session_receive_buf(void *se, struct fuse_buf *buf);
int __wrap_fuse_session_receive_buf(void *se, struct fuse_buf *buf)
{
	static unsigned int n;
	int ret;

	is_test = true;
	no_memory = !(__atomic_add_fetch(&n, 1, __ATOMIC_RELAXED) % 10);
	if (no_memory) {
		free(buf->mem);
		buf->mem = NULL;
	}
	ret = __real_fuse_session_receive_buf(se, buf);
	no_memory = is_test = false;
	return ret;
}

static bool is_socket(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISSOCK(st.st_mode);
}

/* A worker waits for requests by read(2), which is not part of any. */
ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n)
{
	return !is_socket(fd) && fails("read") ? -1 : __real_read(fd, p, n);
}

/* The only error that /dev/fuse has in store; tell the played kernel. */
ssize_t __real_writev(int fd, const struct iovec *iov, int n);
ssize_t __wrap_writev(int fd, const struct iovec *iov, int n);
ssize_t __wrap_writev(int fd, const struct iovec *iov, int n)
{
	struct fuse_out_header lost;

	if (!fails("writev"))
		return __real_writev(fd, iov, n);
	memcpy(&lost, iov->iov_base, sizeof(lost));
	lost.error = -KERNEL_ANSWER_LOST;
	lost.len = sizeof(lost);
	if (write(fd, &lost, sizeof(lost)) != sizeof(lost))
		abort();
	errno = ENOENT;
	return -1;
}
