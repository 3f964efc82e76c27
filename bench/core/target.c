// SPDX-License-Identifier: GPL-2.0
#include "core/target.h"

#include <string.h>

const struct fpb_target fpb_targets[] = {
	{ "raw", "XFS on the device", FPB_DATA_NO_DAEMON, NULL, NULL },
	{ "fuse", "passthrough with parallel direct writes",
	  FPB_DATA_PASSTHROUGH, "passthrough", "dev" },
	{ "fuse-noparallel", "passthrough without FOPEN_PARALLEL_DIRECT_WRITES",
	  FPB_DATA_PASSTHROUGH, "passthrough-noparallel", "dev" },
	{ "fuse-direct", "data through the daemon: direct I/O, parallel direct writes",
	  FPB_DATA_DAEMON, "direct", "dev" },
	{ "fuse-direct-noparallel", "data through the daemon: direct I/O, one write at a time",
	  FPB_DATA_DAEMON, "direct-noparallel", "dev" },
	{ "fuse-copy", "data through the daemon and the page cache of FUSE",
	  FPB_DATA_DAEMON, "copy", "dev" },
	{ "fuse-uring", "like fuse-direct, with requests over FUSE-io_uring",
	  FPB_DATA_DAEMON, "direct", "uring" },
	{ NULL, NULL, FPB_DATA_NO_DAEMON, NULL, NULL }
};

const struct fpb_target *fpb_target_find(const char *name)
{
	const struct fpb_target *t;

	for (t = fpb_targets; t->name; t++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}
