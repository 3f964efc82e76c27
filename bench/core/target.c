// SPDX-License-Identifier: GPL-2.0
#include "core/target.h"

#include <string.h>

const struct fpb_target fpb_targets[] = {
	{ "raw", "XFS on the device", FPB_DATA_NO_DAEMON, NULL, NULL },
	{ "fuse", "passthrough with parallel direct writes",
	  FPB_DATA_PASSTHROUGH, "passthrough", "dev" },
	{ "fuse-noparallel", "passthrough without them: what the flag is worth",
	  FPB_DATA_PASSTHROUGH, "passthrough-noparallel", "dev" },
	{ "fuse-direct", "through the daemon, no page cache, in parallel: what passthrough saves",
	  FPB_DATA_DAEMON, "direct", "dev" },
	{ "fuse-direct-noparallel", "the same, one write at a time",
	  FPB_DATA_DAEMON, "direct-noparallel", "dev" },
	{ "fuse-copy", "through the daemon and FUSE's page cache: FUSE before passthrough",
	  FPB_DATA_DAEMON, "copy", "dev" },
	{ "fuse-uring", "as fuse-direct, requests by io_uring: what the transport saves",
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
