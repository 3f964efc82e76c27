// SPDX-License-Identifier: GPL-2.0
#include "trace.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "harness.h"

char trace[TRACE_MAX];
size_t traced;

void t(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	traced += vsnprintf(trace + traced, sizeof(trace) - traced, fmt, ap);
	va_end(ap);
	if (traced >= sizeof(trace))
		die("trace too long");
}

void t_result(const char *what, long ret)
{
	t("%s=%s%s ", what, ret < 0 ? "-" : "ok",
	  ret < 0 ? strerrorname_np(errno) : "");
}

/* Of the first bytes of the file (FNV-1a); those of others have one value. */
static uint32_t hash_of(const char *path, mode_t mode)
{
	int fd = S_ISREG(mode) ? open(path, O_RDONLY) : -1;
	static unsigned char text[16384];
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text)), i;
	uint32_t hash = 0x811c9dc5;

	if (n < 0)
		die("read %s: %m", path);
	for (i = 0; i < n; i++)
		hash = (hash ^ text[i]) * 0x01000193;
	if (fd >= 0)
		close(fd);
	return hash;
}

void t_state(const char *dir)
{
	struct dirent **list;
	struct stat st;
	int n = scandir(dir, &list, NULL, alphasort), i;

	if (n < 0)
		die("scandir %s: %m", dir);
	for (i = 0; i < n; i++) {
		char path[4200];

		snprintf(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (strcmp(list[i]->d_name, "..") && !lstat(path, &st))
			t("[%s %o %u:%u n%u %lld %x%s%s] ", list[i]->d_name,
			  st.st_mode, st.st_uid, st.st_gid,
			  (unsigned int)st.st_nlink,
			  S_ISDIR(st.st_mode) ? 0LL : (long long)st.st_size,
			  hash_of(path, st.st_mode),
			  lgetxattr(path, "security.capability", NULL, 0) > 0 ?
				  " caps" : "",
			  lgetxattr(path, "system.posix_acl_access", NULL,
				    0) > 0 ? " acl" : "");
		free(list[i]);
	}
	free(list);
}
