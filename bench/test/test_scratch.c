// SPDX-License-Identifier: GPL-2.0
/*
 * guest/scratch.c: the folder for guests' memory, which harnesses share, make and
 * remove, is there for each that uses it. Those of other runs may keep it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest/scratch.h"

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

static void the_last_one_removes_it(void **state)
{
	struct fpb_scratch s = FPB_SCRATCH_NONE;
	char dir[FPB_PATH_MAX], path[FPB_PATH_MAX];
	struct stat sb;
	int ret = fpb_scratch_memory_clean(dir);

	/* Other runs of this user have it. */
	if (ret && ret != -ENOENT)
		skip();
	assert_int_equal(fpb_scratch_up(&s), 0);
	assert_int_equal(fpb_scratch_memory(dir), 0);
	assert_int_not_equal(fpb_scratch_memory_clean(path), 0);
	assert_int_equal(stat(dir, &sb), 0);
	fpb_scratch_down(&s);
	assert_int_equal(fpb_scratch_memory_clean(path), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_is_removed_under_another),
		cmocka_unit_test(the_last_one_removes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
