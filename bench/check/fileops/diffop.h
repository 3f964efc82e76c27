/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random sequences of file operations: drawn from a seed, made shorter while
 * they still show a difference, and printed as a C program. Pure.
 */
#ifndef CHECK_DIFFOP_H
#define CHECK_DIFFOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define DIFF_PROCS	3		/* the last one is another user */
#define DIFF_NAMES	5
#define DIFF_FDS	4		/* of each process */
#define DIFF_MAPS	2
#define DIFF_MAX	(512 * 1024)	/* no offset beyond */

enum diff_kind {
	DIFF_OPEN, DIFF_CLOSE, DIFF_PWRITE, DIFF_WRITE, DIFF_PWRITEV2,
	DIFF_AIO_WRITE, DIFF_URING_WRITE, DIFF_PREAD, DIFF_READ,
	DIFF_FTRUNCATE, DIFF_TRUNCATE, DIFF_FALLOCATE, DIFF_COPY_RANGE,
	DIFF_SPLICE, DIFF_SENDFILE, DIFF_SETFL, DIFF_MMAP, DIFF_MUNMAP,
	DIFF_MWRITE, DIFF_MREAD, DIFF_MSYNC, DIFF_FSYNC, DIFF_LSEEK, DIFF_SEEK,
	DIFF_FSTAT, DIFF_STAT, DIFF_LINK, DIFF_RENAME, DIFF_UNLINK, DIFF_CHMOD,
	DIFF_KINDS
};

struct diff_op {
	enum diff_kind kind;
	unsigned int id;		/* what is written depends on it */
	unsigned int proc, fd, fd2, name, name2;
	int flags;
	bool async;			/* io_uring: by a worker */
	off_t off, off2;
	size_t len;
	mode_t mode;
};

/* What is known to differ, and drawn only where that is to be shown. */
#define DIFF_KNOWN_FLAGS	(1 << 0)	/* F_SETFL, RWF_NOAPPEND */
#define DIFF_KNOWN_FALLOC	(1 << 1)	/* collapse, insert, unshare */

/* Which of these @op is; 0 for all others. */
unsigned int diff_known(const struct diff_op *op);

/* Fills @ops with @n operations, of @known, too; the same for the same seed. */
void diff_generate(struct diff_op *ops, size_t n, unsigned long seed,
		   unsigned int known);

/*
 * Takes away operations while @fails still says so of the rest; then lets
 * other processes' operations be the first one's. Returns how many are left,
 * at the front of @ops; at most @budget calls of @fails.
 */
size_t diff_shrink(struct diff_op *ops, size_t n,
		   bool (*fails)(const struct diff_op *ops, size_t n,
				 void *arg),
		   void *arg, unsigned int budget);

/* One line for a message. */
void diff_describe(const struct diff_op *op, char *text, size_t size);

/* A program that does the same below a directory and prints each result. */
void diff_print_c(FILE *out, const struct diff_op *ops, size_t n);

#endif
