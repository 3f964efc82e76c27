// SPDX-License-Identifier: GPL-2.0
/*
 * The mount against the filesystem below: every operation by every kind of
 * caller on files and directories of many modes must have the same result,
 * the same errno and leave the same owners, modes and sizes on both.
 */
#include "harness.h"
#include "trace.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#include <linux/fs.h>
#endif
#include <linux/capability.h>
#include <linux/falloc.h>

/* --- operations: on "f" in the working directory -------------------------- */

static char *block;	/* 4096 bytes, aligned */

static void t_open(const char *what, int flags, mode_t mode)
{
	int fd = open("f", flags, mode);

	t_result(what, fd);
	if (fd >= 0)
		close(fd);
}

static void op_open_r(void) { t_open("open", O_RDONLY, 0); }
static void op_open_w(void) { t_open("open", O_WRONLY, 0); }
static void op_open_rw(void) { t_open("open", O_RDWR, 0); }
static void op_open_trunc(void) { t_open("open", O_WRONLY | O_TRUNC, 0); }
static void op_open_rtrunc(void) { t_open("open", O_RDONLY | O_TRUNC, 0); }
static void op_open_creat(void) { t_open("open", O_CREAT | O_RDWR, 0600); }
static void op_open_excl(void) { t_open("open", O_CREAT | O_EXCL, 0600); }
static void op_open_dir(void) { t_open("open", O_DIRECTORY, 0); }
static void op_open_noatime(void) { t_open("open", O_RDONLY | O_NOATIME, 0); }

static void with_fd(int flags, long (*op)(int fd))
{
	int fd = open("f", flags);

	t_result("open", fd);
	if (fd < 0)
		return;
	t_result("op", op(fd));
	close(fd);
}

static long fd_write(int fd) { return write(fd, "abc", 3); }
static long fd_pwrite0(int fd) { return pwrite(fd, "abc", 0, 0); }
static long fd_dwrite(int fd) { return pwrite(fd, block, 4096, 0); }
static long fd_ftruncate0(int fd) { return ftruncate(fd, 0); }
static long fd_ftruncate9(int fd) { return ftruncate(fd, 9000); }
static long fd_falloc(int fd) { return fallocate(fd, 0, 0, 8192); }
static long fd_keep(int fd) { return fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 8192); }
static long fd_punch(int fd)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 1);
}
static long fd_zero(int fd) { return fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 99); }
static long fd_chmod(int fd) { return fchmod(fd, 0640); }
static long fd_chown(int fd) { return fchown(fd, -1, 1000); }
static long fd_chown_none(int fd) { return fchown(fd, -1, -1); }
static long fd_flock(int fd) { return flock(fd, LOCK_EX); }
static long fd_fsync(int fd) { return fsync(fd); }
static long fd_hole(int fd) { return lseek(fd, 0, SEEK_HOLE); }
static long fd_data(int fd) { return lseek(fd, 0, SEEK_DATA); }
static long fd_lock(int fd)
{
	struct flock l = { .l_type = F_WRLCK };

	return fcntl(fd, F_SETLK, &l);
}
static long fd_mmap(int fd)
{
	char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return -1;
	p[0] = 'm';
	return munmap(p, 4096);
}
static long fd_copy(int fd)
{
	int from = open("other", O_RDONLY);
	long ret = from < 0 ? -1 :
			      copy_file_range(from, NULL, fd, NULL, 3, 0);

	if (from >= 0)
		close(from);
	return ret;
}

static void op_write(void) { with_fd(O_WRONLY, fd_write); }
static void op_append(void) { with_fd(O_WRONLY | O_APPEND, fd_write); }
static void op_write0(void) { with_fd(O_WRONLY, fd_pwrite0); }
static void op_dwrite(void) { with_fd(O_WRONLY | O_DIRECT, fd_dwrite); }
static void op_ftruncate0(void) { with_fd(O_WRONLY, fd_ftruncate0); }
static void op_ftruncate9(void) { with_fd(O_RDWR, fd_ftruncate9); }
static void op_falloc(void) { with_fd(O_WRONLY, fd_falloc); }
static void op_keep(void) { with_fd(O_WRONLY, fd_keep); }
static void op_punch(void) { with_fd(O_WRONLY, fd_punch); }
static void op_zero(void) { with_fd(O_RDWR, fd_zero); }
static void op_mmap(void) { with_fd(O_RDWR, fd_mmap); }
static void op_copy(void) { with_fd(O_WRONLY, fd_copy); }
static void op_fchmod(void) { with_fd(O_RDONLY, fd_chmod); }
static void op_fchown(void) { with_fd(O_RDONLY, fd_chown); }
static void op_wchown_none(void) { with_fd(O_WRONLY, fd_chown_none); }
static void op_flock(void) { with_fd(O_RDONLY, fd_flock); }
static void op_lock(void) { with_fd(O_WRONLY, fd_lock); }
static void op_fsync(void) { with_fd(O_RDONLY, fd_fsync); }
static void op_hole(void) { with_fd(O_RDONLY, fd_hole); }
static void op_data(void) { with_fd(O_RDONLY, fd_data); }

static void op_truncate0(void) { t_result("truncate", truncate("f", 0)); }
static void op_truncate9(void) { t_result("truncate", truncate("f", 9000)); }
static void op_unlink(void) { t_result("unlink", unlink("f")); }
static void op_rename(void) { t_result("rename", rename("f", "g")); }
static void op_rename_over(void) { t_result("rename", rename("f", "other")); }
static void op_rename_onto(void) { t_result("rename", rename("other", "f")); }
static void op_rename_into(void) { t_result("rename", rename("f", "sub/f")); }
static void op_rename_dir(void) { t_result("rename", rename("sub", "sub2")); }
static void op_rename_mix(void) { t_result("rename", rename("f", "sub")); }
static void op_exchange(void)
{
	t_result("renameat2", renameat2(AT_FDCWD, "f", AT_FDCWD, "other",
					RENAME_EXCHANGE));
}
static void op_noreplace(void)
{
	t_result("renameat2", renameat2(AT_FDCWD, "f", AT_FDCWD, "other",
					RENAME_NOREPLACE));
}
static void op_link(void) { t_result("link", link("f", "g")); }
static void op_link_exist(void) { t_result("link", link("f", "other")); }
static void op_symlink(void) { t_result("symlink", symlink("f", "l")); }
static void op_readlink(void)
{
	char b[100];

	t_result("symlink", symlink("/a/b", "l"));
	t_result("readlink", readlink("l", b, sizeof(b)));
	t_result("lchown", lchown("l", 1000, 1000));
}
static void op_mkdir(void) { t_result("mkdir", mkdir("d", 0777)); }
static void op_mkdir_sgid(void)
{
	umask(0);
	t_result("mkdir", mkdir("d", 06777));
}
static void op_rmdir(void) { t_result("rmdir", rmdir("sub")); }
static void op_rmdir_file(void) { t_result("rmdir", rmdir("f")); }
static void op_unlink_dir(void) { t_result("unlink", unlink("sub")); }
static void op_fifo(void) { t_result("mknod", mknod("p", S_IFIFO | 0666, 0)); }
static void op_sock(void) { t_result("mknod", mknod("p", S_IFSOCK | 0666, 0)); }
static void op_node(void) { t_result("mknod", mknod("p", S_IFREG | 06777, 0)); }
static void op_dev(void)
{
	t_result("mknod", mknod("p", S_IFCHR | 0666, makedev(1, 3)));
}
static void op_create_umask(void)
{
	umask(027);
	t_result("open", open("n", O_CREAT | O_EXCL | O_WRONLY, 0777));
}
static void op_create_suid(void)
{
	int fd;

	umask(0);
	fd = open("n", O_CREAT | O_EXCL | O_WRONLY, 06777);
	t_result("open", fd);
	if (fd >= 0)
		t_result("write", write(fd, "x", 1));
}
static void op_create_0(void)
{
	int fd = open("n", O_CREAT | O_RDWR, 0);

	t_result("open", fd);
	if (fd >= 0)
		t_result("write", write(fd, "x", 1));
}
static void op_tmpfile(void)
{
	char path[40];
	int fd;

	umask(022);
	fd = open(".", O_TMPFILE | O_RDWR, 0666);
	t_result("tmpfile", fd);
	if (fd < 0)
		return;
	t_result("write", write(fd, "x", 1));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	t_result("linkat", linkat(AT_FDCWD, path, AT_FDCWD, "n",
				  AT_SYMLINK_FOLLOW));
}
static void op_tmpfile_excl(void)
{
	char path[40];
	int fd = open(".", O_TMPFILE | O_RDWR | O_EXCL, 0666);

	t_result("tmpfile", fd);
	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	t_result("linkat", linkat(AT_FDCWD, path, AT_FDCWD, "n",
				  AT_SYMLINK_FOLLOW));
}
static void op_chmod(void) { t_result("chmod", chmod("f", 0640)); }
static void op_chmod_suid(void) { t_result("chmod", chmod("f", 06755)); }
static void op_chmod_sgid(void) { t_result("chmod", chmod("f", 02745)); }
static void op_chmod_sgid0(void) { t_result("chmod", chmod("f", 02600)); }
static void op_chmod_dir(void) { t_result("chmod", chmod("sub", 07777)); }
static void op_chown_u(void) { t_result("chown", chown("f", 1002, -1)); }
static void op_chown_same(void) { t_result("chown", chown("f", 1000, 1000)); }
static void op_chown_none(void) { t_result("chown", chown("f", -1, -1)); }
static void op_chown_g(void) { t_result("chown", chown("f", -1, 1001)); }
static void op_chown_g2(void) { t_result("chown", chown("f", -1, 1005)); }
static void op_chown_dir(void) { t_result("chown", chown("sub", -1, 1001)); }
static void op_utimes_now(void)
{
	t_result("utimensat", utimensat(AT_FDCWD, "f", NULL, 0));
}
static void op_utimes_set(void)
{
	struct timespec tv[2] = { { 100, 5 }, { 200, 6 } };
	struct stat st;

	t_result("utimensat", utimensat(AT_FDCWD, "f", tv, 0));
	if (!stat("f", &st) && st.st_mtime == 200)
		t("times %ld.%ld %ld.%ld ", (long)st.st_atim.tv_sec,
		  st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec,
		  st.st_mtim.tv_nsec);
}
static void op_utimes_omit(void)
{
	struct timespec tv[2] = { { 0, UTIME_OMIT }, { 0, UTIME_NOW } };

	t_result("utimensat", utimensat(AT_FDCWD, "f", tv, 0));
}
static void op_access(void)
{
	int m;

	for (m = 1; m < 8; m++)
		t_result("access", faccessat(AT_FDCWD, "f", m, AT_EACCESS));
}
static void op_readdir(void)
{
	DIR *d = opendir("sub");

	t_result("opendir", d ? 0 : -1);
	if (d)
		closedir(d);
}
static void op_chdir(void)
{
	int here = open(".", O_PATH);

	t_result("open", here);
	t_result("chdir", chdir("sub"));
	if (here >= 0 && fchdir(here))
		t_result("fchdir", -1);
}
static void op_stat_in(void)
{
	struct stat st;

	t_result("stat", stat("sub/in", &st));
	t_result("stat", stat("f/x", &st));
	t_result("stat", stat("absent", &st));
}

/* Extended attributes. */
static void xattr(const char *name, const void *v, size_t n)
{
	char b[256];
	ssize_t len;

	t_result("set", setxattr("f", name, v, n, 0));
	len = getxattr("f", name, b, sizeof(b));
	t_result("get", len);
	t("%zd ", len);
	t_result("create", setxattr("f", name, v, n, XATTR_CREATE));
	t_result("replace", setxattr("f", name, v, n, XATTR_REPLACE));
	len = listxattr("f", b, sizeof(b));
	t_result("list", len);
	t("%zd ", len);
	t_result("list1", listxattr("f", b, 1));
	t_result("get1", getxattr("f", name, b, 1));
	t_result("remove", removexattr("f", name));
	t_result("remove", removexattr("f", name));
}
static void op_xattr_user(void) { xattr("user.x", "12", 2); }
static void op_xattr_empty(void) { xattr("user.e", "", 0); }
static void op_xattr_trusted(void) { xattr("trusted.x", "12", 2); }
static void op_xattr_security(void) { xattr("security.foo", "12", 2); }
static void op_xattr_bogus(void) { xattr("nonsense.x", "12", 2); }
static void op_xattr_link(void)
{
	t_result("symlink", symlink("f", "l"));
	t_result("lset", lsetxattr("l", "trusted.x", "1", 1, 0));
	t_result("lget", lgetxattr("l", "trusted.x", NULL, 0));
	t_result("lset", lsetxattr("l", "user.x", "1", 1, 0));
}

struct acl {
	uint32_t version;
	struct {
		uint16_t tag, perm;
		uint32_t id;
	} e[5];
} __attribute__((packed));

static const struct acl acl_for_1002 = {
	2, { { 1, 6, -1 }, { 2, 6, 1002 }, { 4, 4, -1 }, { 16, 6, -1 },
	     { 32, 0, -1 } },
};

static void op_acl(void)
{
	t_result("setacl", setxattr("f", "system.posix_acl_access",
				    &acl_for_1002, sizeof(acl_for_1002), 0));
	t_open("open", O_RDWR, 0);
	t_result("rmacl", removexattr("f", "system.posix_acl_access"));
}
static void op_acl_dir(void)
{
	struct stat st;

	t_result("chmod", chmod("sub", 02775));
	t_result("setacl", setxattr("sub", "system.posix_acl_access",
				    &acl_for_1002, sizeof(acl_for_1002), 0));
	if (!stat("sub", &st))
		t("%o ", st.st_mode);
}
static void op_acl_default(void)
{
	struct stat st;

	t_result("setacl", setxattr("sub", "system.posix_acl_default",
				    &acl_for_1002, sizeof(acl_for_1002), 0));
	umask(077);
	t_result("open", open("sub/n", O_CREAT | O_RDWR, 0666));
	t_result("mkdir", mkdir("sub/d", 0777));
	t_result("mknod", mknod("sub/p", S_IFIFO | 0666, 0));
	if (!stat("sub/n", &st))
		t("%o ", st.st_mode);
	if (!stat("sub/d", &st))
		t("%o ", st.st_mode);
	if (!stat("sub/p", &st))
		t("%o ", st.st_mode);
	t_result("getacl", getxattr("sub/n", "system.posix_acl_access", NULL,
				    0));
	t_result("getacl", getxattr("sub/d", "system.posix_acl_default", NULL,
				    0));
}

/* VFS_CAP_REVISION_2, cap_net_raw, effective. */
static const uint32_t caps[5] = { 0x02000001, 1 << 13, 0, 0, 0 };

static void op_caps(void)
{
	t_result("setcap", setxattr("f", "security.capability", caps,
				    sizeof(caps), 0));
	t_result("getcap", getxattr("f", "security.capability", NULL, 0));
}

static void op_name_max(void)
{
	char name[300];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	t_result("open", open(name, O_CREAT | O_WRONLY, 0600));
	t_result("unlink", unlink(name));
	memset(name, 'n', 256);
	name[256] = '\0';
	t_result("open", open(name, O_CREAT | O_WRONLY, 0600));
}

#define OP(x)	{ #x, op_##x }
static const struct {
	const char *name;
	void (*run)(void);
} ops[] = {
	OP(open_r), OP(open_w), OP(open_rw), OP(open_trunc), OP(open_rtrunc),
	OP(open_creat), OP(open_excl), OP(open_dir), OP(open_noatime),
	OP(write), OP(append), OP(write0), OP(dwrite), OP(ftruncate0),
	OP(ftruncate9), OP(falloc), OP(keep), OP(punch), OP(zero), OP(mmap),
	OP(copy), OP(fchmod), OP(fchown), OP(wchown_none), OP(flock), OP(lock), OP(fsync),
	OP(hole), OP(data), OP(truncate0), OP(truncate9), OP(unlink),
	OP(rename), OP(rename_over), OP(rename_onto), OP(rename_into),
	OP(rename_dir), OP(rename_mix), OP(exchange), OP(noreplace), OP(link),
	OP(link_exist), OP(symlink), OP(readlink), OP(mkdir), OP(mkdir_sgid),
	OP(rmdir), OP(rmdir_file), OP(unlink_dir), OP(fifo), OP(sock),
	OP(node), OP(dev), OP(create_umask), OP(create_suid), OP(create_0),
	OP(tmpfile), OP(tmpfile_excl), OP(chmod), OP(chmod_suid),
	OP(chmod_sgid), OP(chmod_sgid0), OP(chmod_dir), OP(chown_u),
	OP(chown_same), OP(chown_none), OP(chown_g), OP(chown_g2),
	OP(chown_dir), OP(utimes_now), OP(utimes_set), OP(utimes_omit),
	OP(access), OP(readdir), OP(chdir), OP(stat_in), OP(xattr_user),
	OP(xattr_empty), OP(xattr_trusted), OP(xattr_security),
	OP(xattr_bogus), OP(xattr_link), OP(acl), OP(acl_dir), OP(acl_default),
	OP(caps), OP(name_max),
};

#define NOPS	(sizeof(ops) / sizeof(*ops))

/* --- who, and on what ----------------------------------------------------- */

static const struct {
	const char *name;
	uid_t uid;
	gid_t gid, group;
} callers[] = {
	{ "root", 0, 0, 0 },
	{ "owner", 1000, 1000, 0 },
	{ "owner in 1005", 1000, 1001, 1005 },
	{ "member", 1001, 1000, 0 },
	{ "member by a second group", 1001, 1001, 1000 },
	{ "other", 1002, 1002, 0 },
};

#define NCALLERS	(sizeof(callers) / sizeof(*callers))

struct place {
	mode_t dir_mode;
	uid_t dir_uid;
	gid_t dir_gid;
	mode_t mode;	/* of f, which is 1000:1000's */
	gid_t gid;
	bool caps;	/* f has security.capability */
};

static void set_up(const char *dir, const struct place *p)
{
	put("f", "hello, world", 0600);
	put("other", "other", 0666);
	must(!chown("f", 1000, p->gid) && !chmod("f", p->mode));
	if (p->caps)
		must(!setxattr("f", "security.capability", caps, sizeof(caps),
			       0));
	must(!mkdir("sub", 0770) && !chmod("sub", 0770));
	put("sub/in", "", 0666);
	must(!chown("sub", 1000, 1000));
	must(!chown(".", p->dir_uid, p->dir_gid) && !chmod(".", p->dir_mode));
}

static void tear_down(const char *dir)
{
	DIR *d = opendir(".");
	struct dirent *e;

	must(d);
	while ((e = readdir(d))) {
		DIR *s;
		struct dirent *f;

		if (e->d_name[0] == '.')
			continue;
		if (!unlink(e->d_name))
			continue;
		s = opendir(e->d_name);
		while (s && (f = readdir(s)))
			if (f->d_name[0] != '.')
				unlinkat(dirfd(s), f->d_name,
					 f->d_type == DT_DIR ? AT_REMOVEDIR :
							       0);
		if (s)
			closedir(s);
		must(!rmdir(e->d_name));
	}
	closedir(d);
}

/* Run one case in @dir (a fresh directory "w" of it); the trace is left. */
static void run_case(const char *dir, const char *also, unsigned int caller,
		     unsigned int op, const struct place *p)
{
	size_t state, end;
	int fd;

	traced = 0;
	must(!mkdir(in(dir, "w"), 0755));
	must(!chdir(in(dir, "w")));
	set_up(dir, p);
	umask(022);
	become(callers[caller].uid, callers[caller].gid,
	       callers[caller].group);
	ops[op].run();
	become(0, 0, 0);
	umask(0);
	for (fd = 4; fd < 10; fd++)
		close(fd);
	state = traced;
	t_state(".");
	end = traced++;		/* keep the terminator */
	if (also) {
		/* What the mount shows must be what is there. */
		t_state(in(also, "w"));
		if (strcmp(trace + state, trace + end + 1))
			die("%s by %s, mode %o in %o: the mount shows %s, the "
			    "source has %s", ops[op].name,
			    callers[caller].name, p->mode, p->dir_mode,
			    trace + state, trace + end + 1);
	}
	tear_down(dir);
	must(!chdir("/"));
	must(!rmdir(in(dir, "w")));
}

static unsigned int cases, known;
static bool through_daemon;	/* the mode copies data */

/* In @text, put @to in the place of the first @from after @mark. */
static bool replace(char *text, const char *mark, const char *from,
		    const char *to)
{
	char *at = strstr(text, mark);

	at = at ? strstr(at, from) : NULL;
	if (!at)
		return false;
	memmove(at + strlen(to), at + strlen(from),
		strlen(at + strlen(from)) + 1);
	memcpy(at, to, strlen(to));
	return true;
}

/*
 * The differences of fpfs(8), SECURITY and LIMITATIONS: make of @want, which the
 * source shows, what the mount does. False if there is none.
 *
 * Where data goes through the daemon, pages changed by mmap are written by it,
 * and a write takes file capabilities away. chown(-1, -1) of a file that is open
 * for writing looks like a write: it succeeds where it should be refused, but
 * changes nothing, and leaves root the set-id bits if there were file
 * capabilities.
 */
static bool as_in_manual(unsigned int caller, unsigned int op,
			 const struct place *p, char *want)
{
	char stripped[16], kept[16];

	if (!strcmp(ops[op].name, "mmap"))
		return through_daemon && p->caps &&
		       replace(want, "[f ", " caps", "");
	if (strcmp(ops[op].name, "wchown_none"))
		return false;
	if (callers[caller].uid)
		return replace(want, "open=ok ", "op=-EPERM", "op=ok");
	snprintf(stripped, sizeof(stripped), "[f %o ",
		 S_IFREG | (p->mode & ~06000));
	snprintf(kept, sizeof(kept), "[f %o ", S_IFREG | p->mode);
	return p->caps && replace(want, "op=ok ", stripped, kept);
}

static void compare(unsigned int caller, unsigned int op,
		    const struct place *p)
{
	static char want[TRACE_MAX];

	run_case(raw, NULL, caller, op, p);
	memcpy(want, trace, sizeof(want));
	run_case(mnt, src, caller, op, p);
	cases++;
	if (strcmp(want, trace) && as_in_manual(caller, op, p, want))
		known++;
	if (strcmp(want, trace))
		die("%s by %s, mode %o%s in %o %u:%u: expected %s / mount %s",
		    ops[op].name, callers[caller].name, p->mode,
		    p->caps ? " caps" : "", p->dir_mode, p->dir_uid,
		    p->dir_gid, want, trace);
}

static void compare_all(const struct place *places, size_t n)
{
	unsigned int i, c, op;

	must(!posix_memalign((void **)&block, 4096, 4096));
	must(!chmod(src, 0777) && !chmod(raw, 0777));
	for (i = 0; i < n; i++)
		for (c = 0; c < NCALLERS; c++)
			for (op = 0; op < NOPS; op++)
				compare(c, op, &places[i]);
	note("%u cases compared, %u differ as the manual says", cases, known);
}

static void file_modes(void)
{
	static const mode_t modes[] = {
		0644, 0600, 0000, 0444, 0666, 0777, 0640, 0060, 0006, 0704,
	};
	struct place p[10];
	size_t i, n = scale > 1 ? 1 : 10;

	for (i = 0; i < n; i++)
		p[i] = (struct place){ 0777, 0, 0, modes[i], 1000, false };
	start(NULL);
	compare_all(p, n);
}

static void dir_modes(void)
{
	static const struct place p[] = {
		{ 0755, 0, 0, 0644, 1000, false },
		{ 0755, 1000, 1000, 0644, 1000, false },
		{ 0700, 1000, 1000, 0666, 1000, false },
		{ 0770, 1000, 1000, 0666, 1000, false },
		{ 0555, 1000, 1000, 0666, 1000, false },
		{ 01777, 0, 0, 0666, 1000, false },
		{ 01777, 1002, 1002, 0666, 1000, false },
		{ 02777, 0, 1000, 0666, 1000, false },
		{ 02777, 0, 1005, 0666, 1005, false },
		{ 02755, 1000, 1005, 0666, 1005, false },
		{ 0733, 0, 0, 0666, 1000, false },
		{ 0744, 0, 0, 0666, 1000, false },
	};

	start(NULL);
	compare_all(p, scale > 1 ? 2 : sizeof(p) / sizeof(*p));
}

/* One of each kind first: these alone are in the short form. */
static const struct place privileged[] = {
	{ 0777, 0, 0, 06777, 1000, false },
	{ 0777, 0, 0, 02767, 0, false },	/* in root's group */
	{ 0777, 0, 0, 0777, 1000, true },
	{ 0777, 0, 0, 04777, 1000, true },
	{ 0777, 0, 0, 04766, 1000, false },
	{ 0777, 0, 0, 02777, 1000, false },
	{ 0777, 0, 0, 02767, 1000, false },	/* no group execution */
	{ 0777, 0, 0, 02766, 1005, false },
	{ 0777, 0, 0, 06777, 1005, false },
};

enum {
	ONE_OF_EACH = 4,
	NPRIVILEGED = sizeof(privileged) / sizeof(*privileged),
};

static void privileged_modes(void)
{
	start(NULL);
	compare_all(privileged, scale > 1 ? ONE_OF_EACH : NPRIVILEGED);
}

static void privileged_copy(void)
{
	through_daemon = true;
	start("--mode=copy");
	compare_all(privileged, scale > 1 ? ONE_OF_EACH : NPRIVILEGED);
}

static void privileged_direct(void)
{
	through_daemon = true;
	start("--mode=direct");
	compare_all(privileged, scale > 1 ? ONE_OF_EACH : NPRIVILEGED);
}

static void no_timeout(void)
{
	start("--timeout=0");
	compare_all(privileged, scale > 1 ? 1 : ONE_OF_EACH);
}

/* A file that becomes set-uid while it is open stays safe. */
static void made_suid_while_open(mode_t mode, gid_t gid)
{
	struct stat st;
	int fd;

	put(in(src, "f"), "x", 0666);
	must(!chown(in(src, "f"), 1000, gid));
	become(1002, 1002, 0);
	fd = open(in(mnt, "f"), O_WRONLY);
	must(fd >= 0 && pwrite(fd, "x", 1, 0) == 1);
	become(0, 0, 0);
	must(!chmod(in(mnt, "f"), mode));
	become(1002, 1002, 0);
	must(pwrite(fd, "x", 1, 0) == 1);
	become(0, 0, 0);
	must(!stat(in(src, "f"), &st));
	if (st.st_mode & 06000)
		die("mode %o after a write by another user", st.st_mode);
	must(!stat(in(mnt, "f"), &st));
	if (st.st_mode & 06000)
		die("the mount still shows mode %o", st.st_mode);

	/* The same, set behind the mount's back. */
	must(!chmod(in(src, "f"), mode));
	become(1002, 1002, 0);
	must(pwrite(fd, "x", 1, 0) == 1);
	become(0, 0, 0);
	must(!stat(in(src, "f"), &st));
	if (st.st_mode & 06000)
		die("mode %o after a write by another user", st.st_mode);
	close(fd);
	must(!unlink(in(mnt, "f")));
}

static void suid_while_open(void)
{
	start(NULL);
	made_suid_while_open(06777, 1000);
	made_suid_while_open(02767, 1000);
	made_suid_while_open(02767, 0);
}

/* --- set-gid files, made in a set-gid directory by a member of its group ------- */

static int create_setgid(const char *dir)
{
	return open(in(dir, "f"), O_CREAT | O_EXCL | O_WRONLY, 02755);
}

static int mknod_setgid(const char *dir)
{
	if (mknod(in(dir, "f"), S_IFREG | 02755, 0))
		return -1;
	return open(in(dir, "f"), O_RDONLY);
}

static int tmpfile_setgid(const char *dir)
{
	return open(dir, O_TMPFILE | O_RDWR, 02755);
}

static const struct {
	const char *name;
	int (*make)(const char *dir);
} setgid_makers[] = {
	{ "create", create_setgid },
	{ "mknod", mknod_setgid },
	{ "O_TMPFILE", tmpfile_setgid },
};

/* The mode of the new file, or -errno. Leaves no name behind. */
static int make_setgid(size_t maker, const char *dir)
{
	struct stat st;
	int fd, ret;

	become(1000, 1000, 1005);
	fd = setgid_makers[maker].make(dir);
	ret = fd < 0 ? -errno : 0;
	if (!ret) {
		must(!fstat(fd, &st));
		ret = st.st_mode;
		close(fd);
		unlink(in(dir, "f"));
	}
	become(0, 0, 0);
	return ret;
}

static void setgid_files(void)
{
	int want, got;
	size_t i;

	must(!chown(src, 0, 1005) && !chmod(src, 02777));
	start(NULL);
	for (i = 0; i < 3; i++) {
		want = make_setgid(i, src);
		got = make_setgid(i, mnt);
		if (want != (S_IFREG | 02755))
			die("%s on the source: %o", setgid_makers[i].name,
			    want);
		if (got != want)
			die("%s: mode %o, not %o", setgid_makers[i].name, got,
			    want);
	}
}

/* --- capabilities in a user namespace ----------------------------------------- */

/* @name is "uid_map" or "gid_map". */
static void map_ids(pid_t pid, const char *name)
{
	static const char map[] = "0 0 2000";
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_WRONLY);
	must(fd >= 0 && write(fd, map, strlen(map)) > 0);
	close(fd);
}

/*
 * Remove @f's capabilities as @uid in a user namespace of @uid's, which has
 * users 0 to 1999 and CAP_SETFCAP. Returns 0 or -errno.
 */
static int remove_caps_in_namespace(const char *f, uid_t uid)
{
	int ready[2], mapped[2], ret = 0;
	pid_t child;
	char c;

	must(!pipe(ready) && !pipe(mapped));
	child = helper();
	if (!child) {
		become(uid, uid, 0);
		ret = unshare(CLONE_NEWUSER) ? errno : 0;
		must(write(ready[1], &ret, sizeof(ret)) == sizeof(ret));
		must(read(mapped[0], &c, 1) == 1);
		_exit(removexattr(f, "security.capability") ? errno : 0);
	}
	must(read(ready[0], &ret, sizeof(ret)) == sizeof(ret));
	if (ret)
		skip("cannot make a user namespace: %s", strerror(ret));
	map_ids(child, "uid_map");
	map_ids(child, "gid_map");
	must(write(mapped[1], "", 1) == 1);
	must(waitpid(child, &ret, 0) == child && WIFEXITED(ret));
	close(ready[0]);
	close(ready[1]);
	close(mapped[0]);
	close(mapped[1]);
	return -WEXITSTATUS(ret);
}

static const struct removal {
	mode_t mode;		/* of a file of user 1000 */
	uid_t uid;
	bool stay;		/* on the mount, unlike on the source */
} removals[] = {
	{ 0755, 1000, false },
	{ 0755, 1002, false },
	{ 04755, 1000, false },
	{ 04755, 1002, true },
	{ 02755, 1002, true },
};

static void try_removal(const char *dir, const struct removal *r)
{
	const char *f = in(dir, "f");
	struct stat st;
	int ret;

	put(f, "x", 0600);
	must(!chown(f, 1000, 1000) && !chmod(f, r->mode) &&
	     !setxattr(f, "security.capability", caps, sizeof(caps), 0));
	ret = remove_caps_in_namespace(f, r->uid);
	must(!stat(f, &st));
	if (ret || (st.st_mode & 07777) != r->mode ||
	    (getxattr(f, "security.capability", NULL, 0) > 0) !=
		    (dir == mnt && r->stay))
		die("mode %o by %u: %s, then mode %o in %s", r->mode, r->uid,
		    strerror(-ret), st.st_mode, dir);
	must(!unlink(f));
}

static void caps_in_namespace(void)
{
	size_t i;

	start("--timeout=0");
	for (i = 0; i < sizeof(removals) / sizeof(*removals); i++) {
		try_removal(raw, &removals[i]);
		try_removal(mnt, &removals[i]);
	}
}

/* As in a container that withholds it from root. */
static void without_fsetid(void)
{
	size_t i;
	int got;

	must(!chown(src, 0, 1005) && !chmod(src, 02777));
	must(!prctl(PR_CAPBSET_DROP, CAP_FSETID));
	start(NULL);
	for (i = 0; i < 3; i++) {
		got = make_setgid(i, mnt);
		if (got != -EPERM)
			die("%s: %s, mode %o", setgid_makers[i].name,
			    got < 0 ? strerror(-got) : "success", got);
		if (!access(in(src, "f"), F_OK))
			die("%s failed and left a file",
			    setgid_makers[i].name);
	}
	put(in(src, "g"), "x", 0644);
	if (!chmod(in(mnt, "g"), 02755) || errno != EPERM)
		die("chmod: %m");
}

const struct test caller_tests[] = {
	{ "every caller and operation as on the source: file modes",
	  file_modes },
	{ "every caller and operation as on the source: directory modes",
	  dir_modes },
	{ "every caller and operation as on the source: set-uid and "
	  "capabilities", privileged_modes },
	{ "set-uid and capabilities, mode copy", privileged_copy },
	{ "set-uid and capabilities, mode direct", privileged_direct },
	{ "set-uid and capabilities, no timeouts", no_timeout },
	{ "a file made set-uid while it is open", suid_while_open },
	{ "set-gid files made by a member of the directory's group",
	  setgid_files },
	{ "file capabilities that a user removes in a user namespace",
	  caps_in_namespace },
	{ "a daemon without CAP_FSETID refuses set-gid bits",
	  without_fsetid },
	{ NULL, NULL }
};
