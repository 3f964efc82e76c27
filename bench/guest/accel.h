/* SPDX-License-Identifier: GPL-2.0 */
/* What of a plan only the machine can settle: how guests are to run on it. */
#ifndef FPB_MACHINE_H
#define FPB_MACHINE_H

#include "guest/boot.h"
#include "core/plan.h"
#include "guest/programs.h"

/* Whether this machine has what @b needs: 0, or 77 after a message. */
int fpb_machine_has(const struct fpb_backend *b);

/* The type of device that cells are measured on. Changes nothing. */
const char *fpb_machine_device(const struct fpb_backend *b);

/*
 * Sees that this machine has the CPUs that @p pins guests to, and settles
 * @p->accel: the first of @b's that this machine has and that boots @k. That it
 * has it is no proof: KVM may be there and unusable, so the kernel is booted,
 * with a deadline. The answer is kept until the machine is booted again or the
 * kernel's image changes.
 *
 * Returns an exit status of sys/msg.h: 0; else after a message.
 */
int fpb_machine_settle(const struct fpb_backend *b,
		       const struct fpb_kernel *k,
		       const struct fpb_programs *programs,
		       struct fpb_plan *p);

/* Of the plan's accelerator, once it is settled. */
const struct fpb_accel *fpb_machine_accel(const struct fpb_backend *b,
					  const struct fpb_plan *p);

/* How long a guest may be silent before it is given up, if nobody says. */
uint64_t fpb_machine_silence_ms(const struct fpb_backend *b,
				const struct fpb_plan *p);

#endif
