/* SPDX-License-Identifier: GPL-2.0 */
/* Kernels from source, by the scripts in bench/kernels/. */
#ifndef FPB_KERNELBUILD_H
#define FPB_KERNELBUILD_H

#include <stdbool.h>

#include "backend/backend.h"

/* Zeroed by the caller, who owns all of it. */
struct fpb_kernelbuild {
	/*
	 * "NAME=VALUE" of variables of bench/kernels/build.sh, NULL-terminated.
	 * All others count as not set, whatever the environment has.
	 */
	const char *const *variables;
	/* One of the default kernels: those that are built with it. NULL: the pair. */
	const char *kernel;
	/* Says ARCH unless a variable does; NULL: User-Mode Linux. */
	const struct fpb_backend *backend;
	const char *dir;		/* where the links to the kernels go */
	const char *log;		/* NULL: messages are for the user */
};

/* Whether "NAME=VALUE" is of a variable that the scripts read. */
bool fpb_kernelbuild_knows(const char *variable);
/* The names of all of them, for a message: FPB_REASON_MAX bytes. */
void fpb_kernelbuild_list(char *text);

/* Whether kernels of that name can be built without a variable. */
bool fpb_kernelbuild_is_default(const char *name);

/*
 * Installs packages that are missing, if this user may, and builds what the
 * variables ask for, unless the cache has it. Returns FPB_EXIT_OK, or another
 * status once there is a message in the log, or for the user.
 */
int fpb_kernelbuild_make(const struct fpb_kernelbuild *b);

/*
 * The options of fpbench that choose these kernels, in *@text, for free(); an
 * empty line or none if they are the default. A status as above.
 */
int fpb_kernelbuild_options(const struct fpb_kernelbuild *b, char **text);

#endif
