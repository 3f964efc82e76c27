// SPDX-License-Identifier: GPL-2.0
#include "pair.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

uint64_t fpb_pair_index(const struct fpb_pair_plan *plan, uint64_t now_ns)
{
	return now_ns / plan->slice_ns;
}

/* Steele, Lea and Flood's splitmix64: every input bit reaches every output. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

unsigned int fpb_pair_block(const struct fpb_pair_plan *plan)
{
	return plan->lanes > 1 ? plan->lanes : 2;
}

/*
 * Which of a block's slices @index is, in an order in which each permutation
 * is as likely as any other (Fisher and Yates, built up from its beginning).
 */
static unsigned int place(const struct fpb_pair_plan *plan, uint64_t index)
{
	unsigned int n = fpb_pair_block(plan), order[FPB_PAIR_LANES], i, j;
	uint64_t draw = mix(mix(plan->seed) ^ (index / n));

	order[0] = 0;
	for (i = 1; i < n; i++) {
		j = i - draw % (i + 1);
		order[i] = order[j];
		order[j] = i;
		draw = mix(draw);
	}
	return order[index % n];
}

unsigned int fpb_pair_lane(const struct fpb_pair_plan *plan, uint64_t index)
{
	return plan->lanes > 1 ? place(plan, index) : 0;
}

/* Drawn by another seed than the order, or raw would favor an order. */
static bool raw_block(const struct fpb_pair_plan *plan, uint64_t block)
{
	uint64_t every = plan->raw_every;

	/* At regular distances: so many blocks in a row have one for certain. */
	return every && block % every == mix(~plan->seed) % every;
}

unsigned int fpb_pair_side(const struct fpb_pair_plan *plan, uint64_t index)
{
	return plan->lanes > 1 ? raw_block(plan, index / plan->lanes) :
				 place(plan, index);
}

const char *fpb_slice_state_name(enum fpb_slice_state state)
{
	static const char *const names[FPB_SLICE_STATES] = {
		[FPB_SLICE_OK]		= "ok",
		[FPB_SLICE_PARTIAL]	= "partial",
		[FPB_SLICE_RAMP]	= "ramp",
	};

	return names[state];
}

int fpb_pair_init(struct fpb_pair *p, const struct fpb_pair_plan *plan,
		  unsigned int lane)
{
	/* More guard than half a slice leaves nothing, see usable(). */
	if (plan->slice_ns < FPB_SLICE_BINS ||
	    plan->guard_ns > plan->slice_ns / 4 ||
	    plan->lanes > FPB_PAIR_LANES ||
	    lane >= (plan->lanes ? plan->lanes : 1))
		return -EINVAL;
	memset(p, 0, sizeof(*p));
	p->plan = *plan;
	p->lane = lane;
	/* Rounded up, or the slice's last nanoseconds had no bin. */
	p->bin_ns = (plan->slice_ns + FPB_SLICE_BINS - 1) / FPB_SLICE_BINS;
	return 0;
}

void fpb_pair_exit(struct fpb_pair *p)
{
	free(p->slices);
	memset(p, 0, sizeof(*p));
}

static int append(struct fpb_pair *p, const struct fpb_slice *s)
{
	struct fpb_slice *slices;
	size_t size;

	if (p->nr == p->size) {
		size = p->size ? 2 * p->size : 256;
		slices = realloc(p->slices, size * sizeof(*slices));
		if (!slices)
			return -ENOMEM;
		p->slices = slices;
		p->size = size;
	}
	p->slices[p->nr++] = *s;
	return 0;
}

/* How long I/O of before was in flight in the slice that begins at @start. */
static uint64_t drain(const struct fpb_pair *p, uint64_t start_ns)
{
	uint64_t ns;

	if (p->last_done_ns <= start_ns)
		return 0;
	ns = p->last_done_ns - start_ns;
	return ns < p->plan.slice_ns ? ns : p->plan.slice_ns;
}

static void begin(struct fpb_pair *p, uint64_t index, bool ramp)
{
	struct fpb_slice *s = &p->cur;

	p->start_ns = index * p->plan.slice_ns;
	p->end_ns = p->start_ns + p->plan.slice_ns;

	memset(s, 0, sizeof(*s));
	s->index = index;
	s->side = fpb_pair_side(&p->plan, index);
	s->drain_ns = drain(p, p->start_ns);
	if (ramp)
		s->state = FPB_SLICE_RAMP;
}

/*
 * Slices that went by without a call: nothing was submitted in them, because
 * they are another lane's, because something was still in flight (its drain
 * says so), or because the job had nothing to do. Either is a job's account of
 * the slice, and others need it.
 */
static int skip_to(struct fpb_pair *p, uint64_t index, bool ramp)
{
	int ret = 0;

	while (p->cur.index + 1 < index && !ret) {
		begin(p, p->cur.index + 1, ramp);
		ret = append(p, &p->cur);
	}
	return ret;
}

static int close_current(struct fpb_pair *p, uint64_t cpu_ns)
{
	p->cur.cpu_ns = cpu_ns - p->cpu_start_ns;
	return append(p, &p->cur);
}

uint64_t fpb_pair_wake(const struct fpb_pair *p, uint64_t now_ns)
{
	uint64_t index = fpb_pair_index(&p->plan, now_ns);

	/* Also where the clock was set back: slices are in order. */
	if (p->end_ns && index <= p->cur.index)
		index = p->cur.index + 1;
	while (fpb_pair_lane(&p->plan, index) != p->lane)
		index++;
	return index * p->plan.slice_ns;
}

int fpb_pair_next(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns,
		  bool ramp)
{
	uint64_t index = fpb_pair_index(&p->plan, now_ns);
	int ret;

	if (!p->end_ns) {
		begin(p, index, ramp);
		/* Not there from the beginning. */
		if (!ramp && now_ns - p->start_ns > p->plan.guard_ns)
			p->cur.state = FPB_SLICE_PARTIAL;
	} else {
		ret = close_current(p, cpu_ns);
		if (!ret)
			ret = skip_to(p, index, ramp);
		if (ret)
			return ret;
		begin(p, index, ramp);
	}
	p->cpu_start_ns = cpu_ns;
	return p->cur.side;
}

int fpb_pair_finish(struct fpb_pair *p, uint64_t now_ns, uint64_t cpu_ns)
{
	if (!p->end_ns)
		return 0;
	if (now_ns < p->end_ns && p->cur.state == FPB_SLICE_OK)
		p->cur.state = FPB_SLICE_PARTIAL;
	return close_current(p, cpu_ns);
}
