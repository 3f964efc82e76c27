// SPDX-License-Identifier: GPL-2.0
/* F_SETFL changes the flags of the FUSE file, but not of its backing file. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"

struct change {
	int opened, set;		/* flags of open(2) and of F_SETFL */
	size_t len;			/* of the write at 0 */
};

struct result {
	ssize_t ret;			/* of the write, or -errno */
	off_t size;			/* afterwards */
};

static struct result write_after_setfl(struct check_context *c,
				       const char *side,
				       const struct change *change)
{
	const char *raw = check_path(c, "raw", side);
	struct result r;
	int fd;

	check_fill(raw, 64 * KIB);
	fd = check_open(check_path(c, side, side), O_RDWR | change->opened);
	must(!fcntl(fd, F_SETFL, change->set));
	check_set_nosec(fd);
	check_counters_reset();
	r.ret = pwrite(fd, check_buffer(BLOCK), change->len, 0);
	if (r.ret < 0)
		r.ret = -errno;
	must(!close(fd));
	r.size = check_stat(raw).st_size;
	return r;
}

/* Returns whether the sides differ; the counters are those of the mount. */
static bool sides_differ(struct check_context *c, struct result *raw,
			 struct result *fuse)
{
	check_mount_fuse(c, 512, 0);
	*raw = write_after_setfl(c, "raw", c->row->variant);
	*fuse = write_after_setfl(c, "fuse", c->row->variant);
	return raw->ret != fuse->ret || raw->size != fuse->size;
}

static void append_cleared(struct check_context *c)
{
	struct result raw, fuse;
	const bool differ = sides_differ(c, &raw, &fuse);
	struct check_counters n;

	check_counters_read(&n);
	if (differ)
		check_hazard("O_APPEND cleared, write at 0: size %lld, expected %lld, with the lock %s",
			     (long long)fuse.size, (long long)raw.size,
			     n.shared ? "shared" : "exclusive");
}

static void direct_cleared(struct check_context *c)
{
	struct result raw, fuse;

	if (sides_differ(c, &raw, &fuse))
		check_hazard("O_DIRECT cleared, 100 bytes written: %zd (%s), expected %zd",
			     fuse.ret,
			     fuse.ret < 0 ? strerror(-fuse.ret) : "bytes",
			     raw.ret);
}

static void direct_set(struct check_context *c)
{
	struct check_counters n;
	struct result raw, fuse;

	if (sides_differ(c, &raw, &fuse))
		check_fail("O_DIRECT set: %zd through the mount, %zd on raw XFS",
			   fuse.ret, raw.ret);
	check_counters_read(&n);
	if (n.shared)
		check_hazard("O_DIRECT set after the open: a write that the backing file buffers held the lock shared");
}

const struct check_case setfl_cases[] = {
	{ .name = "h4_append_cleared", .flags = CHECK_QUICK,
	  .run = append_cleared,
	  .variant = &(const struct change){
		.opened = O_DIRECT | O_APPEND, .set = O_DIRECT, .len = BLOCK },
	  .setup = "64 KiB, opened O_APPEND | O_DIRECT; F_SETFL clears O_APPEND.",
	  .workload = "A write at 0.",
	  .lock_path = "IOCB_APPEND is clear, but the backing file appends.",
	  .validates = "The write lands at 0.",
	  .known = { { KERNEL_SERIES, "F_SETFL does not reach the backing file: it appends, with the lock shared" },
		     { KERNEL_ANY, "F_SETFL does not reach the backing file: it appends" } } },
	{ .name = "h4_direct_cleared", .run = direct_cleared,
	  .variant = &(const struct change){ .opened = O_DIRECT, .len = 100 },
	  .setup = "64 KiB, opened O_DIRECT; F_SETFL clears it.",
	  .workload = "A write of 100 bytes.",
	  .lock_path = "Exclusive.",
	  .validates = "The write succeeds.",
	  .known = { { KERNEL_ANY, "F_SETFL does not reach the backing file: EINVAL" } } },
	{ .name = "h4_direct_set", .flags = CHECK_QUICK | CHECK_COUNTERS,
	  .run = direct_set,
	  .variant = &(const struct change){ .set = O_DIRECT, .len = BLOCK },
	  .setup = "64 KiB, opened without O_DIRECT; F_SETFL sets it.",
	  .workload = "A write within EOF.",
	  .lock_path = "IOCB_DIRECT -> shared, but the backing file buffers.",
	  .validates = "A write that the backing file buffers is exclusive.",
	  .known = { { KERNEL_SERIES, "F_SETFL does not reach the backing file, and the lock decision considers the FUSE file only" } } },
	{ .name = NULL }
};
