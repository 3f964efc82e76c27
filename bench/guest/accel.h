/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which accelerator of a backend runs a kernel on this machine. That the
 * machine has it is no proof: KVM may be there and unusable, so a kernel is
 * booted, with a deadline. The answer is kept until the machine is booted
 * again or the kernel's image changes.
 */
#ifndef FPB_ACCEL_H
#define FPB_ACCEL_H

#include "core/plan.h"
#include "guest/kernel.h"
#include "guest/programs.h"

/*
 * Settles @p->accel if it is "auto": the first of @b's that boots @k, in the
 * folder @scratch. Returns an exit status; if it is not FPB_EXIT_OK, after a
 * message.
 */
int fpb_accel_settle(const struct fpb_backend *b, const struct fpb_kernel *k,
		     const struct fpb_programs *programs, const char *scratch,
		     struct fpb_plan *p);

#endif
