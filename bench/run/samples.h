/* SPDX-License-Identifier: GPL-2.0 */
/* The samples that a run has, and where new ones go. */
#ifndef FPB_SAMPLES_H
#define FPB_SAMPLES_H

#include "core/rundata.h"
#include "run/progress.h"
#include "run/spec.h"

struct fpb_samples {
	const struct fpb_run_spec *run;
	struct fpb_rundata data;	/* what a resumed run already has */
	bool has_data;
	struct fpb_progress progress;
	/* Of this run's cells, by their last try. */
	size_t failed;			/* failed or invalid */
	size_t lost;			/* of these, lost to a busy machine */
};

/*
 * Whether the run had the cell before it was resumed, and need not measure it
 * again: fpb_rundata_measured().
 */
bool fpb_samples_have(const struct fpb_samples *s, const char *kernel,
		      unsigned int round, const struct fpb_cell *cell);

/*
 * Appends the @n samples of a step to samples.jsonl, in one write. If a kill cuts it
 * short, a resume leaves out what is there of the step: fpb_rundata_whole_samples().
 * @last: they will not be measured again. 0, or -errno after a message.
 */
int fpb_samples_keep(struct fpb_samples *s, json_t *const *list,
		     const struct fpb_sample *const *parsed, size_t n, bool last);

#endif
