/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes of a case, and what they open and allocate. What fails ends the
 * case.
 */
#ifndef CHECK_PROCESS_H
#define CHECK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/*
 * fork(2). The child must not return from the case; it ends with the case at
 * the latest. Its exit status is an errno, or 0.
 */
pid_t check_fork(void);
/* Wait up to @ms and reap. 0, or -errno of the child, or -ETIMEDOUT. */
int check_wait(pid_t pid, unsigned int ms);
/* Fail the case, by the name @who, if the child has ended. */
void check_still_runs(pid_t pid, const char *who);
/* Kill and reap a child. */
void check_kill(pid_t pid);
/* Whether a process or thread is in an uninterruptible sleep. */
bool check_asleep(pid_t pid);
/* Kill the children that are left. */
void check_kill_children(void);

/* Run a command for up to @ms, its output appended to @log. */
void check_command(const char *log, const char *const *argv, unsigned int ms);

int check_open(const char *path, int flags);
/* Give the file a capability. 0, or -1 and errno. */
int check_set_capability(const char *path);
struct stat check_stat(const char *path);
/* Zeros, aligned for O_DIRECT, for free(). */
void *check_buffer(size_t bytes);
/* Zeros that child processes share, for munmap(2). */
void *check_shared_memory(size_t bytes);

#endif
