// SPDX-License-Identifier: GPL-2.0
#include "guest/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/msg.h"

/* Below it come 54 characters at most, up to the name of a guest's socket. */
#define TMPDIR_MAX	48
/* What the command line of a kernel and the options of QEMU take as it is. */
#define PLAIN		"0123456789/._+-:@~=[]" \
			"abcdefghijklmnopqrstuvwxyz" \
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
/* Whose user a user namespace does not know. */
#define OVERFLOW_UID	65534

/* Whether users other than us and root can rename what is in @path. */
static bool others_can_rename(const char *path)
{
	char dir[FPB_PATH_MAX];
	struct stat sb;

	snprintf(dir, sizeof(dir), "%s", path);
	for (;; *strrchr(dir, '/') = '\0') {
		if (stat(*dir ? dir : "/", &sb) ||
		    (sb.st_uid && sb.st_uid != geteuid() &&
		     sb.st_uid != OVERFLOW_UID) ||
		    (sb.st_mode & 02 && !(sb.st_mode & S_ISVTX)))
			return true;
		if (!*dir)
			return false;
	}
}

/* Why our folder cannot be in @dir; or NULL. */
static const char *why_not(const char *dir)
{
	struct stat sb;

	if (stat(dir, &sb))
		return strerror(errno);
	if (!S_ISDIR(sb.st_mode))
		return strerror(ENOTDIR);
	if (others_can_rename(dir))
		return "others can rename it, or what is in it";
	if (strlen(dir) > TMPDIR_MAX)
		return "its path is too long";
	if (dir[strspn(dir, PLAIN)])
		return "its path has characters other than letters, digits and /._+-:@~=[]";
	return NULL;
}

int fpb_scratch_tmp(char *path)
{
	const char *given = getenv("TMPDIR"), *why;
	char *full;
	int ret;

	if (!given || !*given)
		return fpb_path(path, "%s", FPB_SCRATCH_TMP);
	/* As mounts below it are listed. */
	full = realpath(given, NULL);
	why = *given != '/' ? "it is not an absolute path" :
	      full ? why_not(full) : strerror(errno);
	ret = why ? -EEXIST : fpb_path(path, "%s", full);
	free(full);
	if (why) {
		fpb_err("cannot use TMPDIR=%s: %s", given, why);
		fpb_hint("set it to another folder, or unset it");
	}
	return ret;
}

int fpb_scratch_root_in(const char *tmp, char *path)
{
	return fpb_path(path, "%s/fpbench-%u", tmp, (unsigned int)geteuid());
}

int fpb_scratch_root(char *path)
{
	char tmp[FPB_PATH_MAX];

	return fpb_scratch_tmp(tmp) ? : fpb_scratch_root_in(tmp, path);
}

static bool is_ours(const struct stat *sb)
{
	return sb->st_uid == geteuid() && !(sb->st_mode & 022);
}

/*
 * A folder in one that anybody may write: somebody else can have been first. Nobody
 * else gets in, whoever made it, since it has what guests leave. Returns the
 * descriptor, with a lock (0: none). -EEXIST: it is not ours; -ESTALE: somebody has
 * removed it meanwhile.
 */
static int open_own(const char *path, int lock)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat sb;
	int ret = 0;

	if (fd < 0)
		return errno == ENOENT ? -ESTALE : errno == ENOTDIR ||
		       errno == ELOOP || errno == EACCES ? -EEXIST : -errno;
	/* Of another user's folder he may hold the lock for ever. */
	if (!fstat(fd, &sb) && !is_ours(&sb))
		ret = -EEXIST;
	else if (fchmod(fd, 0700) || (lock && flock(fd, lock)) ||
		 fstat(fd, &sb))
		ret = -errno;
	else if (!sb.st_nlink)
		ret = -ESTALE;
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

/* Makes it if it is not there; -EEXIST after a message. */
static int make_own(const char *path, int lock)
{
	int fd;

	do {
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		fd = open_own(path, lock);
	} while (fd == -ESTALE);
	if (fd != -EEXIST)
		return fd;
	fpb_err("cannot use %s: it must be a folder of yours that nobody else can write to",
		path);
	fpb_hint("remove it, or have root remove it if it is another user's: rm -r %s",
		 path);
	return fd;
}

bool fpb_scratch_root_claim(const char *path)
{
	int fd = open_own(path, 0);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* --- memory: each harness that uses the folder has a shared lock on it ------- */

static int memory_fd = -1;

static int memory_path(char *path)
{
	return fpb_path(path, "/dev/shm/fpbench-%u", (unsigned int)geteuid());
}

int fpb_scratch_memory(char *path)
{
	int ret = memory_path(path);

	if (ret || memory_fd >= 0)
		return ret;
	memory_fd = make_own(path, LOCK_SH);
	return memory_fd < 0 ? memory_fd : 0;
}

int fpb_scratch_memory_clean(char *path)
{
	int ret = memory_path(path);
	int fd = ret ? ret : open_own(path, LOCK_EX | LOCK_NB);

	if (fd < 0)
		return fd == -ESTALE ? -ENOENT : fd;
	ret = rmdir(path) ? -errno : 0;
	close(fd);
	return ret;
}

static void leave_memory(void)
{
	char path[FPB_PATH_MAX];

	if (memory_fd < 0)
		return;
	close(memory_fd);
	memory_fd = -1;
	fpb_scratch_memory_clean(path);
}

/* --- the folder of this harness ---------------------------------------------- */

/* s->path says what it was about, if it fails. */
static int make(struct fpb_scratch *s)
{
	char root[FPB_PATH_MAX], path[FPB_PATH_MAX];
	int fd, ret = fpb_scratch_root(root) ? :
		      fpb_path(s->path, "%s", root);

	if (ret)
		return ret;
	fd = make_own(root, 0);
	if (fd < 0)
		return fd;
	close(fd);
	ret = fpb_path(s->path, "%s/%d-XXXXXX", root, (int)getpid());
	if (ret)
		return ret;
	if (!mkdtemp(s->path))
		return -errno;
	ret = fpb_path(path, "%s/" FPB_SCRATCH_LOCK, s->path);
	fd = ret ? -1 : open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	if (!ret && (fd < 0 || flock(fd, LOCK_EX | LOCK_NB)))
		ret = -errno;
	if (!ret) {
		s->lock_fd = fd;
		return 0;
	}
	if (fd >= 0)
		close(fd);
	fpb_remove_tree(s->path);
	return ret;
}

int fpb_scratch_up(struct fpb_scratch *s)
{
	int ret = make(s);

	/* With -EEXIST it has been said what is wrong. */
	if (ret && ret != -EEXIST)
		fpb_err("cannot make a scratch folder %s: %s", s->path,
			strerror(-ret));
	return ret;
}

void fpb_scratch_down(struct fpb_scratch *s)
{
	int ret = fpb_remove_tree(s->path);

	if (ret)
		fpb_warn("cannot remove %s: %s", s->path, strerror(-ret));
	close(s->lock_fd);
	s->lock_fd = -1;
	leave_memory();
}

void fpb_scratch_keep(const struct fpb_scratch *s, const char *dir,
		      const char *name)
{
	char root[FPB_PATH_MAX], kept[FPB_PATH_MAX], stamp[32];

	fpb_utc("%Y%m%dT%H%M%SZ", stamp, sizeof(stamp));
	if (fpb_scratch_root(root) ||
	    fpb_path(kept, "%s/kept-%s-%s-%d", root, name, stamp,
		     (int)getpid()) ||
	    rename(dir, kept))
		return;
	fpb_hint("see the logs in %s (\"fpbench clean\" removes them)", kept);
}
