// SPDX-License-Identifier: GPL-2.0
#include "run/samples.h"

#include <string.h>

#include "os/msg.h"

bool fpb_samples_have(const struct fpb_samples *st, const char *kernel,
		      unsigned int round, const struct fpb_cell *cell)
{
	return st->has_data &&
	       fpb_rundata_measured(&st->data, kernel, round, cell);
}

static void count(struct fpb_samples *st, const struct fpb_sample *s)
{
	/* The other side of a pair whose one sample was missing is there. */
	if (!fpb_samples_have(st, s->kernel, s->round, &s->cell))
		st->progress.done++;
	if (s->status == FPB_SAMPLE_OK || s->status == FPB_SAMPLE_SKIPPED)
		return;
	st->failed++;
	st->lost += s->status == FPB_SAMPLE_LOST;
	fpb_warn("%s, %s %s %u job%s: %s", s->boot, s->cell.regime,
		 s->cell.target, s->cell.numjobs,
		 s->cell.numjobs == 1 ? "" : "s", s->reason);
}

int fpb_samples_keep(struct fpb_samples *st, json_t *const *list,
		     const struct fpb_sample *const *parsed, size_t n, bool last)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/" FPB_FILE_SAMPLES, st->run->dir);

	if (!ret)
		ret = fpb_file_append_lines(path, list, n);
	if (ret)
		fpb_err("cannot keep a sample in %s: %s", path,
			strerror(-ret));
	for (size_t i = 0; !ret && last && i < n; i++)
		count(st, parsed[i]);
	return ret;
}
