// SPDX-License-Identifier: GPL-2.0
#include "agent/slices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "os/file.h"

static int read_one(const char *prefix, unsigned int nr,
		    struct fpb_pairfile *job, char *why)
{
	char path[FPB_PATH_MAX];
	unsigned int line = 0;
	int ret = fpb_path(path, "%s_slices.%u.csv", prefix, nr);
	FILE *f = ret ? NULL : fopen(path, "re");

	if (!ret)
		ret = f ? fpb_pairfile_read(f, job, &line) : -errno;
	if (ret == -EINVAL)
		snprintf(why, FPB_REASON_MAX,
			 "%.200s:%u: not a file of slices", path, line);
	else if (ret)
		snprintf(why, FPB_REASON_MAX, "%.200s: %s", path,
			 strerror(-ret));
	if (f)
		fclose(f);
	return ret;
}

int fpb_slices_take(const char *prefix, unsigned int n,
		    struct fpb_sample *s[2], char *why)
{
	struct fpb_pairfile *jobs = calloc(n, sizeof(*jobs));
	unsigned int i;
	int ret = jobs ? 0 : -ENOMEM;

	if (ret)
		snprintf(why, FPB_REASON_MAX, "no memory for the slices");
	for (i = 0; !ret && i < n; i++)
		ret = read_one(prefix, i + 1, &jobs[i], why);
	if (!ret)
		ret = fpb_pairsample(jobs, n, s, why);
	for (i = 0; jobs && i < n; i++)
		fpb_pairfile_free(&jobs[i]);
	free(jobs);
	return ret;
}
