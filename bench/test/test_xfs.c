// SPDX-License-Identifier: GPL-2.0
/* setup/xfs.c: mkfs.xfs tells why it refuses a device. */
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

#include "core/result.h"
#include "os/file.h"
#include "os/spawn.h"
#include "setup/xfs.h"

static char dir[] = "/tmp/fpb-test-xfs-XXXXXX";
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

static void a_device_that_is_too_small_is_called_that(void **state)
{
	char why[FPB_REASON_MAX] = "", want[128];

	if (!fpb_spawn_find("mkfs.xfs"))
		skip();
	assert_int_equal(truncate(image, 1 << 20), 0);
	assert_true(fpb_xfs_make(image, log_path, why) < 0);
	snprintf(want, sizeof(want), "mkfs.xfs failed: %s: ", image);
	assert_memory_equal(why, want, strlen(want));
	assert_non_null(strstr(why, "too small"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_that_is_too_small_is_called_that),
	};

	return cmocka_run_group_tests(tests, start, end);
}
