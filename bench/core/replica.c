// SPDX-License-Identifier: GPL-2.0
#include "core/replica.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fpb_agreement fpb_agreement(const struct fpb_estimate *a,
				 struct fpb_verdict va,
				 const struct fpb_estimate *b,
				 struct fpb_verdict vb)
{
	bool apart;

	if (!a->n || !b->n)
		return FPB_MISSING;
	if (!a->has_interval || !b->has_interval)
		return FPB_OPEN;
	if (va.direction * vb.direction < 0)
		return FPB_OPPOSITE;
	apart = a->hi < b->lo || b->hi < a->lo;
	if (apart)
		return FPB_APART;
	if (va.direction == vb.direction && fpb_verdict_resolved(va) &&
	    fpb_verdict_resolved(vb))
		return FPB_AGREES;
	return FPB_OPEN;
}

/* The side of the kernel that is called like @side of @first, or -1. */
static long same_kernel(const struct fpb_summary *first, size_t side,
			const struct fpb_summary *second)
{
	for (size_t i = 0; i < second->nsides; i++)
		if (!strcmp(second->sides[i].label, first->sides[side].label))
			return i;
	return -1;
}

static const struct fpb_effect *find_effect(const struct fpb_summary *s,
					    const struct fpb_cell *like,
					    long side)
{
	for (size_t i = 0; i < s->neffects; i++)
		if (s->effects[i].side == (size_t)side &&
		    fpb_cell_alike(s->effects[i].first, like))
			return &s->effects[i];
	return NULL;
}

static void judge(struct fpb_replica_row *row, size_t *by)
{
	row->agreement = fpb_agreement(&row->ratio[0], row->verdict[0],
				       &row->ratio[1], row->verdict[1]);
	by[row->agreement]++;
}

/* @side: of the second run; -1: it has no such kernel. */
static void add_row(struct fpb_replica *r, const struct fpb_effect *e,
		    size_t cell, long side)
{
	const struct fpb_summary *first = r->run[0], *second = r->run[1];
	struct fpb_replica_row *row = &r->rows[r->nrows++];
	const long other = fpb_cells_find(second->cells, second->ncells,
					  &first->cells[cell]);
	const struct fpb_cell_result *result[2] = {
		&first->sides[e->side].results[cell],
		side < 0 || other < 0 ? NULL :
		&second->sides[side].results[other],
	};

	row->cell = &first->cells[cell];
	row->side = e->side;
	for (size_t i = 0; i < 2 && result[i]; i++) {
		row->ratio[i] = result[i]->vs_base;
		row->verdict[i] = result[i]->verdict;
	}
	judge(row, r->rows_by);
}

static void add_effect(struct fpb_replica *r, const struct fpb_effect *e)
{
	const long side = same_kernel(r->run[0], e->side, r->run[1]);
	const struct fpb_effect *both[2] = {
		e, side < 0 ? NULL : find_effect(r->run[1], e->first, side),
	};
	struct fpb_replica_row *row = &r->effects[r->neffects++];

	row->cell = e->first;
	row->side = e->side;
	for (size_t i = 0; i < 2 && both[i]; i++) {
		row->ratio[i] = both[i]->ratio;
		row->verdict[i] = both[i]->verdict;
	}
	judge(row, r->effects_by);
	for (size_t i = 0; i < r->run[0]->ncells; i++)
		if (fpb_cell_alike(&r->run[0]->cells[i], e->first))
			add_row(r, e, i, side);
}

int fpb_replica_compare(struct fpb_replica *r, const struct fpb_summary *first,
			const struct fpb_summary *second)
{
	*r = (struct fpb_replica){ .run = { first, second } };
	r->effects = calloc(first->neffects + 1, sizeof(*r->effects));
	r->rows = calloc(first->nsides * first->ncells + 1, sizeof(*r->rows));
	if (!r->effects || !r->rows) {
		fpb_replica_free(r);
		return -ENOMEM;
	}
	for (size_t i = 0; i < first->neffects; i++)
		if (!fpb_effect_is_control(&first->effects[i]))
			add_effect(r, &first->effects[i]);
	return 0;
}

void fpb_replica_free(struct fpb_replica *r)
{
	free(r->effects);
	free(r->rows);
	memset(r, 0, sizeof(*r));
}

bool fpb_replica_disagrees(const struct fpb_replica *r)
{
	return r->effects_by[FPB_APART] || r->effects_by[FPB_OPPOSITE];
}

bool fpb_replica_unclear(const struct fpb_replica *r)
{
	return !fpb_replica_disagrees(r) &&
	       r->effects_by[FPB_AGREES] < r->neffects;
}

/* What two texts of a kernel are; an absent one is "". */
static bool same_text(const json_t *a, const json_t *b, const char *key)
{
	const char *x = fpb_json_text(a, key), *y = fpb_json_text(b, key);

	return !strcmp(x ? x : "", y ? y : "");
}

static bool same_patches(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "patches");
	const json_t *y = json_object_get(b, "patches");
	size_t i;

	if (json_array_size(x) != json_array_size(y))
		return false;
	for (i = 0; i < json_array_size(x); i++)
		if (!same_text(json_array_get(x, i), json_array_get(y, i),
			       "patch_id"))
			return false;
	return true;
}

int fpb_replica_check_kernel(const json_t *then, const json_t *now, char *why)
{
	static const char *const keys[] = { "arch", "release" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const char *x = fpb_json_text(then, keys[i]);
		const char *y = fpb_json_text(now, keys[i]);

		if (same_text(then, now, keys[i]))
			continue;
		snprintf(why, FPB_REASON_MAX, "%s was %.80s and is %.80s",
			 keys[i], x ? x : "unknown", y ? y : "unknown");
		return -EINVAL;
	}
	if (same_patches(then, now))
		return 0;
	snprintf(why, FPB_REASON_MAX, "it was built with other patches");
	return -EINVAL;
}

int fpb_replica_check(const struct fpb_manifest *first,
		      const struct fpb_manifest *second, char *why)
{
	char more[FPB_REASON_MAX];
	size_t i;

	if (!strcmp(first->id, second->id)) {
		snprintf(why, FPB_REASON_MAX, "both are run %.100s", first->id);
		return -EINVAL;
	}
	if (strcmp(first->backend, second->backend)) {
		snprintf(why, FPB_REASON_MAX,
			 "the backend was %.80s and is %.80s", first->backend,
			 second->backend);
		return -EINVAL;
	}
	if (strcmp(first->kernels[0].name, second->kernels[0].name)) {
		snprintf(why, FPB_REASON_MAX,
			 "the baseline was %.80s and is %.80s",
			 first->kernels[0].name, second->kernels[0].name);
		return -EINVAL;
	}
	for (i = 0; i < first->nkernels; i++) {
		const char *name = first->kernels[i].name;
		const json_t *now = fpb_json_named(second->root, "kernels",
						   name);

		if (!now)
			snprintf(more, sizeof(more), "there is none");
		else if (!fpb_replica_check_kernel(fpb_json_named(
				first->root, "kernels", name), now, more))
			continue;
		snprintf(why, FPB_REASON_MAX, "kernel %.60s: %.150s", name,
			 more);
		return -EINVAL;
	}
	return 0;
}
