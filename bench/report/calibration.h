/* SPDX-License-Identifier: GPL-2.0 */
/* What a calibration of the verdicts came to, as text. */
#ifndef FPB_REPORT_CALIBRATION_H
#define FPB_REPORT_CALIBRATION_H

#include <stdio.h>

#include "core/session.h"

/* Returns 0 or -ENOMEM. */
int fpb_report_calibration(FILE *out, const struct fpb_sessions *all);

#endif
