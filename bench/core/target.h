/* SPDX-License-Identifier: GPL-2.0 */
/* What a cell is measured on: raw, or one of the daemon's modes. Pure. */
#ifndef FPB_TARGET_H
#define FPB_TARGET_H

#include <stdbool.h>

enum fpb_data_path {
	FPB_DATA_NO_DAEMON,	/* there is none */
	FPB_DATA_PASSTHROUGH,	/* no READ or WRITE may reach the daemon */
	FPB_DATA_DAEMON,	/* all of them must */
};

struct fpb_target {
	const char *name;
	const char *summary;
	enum fpb_data_path data;
	const char *mode;		/* fpfs --mode=; NULL without daemon */
	const char *transport;		/* fpfs --transport= */
};

/* All of them; ends with a NULL name. */
extern const struct fpb_target fpb_targets[];

/* NULL if there is none of that name. */
const struct fpb_target *fpb_target_find(const char *name);

#endif
