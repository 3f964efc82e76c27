/* SPDX-License-Identifier: GPL-2.0 */
/* "fpbench conform": tests of an outside suite in place of cells. */
#ifndef FPB_AGENT_TESTS_H
#define FPB_AGENT_TESTS_H

#include "agent/context.h"

/*
 * Runs the job's command with each of its tests, on a fresh XFS or on the
 * filesystem that is to be mounted over it, and reports each result. What a
 * test prints is in the file of fpb_conform_log_name(). The command finds in its
 * environment:
 *
 *	FPB_SIDE	"raw" or "mount"
 *	FPB_MNT		where to test, unless it mounts that itself
 *	FPB_XFS		the folder of the XFS
 *	FPB_DEVICE, FPB_SCRATCH	its device, and a second one that is empty
 *	FPB_MOUNT	the command that mounts, for a shell with the variables
 *			source, dir, work and name
 *	FPB_WORK, FPB_OUT	folders for mounts and for what is kept
 *	FPB_TIME	seconds for a test that goes by time
 *	FPB_FIO		our fio
 *
 * 0, or -errno with a sentence in @a->why.
 */
int fpb_agent_tests(struct fpb_agent *a);

#endif
