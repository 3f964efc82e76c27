/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel counts while a sample is taken: where its time goes. */
#ifndef FPB_WHYSAMPLE_H
#define FPB_WHYSAMPLE_H

#include "agent/context.h"

/*
 * From now on, in @a->counted; lock statistics begin anew. @d: the target's daemon,
 * or NULL. 0, or -errno with a sentence in @a->why.
 */
int fpb_agent_why_begin(struct fpb_agent *a, const struct fpb_daemon *d);

/* Reports a "why" event: what was counted since, for the sample @s. As above. */
int fpb_agent_why_end(struct fpb_agent *a, const struct fpb_daemon *d,
		      const struct fpb_sample *s);

#endif
