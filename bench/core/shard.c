// SPDX-License-Identifier: GPL-2.0
#include "core/shard.h"

unsigned int fpb_shard_of_round(unsigned int of, size_t nkernels,
				unsigned int round)
{
	return (round - 1) / nkernels % of + 1;
}

bool fpb_shard_has(const struct fpb_shard *s, size_t nkernels,
		   unsigned int round)
{
	return !s->of ||
	       fpb_shard_of_round(s->of, nkernels, round) == s->index;
}

unsigned int fpb_shard_rounds(const struct fpb_shard *s, size_t nkernels,
			      unsigned int rounds)
{
	unsigned int round, n = 0;

	for (round = 1; round <= rounds; round++)
		n += fpb_shard_has(s, nkernels, round);
	return n;
}

unsigned int fpb_shards_max(size_t nkernels, unsigned int rounds)
{
	return (rounds + nkernels - 1) / nkernels;
}
