// SPDX-License-Identifier: GPL-2.0
#include "backend/backend.h"

#include <string.h>

const struct fpb_backend *const fpb_backends[] = {
	&fpb_backend_uml,
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
