// SPDX-License-Identifier: GPL-2.0
/*
 * Ways to a file's data other than read and write at an offset: a mapping, a
 * pipe, a copy inside the kernel, a read that misses the page cache, and
 * writes to the end of a file.
 */
#include "fio.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "sync.h"

/* --- mmap ------------------------------------------------------------------ */

struct mapping {
	/* NULL: not mapped. */
	char *addr[2];
	size_t len;
};

struct mapped {
	struct fpb_job job;
	/* By fio_file.fileno. */
	struct mapping *files;
};

/* A read fault maps what of so many bytes is cached: mm/memory.c, fault_around_pages. */
#define FAULT_AROUND	((uintptr_t)64 << 10)

/*
 * So that the next I/O faults again, whichever block it is. Pages that stay mapped
 * cost a memcpy, and a side that has had more slices has more of them.
 */
static int unmap_pages(const struct mapping *map, char *base, char *at, size_t len)
{
	uintptr_t begin = (uintptr_t)at, end = begin + len;
	const uintptr_t first = (uintptr_t)base, last = first + map->len;

	begin -= begin % FAULT_AROUND;
	end += -end % FAULT_AROUND;
	if (begin < first)
		begin = first;
	if (end > last)
		end = last;
	return madvise((void *)begin, end - begin, MADV_DONTNEED);
}

static ssize_t mmap_transfer(struct fpb_job *job, struct io_u *io_u)
{
	const struct mapped *m = container_of(job, struct mapped, job);
	const struct mapping *map = &m->files[io_u->file->fileno];
	char *base = map->addr[fpb_job_side(job)], *at = base + io_u->offset;
	const size_t len = io_u->xfer_buflen;

	if (io_u->ddir == DDIR_READ)
		memcpy(io_u->xfer_buf, at, len);
	else
		memcpy(at, io_u->xfer_buf, len);
	return unmap_pages(map, base, at, len) ? -1 : (ssize_t)len;
}

static void unmap(struct mapping *map)
{
	unsigned int side;

	for (side = 0; side < 2; side++) {
		if (map->addr[side])
			munmap(map->addr[side], map->len);
		map->addr[side] = NULL;
	}
}

/* 0, or an errno after a message. */
static int map_side(struct thread_data *td, const struct fio_file *f, int fd,
		    struct mapping *map, unsigned int side)
{
	int prot = td_write(td) ? PROT_READ | PROT_WRITE : PROT_READ;
	struct stat st;
	char *addr;
	int err;

	if (fstat(fd, &st))
		return errno;
	/* An access behind the end would be SIGBUS. */
	if (S_ISREG(st.st_mode) && (size_t)st.st_size < map->len) {
		log_err("fpbench: %s is smaller than the part of it to map\n",
			f->file_name);
		return ENODATA;
	}
	addr = mmap(NULL, map->len, prot, MAP_SHARED, fd, 0);
	if (addr == MAP_FAILED) {
		err = errno;
		log_err("fpbench: cannot map %s%s: %s\n", f->file_name,
			side ? ", the side of pair=" : "", strerror(err));
		return err;
	}
	map->addr[side] = addr;
	/* A hint, like fio's for descriptors. */
	if (td->o.fadvise_hint != F_ADV_NONE)
		madvise(addr, map->len,
			td_random(td) ? MADV_RANDOM : MADV_SEQUENTIAL);
	return 0;
}

static int mmap_opened(struct thread_data *td, const struct fio_file *f,
		       const int fd[2])
{
	struct mapped *m = td->io_ops_data;
	struct mapping *map = &m->files[f->fileno];
	unsigned int side;
	int err = 0;

	map->len = f->file_offset + f->io_size;
	for (side = 0; side < 2 && fd[side] >= 0 && !err; side++)
		err = map_side(td, f, fd[side], map, side);
	if (err)
		unmap(map);
	return err;
}

static void mmap_closing(struct thread_data *td, const struct fio_file *f)
{
	struct mapped *m = td->io_ops_data;

	unmap(&m->files[f->fileno]);
}

static int mmap_init(struct thread_data *td)
{
	struct mapped *m = td->io_ops_data;

	m->files = calloc(td->files_index, sizeof(*m->files));
	return m->files ? 0 : ENOMEM;
}

static void mmap_exit(struct thread_data *td)
{
	struct mapped *m = td->io_ops_data;

	free(m->files);
}

FPB_SYNC_QUEUE(mmap_queue, mmap_transfer)

struct fpb_path fpb_path_mmap = {
	.name		= "mmap",
	.help		= "memcpy from and to a shared mapping of the file, by a page fault",
	.data_size	= sizeof(struct mapped),
	.buffered	= true,
	.init		= mmap_init,
	.exit		= mmap_exit,
	.opened		= mmap_opened,
	.closing	= mmap_closing,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= mmap_queue,
	},
};

/* --- splice ---------------------------------------------------------------- */

struct spliced {
	struct fpb_job job;
	/* The rest is valid only then. */
	bool open;
	int pipe[2];
	/* /dev/null */
	int null;
};

/* All @len bytes that are in the pipe go to @fd. 0 or -errno. */
static int empty_pipe(const struct spliced *s, int fd, loff_t *off, size_t len)
{
	ssize_t n;

	while (len) {
		n = splice(s->pipe[0], NULL, fd, off, len, SPLICE_F_MOVE);
		if (n <= 0)
			return n ? -errno : -EIO;
		len -= n;
	}
	return 0;
}

/* As much as the pipe, which is empty, holds. */
static ssize_t fill_pipe(const struct spliced *s, const struct io_u *io_u,
			 size_t done)
{
	loff_t off = io_u->offset + done;
	struct iovec iov = {
		.iov_base = (char *)io_u->xfer_buf + done,
		.iov_len = io_u->xfer_buflen - done,
	};

	if (io_u->ddir == DDIR_READ)
		return splice(io_u->file->fd, &off, s->pipe[1], NULL,
			      iov.iov_len, SPLICE_F_MOVE);
	return vmsplice(s->pipe[1], &iov, 1, 0);
}

static ssize_t splice_transfer(struct fpb_job *job, struct io_u *io_u)
{
	const struct spliced *s = container_of(job, struct spliced, job);
	loff_t to = io_u->offset;
	size_t done = 0;
	ssize_t n;
	int ret;

	while (done < io_u->xfer_buflen) {
		n = fill_pipe(s, io_u, done);
		if (n < 0)
			return -1;
		if (!n)
			break;
		if (io_u->ddir == DDIR_READ)
			ret = empty_pipe(s, s->null, NULL, n);
		else
			ret = empty_pipe(s, io_u->file->fd, &to, n);
		if (ret) {
			/* The next I/O begins with an empty pipe again. */
			while (splice(s->pipe[0], NULL, s->null, NULL, n,
				      SPLICE_F_NONBLOCK) > 0)
				;
			errno = -ret;
			return -1;
		}
		done += n;
	}
	return done;
}

static int splice_init(struct thread_data *td)
{
	struct spliced *s = td->io_ops_data;
	/* A buffer that does not begin with a page has one more. */
	size_t want = td_max_bs(td) + page_size;
	int err;

	if (pipe2(s->pipe, O_CLOEXEC)) {
		err = errno;
		log_err("fpbench: cannot make a pipe: %s\n", strerror(err));
		return err;
	}
	s->null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (s->null < 0) {
		err = errno;
		log_err("fpbench: cannot open /dev/null: %s\n", strerror(err));
		close(s->pipe[0]);
		close(s->pipe[1]);
		return err;
	}
	s->open = true;
	/*
	 * 64 KiB by default. There are limits for who is not root, and for all
	 * pipes of a user: then as much as there is, in more than one go.
	 */
	while (want > 65536 && fcntl(s->pipe[1], F_SETPIPE_SZ, (int)want) < 0)
		want /= 2;
	return 0;
}

static void splice_exit(struct thread_data *td)
{
	struct spliced *s = td->io_ops_data;

	if (!s->open)
		return;
	close(s->null);
	close(s->pipe[0]);
	close(s->pipe[1]);
}

FPB_SYNC_QUEUE(splice_queue, splice_transfer)

struct fpb_path fpb_path_splice = {
	.name		= "splice",
	.help		= "read: splice to a pipe and to /dev/null; write: vmsplice to a pipe, splice to the file",
	.data_size	= sizeof(struct spliced),
	/* What it reads goes to /dev/null. */
	.no_verify	= true,
	.init		= splice_init,
	.exit		= splice_exit,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= splice_queue,
	},
};

/* --- copy ------------------------------------------------------------------ */

struct copied {
	struct fpb_job job;
	uint64_t bs;
};

/*
 * Where the block at @offset is copied from: the same place of the other half
 * of what the job may use of the file. The source of an odd block may not
 * reach behind the end.
 */
static loff_t copy_source(const struct fio_file *f, uint64_t bs,
			  uint64_t offset, uint64_t len)
{
	uint64_t half = f->io_size / 2 / bs * bs, at = offset - f->file_offset;

	if (at >= half)
		at -= half;
	else if (at + half + len <= f->io_size)
		at += half;
	else
		at = f->io_size - len;
	return f->file_offset + at;
}

static ssize_t copy_transfer(struct fpb_job *job, struct io_u *io_u)
{
	const struct copied *c = container_of(job, struct copied, job);
	loff_t from = copy_source(io_u->file, c->bs, io_u->offset,
				  io_u->xfer_buflen);
	loff_t to = io_u->offset;
	int fd = io_u->file->fd;
	size_t done = 0;
	ssize_t n;

	while (done < io_u->xfer_buflen) {
		n = copy_file_range(fd, &from, fd, &to,
				    io_u->xfer_buflen - done, 0);
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += n;
	}
	return done;
}

static int copy_init(struct thread_data *td)
{
	struct copied *c = td->io_ops_data;

	c->bs = td_max_bs(td);
	return 0;
}

static int copy_opened(struct thread_data *td, const struct fio_file *f,
		       const int fd[2])
{
	const struct copied *c = td->io_ops_data;

	/* Or the source of an odd block could overlap with it. */
	if (f->io_size >= 4 * c->bs)
		return 0;
	log_err("fpbench: submit=copy needs a size of four blocks or more (size=%llu)\n",
		(unsigned long long)f->io_size);
	return EDOM;
}

FPB_SYNC_QUEUE(copy_queue, copy_transfer)

struct fpb_path fpb_path_copy = {
	.name		= "copy",
	.help		= "copy_file_range from the other half of the same file",
	.data_size	= sizeof(struct copied),
	.only		= TD_DDIR_WRITE,
	.no_verify	= true,
	.init		= copy_init,
	.opened		= copy_opened,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= copy_queue,
	},
};

/* --- cold ------------------------------------------------------------------ */

/* 0, or -1 with errno set. */
static int drop(const int fd[2], off_t offset, off_t len)
{
	unsigned int side;
	int err;

	for (side = 0; side < 2 && fd[side] >= 0; side++) {
		err = posix_fadvise(fd[side], offset, len, POSIX_FADV_DONTNEED);
		if (err) {
			errno = err;
			return -1;
		}
	}
	return 0;
}

/*
 * With passthrough a file's pages are those of the file below, whichever side
 * has read them; without, both sides have some.
 */
static ssize_t cold_transfer(struct fpb_job *job, struct io_u *io_u)
{
	/* A page that is not all in the range would stay. */
	uint64_t from = io_u->offset & ~(uint64_t)page_mask;
	uint64_t to = (io_u->offset + io_u->xfer_buflen + page_mask) &
		      ~(uint64_t)page_mask;
	int fd[2];

	fpb_paired_fds(io_u->file, fd);
	if (drop(fd, from, to - from))
		return -1;
	return pread(io_u->file->fd, io_u->xfer_buf, io_u->xfer_buflen,
		     io_u->offset);
}

static int cold_init(struct thread_data *td)
{
	/* The kernel reads ahead of others: they would be in the cache. */
	if (td_random(td))
		return 0;
	log_err("fpbench: submit=cold needs rw=randread\n");
	return EINVAL;
}

static int cold_opened(struct thread_data *td, const struct fio_file *f,
		       const int fd[2])
{
	const struct fpb_job *job = td->io_ops_data;
	unsigned int side;
	int err = 0;

	if (fd[1] < 0 && job->evidence.side[0].fuse) {
		log_err("fpbench: submit=cold on FUSE needs pair=: the pages are in the cache of the file below\n");
		return EMEDIUMTYPE;
	}
	/*
	 * Dirty pages cannot be dropped, and neither can a part of a folio:
	 * writing leaves large ones, random reads do not.
	 */
	for (side = 0; side < 2 && fd[side] >= 0 && !err; side++)
		if (fdatasync(fd[side]))
			err = errno;
	if (!err && drop(fd, 0, 0))
		err = errno;
	if (err)
		log_err("fpbench: cannot drop the pages of %s: %s\n",
			f->file_name, strerror(err));
	return err;
}

FPB_SYNC_QUEUE(cold_queue, cold_transfer)

struct fpb_path fpb_path_cold = {
	.name		= "cold",
	.help		= "pread of a block that is not in the page cache",
	.data_size	= sizeof(struct fpb_job),
	.only		= TD_DDIR_READ,
	.buffered	= true,
	.init		= cold_init,
	.opened		= cold_opened,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= cold_queue,
	},
};

/* --- append ---------------------------------------------------------------- */

#define APPEND_LIMIT	(64ull << 20)

struct appended {
	struct fpb_job job;
	uint64_t limit;
	/* The job's own file on each side; path NULL: none. */
	struct {
		char *path;
		int fd;
		uint64_t size;
	} side[2];
};

static ssize_t append_transfer(struct fpb_job *job, struct io_u *io_u)
{
	struct appended *a = container_of(job, struct appended, job);
	unsigned int side = fpb_job_side(job);
	int fd = a->side[side].fd;
	struct iovec iov = {
		.iov_base = io_u->xfer_buf,
		.iov_len = io_u->xfer_buflen,
	};
	ssize_t n;

	if (a->side[side].size + iov.iov_len > a->limit) {
		if (ftruncate(fd, 0))
			return -1;
		a->side[side].size = 0;
	}
	n = pwritev2(fd, &iov, 1, 0, job->rwf_write | RWF_APPEND);
	if (n > 0)
		a->side[side].size += n;
	return n;
}

static int append_init(struct thread_data *td)
{
	const struct fpb_options *o = td->eo;
	struct appended *a = td->io_ops_data;

	a->limit = o->append_limit ? o->append_limit : APPEND_LIMIT;
	if (a->limit >= td_max_bs(td))
		return 0;
	log_err("fpbench: append_limit (%llu) must not be less than bs (%llu)\n",
		(unsigned long long)a->limit, td_max_bs(td));
	return EINVAL;
}

/* 0, or an errno after a message. */
static int append_create(struct thread_data *td, struct appended *a,
			 unsigned int side)
{
	const struct fio_file *f = td->files[0];
	char *path, *base = fpb_paired_path(td, f, side);
	int err = ENOMEM;

	if (!base)
		return ENOMEM;
	if (asprintf(&path, "%s.append.%d.%u", base, td->thread_number,
		     side) < 0)
		goto out_free;
	a->side[side].fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
				(td->o.odirect ? O_DIRECT : 0) | td->o.sync_io,
				0600);
	if (a->side[side].fd < 0) {
		err = errno;
		log_err("fpbench: cannot create %s: %s\n", path, strerror(err));
		free(path);
		goto out_free;
	}
	a->side[side].path = path;
	err = 0;
out_free:
	free(base);
	return err;
}

static int append_post_init(struct thread_data *td)
{
	const struct fpb_options *o = td->eo;
	unsigned int side;
	int err = 0;

	for (side = 0; side < (o->pair ? 2 : 1) && !err; side++)
		err = append_create(td, td->io_ops_data, side);
	return err;
}

static void append_exit(struct thread_data *td)
{
	struct appended *a = td->io_ops_data;
	unsigned int side;

	for (side = 0; side < 2; side++) {
		if (!a->side[side].path)
			continue;
		close(a->side[side].fd);
		if (unlink(a->side[side].path))
			log_err("fpbench: cannot remove %s: %s\n",
				a->side[side].path, strerror(errno));
		free(a->side[side].path);
	}
}

FPB_SYNC_QUEUE(append_queue, append_transfer)

struct fpb_path fpb_path_append = {
	.name		= "append",
	.help		= "pwritev2 to the end of a file of its own beside the job's",
	.data_size	= sizeof(struct appended),
	.has_rwf	= true,
	.has_append_limit = true,
	.only		= TD_DDIR_WRITE,
	.no_verify	= true,
	.elsewhere	= true,
	.init		= append_init,
	.post_init	= append_post_init,
	.exit		= append_exit,
	.ops		= {
		.flags	= FIO_SYNCIO,
		.queue	= append_queue,
	},
};
