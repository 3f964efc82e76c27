/* SPDX-License-Identifier: GPL-2.0 */
/* The backends that there are. */
#ifndef FPB_BACKENDS_H
#define FPB_BACKENDS_H

#include "backend/backend.h"

/* All of them; ends with NULL. */
extern const struct fpb_backend *const fpb_backends[];

/* NULL if there is none of that name. */
const struct fpb_backend *fpb_backend_find(const char *name);
/*
 * The backend of that name, NULL meaning the default one; after a message NULL
 * if there is none.
 */
const struct fpb_backend *fpb_backend_choose(const char *name);
/* NULL if it has none of that name. */
const struct fpb_accel *fpb_accel_find(const struct fpb_backend *b,
				       const char *name);
/* The same, but the preferred one if it has none of that name. */
const struct fpb_accel *fpb_accel_of(const struct fpb_backend *b,
				     const char *name);

#endif
