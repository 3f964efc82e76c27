/* SPDX-License-Identifier: GPL-2.0 */
/* CPUs of this machine, and tasks that stay on some of them. */
#ifndef FPB_CPUS_H
#define FPB_CPUS_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Lists the CPUs that this process may use, one of each core first, then their
 * hyperthreads. Returns how many there are; @cpus gets @max of them at most.
 */
size_t fpb_cpus_usable(unsigned int *cpus, size_t max);

/* Lets the thread @tid run on the @n @cpus only. 0 or -errno. */
int fpb_cpus_keep_on(pid_t tid, const unsigned int *cpus, size_t n);

#endif
