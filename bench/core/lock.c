// SPDX-License-Identifier: GPL-2.0
#include "core/lock.h"

enum fpb_lock_state fpb_lock_state(double one_writer_iops,
				   double two_writer_iops)
{
	double ratio;

	/* Writers that did nothing did not wait for each other either. */
	if (!(one_writer_iops > 0) || !(two_writer_iops > 0))
		return FPB_LOCK_UNKNOWN;
	ratio = two_writer_iops / one_writer_iops;
	if (ratio >= FPB_LOCK_SHARED_MIN)
		return FPB_LOCK_SHARED;
	if (ratio <= FPB_LOCK_EXCLUSIVE_MAX)
		return FPB_LOCK_EXCLUSIVE;
	return FPB_LOCK_UNKNOWN;
}
