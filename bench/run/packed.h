/* SPDX-License-Identifier: GPL-2.0 */
/* A run that "fpbench pack" has put into an archive: read, never trusted. */
#ifndef FPB_PACKED_H
#define FPB_PACKED_H

#include <stdbool.h>
#include <stddef.h>

/* A file of a run, by its name below the run's directory. */
struct fpb_run_text {
	const char *name;
	char *bytes;			/* for free(); NULL: the run has none */
	size_t len;
};

/* Whether @path is a file, as an archive is. */
bool fpb_packed_is(const char *path);

/*
 * Reads these @n files of the archive @path into memory. 0, or -errno after a
 * message: -ENOENT if it is not an archive of a run.
 */
int fpb_packed_read(const char *path, struct fpb_run_text *files, size_t n);

/*
 * Unpacks the archive @path into the empty folder @dir, but for what each boot
 * left. Errors as above; what is in the folder is the caller's to remove.
 */
int fpb_packed_unpack(const char *path, const char *dir);

#endif
