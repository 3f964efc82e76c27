// SPDX-License-Identifier: GPL-2.0
#include "cli/casefiles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/msg.h"

static int can_write(const struct fpb_casefiles *f)
{
	FILE *out = f->output ? fopen(f->output, "ae") : NULL;

	if (f->output && !out) {
		fpb_err("%s: cannot write %s: %s", f->command, f->output,
			strerror(errno));
		return -EINVAL;
	}
	if (out)
		fclose(out);
	return 0;
}

int fpb_casefiles_check(struct fpb_casefiles *f)
{
	f->report = fpb_check_report_find(f->format ? f->format : "text");
	if (f->report)
		return can_write(f);
	fpb_err("%s: --format: \"%s\": must be text, tap or junit", f->command,
		f->format);
	return -EINVAL;
}

int fpb_casefiles_make(const struct fpb_casefiles *f, char *dir)
{
	char stamp[32], *full = realpath(".", NULL);
	int ret;

	fpb_utc("%Y%m%dT%H%M%SZ", stamp, sizeof(stamp));
	ret = full ? fpb_path(dir, "%s/results/%s-%s-%d", full, f->command,
			      stamp, (int)getpid()) : -errno;
	if (!ret)
		ret = fpb_mkdirs(dir);
	if (ret)
		fpb_err("%s: cannot make %s: %s", f->command, dir,
			strerror(-ret));
	free(full);
	return ret;
}

static int write_one(const struct fpb_casefiles *f,
		     const struct fpb_check_report *report, const char *path,
		     const struct fpb_check_result *r, size_t n)
{
	FILE *out = path ? fopen(path, "we") : stdout;
	char suite[64];
	int ret;

	snprintf(suite, sizeof(suite), "fpbench %s", f->command);
	ret = out ? report->write(out, suite, r, n) : -errno;
	if (path && out && fclose(out) && !ret)
		ret = -errno;
	if (ret)
		fpb_err("%s: cannot write %s: %s", f->command,
			path ? path : "the report", strerror(-ret));
	return ret;
}

int fpb_casefiles_write(const struct fpb_casefiles *f, const char *dir,
			const struct fpb_check_result *r, size_t n)
{
	const struct fpb_check_report *each;
	char path[FPB_PATH_MAX];
	int ret = 0;

	for (each = fpb_check_reports; each->name && !ret; each++) {
		ret = fpb_path(path, "%s/report.%s", dir, each->name);
		if (!ret)
			ret = write_one(f, each, path, r, n);
	}
	if (!ret)
		ret = write_one(f, f->report, f->output, r, n);
	if (!ret && (fpb_path(path, "results/latest-%s", f->command) ||
		     fpb_file_link(path, strrchr(dir, '/') + 1)))
		fpb_warn("cannot make %s", path);
	fpb_info("Consoles and reports: %s", dir);
	return ret;
}
