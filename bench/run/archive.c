// SPDX-License-Identifier: GPL-2.0
#include "run/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/result.h"
#include "os/file.h"
#include "run/zst.h"

#define NAME_MAX_LEN	512

/* --- write ------------------------------------------------------------------ */

struct fpb_archive_writer {
	FILE *file;
	struct fpb_zst *zst;
	struct archive *tar;
	char top[FPB_NAME_MAX];
	time_t mtime;
	uint64_t bytes;
	int error;			/* the first one */
};

static la_ssize_t write_tar(struct archive *tar, void *user, const void *bytes,
			    size_t len)
{
	struct fpb_archive_writer *w = user;
	int ret = fpb_zst_write(w->zst, bytes, len);

	if (!ret)
		return len;
	w->error = w->error ? : ret;
	archive_set_error(tar, -ret, "%s", strerror(-ret));
	return -1;
}

static int open_tar(struct fpb_archive_writer *w)
{
	w->tar = archive_write_new();
	if (!w->tar)
		return -ENOMEM;
	/* Plain ustar, unless a name does not fit. */
	if (archive_write_set_format_pax_restricted(w->tar) ||
	    archive_write_add_filter_none(w->tar) ||
	    archive_write_open(w->tar, w, NULL, write_tar, NULL))
		return -EIO;
	return 0;
}

static void discard(struct fpb_archive_writer *w)
{
	if (w->tar)
		archive_write_free(w->tar);
	fpb_zst_free(w->zst);
	if (w->file)
		fclose(w->file);
	free(w);
}

int fpb_archive_create(struct fpb_archive_writer **out, const char *path,
		       const char *top, time_t mtime)
{
	struct fpb_archive_writer *w = calloc(1, sizeof(*w));
	int ret;

	if (!w)
		return -ENOMEM;
	w->mtime = mtime;
	snprintf(w->top, sizeof(w->top), "%s", top);
	w->file = fopen(path, "we");
	ret = w->file ? 0 : -errno;
	if (!ret) {
		w->zst = fpb_zst_writer(w->file);
		ret = w->zst ? open_tar(w) : -ENOMEM;
	}
	if (ret)
		discard(w);
	else
		*out = w;
	return ret;
}

static int add_entry(struct fpb_archive_writer *w, struct archive_entry *e,
		     const char *name, const void *bytes, size_t len)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s", w->top, name);

	if (ret)
		return ret;
	archive_entry_set_pathname(e, path);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_uid(e, 0);
	archive_entry_set_gid(e, 0);
	archive_entry_set_uname(e, "root");
	archive_entry_set_gname(e, "root");
	archive_entry_set_mtime(e, w->mtime, 0);
	archive_entry_set_size(e, len);
	if (archive_write_header(w->tar, e) != ARCHIVE_OK ||
	    archive_write_data(w->tar, bytes, len) != (la_ssize_t)len)
		return w->error ? : -EIO;
	return 0;
}

int fpb_archive_add(struct fpb_archive_writer *w, const char *name,
		    const void *bytes, size_t len)
{
	struct archive_entry *e;
	int ret;

	w->bytes += len;
	if (len > FPB_ARCHIVE_FILE_BYTES || w->bytes > FPB_ARCHIVE_BYTES)
		ret = -E2BIG;
	else if (!(e = archive_entry_new()))
		ret = -ENOMEM;
	else {
		ret = add_entry(w, e, name, bytes, len);
		archive_entry_free(e);
	}
	w->error = w->error ? : ret;
	return ret;
}

int fpb_archive_close(struct fpb_archive_writer *w)
{
	int ret;

	if (!w->error && archive_write_close(w->tar) != ARCHIVE_OK)
		w->error = w->error ? : -EIO;
	if (!w->error)
		w->error = fpb_zst_end(w->zst);
	if (!w->error && (fflush(w->file) || fsync(fileno(w->file))))
		w->error = -errno;
	ret = w->error;
	discard(w);
	return ret;
}

/* --- read ------------------------------------------------------------------- */

struct reading {
	const struct fpb_archive_reader *r;
	struct fpb_zst *zst;
	struct archive *tar;
	uint64_t bytes;			/* of the tar file */
	int error;			/* of the bytes that it is made of */
	char top[FPB_NAME_MAX];
	char last[NAME_MAX_LEN];
	char *why;
};

__attribute__((format(printf, 3, 4)))
static int refuse(struct reading *x, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(x->why, FPB_REASON_MAX, fmt, ap);
	va_end(ap);
	/* A name may be anything, also what a terminal obeys. */
	for (char *c = x->why; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return error;
}

static int refuse_damaged(struct reading *x)
{
	if (x->error == -E2BIG)
		return refuse(x, x->error, "it is larger than %llu MiB",
			      FPB_ARCHIVE_BYTES >> 20);
	if (x->error && x->error != -EBADMSG)
		return refuse(x, x->error, "%s", strerror(-x->error));
	return refuse(x, -EBADMSG, "it is damaged or cut short");
}

static int refuse_other(struct reading *x)
{
	return refuse(x, -ENOENT, "not an archive of \"fpbench pack\"");
}

static la_ssize_t read_tar(struct archive *tar, void *user, const void **bytes)
{
	struct reading *x = user;
	ssize_t n = fpb_zst_read(x->zst, bytes);

	if (n > 0) {
		x->bytes += n;
		if (x->bytes > FPB_ARCHIVE_BYTES)
			n = -E2BIG;
	}
	if (n >= 0)
		return n;
	x->error = n;
	archive_set_error(tar, -n, "%s", strerror(-n));
	return -1;
}

/* The folder of the first file is that of all. NULL: it is not. */
static const char *below_top(struct reading *x, const char *path)
{
	const size_t len = strcspn(path, "/");

	if (!*x->top && len && len < sizeof(x->top))
		memcpy(x->top, path, len);
	if (!len || len != strlen(x->top) || strncmp(path, x->top, len) ||
	    path[len] != '/')
		return NULL;
	return path + len + 1;
}

static bool has_dots(const char *name)
{
	for (size_t len; ; name += len + 1) {
		len = strcspn(name, "/");
		if (!len || (*name == '.' && len == 1) ||
		    (!strncmp(name, "..", 2) && len == 2))
			return true;
		if (!name[len])
			return false;
	}
}

/* *@name: below the folder. */
static int check_entry(struct reading *x, struct archive_entry *e,
		       const char **name)
{
	const char *path = archive_entry_pathname(e);

	if (!path || strlen(path) >= NAME_MAX_LEN || *path == '/' ||
	    has_dots(path))
		return refuse(x, -ENOENT, "it has a file named \"%.100s\"",
			      path ? path : "");
	if (archive_entry_filetype(e) != AE_IFREG ||
	    archive_entry_hardlink(e) || archive_entry_symlink(e))
		return refuse(x, -ENOENT,
			      "it has \"%.100s\", which is not a regular file",
			      path);
	*name = below_top(x, path);
	if (!*name || x->r->look(*name, x->r->user) < 0)
		return refuse(x, -ENOENT,
			      "it has \"%.100s\", which no run has", path);
	/* So that no file is there twice. */
	if (strcmp(x->last, *name) >= 0)
		return refuse(x, -ENOENT, "\"%.100s\" is out of order or twice",
			      path);
	strcpy(x->last, *name);
	if (!archive_entry_size_is_set(e) || archive_entry_size(e) < 0 ||
	    (uint64_t)archive_entry_size(e) > FPB_ARCHIVE_FILE_BYTES)
		return refuse(x, -E2BIG, "\"%.100s\" is larger than %llu MiB",
			      path, FPB_ARCHIVE_FILE_BYTES >> 20);
	return 0;
}

static int take(struct reading *x, const char *name, size_t len)
{
	char *bytes = malloc(len + 1);
	size_t at = 0;
	la_ssize_t n = 0;
	int ret;

	if (!bytes)
		return refuse(x, -ENOMEM, "%s", strerror(ENOMEM));
	while (at < len &&
	       (n = archive_read_data(x->tar, bytes + at, len - at)) > 0)
		at += n;
	if (at < len) {
		free(bytes);
		return refuse_damaged(x);
	}
	bytes[len] = '\0';
	ret = x->r->take(name, bytes, len, x->r->user);
	return ret ? refuse(x, ret, "%s: %s", name, strerror(-ret)) : 0;
}

/* 1: another one was read; 0: there is none. */
static int read_entry(struct reading *x)
{
	struct archive_entry *e;
	const char *name = NULL;
	int ret = archive_read_next_header(x->tar, &e);

	if (ret == ARCHIVE_EOF)
		return 0;
	if (ret != ARCHIVE_OK && !x->error && !*x->last)
		return refuse_other(x);
	if (ret != ARCHIVE_OK)
		return refuse_damaged(x);
	ret = check_entry(x, e, &name);
	if (!ret && x->r->look(name, x->r->user))
		ret = take(x, name, archive_entry_size(e));
	return ret ? ret : 1;
}

/* What follows, for the checksum that is behind it. */
static int read_rest(struct reading *x)
{
	const void *bytes;
	la_ssize_t n;

	while ((n = read_tar(x->tar, x, &bytes)) > 0)
		;
	return n;
}

static int read_all(struct reading *x)
{
	int ret;

	if (archive_read_support_format_tar(x->tar) ||
	    archive_read_open(x->tar, x, NULL, read_tar, NULL))
		return x->error ? refuse_damaged(x) : refuse_other(x);
	do {
		ret = read_entry(x);
	} while (ret > 0);
	if (!ret && !*x->last)
		ret = refuse_other(x);
	/* What damage made of a name is nobody's fault. */
	return (!ret || ret == -ENOENT) && read_rest(x) ? refuse_damaged(x) :
							  ret;
}

static bool is_zst(FILE *file)
{
	static const char magic[4] = "\x28\xb5\x2f\xfd";
	char start[4];
	bool is = fread(start, 1, 4, file) == 4 && !memcmp(start, magic, 4);

	rewind(file);
	return is;
}

int fpb_archive_read(const char *path, const struct fpb_archive_reader *r,
		     char *why)
{
	struct reading x = { .r = r, .why = why };
	FILE *file = fopen(path, "re");
	int ret;

	if (!file)
		return refuse(&x, -errno, "%s", strerror(errno));
	if (!is_zst(file)) {
		fclose(file);
		return refuse_other(&x);
	}
	x.zst = fpb_zst_reader(file);
	x.tar = archive_read_new();
	ret = x.zst && x.tar ? read_all(&x) :
	      refuse(&x, -ENOMEM, "%s", strerror(ENOMEM));
	if (x.tar)
		archive_read_free(x.tar);
	fpb_zst_free(x.zst);
	fclose(file);
	return ret;
}
