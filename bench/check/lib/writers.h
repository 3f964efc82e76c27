/* SPDX-License-Identifier: GPL-2.0 */
/* Parallel writers of stamped blocks (stamp.h). */
#ifndef CHECK_WRITERS_H
#define CHECK_WRITERS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "check/lib/case.h"

#define CHECK_MAX_WRITERS	16

/* In memory that the writers share. */
struct check_writers_shared {
	size_t nblocks;			/* up to the end of the last region */
	uint64_t writes[CHECK_MAX_WRITERS];
	struct {
		int error;
		off_t pos;
		ssize_t ret;
	} failed[CHECK_MAX_WRITERS];
	uint64_t until;
	/* No writer starts before all have opened the file. */
	atomic_uint ready, go;
	/* The current write; it may be there without being acknowledged. */
	struct {
		off_t pos;
		uint32_t seq;
	} attempt[CHECK_MAX_WRITERS];
	/*
	 * At [w * nblocks + b]: the number of the last acknowledged write of
	 * writer w + 1 to block b, or 0.
	 */
	uint32_t last[];
};

struct check_writers {
	const char *path;
	int flags;			/* of open(2), besides O_WRONLY */
	int own_flags[CHECK_MAX_WRITERS];	/* further ones of writer i */
	size_t bs;			/* a multiple of BLOCK */
	bool random, append;
	bool may_fail;			/* a write that fails ends its writer */
	bool without_nosec;		/* the first write has to look for privileges */
	unsigned int n;			/* processes */
	/* Writer i writes to from + i * stride, up to len bytes further. */
	off_t from, stride, len;
	unsigned int ms;		/* run time; 0: the region once */
	/* Set by check_writers_start(). */
	pid_t pid[CHECK_MAX_WRITERS];
	uint64_t salt;
	struct check_writers_shared *shared;
};

/* Fill the file with stamps of writer 0. */
void check_fill(const char *path, uint64_t bytes);
/* A file of this size without blocks. */
void check_sparse(const char *path, uint64_t bytes);
/*
 * Let the kernel look for privileges to remove, as it would in the next write,
 * by a splice of nothing: not counted, and without I/O. If there are none, it
 * knows that until it reads the attributes again. @fd is open for writing
 * without O_APPEND.
 */
void check_set_nosec(int fd);
/* The same by a path; to look it up may read the attributes. */
void check_set_nosec_of(const char *path);

/* @n direct writers of random blocks of "f", through the mount, for @ms. */
struct check_writers check_random_writers(struct check_context *c,
					  unsigned int n, uint64_t bytes,
					  unsigned int ms);
void check_writers_start(struct check_context *c, struct check_writers *g);
/* Wait, fail if a writer failed (unless it may), return the writes done. */
uint64_t check_writers_wait(struct check_writers *g);
/* Start and wait. */
uint64_t check_writers_run(struct check_context *c, struct check_writers *g);
/* Writes acknowledged so far. */
uint64_t check_writers_count(const struct check_writers *g);
/*
 * Fail if an error ended a writer that is not one of @errors (ends with 0).
 * Returns how many writers were ended.
 */
unsigned int check_writers_failed(const struct check_writers *g,
				  const int *errors);

#endif
