// SPDX-License-Identifier: GPL-2.0
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/jsontext.h"

int fpb_path(char *out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out, FPB_PATH_MAX, fmt, ap);
	va_end(ap);
	return n < 0 || n >= FPB_PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Reads the rest of @fd, and closes it. */
static int read_rest(int fd, char **text, size_t *len)
{
	size_t used = 0, room = 4096;
	char *buf = NULL, *more;
	ssize_t n;
	int ret;

	for (;;) {
		more = realloc(buf, room + 1);
		if (!more) {
			ret = -ENOMEM;
			goto out_free;
		}
		buf = more;
		n = read(fd, buf + used, room - used);
		if (n < 0) {
			if (errno == EINTR)
				continue;
			ret = -errno;
			goto out_free;
		}
		if (!n)
			break;
		used += n;
		if (used == room)
			room *= 2;
	}
	close(fd);
	buf[used] = '\0';
	*text = buf;
	if (len)
		*len = used;
	return 0;

out_free:
	close(fd);
	free(buf);
	return ret;
}

int fpb_file_read(const char *path, char **text, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_rest(fd, text, len);
}

int fpb_file_open_shared(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

uint64_t fpb_file_room_mib(const char *path)
{
	struct statvfs v;

	if (statvfs(path, &v) || v.f_flag & ST_NOEXEC)
		return 0;
	return (uint64_t)v.f_bavail * v.f_frsize >> 20;
}

int fpb_file_read_shared(const char *path, char **text, size_t *len)
{
	int fd = fpb_file_open_shared(path);
	struct stat st;

	if (fd < 0)
		return fd;
	if (!fstat(fd, &st) && st.st_size <= FPB_SHARED_MAX)
		return read_rest(fd, text, len);
	close(fd);
	return -EFBIG;
}

int fpb_file_last_line(const char *path, size_t offset, char *line,
		       size_t size)
{
	char *text, *next, *save = NULL, *last = NULL;
	size_t len;
	int ret = fpb_file_read(path, &text, &len);

	if (ret)
		return ret;
	for (next = strtok_r(text + (offset < len ? offset : len), "\n",
			     &save);
	     next && strncasecmp(next, "usage:", 6);
	     next = strtok_r(NULL, "\n", &save))
		if (next[strspn(next, " \t\r")])
			last = next;
	if (last)
		snprintf(line, size, "%s", last);
	free(text);
	return last ? 0 : -ENODATA;
}

int fpb_file_write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return -errno;
		}
		text += n;
		len -= n;
	}
	return 0;
}

/* So that a new name in it survives a power cut, too. */
static int sync_folder(const char *path)
{
	char dir[FPB_PATH_MAX];
	char *slash;
	int fd, ret = fpb_path(dir, "%s", path);

	if (ret)
		return ret;
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = '\0';
	fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd) && errno != EINVAL && errno != ENOTSUP)
		ret = -errno;
	close(fd);
	return ret;
}

static int write_file(const char *path, int flags, const char *text)
{
	int fd = open(path, flags | O_WRONLY | O_CLOEXEC, 0644), ret;
	off_t size;

	if (fd < 0)
		return -errno;
	size = lseek(fd, 0, SEEK_END);
	ret = fpb_file_write_all(fd, text, strlen(text));
	/* Half of it, as on a full disk, is worse than nothing. */
	if (ret && size >= 0 && ftruncate(fd, size))
		ret = -errno;
	/* A filesystem that cannot flush has nothing to flush. */
	if (!ret && fsync(fd) && errno != EINVAL && errno != ENOTSUP)
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	if (!ret && flags & O_APPEND && !size)
		ret = sync_folder(path);
	return ret;
}

int fpb_file_write(const char *path, const char *text)
{
	return write_file(path, O_CREAT | O_TRUNC, text);
}

int fpb_file_poke(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

int fpb_file_append_lines(const char *path, json_t *const *list, size_t n)
{
	char *text = NULL, *line;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int ret = out ? 0 : -ENOMEM;

	for (size_t i = 0; !ret && i < n; i++) {
		line = fpb_json_line(list[i]);
		if (!line || fputs(line, out) < 0)
			ret = -ENOMEM;
		free(line);
	}
	if (out && fclose(out))
		ret = -ENOMEM;
	/* One write, which a kill can end early between two pages only. */
	if (!ret)
		ret = write_file(path, O_CREAT | O_APPEND, text);
	free(text);
	return ret;
}

int fpb_file_append_json(const char *path, json_t *o)
{
	return fpb_file_append_lines(path, &o, 1);
}

int fpb_file_read_json(const char *path, json_t **o, char *why)
{
	char *text;
	size_t len;
	int ret = fpb_file_read(path, &text, &len);

	*o = NULL;
	if (ret) {
		sprintf(why, " %s", strerror(-ret));
		return ret;
	}
	*o = fpb_json_parse(text, len, why);
	free(text);
	return *o ? 0 : -EINVAL;
}

int fpb_file_cut_tail(const char *path)
{
	char *text;
	size_t len;
	int ret = fpb_file_read(path, &text, &len);

	if (ret)
		return ret;
	while (len && text[len - 1] != '\n')
		len--;
	if (truncate(path, len))
		ret = -errno;
	free(text);
	return ret;
}

int fpb_file_replace(const char *path, const char *text)
{
	char part[FPB_PATH_MAX];
	int ret = fpb_path(part, "%s.part", path);

	/* A guest, which may write to the folder, could have left a link. */
	if (!ret && unlink(part) && errno != ENOENT)
		ret = -errno;
	if (!ret)
		ret = write_file(part, O_CREAT | O_EXCL, text);
	if (!ret && rename(part, path))
		ret = -errno;
	ret = ret ? : sync_folder(path);
	if (ret && ret != -ENAMETOOLONG)
		unlink(part);
	return ret;
}

int fpb_file_write_json(const char *path, const json_t *o)
{
	char *text = json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
	int ret = text ? fpb_file_replace(path, text) : -ENOMEM;

	free(text);
	return ret;
}

int fpb_file_link(const char *link, const char *target)
{
	char part[FPB_PATH_MAX];
	int ret = fpb_path(part, "%s.%d", link, (int)getpid());

	if (!ret && (symlink(target, part) || rename(part, link))) {
		ret = -errno;
		unlink(part);
	}
	return ret ? : sync_folder(link);
}

int fpb_mkdirs(const char *path)
{
	char copy[FPB_PATH_MAX], *p;
	int ret = fpb_path(copy, "%s", path);

	if (ret)
		return ret;
	for (p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, 0755) && errno != EEXIST)
			return -errno;
		*p = '/';
	}
	if (mkdir(copy, 0755) && errno != EEXIST)
		return -errno;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path) ? -1 : 0;
}

int fpb_remove_tree(const char *path)
{
	if (!nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT))
		return 0;
	return errno == ENOENT ? 0 : -errno;
}
