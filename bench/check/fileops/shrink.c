// SPDX-License-Identifier: GPL-2.0
#include "check/fileops/shrink.h"

#include <stdlib.h>
#include <string.h>

struct shrink {
	struct fileop *ops, *candidate;	/* of n operations */
	size_t n;
	bool (*fails)(const struct fileop *ops, size_t n, void *arg);
	void *arg;
	unsigned int budget;
};

/* Take the first @n operations of the candidate if they still fail. */
static bool try_candidate(struct shrink *s, size_t n)
{
	s->budget--;
	if (!n || !s->fails(s->candidate, n, s->arg))
		return false;
	memcpy(s->ops, s->candidate, n * sizeof(*s->ops));
	s->n = n;
	return true;
}

/* Remove each run of @step operations that is not needed. */
static bool remove_runs(struct shrink *s, size_t step)
{
	bool removed = false;

	for (size_t at = 0; at < s->n && s->budget;) {
		size_t cut = step < s->n - at ? step : s->n - at;
		size_t rest = s->n - at - cut;

		memcpy(s->candidate, s->ops, at * sizeof(*s->ops));
		memcpy(s->candidate + at, s->ops + at + cut,
		       rest * sizeof(*s->ops));
		if (try_candidate(s, at + rest))
			removed = true;
		else
			at += cut;
	}
	return removed;
}

static void merge_processes(struct shrink *s)
{
	for (size_t i = 0; i < s->n && s->budget; i++) {
		if (!s->ops[i].proc)
			continue;
		memcpy(s->candidate, s->ops, s->n * sizeof(*s->ops));
		for (size_t k = 0; k < s->n; k++)
			if (s->candidate[k].proc == s->ops[i].proc)
				s->candidate[k].proc = 0;
		try_candidate(s, s->n);
	}
}

size_t fileop_shrink(struct fileop *ops, size_t n,
		     bool (*fails)(const struct fileop *ops, size_t n,
				   void *arg),
		     void *arg, unsigned int budget)
{
	struct shrink s = { .ops = ops, .n = n, .fails = fails, .arg = arg,
			    .budget = budget,
			    .candidate = malloc(n * sizeof(*ops)) };
	bool removed = true;

	if (!s.candidate)
		return n;
	while (removed && s.budget) {
		removed = false;
		for (size_t step = s.n / 2 ? s.n / 2 : 1; step; step /= 2)
			removed |= remove_runs(&s, step);
	}
	merge_processes(&s);
	free(s.candidate);
	return s.n;
}
