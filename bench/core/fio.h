/* SPDX-License-Identifier: GPL-2.0 */
/* One sample as a fio job, and fio's JSON as a sample. Pure. */
#ifndef FPB_FIO_H
#define FPB_FIO_H

#include <jansson.h>

#include "core/plan.h"
#include "core/result.h"
#include "core/step.h"

/* A job in slices, filename= being its first side. */
struct fpb_fio_sides {
	const char *raw;		/* the other path of the same file */
	const char *slices;		/* where, but for "_slices.N.csv" */
};

/*
 * The text of a job file that measures @step on @file with the engine at
 * @engine; @sides only if it goes in slices; @own: the text of the user's own job
 * file, if the workload is one. malloc()ed, or NULL if memory is short.
 */
char *fpb_fio_job(const struct fpb_plan *p, const struct fpb_step *step,
		  const char *engine, const char *file,
		  const struct fpb_fio_sides *sides, const char *own);

/*
 * fio's JSON, before which it writes what else it has to say: a new reference, or NULL
 * with "LINE: SENTENCE" in @why, to follow the file's name and a colon.
 */
json_t *fpb_fio_parse(const char *text, char *why);

/*
 * Fills the measured part of @s from the JSON of one job (or of a group:
 * group_reporting); if there may be @several, from the sum of all, with the
 * latencies of the first. 0, or -EINVAL with a sentence: fio
 * reported an error, did no I/O at all, or a number is missing or not valid.
 */
int fpb_fio_result(const json_t *fio, bool several, struct fpb_sample *s,
		   char *why);

/*
 * Turns @s, filled by fpb_fio_result() from a job of two sides, into the
 * sample of @side: its latencies are those that fio counted as of priority
 * @side.
 */
void fpb_fio_side(const json_t *fio, unsigned int side, struct fpb_sample *s);

#endif
