/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Refuses a fio that this engine was not built for. fio's own version number
 * of the engine interface (FIO_IOOPS_VERSION) does not cover the layout of its
 * structures, and a wrong pair crashes or, worse, measures something else.
 * Include fio.h first: it has no guard against coming second.
 */
#ifndef FPB_GUARD_H
#define FPB_GUARD_H

struct ioengine_ops;
struct thread_data;

/*
 * True if the program that loaded us is the fio that we were built for, with
 * the same configuration. Touches none of fio's structures that may differ
 * until its version is known. Says on stderr what differs, once.
 */
bool fpb_guard_program(void);

/*
 * True if @td, which fio handed to a hook of @ops, has the layout that we were
 * built for. Call it before anything else in the first hook of a job.
 */
bool fpb_guard_job(const struct thread_data *td,
		   const struct ioengine_ops *ops);

#endif
