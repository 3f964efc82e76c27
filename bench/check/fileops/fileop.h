/* SPDX-License-Identifier: GPL-2.0 */
/* One operation of a random sequence of file operations. */
#ifndef CHECK_FILEOP_H
#define CHECK_FILEOP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND	0x20
#endif

#define FILEOP_PROCS	3		/* the last one is another user */
#define FILEOP_NAMES	5
#define FILEOP_FDS	4		/* of each process */
#define FILEOP_MAPS	2		/* of each process */
#define FILEOP_MAX	(512 * 1024)	/* the largest offset */

enum fileop_kind {
	FILEOP_OPEN, FILEOP_CLOSE, FILEOP_PWRITE, FILEOP_WRITE,
	FILEOP_PWRITEV2, FILEOP_AIO_WRITE, FILEOP_URING_WRITE, FILEOP_PREAD,
	FILEOP_READ, FILEOP_FTRUNCATE, FILEOP_TRUNCATE, FILEOP_FALLOCATE,
	FILEOP_COPY_RANGE, FILEOP_SPLICE, FILEOP_SENDFILE, FILEOP_SETFL,
	FILEOP_MMAP, FILEOP_MUNMAP, FILEOP_MAP_WRITE, FILEOP_MAP_READ,
	FILEOP_MSYNC, FILEOP_FSYNC, FILEOP_LSEEK, FILEOP_SEEK, FILEOP_FSTAT,
	FILEOP_STAT, FILEOP_LINK, FILEOP_RENAME, FILEOP_UNLINK, FILEOP_CHMOD,
	FILEOP_KINDS
};

struct fileop {
	enum fileop_kind kind;
	unsigned int id;		/* determines the data written */
	unsigned int proc, fd, name, name2;
	unsigned int fd2;		/* or the number of a mapping */
	int flags;
	bool async;			/* io_uring: by a worker */
	off_t off, off2;
	size_t len;
	mode_t mode;
};

#endif
