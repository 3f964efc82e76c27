/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Do the operations of a sequence in the working directory. What is open and
 * mapped belongs to the process.
 */
#ifndef CHECK_PERFORM_H
#define CHECK_PERFORM_H

#include "check/fileops/fileop.h"

struct call_result;			/* result.h */

/* Once in a process, before the first operation. */
void fileop_set_up(void);
void fileop_perform(const struct fileop *op, struct call_result *r);
/* Close and unmap all. */
void fileop_close_all(void);

#endif
