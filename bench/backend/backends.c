// SPDX-License-Identifier: GPL-2.0
#include "backend/backends.h"

#include <stdio.h>
#include <string.h>

#include "core/result.h"
#include "os/msg.h"

/* The first is the default. */
const struct fpb_backend *const fpb_backends[] = {
	&fpb_backend_uml,
	&fpb_backend_qemu,
	&fpb_backend_host,
	NULL
};

const struct fpb_backend *fpb_backend_find(const char *name)
{
	for (size_t i = 0; fpb_backends[i]; i++)
		if (!strcmp(fpb_backends[i]->name, name))
			return fpb_backends[i];
	return NULL;
}

const struct fpb_backend *fpb_backend_choose(const char *name)
{
	const struct fpb_backend *b = name ? fpb_backend_find(name) :
					     fpb_backends[0];
	char known[FPB_REASON_MAX] = "";
	size_t n = 0;

	if (b)
		return b;
	for (size_t i = 0; fpb_backends[i] && n < sizeof(known); i++)
		n += snprintf(known + n, sizeof(known) - n, "%s%s",
			      i ? ", " : "", fpb_backends[i]->name);
	fpb_err("unknown backend \"%s\" (known: %s)", name, known);
	return NULL;
}

const struct fpb_accel *fpb_accel_find(const struct fpb_backend *b,
				       const char *name)
{
	for (const struct fpb_accel *a = b->accels; a->name; a++)
		if (!strcmp(a->name, name))
			return a;
	return NULL;
}

const struct fpb_accel *fpb_accel_of(const struct fpb_backend *b,
				     const char *name)
{
	const struct fpb_accel *a = fpb_accel_find(b, name);

	return a ? a : b->accels;
}
