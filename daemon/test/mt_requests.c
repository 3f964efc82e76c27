// SPDX-License-Identifier: GPL-2.0
/* In passthrough, reads and writes of every kind cost the daemon nothing. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OPS	10000
#define BLOCK	4096
#define BLOCKS	256

static char *buf;

/* One kind of I/O: @n operations on @fd. */
typedef void (*io_fn)(int fd, unsigned int n);

static void do_write(int fd, unsigned int n)
{
	while (n--)
		must(pwrite(fd, buf, BLOCK, n % BLOCKS * BLOCK) == BLOCK);
}

static void do_append(int fd, unsigned int n)
{
	while (n--)
		must(write(fd, buf, BLOCK) == BLOCK);
}

static void do_read(int fd, unsigned int n)
{
	while (n--)
		must(pread(fd, buf, BLOCK, n % BLOCKS * BLOCK) == BLOCK);
}

static void do_mmap(int fd, unsigned int n)
{
	char *p = mmap(NULL, BLOCKS * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);

	must(p != MAP_FAILED);
	while (n--)
		p[n % BLOCKS * BLOCK]++;
	must(!msync(p, BLOCKS * BLOCK, MS_ASYNC));
	munmap(p, BLOCKS * BLOCK);
}

static void do_sendfile(int fd, unsigned int n)
{
	int null = open("/dev/null", O_WRONLY);
	off_t off;

	while (n--) {
		off = n % BLOCKS * BLOCK;
		must(sendfile(null, fd, &off, BLOCK) == BLOCK);
	}
	close(null);
}

static void aio(int fd, unsigned int n, int opcode)
{
	aio_context_t ctx = 0;
	struct io_event ev;
	struct iocb cb, *list = &cb;

	if (syscall(SYS_io_setup, 8, &ctx))
		skip("no AIO: %s", strerror(errno));
	while (n--) {
		cb = (struct iocb){
			.aio_fildes = fd, .aio_lio_opcode = opcode,
			.aio_buf = (uintptr_t)buf, .aio_nbytes = BLOCK,
			.aio_offset = n % BLOCKS * BLOCK,
		};
		must(syscall(SYS_io_submit, ctx, 1L, &list) == 1);
		must(syscall(SYS_io_getevents, ctx, 1L, 1L, &ev, NULL) == 1);
		must(ev.res == BLOCK);
	}
	syscall(SYS_io_destroy, ctx);
}

static void do_aio_write(int fd, unsigned int n)
{
	aio(fd, n, IOCB_CMD_PWRITE);
}

static void do_aio_read(int fd, unsigned int n)
{
	aio(fd, n, IOCB_CMD_PREAD);
}

static void uring(int fd, unsigned int n, bool write)
{
	struct io_uring ring;
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	off_t off;
	int ret = io_uring_queue_init(8, &ring, 0);

	if (ret)
		skip("no io_uring: %s", strerror(-ret));
	while (n--) {
		off = n % BLOCKS * BLOCK;
		sqe = io_uring_get_sqe(&ring);
		if (write)
			io_uring_prep_write(sqe, fd, buf, BLOCK, off);
		else
			io_uring_prep_read(sqe, fd, buf, BLOCK, off);
		must(io_uring_submit(&ring) == 1);
		must(!io_uring_wait_cqe(&ring, &cqe));
		must(cqe->res == BLOCK);
		io_uring_cqe_seen(&ring, cqe);
	}
	io_uring_queue_exit(&ring);
}

static void do_uring_write(int fd, unsigned int n)
{
	uring(fd, n, true);
}

static void do_uring_read(int fd, unsigned int n)
{
	uring(fd, n, false);
}

static const struct {
	const char *name;
	int flags;
	io_fn io;
} kinds[] = {
	{ "buffered write", O_WRONLY, do_write },
	{ "buffered read", O_RDONLY, do_read },
	{ "direct write", O_WRONLY | O_DIRECT, do_write },
	{ "direct read", O_RDONLY | O_DIRECT, do_read },
	{ "append", O_WRONLY | O_APPEND, do_append },
	{ "direct append", O_WRONLY | O_APPEND | O_DIRECT, do_append },
	{ "O_SYNC write", O_WRONLY | O_SYNC, do_write },
	{ "O_DSYNC direct write", O_WRONLY | O_DSYNC | O_DIRECT, do_write },
	{ "libaio write", O_RDWR | O_DIRECT, do_aio_write },
	{ "libaio read", O_RDWR | O_DIRECT, do_aio_read },
	{ "io_uring write", O_RDWR | O_DIRECT, do_uring_write },
	{ "io_uring read", O_RDWR | O_DIRECT, do_uring_read },
	{ "io_uring buffered write", O_RDWR, do_uring_write },
	{ "mmap store", O_RDWR, do_mmap },
	{ "sendfile", O_RDONLY, do_sendfile },
};

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_RDWR | O_TRUNC, 0644);

	must(fd >= 0);
	must(!fallocate(fd, 0, 0, BLOCKS * BLOCK));
	do_write(fd, BLOCKS);
	close(fd);
}

/*
 * Memory that runs short makes the kernel forget inodes, whatever we do; and
 * nobody waits for the release of the file that was closed before.
 */
static unsigned long long requests(const struct fpfs_stats *a,
				   const struct fpfs_stats *b)
{
	/* Reading the statistics is a request itself. */
	return b->total - a->total - 1 - diff(a, b, FPFS_OP_FORGET) -
	       diff(a, b, FPFS_OP_BATCH_FORGET) - diff(a, b, FPFS_OP_RELEASE);
}

static void count_kind(unsigned int i)
{
	unsigned int n = OPS / scale;
	unsigned long long first, rest;
	struct fpfs_stats a, b, c;
	unsigned int op;
	char name[16];
	int fd;

	/* Each a file of its own: the kernel remembers what it asked. */
	snprintf(name, sizeof(name), "f%u", i);
	make_file(in(src, name));
	fd = open(in(mnt, name), kinds[i].flags);
	must(fd >= 0);
	stats(&a);
	kinds[i].io(fd, 1);
	stats(&b);
	kinds[i].io(fd, n);
	stats(&c);
	close(fd);
	unlink(in(src, name));

	first = requests(&a, &b);
	/* Once for a mount: the kernel remembers that there is none. */
	first -= diff(&a, &b, FPFS_OP_POLL);
	rest = requests(&b, &c);
	note("%s: first %llu (GETXATTR %llu), next %u: %llu", kinds[i].name,
	     first, diff(&a, &b, FPFS_OP_GETXATTR), n, rest);
	if (diff(&a, &c, FPFS_OP_READ) || diff(&a, &c, FPFS_OP_WRITE))
		die("%s: data went through the daemon", kinds[i].name);
	for (op = 0; op < FPFS_NR_OPCODES; op++)
		if (op != FPFS_OP_IOCTL && diff(&a, &c, op) &&
		    op != FPFS_OP_GETXATTR)
			note("    opcode %u: %llu", op, diff(&a, &c, op));
	if (first > 1 || rest)
		die("%s: %llu requests for the first, %llu for %u more",
		    kinds[i].name, first, rest, n);
}

static void count_all(void)
{
	unsigned int i;

	must(!posix_memalign((void **)&buf, BLOCK, BLOCK));
	memset(buf, 'x', BLOCK);
	/* Names and attributes that expire on the way would be counted. */
	start("--timeout=600");
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		count_kind(i);
}

/* What an operation costs, with nothing cached before and one second after. */
static void cost(const char *what, void (*op)(unsigned int i),
		 unsigned int most)
{
	enum { N = 100 };
	struct fpfs_stats a, b;
	unsigned int i;

	op(N + 1);	/* warms the directory up */
	msleep(50);
	stats(&a);
	for (i = 0; i < N; i++)
		op(i);
	msleep(50);	/* RELEASE and FORGET are not waited for */
	stats(&b);
	note("%-22s %.2f requests", what, (double)(b.total - a.total - 1) / N);
	for (i = 0; i < FPFS_NR_OPCODES; i++)
		if (diff(&a, &b, i) * 2 > N)
			note("    opcode %u: %.2f", i,
			     (double)diff(&a, &b, i) / N);
	/* Forgets come in batches or one by one; do not depend on it. */
	if ((b.total - a.total - 1) > most * N + N / 10)
		die("%s costs %.2f requests, at most %u expected", what,
		    (double)(b.total - a.total - 1) / N, most);
}

static void op_open_close(unsigned int i)
{
	int fd = open(in(mnt, "file"), O_RDWR);

	must(fd >= 0);
	close(fd);
}

static void op_create_unlink(unsigned int i)
{
	int fd = open(in(mnt, "new"), O_CREAT | O_EXCL | O_WRONLY, 0644);

	must(fd >= 0);
	close(fd);
	must(!unlink(in(mnt, "new")));
}

static void op_mkdir_rmdir(unsigned int i)
{
	must(!mkdir(in(mnt, "dir"), 0755));
	must(!rmdir(in(mnt, "dir")));
}

static void op_rename(unsigned int i)
{
	const char *a = in(mnt, "r1"), *b = in(mnt, "r2");

	must(!rename(i & 1 ? b : a, i & 1 ? a : b));
}

static void op_stat(unsigned int i)
{
	struct stat st;

	must(!stat(in(mnt, "file"), &st));
}

static void op_append(unsigned int i)
{
	int fd = open(in(mnt, "file"), O_WRONLY | O_APPEND);

	must(fd >= 0);
	must(write(fd, "x", 1) == 1);
	close(fd);
}

static void count_operations(void)
{
	start("--timeout=60");
	put(in(mnt, "file"), "x", 0644);
	put(in(mnt, "r2"), "x", 0644);	/* the warming call is an odd one */
	cost("open+close", op_open_close, 2);
	cost("create+close+unlink", op_create_unlink, 7);
	cost("mkdir+rmdir", op_mkdir_rmdir, 6);
	cost("rename", op_rename, 4);
	cost("stat", op_stat, 0);
	cost("open+append+close", op_append, 4);
}

const struct test request_tests[] = {
	{ "no request for any read or write in passthrough", count_all },
	{ "requests per operation", count_operations },
	{ NULL, NULL }
};
