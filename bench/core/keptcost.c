// SPDX-License-Identifier: GPL-2.0
#include "core/keptcost.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/runfiles.h"
#include "core/workload.h"

int fpb_keptcost_init(struct fpb_keptcost *k, json_t *manifest, json_t *cost,
		      char *why)
{
	const json_t *schema = json_object_get(cost, "schema");
	int ret;

	*k = (struct fpb_keptcost){ .root = NULL };
	if (json_integer_value(schema) != FPB_SCHEMA ||
	    !json_is_array(json_object_get(cost, "cells"))) {
		snprintf(why, FPB_REASON_MAX, FPB_FILE_COST ": not of schema %d, or without cells",
			 FPB_SCHEMA);
		return -EINVAL;
	}
	ret = fpb_manifest_init(&k->manifest, manifest, why);
	if (!ret)
		k->root = json_incref(cost);
	return ret;
}

void fpb_keptcost_free(struct fpb_keptcost *k)
{
	fpb_manifest_free(&k->manifest);
	json_decref(k->root);
	k->root = NULL;
}

/* --- the same kernel --------------------------------------------------------- */

static bool same(const json_t *a, const json_t *b, const char *key)
{
	const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);

	/* json_equal() is false for two that are absent. */
	return (!x && !y) || json_equal(x, y);
}

static bool same_patches(const json_t *a, const json_t *b)
{
	const json_t *x = json_object_get(a, "patches");
	const json_t *y = json_object_get(b, "patches");
	json_t *patch;
	size_t i;

	if (!json_is_array(x) || !json_is_array(y) ||
	    json_array_size(x) != json_array_size(y))
		return false;
	json_array_foreach((json_t *)x, i, patch) {
		const char *id = fpb_json_text(patch, "patch_id");
		const char *other = fpb_json_text(json_array_get(y, i),
						  "patch_id");

		if (!id || !other || strcmp(id, other))
			return false;
	}
	return true;
}

/* What is under a key is known, and the same. */
static bool known_same(const json_t *a, const json_t *b, const char *key)
{
	return fpb_json_text(a, key) && same(a, b, key);
}

static bool same_kernel(const json_t *a, const json_t *b)
{
	if (!same(a, b, "append") || !same(a, b, "fs"))
		return false;
	if (known_same(a, b, "arch"))
		return known_same(a, b, "image_sha256");
	return same(a, b, "variant") && same_patches(a, b) &&
	       same(a, b, "source_key") && same(a, b, "source_sha256") &&
	       (fpb_json_text(a, "source_key") ||
		fpb_json_text(a, "source_sha256"));
}

/* The name that the kernel has among those that were counted, or NULL. */
static const char *name_of(const struct fpb_keptcost *k,
			   const struct fpb_contender *of)
{
	const json_t *kernel = json_array_get(fpb_json_at(
		of->run->manifest.root, "kernels"), of->kernel);
	json_t *v;
	size_t i;

	json_array_foreach(fpb_json_at(k->manifest.root, "kernels"), i, v)
		if (same_kernel(kernel, v))
			return fpb_json_text(v, "name");
	return NULL;
}

/* --- the same I/Os ----------------------------------------------------------- */

/* Files of another size are no other workload. */
static bool same_workload(const json_t *a, const json_t *b)
{
	static const char *const keys[] = {
		"rw", "bs", "direct", "read_pct", "path", "sync", "files",
		"job_text",
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!same(a, b, keys[i]))
			return false;
	return a && b;
}

static bool same_target(const json_t *a, const json_t *b)
{
	return a && b && same(a, b, "mount") && same(a, b, "expect");
}

/* The regime that submits like the run's, or NULL. */
static const char *regime_of(const struct fpb_keptcost *k,
			     const json_t *regime)
{
	json_t *v;
	size_t i;

	json_array_foreach(fpb_json_at(k->manifest.root, "regimes"), i, v)
		if (same(regime, v, "submit") && same(regime, v, "iodepth") &&
		    same(regime, v, "batch"))
			return fpb_json_text(v, "name");
	return NULL;
}

/* Fills @to with the cell as it was counted; false: it was not. */
static bool find_cell(const struct fpb_keptcost *k,
		      const struct fpb_manifest *run,
		      const struct fpb_cell *cell, struct fpb_cell *to)
{
	const json_t *old = run->root, *new = k->manifest.root;
	const json_t *workload = fpb_json_named(old, "workloads",
						cell->workload);
	const char *path = fpb_json_text(workload, "path");
	const char *regime;

	if (!same_workload(workload, fpb_json_named(new, "workloads",
						    cell->workload)) ||
	    !same_target(fpb_json_named(old, "targets", cell->target),
			 fpb_json_named(new, "targets", cell->target)))
		return false;
	*to = *cell;
	/* A path of its own is the same in each regime: the first has it. */
	regime = path && strcmp(path, FPB_PATH_REGIME) ?
		 k->manifest.cells[0].regime :
		 regime_of(k, fpb_json_named(old, "regimes", cell->regime));
	snprintf(to->regime, sizeof(to->regime), "%s", regime ? regime : "");
	return regime;
}

/* --- what it says ------------------------------------------------------------ */

static bool says(const json_t *o, const char *key, const char *text)
{
	const char *value = fpb_json_text(o, key);

	return value && !strcmp(value, text);
}

/* The mean over the boots; NAN: it was not counted. */
static double total(const struct fpb_keptcost *k, const char *kernel,
		    const struct fpb_cell *cell)
{
	const json_t *totals = NULL;
	double sum = 0;
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(k->root, "cells"), i, v)
		if (says(v, "kernel", kernel) &&
		    says(v, "workload", cell->workload) &&
		    says(v, "regime", cell->regime) &&
		    says(v, "target", cell->target))
			totals = json_object_get(v, "totals");
	json_array_foreach((json_t *)totals, i, v)
		sum += json_is_number(v) ? json_number_value(v) : NAN;
	return json_array_size(totals) ? sum / json_array_size(totals) : NAN;
}

double fpb_keptcost_more(const struct fpb_keptcost *k,
			 const struct fpb_contender *old,
			 const struct fpb_contender *new,
			 const struct fpb_cell *cell,
			 struct fpb_cell *counted)
{
	const char *from = name_of(k, old), *to = name_of(k, new);

	if (!from || !to || !find_cell(k, &new->run->manifest, cell, counted))
		return NAN;
	return total(k, to, counted) - total(k, from, counted);
}
