/* SPDX-License-Identifier: GPL-2.0 */
/* Which files a run's directory has, by their names (run/README.md). Pure. */
#ifndef FPB_RUNFILES_H
#define FPB_RUNFILES_H

#include <stdbool.h>

#define FPB_FILE_PLAN		"plan.ini"
#define FPB_FILE_TABLE		"table.txt"
#define FPB_FILE_COST		"cost.json"
/* What boot NAME left, in boots/NAME. */
#define FPB_DIR_BOOTS		"boots"
/* What a run keeps of kernel NAME, in kernels/NAME. */
#define FPB_DIR_KERNELS		"kernels"

enum fpb_runfile {
	FPB_RUNFILE_UNKNOWN,		/* nothing that fpbench wrote */
	FPB_RUNFILE_MADE,		/* can be made again from the others */
	FPB_RUNFILE_KEPT,		/* is in an archive of the run, too */
};

/* @name: below the run's directory, such as "boots/r01-patched/step.0". */
enum fpb_runfile fpb_runfile(const char *name);

/* Whether @name can be that of a folder: of a run, or of a kernel. */
bool fpb_runfile_is_folder(const char *name);

#endif
