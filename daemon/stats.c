// SPDX-License-Identifier: GPL-2.0
/*
 * Each thread counts in memory of its own: a shared counter would be a cache
 * line that every request fights for. A reader adds them up, which is exact
 * for every request that was taken up before it began to read.
 */
#include "stats.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

struct counters {
	struct counters *next;	/* never removed: threads come but do not go */
	uint64_t uring;
	uint64_t requests[FPFS_NR_OPCODES];
};

static struct counters *all;	/* atomic */
static __thread struct counters *own;
static int64_t open_files, backing_ids;	/* atomic */

static const char *const names[FPFS_NR_OPCODES] = {
	[FPFS_OP_LOOKUP] = "LOOKUP",
	[FPFS_OP_FORGET] = "FORGET",
	[FPFS_OP_GETATTR] = "GETATTR",
	[FPFS_OP_SETATTR] = "SETATTR",
	[FPFS_OP_READLINK] = "READLINK",
	[FPFS_OP_SYMLINK] = "SYMLINK",
	[FPFS_OP_MKNOD] = "MKNOD",
	[FPFS_OP_MKDIR] = "MKDIR",
	[FPFS_OP_UNLINK] = "UNLINK",
	[FPFS_OP_RMDIR] = "RMDIR",
	[FPFS_OP_RENAME] = "RENAME",
	[FPFS_OP_LINK] = "LINK",
	[FPFS_OP_OPEN] = "OPEN",
	[FPFS_OP_READ] = "READ",
	[FPFS_OP_WRITE] = "WRITE",
	[FPFS_OP_STATFS] = "STATFS",
	[FPFS_OP_RELEASE] = "RELEASE",
	[FPFS_OP_FSYNC] = "FSYNC",
	[FPFS_OP_SETXATTR] = "SETXATTR",
	[FPFS_OP_GETXATTR] = "GETXATTR",
	[FPFS_OP_LISTXATTR] = "LISTXATTR",
	[FPFS_OP_REMOVEXATTR] = "REMOVEXATTR",
	[FPFS_OP_FLUSH] = "FLUSH",
	[FPFS_OP_INIT] = "INIT",
	[FPFS_OP_OPENDIR] = "OPENDIR",
	[FPFS_OP_READDIR] = "READDIR",
	[FPFS_OP_RELEASEDIR] = "RELEASEDIR",
	[FPFS_OP_FSYNCDIR] = "FSYNCDIR",
	[FPFS_OP_GETLK] = "GETLK",
	[FPFS_OP_SETLK] = "SETLK",
	[FPFS_OP_SETLKW] = "SETLKW",
	[FPFS_OP_ACCESS] = "ACCESS",
	[FPFS_OP_CREATE] = "CREATE",
	[FPFS_OP_INTERRUPT] = "INTERRUPT",
	[FPFS_OP_BMAP] = "BMAP",
	[FPFS_OP_DESTROY] = "DESTROY",
	[FPFS_OP_IOCTL] = "IOCTL",
	[FPFS_OP_POLL] = "POLL",
	[FPFS_OP_NOTIFY_REPLY] = "NOTIFY_REPLY",
	[FPFS_OP_BATCH_FORGET] = "BATCH_FORGET",
	[FPFS_OP_FALLOCATE] = "FALLOCATE",
	[FPFS_OP_READDIRPLUS] = "READDIRPLUS",
	[FPFS_OP_RENAME2] = "RENAME2",
	[FPFS_OP_LSEEK] = "LSEEK",
	[FPFS_OP_COPY_FILE_RANGE] = "COPY_FILE_RANGE",
	[FPFS_OP_SETUPMAPPING] = "SETUPMAPPING",
	[FPFS_OP_REMOVEMAPPING] = "REMOVEMAPPING",
	[FPFS_OP_SYNCFS] = "SYNCFS",
	[FPFS_OP_TMPFILE] = "TMPFILE",
	[FPFS_OP_STATX] = "STATX",
	[FPFS_OP_COPY_FILE_RANGE_64] = "COPY_FILE_RANGE_64",
};

const char *fpfs_opcode_name(unsigned int op)
{
	return op < FPFS_NR_OPCODES && names[op] ? names[op] : "?";
}

static struct counters *counters_new(void)
{
	struct counters *c = calloc(1, sizeof(*c));

	/* A count that lies is worse than a daemon that ends. */
	if (!c)
		abort();
	c->next = __atomic_load_n(&all, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&all, &c->next, c, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
	return c;
}

/* Only the owner writes, so a load and a store do. */
static void bump(uint64_t *p)
{
	__atomic_store_n(p, __atomic_load_n(p, __ATOMIC_RELAXED) + 1,
			 __ATOMIC_RELAXED);
}

void fpfs_stats_count(enum fpfs_opcode op, bool uring)
{
	if (!own)
		own = counters_new();
	bump(&own->requests[op]);
	if (uring)
		bump(&own->uring);
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
			fpfs_info("%-18s %" PRIu64, fpfs_opcode_name(i),
				  (uint64_t)st->requests[i]);
	fpfs_info("%" PRIu64 " requests (%" PRIu64 " by io_uring), %" PRIu64
		  " nodes, %" PRIu64 " open files, %" PRIu64 " backing ids",
		  (uint64_t)st->total, (uint64_t)st->uring_requests,
		  (uint64_t)st->nodes, (uint64_t)st->open_files,
		  (uint64_t)st->backing_ids);
}
