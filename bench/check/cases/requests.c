// SPDX-License-Identifier: GPL-2.0
/* Requests to the server that writes cause. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"

#define WRITES		1000

static void write_many(const char *path)
{
	int fd = check_open(path, O_WRONLY | O_DIRECT);
	void *buf = check_buffer(BLOCK);

	for (int i = 0; i < WRITES; i++)
		must(pwrite(fd, buf, BLOCK, i % 256 * BLOCK) == (ssize_t)BLOCK);
	must(!close(fd));
}

static void getxattr_per_write(struct check_context *c)
{
	char text[32] = "";
	const char *path;

	check_mount_naive(c, "--getxattr");
	path = check_path(c, "naive", "f");
	check_fill(check_path(c, "raw", "f"), MIB);
	check_counters_reset();
	write_many(path);
	check_branch_taken("exclusive_privs", WRITES);
	must(getxattr(path, "user.asked", text, sizeof(text) - 1) > 0);
	check_fact("getxattr_requests", atoi(text));
	if (atoi(text) >= WRITES)
		check_hazard("%s GETXATTR requests in %d writes", text, WRITES);
}

static void stat_many(const char *path)
{
	int fd = check_open(path, O_RDONLY);

	for (int i = 0; i < WRITES; i++)
		must(!fstat(fd, &(struct stat){ 0 }));
	must(!close(fd));
}

static void no_requests(struct check_context *c)
{
	uint64_t before, requests;
	const char *path;

	c->rig.daemon_options = "timeout=60";
	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), MIB);
	path = check_path(c, "fuse", "f");
	before = check_requests(c, "fuse").requests;
	write_many(path);
	stat_many(path);
	requests = check_requests(c, "fuse").requests - before;
	check_fact("requests", requests);
	if (requests > 20)
		check_fail("%" PRIu64 " requests in %d writes and as many stats",
			   requests, WRITES);
}

const struct check_case requests_cases[] = {
	{ .name = "h2_getxattr", .run = getxattr_per_write,
	  .setup = "A server that answers GETXATTR and has no HANDLE_KILLPRIV_V2.",
	  .workload = "1000 direct writes.",
	  .lock_path = "Exclusive, around a request.",
	  .validates = "Writes cause no requests.",
	  .known = { { KERNEL_ANY, "file_remove_privs() asks for security.capability before each write" } } },
	{ .name = "no_requests", .run = no_requests,
	  .setup = "fpfs.",
	  .workload = "1000 direct writes, then stat 1000 times.",
	  .lock_path = "Shared.",
	  .validates = "Writes cause no requests, and the reply to the first stat is kept." },
	{ .name = NULL }
};
