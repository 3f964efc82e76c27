/* SPDX-License-Identifier: GPL-2.0 */
/* A part of the rounds of a run, for one of several machines. Pure. */
#ifndef FPB_SHARD_H
#define FPB_SHARD_H

#include <stdbool.h>
#include <stddef.h>

/* The @index-th of @of shards, from 1. @of = 0: the run is not split. */
struct fpb_shard {
	unsigned int index, of;
};

/*
 * The shard from 1 to @of that has @round (from 1). Each has whole blocks of
 * @nkernels rounds, in which every kernel is booted in each place, so that the
 * order is balanced inside a shard (core/schedule.h). Blocks go round.
 */
unsigned int fpb_shard_of_round(unsigned int of, size_t nkernels,
				unsigned int round);

/* Whether the round belongs to @s; to what is not split all of them do. */
bool fpb_shard_has(const struct fpb_shard *s, size_t nkernels,
		   unsigned int round);

/* How many of @rounds rounds belong to @s. */
unsigned int fpb_shard_rounds(const struct fpb_shard *s, size_t nkernels,
			      unsigned int rounds);

/* How many shards can have a round each. */
unsigned int fpb_shards_max(size_t nkernels, unsigned int rounds);

#endif
