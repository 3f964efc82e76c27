// SPDX-License-Identifier: GPL-2.0
#include "check/fileops/perform.h"

#include "check/fileops/result.h"
#include "check/fileops/calls.h"

void fileop_set_up(void)
{
	set_up_calls();
}

static int64_t call(const struct fileop *op)
{
	static const unsigned int rename_flags[] = { 0, RENAME_NOREPLACE,
						     RENAME_EXCHANGE };
	const int f = fd[op->fd], f2 = fd[op->fd2 % FILEOP_FDS];
	const unsigned int m = op->fd2 % FILEOP_MAPS;
	const size_t len = op->len;
	const loff_t off = op->off;
	char name[8], name2[8];

	snprintf(name, sizeof(name), "f%u", op->name);
	snprintf(name2, sizeof(name2), "f%u", op->name2);
	switch (op->kind) {
	case FILEOP_OPEN:
		return open_at(op->fd, name, op->flags, op->mode);
	case FILEOP_CLOSE:
		return close_at(op->fd);
	case FILEOP_PWRITE:
		return pwrite(f, data(op->id, len), len, off);
	case FILEOP_WRITE:
		return write(f, data(op->id, len), len);
	case FILEOP_PWRITEV2:
		return pwritev2_at(f, data(op->id, len), len, off, op->flags);
	case FILEOP_AIO_WRITE:
		return aio_write_at(f, data(op->id, len), len, off, op->flags);
	case FILEOP_URING_WRITE:
		return uring_write_at(f, data(op->id, len), len, off,
				      op->flags, op->async ? IOSQE_ASYNC : 0);
	case FILEOP_PREAD:
		return sum(pread(f, buf, len, off));
	case FILEOP_READ:
		return sum(read(f, buf, len));
	case FILEOP_FTRUNCATE:
		return ftruncate(f, off);
	case FILEOP_TRUNCATE:
		return truncate(name, off);
	case FILEOP_FALLOCATE:
		return fallocate(f, op->flags, off, len);
	case FILEOP_COPY_RANGE:
		return copy_at(f, off, f2, op->off2, len);
	case FILEOP_SPLICE:
		return splice_at(f, data(op->id, len), len, off);
	case FILEOP_SENDFILE:
		return sendfile_at(f, f2, op->off2, len);
	case FILEOP_SETFL:
		return fcntl(f, F_SETFL, op->flags);
	case FILEOP_MMAP:
		return map_at(m, f, off);
	case FILEOP_MUNMAP:
		return unmap_at(m);
	case FILEOP_MAP_WRITE:
		return map_write(m, off, data(op->id, len), len);
	case FILEOP_MAP_READ:
		return map_read(m, off, len);
	case FILEOP_MSYNC:
		return map_sync(m);
	case FILEOP_FSYNC:
		return op->flags ? fdatasync(f) : fsync(f);
	case FILEOP_LSEEK:
		return lseek(f, off, op->flags);
	case FILEOP_SEEK:
		return seek_at(f, off, op->flags);
	case FILEOP_FSTAT:
		return stat_fd(f);
	case FILEOP_STAT:
		return stat_name(name);
	case FILEOP_LINK:
		return link(name, name2);
	case FILEOP_RENAME:
		return renameat2(AT_FDCWD, name, AT_FDCWD, name2,
				 rename_flags[op->flags]);
	case FILEOP_UNLINK:
		return unlink(name);
	case FILEOP_CHMOD:
		return chmod(name, op->mode);
	case FILEOP_KINDS:
		break;
	}
	return 0;
}

void fileop_perform(const struct fileop *op, struct call_result *r)
{
	result = (struct call_result){ 0 };
	errno = 0;
	result.ret = call(op);
	result.err = result.ret < 0 ? errno : 0;
	*r = result;
}

void fileop_close_all(void)
{
	for (int i = 0; i < FILEOP_MAPS; i++)
		unmap_at(i);
	for (int i = 0; i < FILEOP_FDS; i++)
		if (fd[i] >= 0)
			close_at(i);
}
