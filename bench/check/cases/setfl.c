// SPDX-License-Identifier: GPL-2.0
/*
 * F_SETFL changes the flags of the FUSE file, but not of its backing file, and
 * RWF_NOAPPEND those of one write.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/compare.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"

#ifndef RWF_NOAPPEND
#define RWF_NOAPPEND	0x20
#endif

struct change {
	int opened, set;		/* flags of open(2) and of F_SETFL */
	int rwf;			/* of preadv2(2) or pwritev2(2) */
	const char *target;		/* NULL: "fuse" */
	bool read;
	size_t len;			/* at 0 */
};

struct result {
	int64_t ret;			/* of the call, or -errno */
	off_t size;			/* afterwards */
};

static struct result io_after_change(struct check_context *c, const char *side)
{
	const struct change *change = c->row->variant;
	const char *path = check_path(c, side, side);
	const struct iovec v = { check_buffer(BLOCK), change->len };
	struct result r;
	int fd;

	check_fill(path, 64 * KIB);
	fd = check_open(path, O_RDWR | change->opened);
	must(!fcntl(fd, F_SETFL, change->set & ~O_APPEND));
	check_set_nosec(fd);
	must(!fcntl(fd, F_SETFL, change->set));
	check_counters_reset();
	r.ret = change->read ? preadv2(fd, &v, 1, 0, change->rwf) :
			       pwritev2(fd, &v, 1, 0, change->rwf);
	if (r.ret < 0)
		r.ret = -errno;
	must(!close(fd));
	r.size = check_stat(check_below(c, side, side)).st_size;
	return r;
}

static void changed_flags(struct check_context *c)
{
	const struct change *change = c->row->variant;
	const char *const targets[] = { change->target ? : "fuse", NULL };
	struct result raw, other;
	struct check_counters n;

	check_mount(c, 512, 0, targets);
	raw = io_after_change(c, "raw");
	other = io_after_change(c, *targets);
	check_counters_read(&n);
	if (other.ret != raw.ret || other.size != raw.size)
		check_hazard("%s, then size %lld; on raw XFS %s and %lld%s",
			     check_result_text(other.ret), (long long)other.size,
			     check_result_text(raw.ret), (long long)raw.size,
			     n.shared ? "; the lock was shared" : "");
}

#define KNOWN(what)	{ { KERNEL_ANY, what } }
#define SETFL_IS_LOST	"F_SETFL does not reach the backing file: "

const struct check_case setfl_cases[] = {
	{ .name = "h4_append_cleared", .run = changed_flags,
	  .flags = CHECK_QUICK | CHECK_MENDED,
	  .variant = &(const struct change){
		.opened = O_DIRECT | O_APPEND, .set = O_DIRECT, .len = BLOCK },
	  .setup = "64 KiB, opened O_APPEND | O_DIRECT; F_SETFL clears O_APPEND.",
	  .workload = "A write at 0.",
	  .lock_path = "IOCB_APPEND is clear, but the backing file appends.",
	  .validates = "The write lands at 0.",
	  .known = KNOWN(SETFL_IS_LOST "it appends, with the series under the shared lock") },
	{ .name = "h4_noappend", .run = changed_flags,
	  .flags = CHECK_QUICK | CHECK_MENDED,
	  .variant = &(const struct change){
		.opened = O_DIRECT | O_APPEND, .set = O_DIRECT | O_APPEND,
		.rwf = RWF_NOAPPEND, .len = BLOCK },
	  .setup = "64 KiB, opened O_APPEND | O_DIRECT.",
	  .workload = "A write at 0 with RWF_NOAPPEND.",
	  .lock_path = "As h4_append_cleared.",
	  .validates = "The write lands at 0.",
	  .known = KNOWN("RWF_NOAPPEND does not reach the backing file: it appends, with the series under the shared lock") },
	{ .name = "h4_noappend_overlay", .run = changed_flags,
	  .flags = CHECK_QUICK | CHECK_MENDED,
	  .variant = &(const struct change){
		.opened = O_DIRECT | O_APPEND, .set = O_DIRECT | O_APPEND,
		.rwf = RWF_NOAPPEND, .len = BLOCK, .target = "overlay" },
	  .setup = "The same on overlayfs, which shares fs/backing-file.c.",
	  .workload = "As h4_noappend.",
	  .lock_path = "None of FUSE.",
	  .validates = "The write lands at 0.",
	  .known = KNOWN("RWF_NOAPPEND does not reach the real file: it appends") },
	{ .name = "h4_direct_cleared", .run = changed_flags,
	  .flags = CHECK_MENDED,
	  .variant = &(const struct change){ .opened = O_DIRECT, .len = 100 },
	  .setup = "64 KiB, opened O_DIRECT; F_SETFL clears it.",
	  .workload = "A write of 100 bytes.",
	  .lock_path = "Exclusive.",
	  .validates = "The write succeeds.",
	  .known = KNOWN(SETFL_IS_LOST "EINVAL") },
	{ .name = "h4_read_direct_cleared", .run = changed_flags,
	  .flags = CHECK_MENDED,
	  .variant = &(const struct change){
		.opened = O_DIRECT, .read = true, .len = 100 },
	  .setup = "64 KiB, opened O_DIRECT; F_SETFL clears it.",
	  .workload = "A read of 100 bytes.",
	  .lock_path = "None.",
	  .validates = "The read succeeds.",
	  .known = KNOWN(SETFL_IS_LOST "EINVAL") },
	{ .name = "h4_direct_set", .run = changed_flags,
	  .flags = CHECK_QUICK | CHECK_MENDED,
	  .variant = &(const struct change){ .set = O_DIRECT, .len = 100 },
	  .setup = "64 KiB, opened without O_DIRECT; F_SETFL sets it.",
	  .workload = "A write of 100 bytes, too small to be direct.",
	  .lock_path = "IOCB_DIRECT -> shared, but the backing file buffers.",
	  .validates = "EINVAL: the backing file does not buffer it.",
	  .known = KNOWN(SETFL_IS_LOST "it is buffered, with the series under the shared lock") },
	{ .name = NULL }
};
