// SPDX-License-Identifier: GPL-2.0
/* Checks manifest.json and spreads its plan out into cells. */
#include "core/manifest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *fpb_json_at(const json_t *root, const char *path)
{
	const json_t *o = root;
	char key[FPB_NAME_MAX];
	size_t len;

	while (o && *path) {
		len = strcspn(path, ".");
		if (len >= sizeof(key))
			return NULL;
		memcpy(key, path, len);
		key[len] = '\0';
		o = json_object_get(o, key);
		path += len + (path[len] == '.');
	}
	return (json_t *)o;
}

const char *fpb_json_text(const json_t *root, const char *path)
{
	return json_string_value(fpb_json_at(root, path));
}

json_t *fpb_json_named(const json_t *root, const char *path, const char *name)
{
	json_t *v;
	size_t i;

	json_array_foreach(fpb_json_at(root, path), i, v) {
		const char *text = fpb_json_text(v, "name");

		if (text && !strcmp(text, name))
			return v;
	}
	return NULL;
}

bool fpb_cell_alike(const struct fpb_cell *a, const struct fpb_cell *b)
{
	return !strcmp(a->regime, b->regime) &&
	       !strcmp(a->target, b->target) &&
	       !strcmp(a->workload, b->workload);
}

bool fpb_cell_equal(const struct fpb_cell *a, const struct fpb_cell *b)
{
	return a->numjobs == b->numjobs && fpb_cell_alike(a, b);
}

bool fpb_cell_is_raw(const struct fpb_cell *cell)
{
	return !strcmp(cell->target, FPB_TARGET_RAW);
}

long fpb_cells_find(const struct fpb_cell *cells, size_t n,
		    const struct fpb_cell *cell)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (fpb_cell_equal(&cells[i], cell))
			return i;
	return -1;
}

long fpb_cells_other(const struct fpb_cell *cells, size_t n,
		     const struct fpb_cell *cell, const char *target)
{
	struct fpb_cell like = *cell;

	strncpy(like.target, target, sizeof(like.target) - 1);
	return fpb_cells_find(cells, n, &like);
}

struct fpb_names fpb_manifest_kernels(const struct fpb_manifest *m)
{
	return (struct fpb_names)FPB_NAMES_OF(m->kernels, name);
}

long fpb_manifest_kernel(const struct fpb_manifest *m, const char *name)
{
	return fpb_names_find(fpb_manifest_kernels(m), name);
}

long fpb_manifest_cell(const struct fpb_manifest *m,
		       const struct fpb_cell *cell)
{
	return fpb_cells_find(m->cells, m->ncells, cell);
}

static int bad(char *why, const char *key, const char *what)
{
	snprintf(why, FPB_REASON_MAX, "key \"%s\": %s", key, what);
	return -EINVAL;
}

/* A list with at least one entry. */
static int get_list(const json_t *root, const char *path, json_t **list,
		    char *why)
{
	*list = fpb_json_at(root, path);
	if (!json_is_array(*list))
		return bad(why, path, "missing, or not a list");
	if (!json_array_size(*list))
		return bad(why, path, "empty");
	return 0;
}

/* A list of names that fit into a cell. */
static int get_names(const json_t *root, const char *path, json_t **list,
		     char *why)
{
	json_t *v;
	size_t i;
	int ret;

	ret = get_list(root, path, list, why);
	if (ret)
		return ret;
	json_array_foreach(*list, i, v) {
		if (!json_is_string(v))
			return bad(why, path,
				   "has an entry that is not a string");
		if (json_string_length(v) >= FPB_NAME_MAX)
			return bad(why, path, "has a name that is too long");
	}
	return 0;
}

static int get_expect(const json_t *kernel, enum fpb_lock_state *expect,
		      char *why)
{
	const json_t *v = json_object_get(kernel, "expect_lock");
	const char *text = json_string_value(v);

	*expect = FPB_LOCK_UNKNOWN;
	if (!v || json_is_null(v))
		return 0;
	if (text && !strcmp(text, fpb_lock_name(FPB_LOCK_SHARED)))
		*expect = FPB_LOCK_SHARED;
	else if (text && !strcmp(text, fpb_lock_name(FPB_LOCK_EXCLUSIVE)))
		*expect = FPB_LOCK_EXCLUSIVE;
	else
		return bad(why, "kernels.expect_lock",
			   "not \"shared\", \"exclusive\" or null");
	return 0;
}

static int get_kernels(struct fpb_manifest *m, char *why)
{
	json_t *list, *v;
	size_t i;
	int ret;

	ret = get_list(m->root, "kernels", &list, why);
	if (ret)
		return ret;
	m->kernels = calloc(json_array_size(list) + 1, sizeof(*m->kernels));
	if (!m->kernels)
		return -ENOMEM;
	json_array_foreach(list, i, v) {
		struct fpb_manifest_kernel *k = &m->kernels[i];

		const char *name = fpb_json_text(v, "name");

		if (!name)
			return bad(why, "kernels.name",
				   "missing, or not a string");
		if (fpb_manifest_kernel(m, name) >= 0)
			return bad(why, "kernels.name", "given twice");
		k->name = name;
		k->release = fpb_json_text(v, "release");
		k->npatches = json_array_size(json_object_get(v, "patches"));
		ret = get_expect(v, &k->expect, why);
		if (ret)
			return ret;
		m->nkernels++;
	}
	return 0;
}

struct plan {
	json_t *regimes, *workloads, *targets, *numjobs;
};

static int check_numjobs(const json_t *list, char *why)
{
	json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
		if (!json_is_integer(v) || json_integer_value(v) < 1 ||
		    json_integer_value(v) > 65535)
			return bad(why, "plan.numjobs",
				   "has an entry that is not a number from 1 to 65535");
	return 0;
}

/* A run that a rule ended has fewer rounds than its plan. */
static int get_ended(struct fpb_manifest *m, char *why)
{
	json_int_t rounds;

	if (!json_object_get(m->root, "ended"))
		return 0;
	m->ended = fpb_json_text(m->root, "ended.rule");
	rounds = json_integer_value(fpb_json_at(m->root, "ended.rounds"));
	if (!m->ended || rounds < 1 || rounds > m->rounds)
		return bad(why, "ended",
			   "has no rule, or not as many rounds as the plan");
	m->rounds = rounds;
	return 0;
}

static unsigned int whole(const json_t *o, const char *path)
{
	const json_int_t i = json_integer_value(fpb_json_at(o, path));

	return i > 0 && i <= 65535 ? i : 0;
}

static int get_shard(struct fpb_manifest *m, char *why)
{
	if (!json_object_get(m->root, "shard"))
		return 0;
	m->shard.index = whole(m->root, "shard.index");
	m->shard.of = whole(m->root, "shard.of");
	if (m->shard.index && m->shard.index <= m->shard.of &&
	    m->shard.of <= fpb_shards_max(m->nkernels, m->rounds))
		return 0;
	return bad(why, "shard", "no part of the rounds of the plan");
}

/* The shards of one machine of a merged run. */
static int get_shards(struct fpb_manifest *m, size_t machine, char *why)
{
	json_t *list, *v;
	size_t i;
	int ret;

	ret = get_list(json_array_get(fpb_json_at(m->root, "machines"),
				      machine), "shards", &list, why);
	json_array_foreach(list, i, v) {
		const unsigned int index = whole(v, "index");

		if (!index || index > m->nshards ||
		    m->machine_of_shard[index - 1] != SIZE_MAX)
			return bad(why, "machines.shards",
				   "not each of the shards once");
		m->machine_of_shard[index - 1] = machine;
	}
	return ret;
}

static int get_machines(struct fpb_manifest *m, char *why)
{
	json_t *list, *v;
	size_t i;
	int ret;

	m->nmachines = 1;
	if (!json_object_get(m->root, "machines"))
		return 0;
	ret = get_list(m->root, "machines", &list, why);
	if (ret)
		return ret;
	m->nmachines = json_array_size(list);
	m->nshards = whole(m->root, "shards");
	if (m->nshards < m->nmachines ||
	    m->nshards > fpb_shards_max(m->nkernels, m->rounds))
		return bad(why, "shards", "not a number of shards of the plan");
	m->machines = calloc(m->nmachines, sizeof(*m->machines));
	m->machine_of_shard = malloc(m->nshards * sizeof(size_t));
	if (!m->machines || !m->machine_of_shard)
		return -ENOMEM;
	memset(m->machine_of_shard, 0xff, m->nshards * sizeof(size_t));
	json_array_foreach(list, i, v) {
		m->machines[i] = fpb_json_text(v, "name");
		if (!m->machines[i])
			return bad(why, "machines.name",
				   "missing, or not a string");
		ret = get_shards(m, i, why);
		if (ret)
			return ret;
	}
	for (i = 0; i < m->nshards; i++)
		if (m->machine_of_shard[i] == SIZE_MAX)
			return bad(why, "machines.shards",
				   "not each of the shards once");
	return 0;
}

unsigned int fpb_manifest_rounds(const struct fpb_manifest *m)
{
	return fpb_shard_rounds(&m->shard, m->nkernels, m->rounds);
}

bool fpb_manifest_has_round(const struct fpb_manifest *m, unsigned int round)
{
	return fpb_shard_has(&m->shard, m->nkernels, round);
}

size_t fpb_manifest_machine(const struct fpb_manifest *m, unsigned int round)
{
	if (!m->machine_of_shard)
		return 0;
	return m->machine_of_shard[fpb_shard_of_round(m->nshards, m->nkernels,
						      round) - 1];
}

static int get_plan(struct fpb_manifest *m, struct plan *p, char *why)
{
	json_t *rounds = fpb_json_at(m->root, "plan.rounds");
	const char *pairing = fpb_json_text(m->root, "plan.pairing");
	const char *compare = fpb_json_text(m->root, "plan.compare");
	int ret;

	if (!json_is_integer(rounds) || json_integer_value(rounds) < 1 ||
	    json_integer_value(rounds) > 65535)
		return bad(why, "plan.rounds",
			   "missing, or not a number from 1 to 65535");
	m->rounds = json_integer_value(rounds);
	m->duet = pairing && !strcmp(pairing, "duet");
	m->steps = compare && !strcmp(compare, "previous");
	m->until_ci_pct = json_number_value(fpb_json_at(m->root,
							"plan.until_ci_pct"));
	m->max_time_ms = json_integer_value(fpb_json_at(m->root,
							"plan.max_time_ms"));
	m->until_side_pct = json_number_value(fpb_json_at(m->root,
							  "plan.until_side_pct"));
	m->side_risk_pct = json_number_value(fpb_json_at(m->root,
							 "plan.side_risk_pct"));
	ret = get_ended(m, why) ? : get_shard(m, why) ? :
	      get_machines(m, why);
	if (ret)
		return ret;

	ret = get_names(m->root, "plan.regimes", &p->regimes, why);
	if (!ret)
		ret = get_names(m->root, "plan.workloads", &p->workloads, why);
	if (!ret)
		ret = get_names(m->root, "plan.targets", &p->targets, why);
	if (!ret)
		ret = get_list(m->root, "plan.numjobs", &p->numjobs, why);
	return ret ? ret : check_numjobs(p->numjobs, why);
}

static void copy_name(char *to, const json_t *list, size_t i)
{
	strcpy(to, json_string_value(json_array_get(list, i)));
}

/* The @i-th cell; numjobs runs fastest, regimes slowest. */
static void set_cell(struct fpb_cell *c, const struct plan *p, size_t i)
{
	size_t njobs = json_array_size(p->numjobs);
	size_t ntargets = json_array_size(p->targets);
	size_t nworkloads = json_array_size(p->workloads);

	c->numjobs = json_integer_value(json_array_get(p->numjobs, i % njobs));
	i /= njobs;
	copy_name(c->target, p->targets, i % ntargets);
	i /= ntargets;
	copy_name(c->workload, p->workloads, i % nworkloads);
	copy_name(c->regime, p->regimes, i / nworkloads);
}

static int get_cells(struct fpb_manifest *m, char *why)
{
	struct plan p;
	size_t i, n;
	int ret;

	ret = get_plan(m, &p, why);
	if (ret)
		return ret;
	n = json_array_size(p.regimes) * json_array_size(p.workloads) *
	    json_array_size(p.targets) * json_array_size(p.numjobs);
	m->cells = calloc(n, sizeof(*m->cells));
	if (!m->cells)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		set_cell(&m->cells[i], &p, i);
		if (fpb_manifest_cell(m, &m->cells[i]) >= 0)
			return bad(why, "plan", "the same cell twice");
		m->ncells++;
	}
	return 0;
}

static int get_head(struct fpb_manifest *m, char *why)
{
	const json_t *schema = fpb_json_at(m->root, "schema");

	if (!json_is_object(m->root)) {
		snprintf(why, FPB_REASON_MAX, "not a JSON object");
		return -EINVAL;
	}
	if (!json_is_integer(schema))
		return bad(why, "schema", "missing, or not a whole number");
	if (json_integer_value(schema) != FPB_SCHEMA) {
		snprintf(why, FPB_REASON_MAX,
			 "schema %lld is not known (known: %d)",
			 (long long)json_integer_value(schema), FPB_SCHEMA);
		return -EINVAL;
	}
	m->backend = fpb_json_text(m->root, "backend.name");
	if (!m->backend)
		return bad(why, "backend.name", "missing, or not a string");
	m->accelerator = fpb_json_text(m->root, "backend.accelerator");
	m->relative = json_is_true(fpb_json_at(m->root, "backend.relative"));
	m->id = fpb_json_text(m->root, "id");
	if (!m->id)
		m->id = "";
	return 0;
}

int fpb_manifest_init(struct fpb_manifest *m, json_t *root, char *why)
{
	int ret;

	memset(m, 0, sizeof(*m));
	snprintf(why, FPB_REASON_MAX, "not enough memory");
	m->root = json_incref(root);
	ret = get_head(m, why);
	if (!ret)
		ret = get_kernels(m, why);
	if (!ret)
		ret = get_cells(m, why);
	if (ret)
		fpb_manifest_free(m);
	return ret;
}

void fpb_manifest_free(struct fpb_manifest *m)
{
	free(m->machine_of_shard);
	free(m->machines);
	free(m->cells);
	free(m->kernels);
	json_decref(m->root);
	memset(m, 0, sizeof(*m));
}
