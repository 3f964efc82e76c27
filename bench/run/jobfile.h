/* SPDX-License-Identifier: GPL-2.0 */
/* fio job files of the user's own, before they are measured. */
#ifndef FPB_JOBFILE_H
#define FPB_JOBFILE_H

#include "core/plan.h"

/*
 * Has the program @fio read each job file of the plan, and makes its path
 * absolute. FPB_EXIT_OK, or FPB_EXIT_USAGE after a message: the file, its line if
 * it sets what is ours to set, or what fio says of it.
 */
int fpb_jobfiles_settle(struct fpb_plan *p, const char *fio);

/*
 * Copies the job files into the run's directory @dir, and has the plan read them
 * there: what is measured does not change while the run goes on. FPB_EXIT_OK, or
 * FPB_EXIT_FAILED after a message.
 */
int fpb_jobfiles_keep(struct fpb_plan *p, const char *dir);

#endif
