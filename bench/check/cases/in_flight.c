// SPDX-License-Identifier: GPL-2.0
/* The lock by its effect: which writes are in flight together. */
#include <fcntl.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/overlap.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"

#define FILE_BYTES	MIB

struct pair {
	const char *what;
	const char *target;		/* NULL: "fuse" */
	off_t size;			/* of the file; 0: FILE_BYTES */
	struct { int flags; off_t pos; } first, second;
	/* Whether they overlap: never, with the series, or on any kernel. */
	enum { NEVER, SERIES, ALWAYS } together;
};

static const struct pair pairs[] = {
	{ "raw XFS", .target = "raw", .together = ALWAYS,
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT, 65536 } },
	{ "within EOF", .together = SERIES,
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT, 65536 } },
	{ "up to EOF", .together = SERIES,
	  .first = { O_DIRECT, FILE_BYTES - BLOCK },
	  .second = { O_DIRECT, 0 } },
	{ "past EOF",
	  .first = { O_DIRECT, FILE_BYTES - 512 }, .second = { O_DIRECT, 0 } },
	{ "flag off", .target = "fuse-noparallel",
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT, 65536 } },
	{ "append",
	  .first = { O_DIRECT | O_APPEND, 0 },
	  .second = { O_DIRECT | O_APPEND, 0 } },
	{ "within EOF, then append",
	  .first = { O_DIRECT, 0 }, .second = { O_DIRECT | O_APPEND, 0 } },
	{ "buffered",
	  .first = { O_DSYNC, 0 }, .second = { O_DSYNC, 65536 } },
	{ "past EOF by one byte", .size = FILE_BYTES - 1,
	  .first = { O_DIRECT, FILE_BYTES - BLOCK },
	  .second = { O_DIRECT, 0 } },
};

static void in_flight(struct check_context *c)
{
	static const char *const targets[] = { "fuse", "fuse-noparallel",
					       NULL };
	const bool series = c->kernel >= KERNEL_SERIES;

	if (c->kernel == KERNEL_ANY)
		check_skip("needs to know whether this kernel has the series");
	check_mount(c, 512, CHECK_SLOW_NSEC, targets);
	check_fill(check_path(c, "raw", "f"), FILE_BYTES);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct pair *p = &pairs[i];
		const char *path = check_path(c, p->target ? p->target : "fuse",
					      "f");
		const struct check_write first = {
			.path = path, .flags = p->first.flags,
			.pos = p->first.pos, .len = BLOCK };
		const struct check_write second = {
			.path = path, .flags = p->second.flags,
			.pos = p->second.pos, .len = BLOCK };

		if (p->size)
			must(!truncate(path, p->size));
		check_overlap(c, p->what,
			      p->together == ALWAYS ||
				      (p->together == SERIES && series),
			      &first, &second);
	}
}

const struct check_case in_flight_cases[] = {
	{ .name = "in_flight", .flags = CHECK_QUICK, .run = in_flight,
	  .setup = "A file of 1 MiB on a device with a latency of 40 ms.",
	  .workload = "Pairs of writes: within EOF, up to EOF, past EOF by 1 and by 3584 bytes, append, append after a write within EOF, buffered, without the flag; raw XFS as the control.",
	  .lock_path = "Shared for the first two, exclusive for the others.",
	  .validates = "The lock by its effect, without counters: whether two writes are at the device together." },
	{ .name = NULL }
};
