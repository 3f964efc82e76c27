/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The operations that are more than a system call. perform.c calls them, and
 * the programs of print.c begin with the text of result.h and of this file.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <liburing.h>
#include <linux/aio_abi.h>
#include <linux/falloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND	0x20
#endif

#define BUF_BYTES	(1 << 20)
#define MAP_BYTES	65536

static int fd[4] = { -1, -1, -1, -1 };
static char *map[2];
static unsigned char *buf;
static sigjmp_buf bus;

static struct call_result result;	/* of the call that is running */

static void on_bus(int sig)
{
	siglongjmp(bus, 1);
}

static void set_up_calls(void)
{
	signal(SIGBUS, on_bus);
	umask(022);
	if (posix_memalign((void **)&buf, 4096, BUF_BYTES))
		abort();
	memset(buf, 0, BUF_BYTES);
}

/* The data that operation @id writes. */
static void *data(unsigned int id, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf[i] = (id * 37 + i * 11 + (i >> 8) * 5) % 251 + 1;
	return buf;
}

/* Add a checksum of what was read into buf to the result. */
static long sum(ssize_t n)
{
	for (ssize_t i = 0; i < n; i++)
		result.sum = result.sum * 31 + buf[i] + 1;
	return n;
}

static long open_at(int i, const char *name, int flags, int mode)
{
	if (fd[i] >= 0)
		close(fd[i]);
	fd[i] = open(name, flags | O_CLOEXEC, mode);
	return fd[i] < 0 ? -1 : 0;
}

static long close_at(int i)
{
	int f = fd[i];

	fd[i] = -1;
	return close(f);
}

/*
 * In two pieces. What is not written with RWF_NOWAIT is then written without
 * it, as programs do: FUSE files refuse the flag, XFS refuses to sleep.
 */
static long pwritev2_at(int f, char *p, size_t n, off_t off, int flags)
{
	const size_t half = n / 2 & ~511UL;
	const struct iovec v[] = { { p, half }, { p + half, n - half } };
	long done = pwritev2(f, v, 2, off, flags), more;
	bool refused = done < 0 && (errno == EAGAIN || errno == EOPNOTSUPP);

	if (!(flags & RWF_NOWAIT) || (done < 0 && !refused))
		return done;
	done = refused ? 0 : done;
	if ((size_t)done == n)
		return done;
	more = pwritev2(f, &(struct iovec){ p + done, n - done }, 1,
			off + done, flags & ~RWF_NOWAIT);
	return more >= 0 ? done + more : done ? done : -1;
}

static long aio_write_at(int f, void *p, size_t n, off_t off, int flags)
{
	struct iocb cb = { .aio_fildes = f, .aio_lio_opcode = IOCB_CMD_PWRITE,
			   .aio_buf = (uintptr_t)p, .aio_nbytes = n,
			   .aio_offset = off, .aio_rw_flags = flags };
	static aio_context_t ctx;
	struct iocb *cbs = &cb;
	struct io_event ev;

	if ((!ctx && syscall(SYS_io_setup, 1, &ctx)) ||
	    syscall(SYS_io_submit, ctx, 1, &cbs) != 1)
		return -1;
	syscall(SYS_io_getevents, ctx, 1, 1, &ev, NULL);
	errno = ev.res < 0 ? -ev.res : 0;
	return ev.res < 0 ? -1 : ev.res;
}

/* @how: 0, or IOSQE_ASYNC to let a worker do it. */
static long uring_write_at(int f, void *p, size_t n, off_t off, int flags,
			   int how)
{
	static struct io_uring ring;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	int ret = ring.ring_fd ? 0 : io_uring_queue_init(4, &ring, 0);

	if (!ret) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_write(sqe, f, p, n, off);
		sqe->rw_flags = flags;
		io_uring_sqe_set_flags(sqe, how);
		ret = io_uring_submit(&ring);
	}
	if (ret == 1)
		ret = io_uring_wait_cqe(&ring, &cqe);
	if (!ret) {
		ret = cqe->res;
		io_uring_cqe_seen(&ring, cqe);
	}
	errno = ret < 0 ? -ret : 0;
	return ret < 0 ? -1 : ret;
}

static long copy_at(int in, loff_t from, int out, loff_t to, size_t n)
{
	return copy_file_range(in, &from, out, &to, n, 0);
}

static long splice_at(int f, void *p, size_t n, loff_t off)
{
	int pipes[2], err;
	long ret;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	ret = write(pipes[1], p, n);
	ret = splice(pipes[0], NULL, f, &off, ret, 0);
	err = errno;
	close(pipes[0]);
	close(pipes[1]);
	errno = err;
	return ret;
}

static long sendfile_at(int out, int in, off_t off, size_t n)
{
	struct stat a, b;

	/* The result of an overlap depends on the size of folios. */
	if (!fstat(in, &a) && !fstat(out, &b) && a.st_ino == b.st_ino) {
		errno = EINVAL;
		return -1;
	}
	return sendfile(out, in, &off, n);
}

/* Whether [from, to) reads as zeros, or @f cannot be read. */
static bool zeros(int f, off_t from, off_t to)
{
	const off_t start = from & ~4095, len = (to - start + 4095) & ~4095;
	ssize_t n = pread(f, buf, len < BUF_BYTES ? len : BUF_BYTES, start);

	if (n < 0)
		return errno == EBADF;
	for (off_t i = from; i < to && i < start + n; i++)
		if (buf[i - start])
			return false;
	return true;
}

/*
 * Two right answers may differ: the place of holes depends on what XFS has
 * allocated ahead or freed again, and on writeback. So return 0 if lseek(2)
 * allows the answer, whatever it is, and set the position to @off. -1 if @off
 * is not within the file.
 */
static long seek_at(int f, off_t off, int whence)
{
	off_t at = lseek(f, off, whence), pos = lseek(f, 0, SEEK_CUR), to;
	struct stat st;

	if ((at < 0 && errno != ENXIO) || fstat(f, &st))
		return -1;
	errno = at < 0 ? ENXIO : WRONG_PLACE;
	if (off >= st.st_size)
		return -1;
	errno = WRONG_PLACE;
	if (at >= 0 ? at < off || pos != at || at > st.st_size :
		      whence == SEEK_HOLE)
		return -1;
	if (whence == SEEK_DATA) {
		if (at == st.st_size)
			return -1;
		to = at < 0 ? st.st_size : at;
		at = off;
	} else {
		to = at < st.st_size ? lseek(f, at, SEEK_DATA) : at;
		if (to == at && at < st.st_size)
			return -1;
		to = to < 0 ? st.st_size : to;
	}
	lseek(f, off, SEEK_SET);
	if (zeros(f, at, to))
		return 0;
	errno = NOT_ZEROS;
	return -1;
}

static long map_at(int m, int f, off_t off)
{
	if (map[m])
		munmap(map[m], MAP_BYTES);
	map[m] = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, f,
		      off);
	if (map[m] != MAP_FAILED)
		return 0;
	map[m] = NULL;
	return -1;
}

static long unmap_at(int m)
{
	if (map[m])
		munmap(map[m], MAP_BYTES);
	map[m] = NULL;
	return 0;
}

/* Write the @n bytes at @from into the mapping, or (NULL) read them to buf. */
static long access_map(int m, off_t off, size_t n, const void *from)
{
	if (!map[m])
		return 0;
	if (n > (size_t)(MAP_BYTES - off))
		n = MAP_BYTES - off;
	if (sigsetjmp(bus, 1)) {
		errno = SIGBUS_CAME;
		return -1;
	}
	if (from)
		memcpy(map[m] + off, from, n);
	else
		memcpy(buf, map[m] + off, n);
	return n;
}

static long map_write(int m, off_t off, const void *from, size_t n)
{
	return access_map(m, off, n, from);
}

static long map_read(int m, off_t off, size_t n)
{
	return sum(access_map(m, off, n, NULL));
}

static long map_sync(int m)
{
	return map[m] ? msync(map[m], MAP_BYTES, MS_SYNC) : 0;
}

static long stat_result(int ret, const struct stat *st)
{
	if (ret)
		return ret;
	result.size = st->st_size;
	result.mode = st->st_mode;
	result.nlink = st->st_nlink;
	result.uid = st->st_uid;
	result.gid = st->st_gid;
	return 0;
}

static long stat_fd(int f)
{
	struct stat st;

	return stat_result(fstat(f, &st), &st);
}

static long stat_name(const char *name)
{
	struct stat st;

	return stat_result(stat(name, &st), &st);
}
