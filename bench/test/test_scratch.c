// SPDX-License-Identifier: GPL-2.0
/*
 * guest/scratch.c: the folder for guests' memory, which harnesses share, make and
 * remove, is there for each that uses it. Those of other runs may keep it. And what
 * others have planted where the folders would be is refused; that is done to folders
 * in memory, not to those of this machine.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/scratch.h"
#include "os/confine.h"

#define USERS	4
#define TIMES	1000

/* Whether a file can be made there, as a guest makes one. */
static bool usable(const char *dir)
{
	char path[FPB_PATH_MAX];
	int fd;

	if (fpb_path(path, "%s/XXXXXX", dir))
		return false;
	fd = mkstemp(path);
	if (fd < 0)
		return false;
	unlink(path);
	close(fd);
	return true;
}

static int use_often(void)
{
	struct fpb_scratch s = FPB_SCRATCH_NONE;
	char dir[FPB_PATH_MAX];
	int bad = 0;

	for (int i = 0; i < TIMES && !bad; i++) {
		if (fpb_scratch_up(&s))
			return 1;
		bad = fpb_scratch_memory(dir) || fpb_scratch_memory(dir) ||
		      !usable(dir);
		fpb_scratch_down(&s);
	}
	return bad;
}

static void none_is_removed_under_another(void **state)
{
	pid_t pids[USERS];
	int status;

	for (int i = 0; i < USERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i])
			_exit(use_often());
	}
	for (int i = 0; i < USERS; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
}

/* --- planted by others -------------------------------------------------------- */

#define TARGET		"/tmp/target"
#define OTHER_USER	12345
#define SKIPPED		77

static int plant_link(const char *path)
{
	return mkdir(TARGET, 0700) || symlink(TARGET, path);
}

static int plant_link_to_nothing(const char *path)
{
	return symlink(TARGET, path);
}

static int plant_file(const char *path)
{
	return mknod(path, S_IFREG | 0600, 0);
}

static int plant_for_all(const char *path)
{
	return mkdir(path, 0700) || chmod(path, 0777);
}

static int plant_for_group(const char *path)
{
	return mkdir(path, 0700) || chmod(path, 0770);
}

static int plant_of_another(const char *path)
{
	return mkdir(path, 0700) || chown(path, OTHER_USER, OTHER_USER);
}

static const struct {
	const char *what;
	int (*plant)(const char *path);
	bool root;			/* takes root to plant */
} planted[] = {
	{ "a link to a folder of ours", plant_link, false },
	{ "a link to nothing", plant_link_to_nothing, false },
	{ "a file", plant_file, false },
	{ "a folder that all may write", plant_for_all, false },
	{ "a folder that the group may write", plant_for_group, false },
	{ "another user's folder", plant_of_another, true },
};
#define NPLANTED	(sizeof(planted) / sizeof(*planted))

static int plant_sticky(const char *path)
{
	return mkdir(path, 0700) || chmod(path, 01777);
}

static int plant_ours(const char *path)
{
	return mkdir(path, 0700);
}

static int plant_below(const char *path)
{
	char above[FPB_PATH_MAX];

	snprintf(above, sizeof(above), "%s", path);
	*strrchr(above, '/') = '\0';
	return mkdir(above, 0700) || mkdir(path, 0700);
}

static int plant_below_all(const char *path)
{
	return plant_below(path) || chmod("/tmp/all", 0777);
}

/* Values of TMPDIR. */
#define LONG	"/tmp/of-48-characters-which-leave-room-for-the-r"
static const struct {
	const char *tmp;
	int (*plant)(const char *path);
	const char *dir;		/* that is used; NULL: it is refused */
	bool root;
} tmpdirs[] = {
	{ "", NULL, "/tmp", false },
	{ "/tmp/.", NULL, "/tmp", false },
	{ "/tmp/own", plant_ours, "/tmp/own", false },
	{ "/tmp/link", plant_link, TARGET, false },
	{ "/tmp/sticky", plant_sticky, "/tmp/sticky", false },
	{ LONG, plant_ours, LONG, false },
	{ LONG "r", plant_ours, NULL, false },
	{ "tmp", NULL, NULL, false },
	{ "/tmp/a:b@c~d=[e]", plant_ours, "/tmp/a:b@c~d=[e]", false },
	{ "/tmp/none", NULL, NULL, false },
	{ "/tmp/file", plant_file, NULL, false },
	{ "/tmp/a b", plant_ours, NULL, false },
	{ "/tmp/a,b", plant_ours, NULL, false },
	{ "/tmp/a\nb/c", plant_below, NULL, false },
	{ "/tmp/all", plant_for_all, NULL, false },
	{ "/tmp/group", plant_for_group, "/tmp/group", false },
	{ "/tmp/all/own", plant_below_all, NULL, false },
	{ "/tmp/other", plant_of_another, NULL, true },
};
#define NTMPDIRS	(sizeof(tmpdirs) / sizeof(*tmpdirs))

static int scratch_up(void)
{
	struct fpb_scratch s = FPB_SCRATCH_NONE;

	return fpb_scratch_up(&s);
}

static int memory(void)
{
	char path[FPB_PATH_MAX];

	return fpb_scratch_memory(path);
}

static const struct {
	const char *above;
	int (*make)(void);
} folders[] = {
	{ "/tmp", scratch_up },
	{ "/dev/shm", memory },
};
#define NFOLDERS	(sizeof(folders) / sizeof(*folders))

/* What @make says: one message with the path, and a hint. */
static int says_so(int (*make)(void), const char *path)
{
	char text[4096] = "", want[FPB_PATH_MAX + 64];
	int fd = memfd_create("stderr", 0), ret;

	dup2(fd, STDERR_FILENO);
	ret = make();
	if (pread(fd, text, sizeof(text) - 1, 0) < 0)
		return 1;
	snprintf(want, sizeof(want), "fpbench: cannot use %s: ", path);
	if (!ret || strncmp(text, want, strlen(want)))
		return 1;
	snprintf(want, sizeof(want), "rm -r %s\n", path);
	return !strstr(text, "\nfpbench: hint: ") || !strstr(text, want) ||
	       strchr(strchr(text, '\n') + 1, '\n')[1];
}

static int is_used_or_refused(size_t i, size_t unused)
{
	struct fpb_scratch s = FPB_SCRATCH_NONE;
	char want[FPB_PATH_MAX];
	int ret;

	if (tmpdirs[i].plant && tmpdirs[i].plant(tmpdirs[i].tmp))
		return 1;
	setenv("TMPDIR", tmpdirs[i].tmp, 1);
	ret = fpb_scratch_up(&s);
	if (!tmpdirs[i].dir)
		return ret != -EEXIST || s.lock_fd >= 0;
	if (ret || fpb_path(want, "%s/fpbench-%u/", tmpdirs[i].dir,
			    (unsigned int)geteuid()))
		return 1;
	ret = strncmp(s.path, want, strlen(want));
	fpb_scratch_down(&s);
	return ret;
}

/* Zeroed if it is not there. */
static struct stat look(const char *path)
{
	struct stat sb;

	if (lstat(path, &sb))
		memset(&sb, 0, sizeof(sb));
	return sb;
}

/* Its ctime tells of a change of the mode as well, or of what is made in it. */
static int same(struct stat a, struct stat b)
{
	return a.st_ino == b.st_ino && a.st_mode == b.st_mode &&
	       a.st_nlink == b.st_nlink && a.st_uid == b.st_uid &&
	       !memcmp(&a.st_ctim, &b.st_ctim, sizeof(a.st_ctim));
}

static int is_refused(size_t folder, size_t what)
{
	struct stat there, target;
	char path[FPB_PATH_MAX];

	fpb_path(path, "%s/fpbench-%u", folders[folder].above,
		 (unsigned int)geteuid());
	if (planted[what].plant(path))
		return 1;
	there = look(path);
	target = look(TARGET);
	return says_so(folders[folder].make, path) ||
	       fpb_scratch_root_claim(path) || !same(look(path), there) ||
	       !same(look(TARGET), target);
}

static int has_mode(const char *path, mode_t mode)
{
	struct stat sb;

	return !lstat(path, &sb) && (sb.st_mode & 07777) == mode;
}

/* What is made is for nobody else, nor what was there and others could read. */
static int is_private(size_t folder, size_t old)
{
	struct fpb_scratch s = FPB_SCRATCH_NONE;
	char root[FPB_PATH_MAX], dir[FPB_PATH_MAX];

	umask(0);
	fpb_path(root, "%s/fpbench-%u", folders[folder].above,
		 (unsigned int)geteuid());
	if (old && mkdir(root, 0755))
		return 1;
	return fpb_scratch_up(&s) || fpb_scratch_memory(dir) ||
	       !has_mode(root, 0700) || !has_mode(dir, 0700) ||
	       !has_mode(s.path, 0700) || strncmp(s.path, "/tmp/fpbench-", 13);
}

/* Runs @fn where /tmp and /dev/shm are folders in memory that anybody may write. */
static int elsewhere(int (*fn)(size_t a, size_t b), size_t a, size_t b)
{
	static const char *const dirs[] = { "/tmp", "/dev/shm", NULL };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		if (fpb_confine(dirs))
			_exit(SKIPPED);
		for (size_t i = 0; dirs[i]; i++)
			if (mount("none", dirs[i], "tmpfs", 0, "mode=1777"))
				_exit(SKIPPED);
		_exit(fn(a, b));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void what_is_planted_is_refused(void **state)
{
	for (size_t i = 0; i < NFOLDERS; i++) {
		for (size_t j = 0; j < NPLANTED; j++) {
			int ret = planted[j].root && geteuid() ? 0 :
				  elsewhere(is_refused, i, j);

			if (ret == SKIPPED)
				skip();
			if (ret)
				fail_msg("%s: %s", folders[i].above,
					 planted[j].what);
		}
	}
}

/* Somewhere else, since other runs of this user may have the folder here. */
static int is_removed_with_the_last(size_t a, size_t b)
{
	struct fpb_scratch s = FPB_SCRATCH_NONE;
	char dir[FPB_PATH_MAX], path[FPB_PATH_MAX];
	struct stat sb;

	if (fpb_scratch_memory_clean(path) != -ENOENT || fpb_scratch_up(&s) ||
	    fpb_scratch_memory(dir) || !fpb_scratch_memory_clean(path) ||
	    stat(dir, &sb))
		return 1;
	fpb_scratch_down(&s);
	return fpb_scratch_memory_clean(path) != -ENOENT;
}

static void the_last_one_removes_it(void **state)
{
	int ret = elsewhere(is_removed_with_the_last, 0, 0);

	if (ret == SKIPPED)
		skip();
	assert_int_equal(ret, 0);
}

static void another_folder_for_temporary_files(void **state)
{
	for (size_t i = 0; i < NTMPDIRS; i++) {
		int ret = tmpdirs[i].root && geteuid() ? 0 :
			  elsewhere(is_used_or_refused, i, 0);

		if (ret == SKIPPED)
			skip();
		if (ret)
			fail_msg("TMPDIR=%s", tmpdirs[i].tmp);
	}
}

static void what_is_made_is_private(void **state)
{
	for (size_t i = 0; i < NFOLDERS; i++) {
		for (size_t old = 0; old < 2; old++) {
			int ret = elsewhere(is_private, i, old);

			if (ret == SKIPPED)
				skip();
			if (ret)
				fail_msg("%s%s", folders[i].above,
					 old ? ", that was there" : "");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_removed_under_another),
		cmocka_unit_test(the_last_one_removes_it),
		cmocka_unit_test(what_is_planted_is_refused),
		cmocka_unit_test(another_folder_for_temporary_files),
		cmocka_unit_test(what_is_made_is_private),
	};

	unsetenv("TMPDIR");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
