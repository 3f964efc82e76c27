/* SPDX-License-Identifier: GPL-2.0 */
/* The tables of cases; each ends with a NULL name. */
#ifndef CHECK_CASES_H
#define CHECK_CASES_H

#include "check/lib/case.h"

/* What lockdep has against FUSE over FUSE, as a row's .lockdep */
#define CHECK_ONE_CLASS	"FUSE has one class for the locks of all its mounts, so that two levels look like one"

/* The branches of the lock decision */
extern const struct check_case lock_path_cases[], eof_cases[],
			       in_flight_cases[], order_cases[];
/* What a reviewer asks about */
extern const struct check_case privileges_cases[], requests_cases[],
			       io_uring_cases[], setfl_cases[], size_cases[],
			       mixed_cases[], close_cases[];
/* Other filesystems below, and stacks of them */
extern const struct check_case stacked_cases[];
/* Errors, limits, outages */
extern const struct check_case device_error_cases[], limit_cases[],
			       outage_cases[], power_cut_cases[];
/* Everything at once */
extern const struct check_case load_cases[], differential_cases[];

#endif
