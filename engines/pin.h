/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start each job of this fio on a CPU of its own. Knows no fio.
 *
 * fio's cpus_allowed moves a job after it has been forked. In User-Mode Linux
 * that is too late: the process that runs the job's own code is one of the host,
 * which stays on the CPU of the fork, and each system call then goes from one CPU
 * to another. So fio itself moves before each fork.
 */
#ifndef FPB_PIN_H
#define FPB_PIN_H

/*
 * From now on each process that is forked gets the next of the CPUs that this
 * one may use, in turn, and stays there; this one may use all of them again
 * afterwards. May be called more than once. 0 or -errno.
 */
int fpb_pin_forks(void);

#endif
