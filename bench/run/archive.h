/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An archive: regular files in one folder, as a tar file that zstd compresses.
 * The same files give the same bytes. What is read may come from anybody.
 */
#ifndef FPB_ARCHIVE_H
#define FPB_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What an archive holds at most: much more than any run. */
#define FPB_ARCHIVE_FILE_BYTES	(256ull << 20)
#define FPB_ARCHIVE_BYTES	(4096ull << 20)

struct fpb_archive_writer;

/*
 * Makes @path, in which all files are below the folder @top and were changed at
 * @mtime. 0 with *@w, or -errno.
 */
int fpb_archive_create(struct fpb_archive_writer **w, const char *path,
		       const char *top, time_t mtime);

/*
 * Adds a file. Names must come in the order of strcmp(3). 0 or -errno; -E2BIG: it
 * could not be read again.
 */
int fpb_archive_add(struct fpb_archive_writer *w, const char *name,
		    const void *bytes, size_t len);

/* Completes the file, flushed to disk, if all went well; frees @w. 0 or -errno. */
int fpb_archive_close(struct fpb_archive_writer *w);

/* Who reads one. Names are without the folder that all files are in. */
struct fpb_archive_reader {
	/* 1: take() wants it, 0: it does not, or -EINVAL: it must not be there. */
	int (*look)(const char *name, void *user);
	/* @bytes ends with a NUL that @len does not count, and is for free(). */
	int (*take)(const char *name, char *bytes, size_t len, void *user);
	void *user;
};

/*
 * Reads all of @path. 0; -ENOENT: it is not such an archive, or has what none has:
 * anything but regular files, names that are absolute, contain "..", are in no
 * order or were refused by look(); -EBADMSG: damaged; -E2BIG: over the limits
 * above; or -errno, take()'s too. @why (FPB_REASON_MAX bytes) has a sentence. What
 * take() had before an error is the caller's to discard.
 */
int fpb_archive_read(const char *path, const struct fpb_archive_reader *r,
		     char *why);

#endif
