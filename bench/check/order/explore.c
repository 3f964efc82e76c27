// SPDX-License-Identifier: GPL-2.0
#include "check/order/explore.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* How a schedule that has not been run begins. */
struct start {
	unsigned int preemptions;
	char steps[ORDER_STEPS + 1];
};

struct order_explore {
	struct start *left;
	size_t nleft, room;
	/* The schedule that runs: it follows @start, then each task. */
	struct start start;
	char steps[ORDER_STEPS + 1];
	size_t n;
	unsigned int preemptions;	/* in these steps */
	size_t nfound;			/* of @left, at the last step */
	bool preempts;			/* those do, unless it is infeasible */
	bool only;
	size_t schedules, infeasibles;
};

static int leave(struct order_explore *e, const struct start *s)
{
	if (e->nleft == e->room) {
		size_t room = e->room ? 2 * e->room : 64;
		struct start *left = realloc(e->left, room * sizeof(*left));

		if (!left)
			return -ENOMEM;
		e->left = left;
		e->room = room;
	}
	e->left[e->nleft++] = *s;
	return 0;
}

struct order_explore *order_explore_new(const char *only)
{
	struct order_explore *e = calloc(1, sizeof(*e));
	struct start s = { 0 };

	if (!e)
		return NULL;
	e->only = only;
	strncat(s.steps, only ? only : "", ORDER_STEPS);
	if (!leave(e, &s))
		return e;
	free(e);
	return NULL;
}

void order_explore_free(struct order_explore *e)
{
	if (!e)
		return;
	free(e->left);
	free(e);
}

/* Those with as few preemptions come in the order in which they were found. */
bool order_explore_next(struct order_explore *e)
{
	size_t best = 0;

	if (!e->nleft)
		return false;
	for (size_t i = 1; i < e->nleft; i++)
		if (e->left[i].preemptions < e->left[best].preemptions)
			best = i;
	e->start = e->left[best];
	e->nleft--;
	memmove(&e->left[best], &e->left[best + 1],
		(e->nleft - best) * sizeof(*e->left));
	memset(e->steps, 0, sizeof(e->steps));
	e->n = 0;
	e->preemptions = 0;
	e->schedules++;
	return true;
}

static bool is_able(unsigned int able, int task)
{
	return task >= 0 && task < 32 && able & 1u << task;
}

/* Leave for later what the other tasks could do here. */
static int find_others(struct order_explore *e, unsigned int able, int chosen,
		       int last)
{
	struct start s = { .preemptions = e->preemptions };

	e->preempts = is_able(able, last);
	s.preemptions += e->preempts;
	memcpy(s.steps, e->steps, e->n);
	for (int task = 0; able >> task; task++) {
		int ret = 0;

		s.steps[e->n] = 'A' + task;
		if (is_able(able, task) && task != chosen)
			ret = leave(e, &s);
		if (ret)
			return ret;
		e->nfound += is_able(able, task) && task != chosen;
	}
	return 0;
}

int order_explore_choose(struct order_explore *e, unsigned int able)
{
	int last = e->n ? e->steps[e->n - 1] - 'A' : -1;
	bool follows = e->start.steps[e->n];
	int task = follows ? e->start.steps[e->n] - 'A' :
		   is_able(able, last) ? last : __builtin_ffs(able) - 1;
	int ret = 0;

	if (!able)
		return follows ? -ESTALE : -ENOENT;
	if (!is_able(able, task))
		return -ESTALE;
	if (e->n == ORDER_STEPS)
		return -EOVERFLOW;
	e->nfound = 0;
	if (!follows && !e->only)
		ret = find_others(e, able, task, last);
	e->preemptions += task != last && is_able(able, last);
	e->steps[e->n++] = 'A' + task;
	return ret ? ret : task;
}

void order_explore_infeasible(struct order_explore *e)
{
	/* Another task has to go on, so that it does preempts nothing. */
	for (size_t i = e->nleft - e->nfound; e->preempts && i < e->nleft; i++)
		e->left[i].preemptions--;
	e->infeasibles++;
}

const char *order_explore_name(const struct order_explore *e)
{
	return e->steps;
}

size_t order_explore_schedules(const struct order_explore *e)
{
	return e->schedules;
}

size_t order_explore_infeasibles(const struct order_explore *e)
{
	return e->infeasibles;
}
