// SPDX-License-Identifier: GPL-2.0
#include "core/outcome.h"

static void judge(struct fpb_judged *j, struct fpb_verdict v)
{
	j->result = fpb_gate_judge(&j->s->gate, j->ratio, v);
}

/* False if the effect at this place is the control. */
static bool take_effect(struct fpb_judged *j, size_t place)
{
	j->effect = &j->s->effects[place];
	j->cell = j->effect->first;
	j->side = j->effect->side;
	j->ratio = &j->effect->ratio;
	judge(j, j->effect->verdict);
	return !fpb_effect_is_control(j->effect);
}

/* Kernels of one cell side by side. */
static bool take_row(struct fpb_judged *j, size_t place)
{
	const size_t others = j->s->nsides - 1, cell = place / others;
	const struct fpb_cell_result *r;

	j->effect = NULL;
	j->cell = &j->s->cells[cell];
	j->side = 1 + place % others;
	r = &j->s->sides[j->side].results[cell];
	j->ratio = &r->vs_base;
	judge(j, r->verdict);
	return !fpb_cell_is_raw(j->cell);
}

bool fpb_judged_next(struct fpb_judged *j)
{
	const struct fpb_summary *s = j->s;
	const size_t end = s->neffects + (s->nsides - 1) * s->ncells;

	while (j->place < end) {
		const size_t place = j->place++;

		if (place < s->neffects ? take_effect(j, place) :
					  take_row(j, place - s->neffects))
			return true;
	}
	return false;
}

void fpb_outcome_add(struct fpb_outcome *o, const struct fpb_summary *s)
{
	struct fpb_judged j = { .s = s };

	while (fpb_judged_next(&j)) {
		if (!j.effect && !j.ratio->n)
			continue;
		o->compared += !j.effect;
		o->regressions += j.result == FPB_GATE_REGRESSION;
		o->unresolved += j.result == FPB_GATE_UNRESOLVED;
	}
	o->unproven |= fpb_summary_unproven(s);
}
