// SPDX-License-Identifier: GPL-2.0
/*
 * fpnaive: a passthrough server, for tests only, with nothing but the mistakes
 * that a case needs. It serves the files of one directory, as root.
 *
 *   fpnaive [OPTION...] READY-FD DIR MOUNT
 *
 *   --killpriv-v2  promise to strip set-uid bits, but do not
 *   --getxattr	    answer GETXATTR and REMOVEXATTR, as real filesystems do;
 *		    user.asked is the number of times that others were asked for
 *   --mixed	    no FOPEN_PARALLEL_DIRECT_WRITES for files opened with
 *		    O_SYNC; files opened with O_NOATIME are read and written
 *		    by the server (FOPEN_DIRECT_IO)
 *   --slow-getattr sleep between reading the attributes of a file and the
 *		    reply to GETATTR
 */
#define FUSE_USE_VERSION FUSE_MAKE_VERSION(3, 17)
#include <errno.h>
#include <fcntl.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define MAX_NODES	64
#define TIMEOUT_S	1		/* of attributes and names */

#define SLOW_USEC	300000

static bool killpriv_v2, answer_getxattr, mixed, slow_getattr;
static int dir;

/* A node is never forgotten: a test has a handful of files. */
static struct node {
	char name[64];
	int backing_id, opens;
} nodes[MAX_NODES];

static const char *name_of(fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? "." : nodes[ino - 2].name;
}

static int find_node(const char *name, struct fuse_entry_param *e)
{
	int i;

	*e = (struct fuse_entry_param){ .attr_timeout = TIMEOUT_S,
					.entry_timeout = TIMEOUT_S };
	if (fstatat(dir, name, &e->attr, AT_SYMLINK_NOFOLLOW))
		return errno;
	for (i = 0; i < MAX_NODES && *nodes[i].name; i++)
		if (!strcmp(nodes[i].name, name))
			break;
	if (i == MAX_NODES || strlen(name) >= sizeof(nodes[i].name))
		return ENOMEM;
	strcpy(nodes[i].name, name);
	e->ino = i + 2;
	return 0;
}

static void op_init(void *data, struct fuse_conn_info *conn)
{
	if (!fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH)) {
		fprintf(stderr, "fpnaive: this kernel has no passthrough\n");
		_exit(3);
	}
	conn->max_backing_stack_depth = 1;
	fuse_unset_feature_flag(conn, FUSE_CAP_HANDLE_KILLPRIV);
	if (killpriv_v2)
		fuse_set_feature_flag(conn, FUSE_CAP_HANDLE_KILLPRIV_V2);
	else
		fuse_unset_feature_flag(conn, FUSE_CAP_HANDLE_KILLPRIV_V2);
	/* The mount answers from here on. */
	if (write(*(int *)data, "READY=1\n", 8) != 8)
		_exit(1);
	close(*(int *)data);
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param e;
	int err = find_node(name, &e);

	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_entry(req, &e);
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct stat st;

	if (fstatat(dir, name_of(ino), &st, AT_SYMLINK_NOFOLLOW)) {
		fuse_reply_err(req, errno);
		return;
	}
	if (slow_getattr && ino != FUSE_ROOT_ID)
		usleep(SLOW_USEC);
	fuse_reply_attr(req, &st, TIMEOUT_S);
}

static int set_attributes(const char *name, const struct stat *st,
			  int valid)
{
	int fd, ret = 0;

	if (valid & FUSE_SET_ATTR_MODE)
		ret = fchmodat(dir, name, st->st_mode, 0);
	if (!ret && valid & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID))
		ret = fchownat(dir, name,
			       valid & FUSE_SET_ATTR_UID ? st->st_uid : (uid_t)-1,
			       valid & FUSE_SET_ATTR_GID ? st->st_gid : (gid_t)-1,
			       AT_SYMLINK_NOFOLLOW);
	if (!ret && valid & FUSE_SET_ATTR_SIZE) {
		fd = openat(dir, name, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			return errno;
		ret = ftruncate(fd, st->st_size);
		close(fd);
	}
	return ret ? errno : 0;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st,
		       int valid, struct fuse_file_info *fi)
{
	int err = set_attributes(name_of(ino), st, valid);

	if (err)
		fuse_reply_err(req, err);
	else
		op_getattr(req, ino, fi);
}

static int start_open(fuse_req_t req, struct node *n, struct fuse_file_info *fi)
{
	int fd;

	if (!n->opens) {
		fd = openat(dir, n->name, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return errno;
		n->backing_id = fuse_passthrough_open(req, fd);
		close(fd);
		if (n->backing_id <= 0)
			return EIO;
	}
	n->opens++;
	fi->backing_id = n->backing_id;
	fi->parallel_direct_writes = !(mixed && fi->flags & O_SYNC);
	fi->direct_io = mixed && fi->flags & O_NOATIME;
	fi->keep_cache = 0;
	fi->noflush = 1;
	return 0;
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	int err = start_open(req, &nodes[ino - 2], fi);

	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_open(req, fi);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		      mode_t mode, struct fuse_file_info *fi)
{
	int fd = openat(dir, name, (fi->flags & ~O_ACCMODE) | O_CREAT |
			O_RDWR | O_NOFOLLOW | O_CLOEXEC, mode), err;
	struct fuse_entry_param e;

	err = fd < 0 ? errno : 0;
	close(fd);
	if (!err)
		err = find_node(name, &e);
	if (!err)
		err = start_open(req, &nodes[e.ino - 2], fi);
	if (err)
		fuse_reply_err(req, err);
	else
		fuse_reply_create(req, &e, fi);
}

static void op_release(fuse_req_t req, fuse_ino_t ino,
		       struct fuse_file_info *fi)
{
	struct node *n = &nodes[ino - 2];

	if (!--n->opens)
		fuse_passthrough_close(req, n->backing_id);
	fuse_reply_err(req, 0);
}

/* For the files that --mixed does not pass through. */
static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	char *buf = malloc(size);
	int fd = openat(dir, name_of(ino), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, buf, size, off);

	if (n < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_buf(req, buf, n);
	close(fd);
	free(buf);
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf,
		     size_t size, off_t off, struct fuse_file_info *fi)
{
	int fd = openat(dir, name_of(ino), O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pwrite(fd, buf, size, off);

	if (n < 0)
		fuse_reply_err(req, errno);
	else
		fuse_reply_write(req, n);
	close(fd);
}

/* For functions that take no folder. */
static const char *path_of(fuse_ino_t ino, char path[128])
{
	snprintf(path, 128, "/proc/self/fd/%d/%s", dir, name_of(ino));
	return path;
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
			size_t size)
{
	static unsigned long asked;
	char value[256], path[128];
	ssize_t len;

	/* After ENOSYS the kernel sends no more of these requests. */
	if (!answer_getxattr) {
		fuse_reply_err(req, ENOSYS);
		return;
	}
	if (strcmp(name, "user.asked")) {
		asked++;
		len = lgetxattr(path_of(ino, path), name, value, sizeof(value));
	} else {
		len = snprintf(value, sizeof(value), "%lu", asked);
	}
	if (len < 0)
		fuse_reply_err(req, errno);
	else if (size)
		fuse_reply_buf(req, value, len);
	else
		fuse_reply_xattr(req, len);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	char path[128];

	fuse_reply_err(req, lremovexattr(path_of(ino, path), name) ? errno : 0);
}

static const struct fuse_lowlevel_ops ops = {
	.init = op_init,
	.lookup = op_lookup,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.open = op_open,
	.create = op_create,
	.release = op_release,
	.read = op_read,
	.write = op_write,
	.getxattr = op_getxattr,
	.removexattr = op_removexattr,
};

/* Returns the number of arguments taken, or -1. */
static int parse(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--killpriv-v2"))
			killpriv_v2 = true;
		else if (!strcmp(argv[i], "--getxattr"))
			answer_getxattr = true;
		else if (!strcmp(argv[i], "--mixed"))
			mixed = true;
		else if (!strcmp(argv[i], "--slow-getattr"))
			slow_getattr = true;
		else
			return -1;
	}
	return argc - i == 3 ? i : -1;
}

int main(int argc, char **argv)
{
	char *mount_args[] = { argv[0], "-o",
			       "allow_other,default_permissions,suid,dev" };
	struct fuse_args args = FUSE_ARGS_INIT(3, mount_args);
	struct fuse_session *s;
	int ready, i = parse(argc, argv);

	if (i < 0) {
		fprintf(stderr, "usage: fpnaive [OPTION...] READY-FD DIR MOUNT\n");
		return 2;
	}
	ready = atoi(argv[i]);
	dir = open(argv[i + 1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s = dir < 0 ? NULL : fuse_session_new(&args, &ops, sizeof(ops), &ready);
	if (!s || fuse_session_mount(s, argv[i + 2]))
		return 1;
	fuse_session_loop(s);
	fuse_session_unmount(s);
	fuse_session_destroy(s);
	return 0;
}
