// SPDX-License-Identifier: GPL-2.0
#include "kernel_features.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "backing.h"
#include "msg.h"
#include "stats.h"

/*
 * Whether files of the source have backing files themselves. The mount is then
 * at the top of what the kernel lets be stacked; else overlayfs, or another
 * passthrough, may be over it.
 */
static bool source_is_stacked(const struct fpfs *fs)
{
	struct statfs st;

	return !fstatfs(fs->root.fd, &st) &&
	       (st.f_type == OVERLAYFS_SUPER_MAGIC ||
		st.f_type == FUSE_SUPER_MAGIC ||
		st.f_type == ECRYPTFS_SUPER_MAGIC);
}

/* Ask the kernel for @cap; @feature is how the statistics call it. */
static bool request_feature(struct fpfs *fs, struct fuse_conn_info *conn,
			    uint64_t cap, uint64_t feature)
{
	if (!fuse_set_feature_flag(conn, cap))
		return false;
	fs->features |= feature;
	return true;
}

static void request_common(struct fpfs *fs, struct fuse_conn_info *conn)
{
	static const uint64_t optional[] = {
		FUSE_CAP_DONT_MASK,	/* for default ACLs */
		FUSE_CAP_PARALLEL_DIROPS,
		FUSE_CAP_CACHE_SYMLINKS,
		FUSE_CAP_DIRECT_IO_ALLOW_MMAP,
		FUSE_CAP_NO_OPENDIR_SUPPORT,
		FUSE_CAP_NO_EXPORT_SUPPORT,	/* node ids are addresses */
	};
	size_t i;

	for (i = 0; i < sizeof(optional) / sizeof(*optional); i++)
		fuse_set_feature_flag(conn, optional[i]);
	request_feature(fs, conn, FUSE_CAP_POSIX_ACL, FPFS_STATS_POSIX_ACL);

	/*
	 * Without it the kernel asks for security.capability before each
	 * write. With it stripping set-uid bits is left to us, see cred.h.
	 */
	request_feature(fs, conn, FUSE_CAP_HANDLE_KILLPRIV_V2,
			FPFS_STATS_KILLPRIV);

	/*
	 * libfuse takes a request into a pipe before it has memory for it:
	 * without memory the request is lost, and its caller waits forever. If
	 * a pipe cannot be large enough (fs.pipe-max-size), libfuse makes a new
	 * one for each request in vain.
	 */
	fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_READ);
	if (fs->opts->locks == FPFS_LOCKS_LOCAL)
		fuse_unset_feature_flag(conn, FUSE_CAP_POSIX_LOCKS |
						FUSE_CAP_FLOCK_LOCKS);
	/* Only a request that waits for a lock can be interrupted. */
	conn->no_interrupt = fs->opts->locks == FPFS_LOCKS_LOCAL;
	conn->max_background = 1024;	/* asynchronous I/O in mode direct */
}

enum fpfs_exit fpfs_features_request(struct fpfs *fs,
				     struct fuse_conn_info *conn)
{
	const struct fpfs_mode *mode = fs->opts->mode;
	enum fpfs_exit status = FPFS_EXIT_OK;

	request_common(fs, conn);
	if (mode->parallel)
		fs->features |= FPFS_STATS_PARALLEL;
	if (mode->direct_io)
		fs->features |= FPFS_STATS_DIRECT_IO;
	conn->max_backing_stack_depth = source_is_stacked(fs) ?
		FUSE_BACKING_STACKED_OVER : FUSE_BACKING_STACKED_UNDER;
	if (mode->passthrough &&
	    !request_feature(fs, conn, FUSE_CAP_PASSTHROUGH,
			     FPFS_STATS_PASSTHROUGH)) {
		fpfs_err("the kernel offers no FUSE passthrough; it needs "
			 "Linux 6.9 or later with CONFIG_FUSE_PASSTHROUGH");
		status = FPFS_EXIT_UNSUPPORTED;
	}
#ifdef FUSE_CAP_OVER_IO_URING
	if (fs->opts->uring &&
	    !request_feature(fs, conn, FUSE_CAP_OVER_IO_URING,
			     FPFS_STATS_IO_URING)) {
		fpfs_err("the kernel offers no FUSE over io_uring; it needs "
			 "Linux 6.14 or later with CONFIG_FUSE_IO_URING and "
			 "/sys/module/fuse/parameters/enable_uring set to Y");
		status = FPFS_EXIT_UNSUPPORTED;
	}
#endif
	return status;
}

/* Register a backing file, as an open will do. Prints why it fails. */
static enum fpfs_exit probe_passthrough(struct fpfs *fs)
{
	int fd, id;

	/* In the source, since its filesystem matters; else any file. */
	fd = openat(fs->root.fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("fpfs-probe", MFD_CLOEXEC);
	if (fd < 0) {
		fpfs_err("cannot make a file to test passthrough: %s",
			 strerror(errno));
		return FPFS_EXIT_ERROR;
	}
	id = fpfs_backing_open(fs->se, fd);
	close(fd);
	if (id > 0) {
		fpfs_backing_close(fs->se, id);
		return FPFS_EXIT_OK;
	}
	fpfs_err("the kernel refuses passthrough to %s: %s%s",
		 fs->opts->source, strerror(-id),
		 id == -ELOOP ? " (the source is stacked twice; the kernel "
				"allows one level)" :
		 id == -EPERM ? " (it needs CAP_SYS_ADMIN in the initial "
				"user namespace)" : "");
	return FPFS_EXIT_UNSUPPORTED;
}

/* libfuse falls back to /dev/fuse if it cannot set up its rings. */
static enum fpfs_exit probe_uring(struct fpfs *fs)
{
	struct timespec pause = { .tv_nsec = 20 * 1000000 };
	struct fpfs_stats st;
	struct statx stx;
	int tries;

	/* The kernel switches over once every ring is registered. */
	for (tries = 0; tries < 50; tries++) {
		statx(AT_FDCWD, fs->opts->mountpoint, AT_STATX_FORCE_SYNC,
		      STATX_BASIC_STATS, &stx);
		fpfs_stats_read(&st);
		if (st.uring_requests)
			return FPFS_EXIT_OK;
		nanosleep(&pause, NULL);
	}
	fpfs_err("requests do not arrive by io_uring: libfuse was built "
		 "without it, or could not set up its rings");
	return FPFS_EXIT_UNSUPPORTED;
}

enum fpfs_exit fpfs_features_probe(struct fpfs *fs)
{
	enum fpfs_exit status = FPFS_EXIT_OK;

	if (fs->opts->mode->passthrough)
		status = probe_passthrough(fs);
	if (!status && fs->opts->uring)
		status = probe_uring(fs);
	return status;
}
