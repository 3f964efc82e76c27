/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A root in the guest's memory, for a guest that must not wait for the host:
 * the programs that a job needs with their libraries, at the paths where this
 * machine has them.
 */
#ifndef FPB_INITRAMFS_H
#define FPB_INITRAMFS_H

#include "core/job.h"

/*
 * Writes it to @path: @agent as FPB_GUEST_INIT, what @job and the agent run, and
 * the files of @folder (NULL: none) in FPB_GUEST_SEALED. The same files give
 * the same bytes. 0, or -errno after a message.
 */
int fpb_initramfs_write(const char *path, const char *agent,
			const struct fpb_job *job, const char *folder);

#endif
