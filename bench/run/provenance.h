/* SPDX-License-Identifier: GPL-2.0 */
/* manifest.json: what a run is made of, asked of the things themselves. */
#ifndef FPB_PROVENANCE_H
#define FPB_PROVENANCE_H

#include <jansson.h>

#include "run/spec.h"

/*
 * The manifest of the run @id, as in run/README.md. A new reference, or NULL
 * with a sentence in @why (FPB_REASON_MAX bytes) if something is missing.
 */
json_t *fpb_provenance(const struct fpb_run_spec *r, const char *id,
		       char *why);

#endif
