/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A caller's capabilities and supplementary groups, which FUSE does not pass
 * on. Reading them from /proc is slow, so it is done only for files with a
 * set-uid or set-gid bit. If they cannot be read the answer is no, which
 * strips the bit.
 */
#ifndef FPFS_CALLER_H
#define FPFS_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

/* Has thread @pid (0: unknown) @cap in the daemon's user namespace? */
bool fpfs_caller_has_cap(pid_t pid, int cap);

/* Is it in group @group, with @gid as its own group? */
bool fpfs_caller_in_group(pid_t pid, gid_t gid, gid_t group);

/*
 * For the unit test: "Groups:" and "CapEff:" of the text of a status file.
 * False if there is no such line or @cap / @group is not in it.
 */
bool fpfs_status_has_cap(const char *status, int cap);
bool fpfs_status_has_group(const char *status, gid_t group);

#endif
