/* SPDX-License-Identifier: GPL-2.0 */
/* Small files. All return 0 or -errno and print nothing. */
#ifndef FPB_FILE_H
#define FPB_FILE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#define FPB_PATH_MAX	1024

/* A path from a format; -ENAMETOOLONG if it does not fit. */
int fpb_path(char *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The whole file, NUL-terminated, for free(). @len may be NULL. */
int fpb_file_read(const char *path, char **text, size_t *len);
/*
 * Opens for reading a file in a folder in which a guest may put what it likes. What
 * is no regular file is refused, so that no link is followed and no FIFO waited
 * for: -EINVAL or -ELOOP. Returns the descriptor.
 */
int fpb_file_open_shared(const char *path);
/*
 * Free MiB of the filesystem at @path, for files that are mapped executable: 0 if it
 * is mounted noexec or not there.
 */
uint64_t fpb_file_room_mib(const char *path);
/* fpb_file_read() of such a file. -EFBIG: more than FPB_SHARED_MAX bytes. */
#define FPB_SHARED_MAX	(256u << 20)
int fpb_file_read_shared(const char *path, char **text, size_t *len);
/*
 * What a program that has failed said last, in the file at @path from @offset
 * on: the last line with text in it, or the one before a usage text. -ENODATA
 * if there is none.
 */
int fpb_file_last_line(const char *path, size_t offset, char *line,
		       size_t size);
/*
 * Makes or empties the file; flushed to disk, but its name in the folder only by
 * those below.
 */
int fpb_file_write(const char *path, const char *text);
/* All of it into an open file, in as many write(2) as it takes; not flushed. */
int fpb_file_write_all(int fd, const char *text, size_t len);
/* For sysfs and configfs: one write(2) into what is there. */
int fpb_file_poke(const char *path, const char *text);
/*
 * Objects as lines with checksums (fpb_json_line()) at the end of the file, flushed to
 * disk. If they cannot be written as a whole, what is there of them is taken away. A kill
 * or a power cut in the midst of it can leave a part.
 */
int fpb_file_append_lines(const char *path, json_t *const *list, size_t n);
int fpb_file_append_json(const char *path, json_t *o);
/*
 * A new reference in *@o. -errno with what is wrong in @why (FPB_REASON_MAX bytes),
 * to follow the file's name and a colon, with the line if it is not JSON: -EINVAL.
 */
int fpb_file_read_json(const char *path, json_t **o, char *why);
/* Cuts what follows the file's last newline. */
int fpb_file_cut_tail(const char *path);
/*
 * The file is replaced in one step: what is there is always complete. A link that
 * has its name, or that of the part which is written first, is not followed.
 */
int fpb_file_replace(const char *path, const char *text);
/* A symbolic link, in place of what was there, in one step. */
int fpb_file_link(const char *link, const char *target);
/* JSON, indented, in a file that is either complete or not there. */
int fpb_file_write_json(const char *path, const json_t *o);
/* Like mkdir -p. */
int fpb_mkdirs(const char *path);
/* Like rm -r, without leaving the filesystem or following links. */
int fpb_remove_tree(const char *path);

#endif
