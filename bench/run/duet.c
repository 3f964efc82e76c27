// SPDX-License-Identifier: GPL-2.0
#include "run/duet.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/result.h"
#include "os/file.h"
#include "pairjoin.h"

_Static_assert(FPB_PAIRFILE_WHY <= FPB_REASON_MAX, "a sentence has room");

static int load(const char *const *dirs, unsigned int n, unsigned int seq,
		unsigned int numjobs, struct fpb_pairfile *files, char *why)
{
	char path[FPB_PATH_MAX];
	int ret = 0;

	for (unsigned int i = 0; !ret && i < n; i++) {
		for (unsigned int k = 1; !ret && k <= numjobs; k++) {
			ret = fpb_path(path, "%s/fio/%03u_slices.%u.csv",
				       dirs[i], seq, k) ? :
			      fpb_pairfile_load(path, files++, why);
		}
	}
	return ret;
}

static void put(json_t *sample, const struct fpb_duet_lane *l, size_t blocks,
		const char *over)
{
	uint64_t lost = 0;

	for (unsigned int i = 0; i < FPB_LOSSES; i++)
		lost += l->lost[i];
	json_object_set_new(sample, "duet",
		json_pack("{ss sf sf sf sI sI}", "over", over,
			  "log_ratio", l->log_ratio,
			  "log_total", l->log_total, "log_sd", l->log_sd,
			  "blocks", (json_int_t)blocks,
			  "lost", (json_int_t)lost));
}

int fpb_duet_join(const char *const *dirs, unsigned int n, unsigned int seq,
		  unsigned int numjobs, unsigned int side, const char *over,
		  json_t *const *samples, char *why)
{
	struct fpb_pairfile *files = calloc(n * numjobs, sizeof(*files));
	struct fpb_duet_result r = { .blocks = 0 };
	int ret = files ? 0 : -ENOMEM;

	snprintf(why, FPB_REASON_MAX, "%s", strerror(ENOMEM));
	if (!ret)
		ret = load(dirs, n, seq, numjobs, files, why) ? :
		      fpb_duet_result(files, n * numjobs, side, &r, why);
	/* Raw has few blocks: what they say of one boot is enough. */
	if (ret == -ENODATA && side && r.blocks)
		ret = 0;
	for (unsigned int i = 1; !ret && i < n; i++)
		put(samples[i], &r.lanes[i], r.blocks, over);
	for (unsigned int i = 0; files && i < n * numjobs; i++)
		fpb_pairfile_free(&files[i]);
	free(files);
	return ret;
}
