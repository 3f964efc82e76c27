// SPDX-License-Identifier: GPL-2.0
/*
 * Each thread counts in its own memory: a shared counter would be a contended
 * cache line. A reader adds them up; the sum includes every request that a
 * thread had started before.
 */
#include "stats.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

struct counters {
	struct counters *next;	/* never removed */
	bool in_use;		/* by a thread; atomic */
	uint64_t uring;
	uint64_t requests[FPFS_NR_OPCODES];
};

/* Of threads for which memory was short. */
static struct counters shared = { .in_use = true };

static struct counters *all = &shared;	/* atomic */
static __thread struct counters *own;
static int64_t open_files, backing_ids;	/* atomic */

#define NAME(op)	[FPFS_OP_##op] = #op

static const char *const names[FPFS_NR_OPCODES] = {
	NAME(LOOKUP), NAME(FORGET), NAME(GETATTR), NAME(SETATTR),
	NAME(READLINK), NAME(SYMLINK), NAME(MKNOD), NAME(MKDIR), NAME(UNLINK),
	NAME(RMDIR), NAME(RENAME), NAME(LINK), NAME(OPEN), NAME(READ),
	NAME(WRITE), NAME(STATFS), NAME(RELEASE), NAME(FSYNC), NAME(SETXATTR),
	NAME(GETXATTR), NAME(LISTXATTR), NAME(REMOVEXATTR), NAME(FLUSH),
	NAME(INIT), NAME(OPENDIR), NAME(READDIR), NAME(RELEASEDIR),
	NAME(FSYNCDIR), NAME(GETLK), NAME(SETLK), NAME(SETLKW), NAME(ACCESS),
	NAME(CREATE), NAME(INTERRUPT), NAME(BMAP), NAME(DESTROY), NAME(IOCTL),
	NAME(POLL), NAME(NOTIFY_REPLY), NAME(BATCH_FORGET), NAME(FALLOCATE),
	NAME(READDIRPLUS), NAME(RENAME2), NAME(LSEEK), NAME(COPY_FILE_RANGE),
	NAME(SETUPMAPPING), NAME(REMOVEMAPPING), NAME(SYNCFS), NAME(TMPFILE),
	NAME(STATX), NAME(COPY_FILE_RANGE_64),
};

static const char *opcode_name(unsigned int op)
{
	return names[op] ? names[op] : "?";
}

/* Those of a thread that has ended, which go on where it stopped. */
static struct counters *counters_of_before(void)
{
	struct counters *c = __atomic_load_n(&all, __ATOMIC_ACQUIRE);

	while (c && __atomic_exchange_n(&c->in_use, true, __ATOMIC_ACQUIRE))
		c = c->next;
	return c;
}

static struct counters *counters_new(void)
{
	struct counters *c = calloc(1, sizeof(*c));

	if (!c)
		return &shared;
	c->in_use = true;
	c->next = __atomic_load_n(&all, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&all, &c->next, c, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
	return c;
}

/* Only the owner writes, so a load and a store are enough. */
static void bump(uint64_t *p)
{
	if (own == &shared) {
		__atomic_add_fetch(p, 1, __ATOMIC_RELAXED);
		return;
	}
	__atomic_store_n(p, __atomic_load_n(p, __ATOMIC_RELAXED) + 1,
			 __ATOMIC_RELAXED);
}

void fpfs_stats_count(enum fpfs_opcode op, bool uring)
{
	if (!own)
		own = counters_of_before();
	if (!own)
		own = counters_new();
	bump(&own->requests[op]);
	if (uring)
		bump(&own->uring);
}

void fpfs_stats_thread_ends(void)
{
	if (own && own != &shared)
		__atomic_store_n(&own->in_use, false, __ATOMIC_RELEASE);
	own = NULL;
}

void fpfs_stats_open_files(int change)
{
	__atomic_add_fetch(&open_files, change, __ATOMIC_RELAXED);
}

void fpfs_stats_backing_ids(int change)
{
	__atomic_add_fetch(&backing_ids, change, __ATOMIC_RELAXED);
}

void fpfs_stats_read(struct fpfs_stats *st)
{
	struct counters *c;
	unsigned int i;

	memset(st, 0, sizeof(*st));
	st->version = FPFS_STATS_VERSION;
	st->size = sizeof(*st);
	st->open_files = __atomic_load_n(&open_files, __ATOMIC_RELAXED);
	st->backing_ids = __atomic_load_n(&backing_ids, __ATOMIC_RELAXED);
	for (c = __atomic_load_n(&all, __ATOMIC_ACQUIRE); c; c = c->next) {
		st->uring_requests += __atomic_load_n(&c->uring,
						      __ATOMIC_RELAXED);
		for (i = 0; i < FPFS_NR_OPCODES; i++)
			st->requests[i] += __atomic_load_n(&c->requests[i],
							   __ATOMIC_RELAXED);
	}
	for (i = 0; i < FPFS_NR_OPCODES; i++)
		st->total += st->requests[i];
}

void fpfs_stats_print(const struct fpfs_stats *st)
{
	unsigned int i;

	for (i = 0; i < FPFS_NR_OPCODES; i++)
		if (st->requests[i])
			fpfs_info("%-18s %" PRIu64, opcode_name(i),
				  (uint64_t)st->requests[i]);
	fpfs_info("%" PRIu64 " requests (%" PRIu64 " by io_uring), %" PRIu64
		  " nodes, %" PRIu64 " open files, %" PRIu64 " backing ids",
		  (uint64_t)st->total, (uint64_t)st->uring_requests,
		  (uint64_t)st->nodes, (uint64_t)st->open_files,
		  (uint64_t)st->backing_ids);
}
