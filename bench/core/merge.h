/* SPDX-License-Identifier: GPL-2.0 */
/* Shards of one run, from several machines, to the run that they are. Pure. */
#ifndef FPB_MERGE_H
#define FPB_MERGE_H

#include <jansson.h>

#include "core/manifest.h"

struct fpb_merge_shard {
	const char *name;		/* for messages: its directory */
	const struct fpb_manifest *m;
};

/*
 * 0 if the @n runs are all shards of one run, each once: with the same plan and
 * seed, kernels, programs and guests. Machines, paths, and which CPUs guests were
 * kept on may differ. Else -EINVAL with a sentence in @why (FPB_REASON_MAX bytes)
 * that names the shard.
 */
int fpb_merge_check(const struct fpb_merge_shard *s, size_t n, char *why);

/*
 * The manifest of the run @id that such shards make (bench/run/README.md): a new
 * reference, NULL if memory is short. Shards of one machine are one block.
 */
json_t *fpb_merge_manifest(const struct fpb_merge_shard *s, size_t n,
			   const char *id);

#endif
