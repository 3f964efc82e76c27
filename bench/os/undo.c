// SPDX-License-Identifier: GPL-2.0
#include "os/undo.h"

#include <assert.h>

void fpb_undo_push(struct fpb_undo *u, void (*fn)(void *arg), void *arg)
{
	assert(u->n < FPB_UNDO_MAX);
	u->step[u->n].fn = fn;
	u->step[u->n++].arg = arg;
}

void fpb_undo_all(struct fpb_undo *u)
{
	while (u->n) {
		u->n--;
		u->step[u->n].fn(u->step[u->n].arg);
	}
}
