/* SPDX-License-Identifier: GPL-2.0 */
/* CPU time of processes and of the machine, by /proc. */
#ifndef FPB_CPUTIME_H
#define FPB_CPUTIME_H

#include <stdint.h>
#include <sys/types.h>

struct fpb_cputime {
	uint64_t ran_ns;
	/* Runnable, but without a CPU; 0 if this kernel does not count it. */
	uint64_t waited_ns;
};

/*
 * Sums over the threads of @pid and of all its descendants that are alive now:
 * a process that ended takes its time out of the sum. 0 or -errno.
 */
int fpb_cputime(pid_t pid, struct fpb_cputime *t);

/* In its own code, and in the kernel. */
struct fpb_cputime_split {
	uint64_t user_ns, kernel_ns;
};

/*
 * Adds what @pid alone has used, to the tick, also in a kernel without schedstat;
 * nothing if there is no such process.
 */
void fpb_cputime_add_process(pid_t pid, struct fpb_cputime_split *t);
/* What children of ours have used that have ended. */
struct fpb_cputime_split fpb_cputime_children(void);

/*
 * Of all tasks and CPUs since boot: runnable, but without a CPU; 0 if this kernel
 * does not count it.
 */
uint64_t fpb_cputime_runnable_ns(void);

/* Of all CPUs since boot, but for idle and iowait; 0 if it cannot be read. */
uint64_t fpb_cputime_busy_ns(void);

#endif
