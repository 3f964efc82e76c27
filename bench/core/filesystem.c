// SPDX-License-Identifier: GPL-2.0
#include "core/filesystem.h"

#include <stddef.h>
#include <string.h>

const char fpb_filesystem_options[] = "noatime";

/* Nothing is discarded: a device in memory is new, or keeps what it had. */
const struct fpb_filesystem fpb_filesystems[] = {
	{ "xfs", "XFS", "xfsprogs", { "mkfs.xfs", "-q", "-f", "-K" } },
	/*
	 * Blocks and journal as on a larger device; and no thread that makes
	 * inodes later, beside a measurement.
	 */
	{ "ext4", "ext4", "e2fsprogs",
	  { "mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", "-J",
	    "size=64", "-E",
	    "nodiscard,lazy_itable_init=0,lazy_journal_init=0" } },
	{ NULL }
};

const struct fpb_filesystem *fpb_filesystem_find(const char *name)
{
	const struct fpb_filesystem *fs = fpb_filesystems;

	while (fs->name && strcmp(fs->name, name))
		fs++;
	return fs->name ? fs : NULL;
}
