// SPDX-License-Identifier: GPL-2.0
/* setup/filesystem.c: mkfs tells why it refuses a device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/plancheck.h"
#include "core/result.h"
#include "os/file.h"
#include "os/spawn.h"
#include "setup/filesystem.h"

static char dir[] = "/tmp/fpb-test-filesystem-XXXXXX";
static char image[64], log_path[64];

static int start(void **state)
{
	fpb_spawn_path();
	if (!mkdtemp(dir))
		return -1;
	snprintf(image, sizeof(image), "%s/image", dir);
	snprintf(log_path, sizeof(log_path), "%s/log", dir);
	return fpb_file_write(image, "");
}

static int end(void **state)
{
	return fpb_remove_tree(dir);
}

static const struct {
	const char *name;
	off_t bytes;
	const char *want;
} too_small[] = {
	{ "xfs", 1 << 20, "too small" },
	{ "ext4", 1 << 14, "Not enough space" },
};

static void a_device_that_is_too_small_is_called_that(void **state)
{
	char why[FPB_REASON_MAX], want[128];

	for (size_t i = 0; i < sizeof(too_small) / sizeof(*too_small); i++) {
		const struct fpb_filesystem *fs =
			fpb_filesystem_find(too_small[i].name);

		if (!fpb_spawn_find(fs->mkfs[0]))
			continue;
		assert_int_equal(truncate(image, too_small[i].bytes), 0);
		*why = '\0';
		assert_true(fpb_filesystem_make(fs, image, log_path, why) < 0);
		snprintf(want, sizeof(want), "%s failed: %s: ", fs->mkfs[0],
			 image);
		assert_memory_equal(why, want, strlen(want));
		assert_non_null(strstr(why, too_small[i].want));
	}
}

static void each_can_be_made_on_the_smallest_device(void **state)
{
	char why[FPB_REASON_MAX] = "";

	for (const struct fpb_filesystem *fs = fpb_filesystems; fs->name;
	     fs++) {
		if (!fpb_spawn_find(fs->mkfs[0]))
			continue;
		assert_int_equal(truncate(image, 0), 0);
		assert_int_equal(truncate(image, FPB_PLAN_MIN_MIB << 20), 0);
		if (fpb_filesystem_make(fs, image, log_path, why))
			fail_msg("%s", why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_that_is_too_small_is_called_that),
		cmocka_unit_test(each_can_be_made_on_the_smallest_device),
	};

	return cmocka_run_group_tests(tests, start, end);
}
