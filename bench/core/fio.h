/* SPDX-License-Identifier: GPL-2.0 */
/* One sample as a fio job, and fio's JSON as a sample. Pure. */
#ifndef FPB_FIO_H
#define FPB_FIO_H

#include <jansson.h>

#include "core/plan.h"
#include "core/result.h"

/*
 * The text of a job file that measures @cell on @file with the engine at
 * @engine. malloc()ed, or NULL if memory is short.
 */
char *fpb_fio_job(const struct fpb_plan *p, const struct fpb_cell *cell,
		  const char *engine, const char *file);

/*
 * Fills the measured part of @s from the JSON of one job (or of a group:
 * group_reporting). 0, or -EINVAL with a sentence: fio reported an error, or
 * did no I/O at all.
 */
int fpb_fio_result(const json_t *fio, struct fpb_sample *s, char *why);

#endif
