/* SPDX-License-Identifier: GPL-2.0 */
/* Read a run: its directory, or an archive of it (run/packed.h). */
#ifndef FPB_READRUN_H
#define FPB_READRUN_H

#include <dirent.h>

#include "core/rundata.h"

#define FPB_LATEST_RUN	"results/latest"

/*
 * Read the run at @dir; boots.jsonl and samples.jsonl may be absent. Returns 0 (the
 * caller frees by fpb_rundata_free()) or -errno after a message. -ENOENT: there
 * is no such run; -ENODATA: it has no samples. Warns of lines that were cut.
 */
int fpb_load_run(const char *dir, struct fpb_rundata *run);
/* The same, but a run without samples is fine. */
int fpb_load_run_so_far(const char *dir, struct fpb_rundata *run);

/* Its manifest alone; the caller frees @m. Errors as above. */
int fpb_load_manifest(const char *dir, struct fpb_manifest *m);

/*
 * For scandir(3): whether an entry of a folder of runs can be one. Links to the
 * latest ones stand for runs that are listed anyway.
 */
int fpb_run_is_listed(const struct dirent *d);

/* The exit status (os/msg.h) for fpb_load_run()'s error. */
int fpb_load_status(int error);

#endif
