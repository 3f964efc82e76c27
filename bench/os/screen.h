/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lines at the end of a terminal's screen, below which the cursor rests. They
 * are erased and drawn again in place; no mode of the terminal is changed, so
 * that nothing has to be restored however the program ends.
 */
#ifndef FPB_SCREEN_H
#define FPB_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The size of the terminal on stderr. False if there is none, or one that cannot
 * go back to a line (TERM is "dumb" or not set).
 */
bool fpb_screen_size(size_t *columns, size_t *rows);

/*
 * Shows @text in place of what was shown: lines that each end with a newline,
 * fewer than the terminal has, and narrower. NULL: none. Does nothing without
 * such a terminal.
 */
void fpb_screen_show(const char *text);

/* Around a message, which then stands above the lines. */
void fpb_screen_hide(void);
void fpb_screen_restore(void);

#endif
