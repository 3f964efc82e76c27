/* SPDX-License-Identifier: GPL-2.0 */
/* The settings of core/tuning.h, as this machine has them. */
#ifndef FPB_RUN_TUNING_H
#define FPB_RUN_TUNING_H

#include <jansson.h>

/* An object of those that it has; NULL: out of memory. */
json_t *fpb_tuning_read(void);

/* A line for each with which numbers vary, with the command that sets it. */
void fpb_tuning_warn(void);

#endif
