/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs a command with its standard streams passed through files in the boot's
 * folder: see core/guestshare.h. The harness's end is guest/stdio.c.
 */
#ifndef FPB_RELAY_H
#define FPB_RELAY_H

#include "core/job.h"

/*
 * Runs the command @argv of @job, with @env ("NAME=value", NULL-terminated) on
 * top of ours. 0 with *@status as waitpid(2) gives it, -EINTR if we were asked
 * to stop (it was ended), or -errno.
 */
int fpb_relay_run(const struct fpb_job *job, const char *const *argv,
		  const char *const *env, int *status);

#endif
