/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Statistics of fpfs, for other programs. FPFS_IOC_STATS works on any open file
 * or directory of the mount. It is a request itself (FPFS_OP_IOCTL), which is
 * counted before the reply is made.
 *
 * If the counts of FPFS_OP_READ and FPFS_OP_WRITE stay the same while files are
 * read and written, the data bypassed the daemon: passthrough was in use.
 */
#ifndef FPFS_IOCTL_H
#define FPFS_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Numbers of the FUSE protocol, which index fpfs_stats.requests. */
enum fpfs_opcode {
	FPFS_OP_LOOKUP = 1,
	FPFS_OP_FORGET = 2,
	FPFS_OP_GETATTR = 3,
	FPFS_OP_SETATTR = 4,
	FPFS_OP_READLINK = 5,
	FPFS_OP_SYMLINK = 6,
	FPFS_OP_MKNOD = 8,
	FPFS_OP_MKDIR = 9,
	FPFS_OP_UNLINK = 10,
	FPFS_OP_RMDIR = 11,
	FPFS_OP_RENAME = 12,
	FPFS_OP_LINK = 13,
	FPFS_OP_OPEN = 14,
	FPFS_OP_READ = 15,
	FPFS_OP_WRITE = 16,
	FPFS_OP_STATFS = 17,
	FPFS_OP_RELEASE = 18,
	FPFS_OP_FSYNC = 20,
	FPFS_OP_SETXATTR = 21,
	FPFS_OP_GETXATTR = 22,
	FPFS_OP_LISTXATTR = 23,
	FPFS_OP_REMOVEXATTR = 24,
	FPFS_OP_FLUSH = 25,
	FPFS_OP_INIT = 26,
	FPFS_OP_OPENDIR = 27,
	FPFS_OP_READDIR = 28,
	FPFS_OP_RELEASEDIR = 29,
	FPFS_OP_FSYNCDIR = 30,
	FPFS_OP_GETLK = 31,
	FPFS_OP_SETLK = 32,
	FPFS_OP_SETLKW = 33,
	FPFS_OP_ACCESS = 34,
	FPFS_OP_CREATE = 35,
	FPFS_OP_INTERRUPT = 36,
	FPFS_OP_BMAP = 37,
	FPFS_OP_DESTROY = 38,
	FPFS_OP_IOCTL = 39,
	FPFS_OP_POLL = 40,
	FPFS_OP_NOTIFY_REPLY = 41,
	FPFS_OP_BATCH_FORGET = 42,
	FPFS_OP_FALLOCATE = 43,
	FPFS_OP_READDIRPLUS = 44,
	FPFS_OP_RENAME2 = 45,
	FPFS_OP_LSEEK = 46,
	FPFS_OP_COPY_FILE_RANGE = 47,
	FPFS_OP_SETUPMAPPING = 48,
	FPFS_OP_REMOVEMAPPING = 49,
	FPFS_OP_SYNCFS = 50,
	FPFS_OP_TMPFILE = 51,
	FPFS_OP_STATX = 52,
	FPFS_OP_COPY_FILE_RANGE_64 = 53,
};

#define FPFS_NR_OPCODES		64	/* room for opcodes to come */
#define FPFS_STATS_VERSION	1

/* fpfs_stats.flags: features that the kernel offers and the mode uses. */
#define FPFS_STATS_PASSTHROUGH	 (1ULL << 0)	/* data bypasses the daemon */
#define FPFS_STATS_PARALLEL	 (1ULL << 1)	/* parallel direct writes */
#define FPFS_STATS_DIRECT_IO	 (1ULL << 2)	/* daemon, no page cache */
#define FPFS_STATS_IO_URING	 (1ULL << 3)	/* requests come by io_uring */
#define FPFS_STATS_KILLPRIV	 (1ULL << 4)	/* HANDLE_KILLPRIV_V2 */
#define FPFS_STATS_POSIX_ACL	 (1ULL << 5)

/*
 * Counters start at the mount and only grow; gauges are current values. A
 * reader checks version; later versions only add fields in reserved.
 */
struct fpfs_stats {
	__u32 version;			/* FPFS_STATS_VERSION */
	__u32 size;			/* sizeof(struct fpfs_stats) */
	__u64 flags;			/* FPFS_STATS_* */
	__u64 total;			/* sum of requests[] */
	__u64 uring_requests;		/* of these, through io_uring */
	__u64 nodes;			/* gauge: inodes that the kernel holds */
	__u64 open_files;		/* gauge: files open through the mount */
	__u64 backing_ids;		/* gauge: registered backing files */
	__u64 reserved[9];
	__u64 requests[FPFS_NR_OPCODES];	/* indexed by enum fpfs_opcode */
};

#define FPFS_IOC_STATS	_IOR('F', 0xf5, struct fpfs_stats)

#endif
