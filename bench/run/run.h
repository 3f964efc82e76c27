/* SPDX-License-Identifier: GPL-2.0 */
/* Measures: rounds of boots, whose samples go into the run's directory. */
#ifndef FPB_RUN_H
#define FPB_RUN_H

#include "run/spec.h"

/* @r is settled. Returns an exit status of os/msg.h, after messages. */
int fpb_run(struct fpb_run_spec *r);

#endif
