/* SPDX-License-Identifier: GPL-2.0 */
/* A place in which a test can do no harm. */
#ifndef PLAYED_SANDBOX_H
#define PLAYED_SANDBOX_H

/* Directories of a filesystem in memory, and nothing else can be written. */
#define SANDBOX		"/mnt"
#define SANDBOX_SOURCE	SANDBOX "/source"
#define SANDBOX_OUTSIDE	SANDBOX "/outside"	/* of the source */

/*
 * Enter a mount namespace in which everything is read-only but SANDBOX and the
 * directory that WRITABLE in the environment names, if it does. Returns why that
 * cannot be, or NULL.
 */
const char *sandbox_enter(void);

/* Make the tree of SANDBOX_SOURCE and the files outside anew. */
void sandbox_fill(void);

/* Has nobody touched what is outside of the source since sandbox_fill()? */
int sandbox_outside_is_untouched(void);

#endif
