/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SIGINT, SIGTERM and SIGHUP set a flag; the main path looks at it and
 * unwinds. A second SIGINT is not special: unwinding is bounded by deadlines.
 */
#ifndef FPB_STOP_H
#define FPB_STOP_H

#include <stdbool.h>

void fpb_stop_catch(void);
bool fpb_stop_asked(void);
/* As if a signal had asked for it. */
void fpb_stop(void);

#endif
