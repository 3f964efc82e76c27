/* SPDX-License-Identifier: GPL-2.0 */
/* The filesystems that can be below all targets, on the device. Pure. */
#ifndef FPB_FILESYSTEM_H
#define FPB_FILESYSTEM_H

struct fpb_filesystem {
	const char *name;		/* as mount(2) has it */
	const char *title;		/* as people write it */
	const char *package;		/* Debian's, with its mkfs */
	/* mkfs and its arguments before the device; NULL-terminated. */
	const char *mkfs[20];
};

/* The first is the default; ends with a NULL name. */
extern const struct fpb_filesystem fpb_filesystems[];

/* Mount options of all of them. */
extern const char fpb_filesystem_options[];

/* The one of that name, or NULL. */
const struct fpb_filesystem *fpb_filesystem_find(const char *name);

#endif
