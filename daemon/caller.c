// SPDX-License-Identifier: GPL-2.0
#include "caller.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 65536 groups of up to 11 characters, and the rest of the file. */
#define STATUS_MAX	(768 * 1024)

/* The text of /proc/@pid/@name, to be freed; NULL if it cannot be had. */
static char *read_proc(pid_t pid, const char *name, size_t max)
{
	char path[48], *buf;
	size_t used = 0;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	buf = fd < 0 ? NULL : malloc(max);
	while (buf && used < max - 1 &&
	       (n = read(fd, buf + used, max - 1 - used)) > 0)
		used += n;
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(buf);
		return NULL;
	}
	buf[used] = '\0';
	return buf;
}

static const char *value_of(const char *status, const char *key)
{
	const char *p = status;
	size_t n = strlen(key);

	while (p && strncmp(p, key, n)) {
		p = strchr(p, '\n');
		if (p)
			p++;
	}
	return p ? p + n : NULL;
}

bool fpfs_status_has_cap(const char *status, int cap)
{
	const char *v = value_of(status, "CapEff:");

	return v && strtoull(v, NULL, 16) >> cap & 1;
}

bool fpfs_status_has_group(const char *status, gid_t group)
{
	const char *v = value_of(status, "Groups:");
	unsigned long g;
	char *end;

	while (v) {
		while (*v == ' ' || *v == '\t')
			v++;
		if (*v < '0' || *v > '9')
			return false;	/* strtoul() would skip a newline */
		g = strtoul(v, &end, 10);
		if (g == group)
			return true;
		v = end;
	}
	return false;
}

/* A capability in another user namespace does not count here. */
static bool same_user_ns(pid_t pid)
{
	char *theirs = read_proc(pid, "uid_map", 4096);
	char *ours = read_proc(getpid(), "uid_map", 4096);
	/* Without user namespaces there is no such file. */
	bool same = theirs && ours ? !strcmp(theirs, ours) : !theirs && !ours;

	free(theirs);
	free(ours);
	return same;
}

bool fpfs_caller_has_cap(pid_t pid, int cap)
{
	char *status = pid > 0 ? read_proc(pid, "status", STATUS_MAX) : NULL;
	bool has = status && fpfs_status_has_cap(status, cap) &&
		   same_user_ns(pid);

	free(status);
	return has;
}

bool fpfs_caller_in_group(pid_t pid, gid_t gid, gid_t group)
{
	char *status;
	bool in;

	if (gid == group)
		return true;
	status = pid > 0 ? read_proc(pid, "status", STATUS_MAX) : NULL;
	in = status && fpfs_status_has_group(status, group);
	free(status);
	return in;
}
