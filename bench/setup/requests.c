// SPDX-License-Identifier: GPL-2.0
#include "setup/requests.h"

#include <errno.h>
#include <glob.h>
#include <linux/fuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.h"

#define EVENT		"/events/fuse/fuse_request_send"

/* An instance for each number; its filter follows that on the connection. */
static const struct counter {
	const char *name;
	int opcode;			/* 0: any */
} counters[] = {
	{ "all", 0 }, { "read", FUSE_READ }, { "write", FUSE_WRITE },
};
#define NCOUNTERS	(sizeof(counters) / sizeof(*counters))

static int instance(const struct fpb_requests *r, const struct counter *c,
		    char *path)
{
	return fpb_path(path, FPB_REQUESTS_DIR "/" FPB_REQUESTS_NAME "%u-%s-%d",
			r->connection, c->name, (int)getpid());
}

static int poke(const char *instance, const char *file, const char *text)
{
	char path[FPB_PATH_MAX];

	return fpb_path(path, "%s/%s", instance, file) ? :
	       fpb_file_poke(path, text);
}

static int start(const struct fpb_requests *r, const struct counter *c)
{
	char path[FPB_PATH_MAX], filter[64];
	int ret = instance(r, c, path);

	if (!ret && mkdir(path, 0700) && errno != EEXIST)
		ret = -errno;
	if (ret)
		return ret;
	if (c->opcode)
		snprintf(filter, sizeof(filter),
			 "connection == %u && opcode == %d", r->connection,
			 c->opcode);
	else
		snprintf(filter, sizeof(filter), "connection == %u",
			 r->connection);
	/* Counted although overwritten; as small as it can be. */
	return poke(path, "buffer_size_kb", "4") ? :
	       poke(path, EVENT "/filter", filter) ? :
	       poke(path, EVENT "/enable", "1");
}

int fpb_requests_start(struct fpb_requests *r, unsigned int connection)
{
	int ret = 0;

	*r = (struct fpb_requests){ .connection = connection };
	for (size_t i = 0; !ret && i < NCOUNTERS; i++)
		ret = start(r, &counters[i]);
	if (ret)
		fpb_requests_stop(r);
	return ret;
}

void fpb_requests_stop(struct fpb_requests *r)
{
	char path[FPB_PATH_MAX];

	for (size_t i = 0; r->connection && i < NCOUNTERS; i++) {
		if (!instance(r, &counters[i], path))
			fpb_requests_remove(path);
	}
	r->connection = 0;
}

int fpb_requests_remove(const char *path)
{
	poke(path, EVENT "/enable", "0");
	return rmdir(path) ? -errno : 0;
}

/* Of one CPU: events in its buffer, and those that left it. */
static uint64_t events(const char *stats)
{
	static const char *const lines[] = {
		"entries: ", "overrun: ", "dropped events: ", "read events: ",
	};
	uint64_t n = 0;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		const char *at = stats;

		/* At the begin of a line: there is a "commit overrun: ". */
		while ((at = strstr(at, lines[i])) && at != stats &&
		       at[-1] != '\n')
			at++;
		if (at)
			n += strtoull(at + strlen(lines[i]), NULL, 10);
	}
	return n;
}

static int count(const struct fpb_requests *r, const struct counter *c,
		 uint64_t *n)
{
	char path[FPB_PATH_MAX], pattern[FPB_PATH_MAX], *text;
	glob_t files;
	int ret = instance(r, c, path) ? :
		  fpb_path(pattern, "%s/per_cpu/cpu*/stats", path);

	*n = 0;
	if (ret)
		return ret;
	if (glob(pattern, 0, NULL, &files))
		return -ENOENT;
	for (size_t i = 0; !ret && i < files.gl_pathc; i++) {
		ret = fpb_file_read(files.gl_pathv[i], &text, NULL);
		if (ret)
			break;
		*n += events(text);
		free(text);
	}
	globfree(&files);
	return ret;
}

int fpb_requests_counts(const struct fpb_requests *r,
			struct fpb_requests_counts *c)
{
	if (!r->connection)
		return -ENODATA;
	return count(r, &counters[0], &c->all) ? :
	       count(r, &counters[1], &c->read) ? :
	       count(r, &counters[2], &c->write);
}
