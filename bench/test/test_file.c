// SPDX-License-Identifier: GPL-2.0
/* os/file: what a guest may have left in a folder leads nowhere else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "os/file.h"

static char dir[] = "/tmp/fpb-test-file-XXXXXX";

static int make_dir(void **state)
{
	return mkdtemp(dir) && !chdir(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	return fpb_remove_tree(dir);
}

static void has(const char *path, const char *want)
{
	char *text;

	assert_int_equal(fpb_file_read(path, &text, NULL), 0);
	assert_string_equal(text, want);
	free(text);
}

static void a_file_is_replaced(void **state)
{
	assert_int_equal(fpb_file_replace("step", "one"), 0);
	assert_int_equal(fpb_file_replace("step", "two"), 0);
	has("step", "two");
	assert_int_equal(access("step.part", F_OK), -1);
}

static void a_link_is_not_followed(void **state)
{
	assert_int_equal(fpb_file_write("victim", "text"), 0);
	assert_int_equal(symlink("victim", "link"), 0);
	assert_int_equal(symlink("victim", "link.part"), 0);
	assert_int_equal(fpb_file_replace("link", "new"), 0);
	has("link", "new");
	has("victim", "text");
}

static void nor_is_one_that_leads_nowhere(void **state)
{
	assert_int_equal(symlink("made", "dangling.part"), 0);
	assert_int_equal(fpb_file_replace("dangling", "new"), 0);
	assert_int_equal(access("made", F_OK), -1);
}

static void a_folder_in_its_place_is_an_error(void **state)
{
	assert_int_equal(mkdir("folder.part", 0755), 0);
	assert_int_not_equal(fpb_file_replace("folder", "new"), 0);
	assert_int_equal(access("folder", F_OK), -1);
}

/* If a FIFO were waited for, the test would not end. */
static void what_is_no_file_is_not_read(void **state)
{
	char *text;

	assert_int_equal(fpb_file_write("events", "text"), 0);
	assert_int_equal(fpb_file_read_shared("events", &text, NULL), 0);
	assert_string_equal(text, "text");
	free(text);
	assert_int_equal(symlink("events", "alias"), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(fpb_file_read_shared("alias", &text, NULL), -ELOOP);
	assert_int_equal(fpb_file_read_shared("fifo", &text, NULL), -EINVAL);
	assert_int_equal(fpb_file_read_shared(".", &text, NULL), -EINVAL);
	assert_int_equal(fpb_file_read_shared("none", &text, NULL), -ENOENT);
	assert_int_equal(truncate("events", FPB_SHARED_MAX + 1), 0);
	assert_int_equal(fpb_file_read_shared("events", &text, NULL), -EFBIG);
}

static void a_tree_is_removed_but_not_what_it_links_to(void **state)
{
	assert_int_equal(fpb_mkdirs("tree/a/b"), 0);
	assert_int_equal(fpb_mkdirs("other"), 0);
	assert_int_equal(fpb_file_write("other/file", "text"), 0);
	assert_int_equal(symlink("../../other", "tree/a/link"), 0);
	assert_int_equal(fpb_remove_tree("tree"), 0);
	assert_int_equal(access("tree", F_OK), -1);
	has("other/file", "text");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced),
		cmocka_unit_test(a_link_is_not_followed),
		cmocka_unit_test(nor_is_one_that_leads_nowhere),
		cmocka_unit_test(a_folder_in_its_place_is_an_error),
		cmocka_unit_test(what_is_no_file_is_not_read),
		cmocka_unit_test(a_tree_is_removed_but_not_what_it_links_to),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
