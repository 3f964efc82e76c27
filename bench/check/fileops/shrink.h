/* SPDX-License-Identifier: GPL-2.0 */
/* A sequence of operations, made shorter while it still fails. Pure. */
#ifndef CHECK_SHRINK_H
#define CHECK_SHRINK_H

#include "check/fileops/fileop.h"

/*
 * Remove operations while @fails is true for the rest, then move those of
 * other processes to the first one. Calls @fails up to @budget times. Returns
 * how many operations are left, at the front of @ops.
 */
size_t fileop_shrink(struct fileop *ops, size_t n,
		     bool (*fails)(const struct fileop *ops, size_t n,
				   void *arg),
		     void *arg, unsigned int budget);

#endif
