/* SPDX-License-Identifier: GPL-2.0 */
/* A run's directory to an archive, which run/packed.h reads. */
#ifndef FPB_PACK_H
#define FPB_PACK_H

#include "core/rundata.h"

/*
 * Packs the run in the folder @dir into @file, which is complete or not there.
 * @run is the run, @table its report as text. The same run gives the same bytes.
 * 0, or -errno after a message; -EINTR: a signal asked to stop (no message);
 * -EINVAL: what is there cannot be packed.
 */
int fpb_pack(const char *dir, const char *file, const struct fpb_rundata *run,
	     const char *table);

#endif
