/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the program finds what belongs to it, in a source tree and installed:
 *
 *	DIR/fpbench, DIR/fpfs, ...	DIR is build/ or PREFIX/lib/fpbench/
 *	DIR/data	a link to the source tree, or to PREFIX/share/fpbench/
 *	DIR/kernels	what make built; an installed one has the cache's
 *
 * No path is compiled in: either form can be moved.
 */
#ifndef FPB_PLACE_H
#define FPB_PLACE_H

#include <stdbool.h>

#include "os/file.h"

/*
 * All write into @path (FPB_PATH_MAX bytes) and return 0 or -errno. Paths are
 * absolute, but for a cache that the environment gives another.
 */

/* The program itself. */
int fpb_place_self(char *path);

/* @name in its folder, there or not. */
int fpb_place_beside(char *path, const char *name);

/* What a source tree has as @name, such as "plots". -ENOENT if it is not there. */
int fpb_place_data(char *path, const char *name);

/* Sets HOME if it is not set, as in a service of systemd, which has none. */
void fpb_place_home(void);

/* Whether this is the program of a source tree. */
bool fpb_place_is_tree(void);

/* The folder of kernels, there or not. -EPERM: others can write to the cache. */
int fpb_place_kernels(char *path);

#endif
