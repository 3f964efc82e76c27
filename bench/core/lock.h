/* SPDX-License-Identifier: GPL-2.0 */
/* What the rates of one and of two writers say about the inode lock. Pure. */
#ifndef FPB_LOCK_H
#define FPB_LOCK_H

#include "core/result.h"

/*
 * Writers that share the lock have twice the rate of one, writers that wait
 * for each other have the same. Between the bounds nothing is claimed.
 */
#define FPB_LOCK_SHARED_MIN	1.6
#define FPB_LOCK_EXCLUSIVE_MAX	1.3

enum fpb_lock_state fpb_lock_state(double one_writer_iops,
				   double two_writer_iops);

#endif
