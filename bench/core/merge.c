// SPDX-License-Identifier: GPL-2.0
#include "core/merge.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/compare.h"

__attribute__((format(printf, 2, 3)))
static int refuse(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, FPB_REASON_MAX, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Of a long path the end tells more. */
static const char *short_name(const struct fpb_merge_shard *s)
{
	const size_t len = strlen(s->name), max = 60;

	return len > max ? s->name + len - max : s->name;
}

/* --- check ------------------------------------------------------------------ */

/* What is the machine's or the shard's own, and no part of what is measured. */
static const char *const own[] = {
	"id", "created", "host", "machine", "shard", "paths",
};

/* What must be the same in all shards: a new reference. */
static json_t *common(const struct fpb_manifest *m)
{
	json_t *o = json_deep_copy(m->root), *v;
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(*own); i++)
		json_object_del(o, own[i]);
	json_object_del(fpb_json_at(o, "backend"), "pin");
	json_object_del(fpb_json_at(o, "filesystem"), "version");
	/* The daemon's first argument is its path; so is a job file's key. */
	json_array_remove(fpb_json_at(o, "daemon.options"), 0);
	json_array_foreach(fpb_json_at(o, "workloads"), i, v)
		json_object_del(v, "job");
	return o;
}

static int check_same(const struct fpb_merge_shard *a,
		      const struct fpb_merge_shard *b, char *why)
{
	json_t *x = common(a->m), *y = common(b->m);
	char what[FPB_REASON_MAX];
	int ret = fpb_compare_json(x, y, what);

	json_decref(x);
	json_decref(y);
	return ret ? refuse(why, "%s and %s are not of one run: %.100s",
			    short_name(a), short_name(b), what) : 0;
}

static int check_shard(const struct fpb_merge_shard *s, char *why)
{
	if (!s->m->shard.of)
		return refuse(why, "%s is not a shard, but a whole run",
			      short_name(s));
	if (!fpb_json_text(s->m->root, "machine.name") ||
	    !fpb_json_text(s->m->root, "machine.id"))
		return refuse(why, "%s does not say which machine it is of",
			      short_name(s));
	return 0;
}

/* The place of shard @index among the first @n, or -1. */
static long find(const struct fpb_merge_shard *s, size_t n, unsigned int index)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i].m->shard.index == index)
			return i;
	return -1;
}

static int check_missing(const struct fpb_merge_shard *s, size_t n, char *why)
{
	const unsigned int of = s[0].m->shard.of;
	char list[100] = "";
	unsigned int i, missing = 0;
	size_t len;

	for (i = 1; i <= of; i++) {
		if (find(s, n, i) >= 0)
			continue;
		len = strlen(list);
		if (missing++ < 8)
			snprintf(list + len, sizeof(list) - len, "%s%u",
				 len ? ", " : "", i);
		else if (missing == 9)
			snprintf(list + len, sizeof(list) - len, ", ...");
	}
	if (!missing)
		return 0;
	return refuse(why, "%u of %u shards %s missing: %s", missing, of,
		      missing == 1 ? "is" : "are", list);
}

int fpb_merge_check(const struct fpb_merge_shard *s, size_t n, char *why)
{
	size_t i;
	long twin;

	for (i = 0; i < n; i++) {
		const struct fpb_shard *x = &s[i].m->shard;

		if (check_shard(&s[i], why))
			return -EINVAL;
		if (x->of != s[0].m->shard.of)
			return refuse(why, "%s is shard %u/%u, but %s is shard %u/%u",
				      short_name(&s[0]), s[0].m->shard.index,
				      s[0].m->shard.of, short_name(&s[i]),
				      x->index, x->of);
		twin = find(s, i, x->index);
		if (twin >= 0)
			return refuse(why, "shard %u/%u is given twice: %s and %s",
				      x->index, x->of, short_name(&s[twin]),
				      short_name(&s[i]));
		if (i && check_same(&s[0], &s[i], why))
			return -EINVAL;
	}
	return check_missing(s, n, why);
}

/* --- the manifest ----------------------------------------------------------- */

/* Keeps of @o what @other has, too. */
static void intersect(json_t *o, const json_t *other)
{
	const char *key;
	json_t *v;
	void *next;

	json_object_foreach_safe(o, next, key, v)
		if (!json_equal(v, json_object_get(other, key)))
			json_object_del(o, key);
}

static bool same_machine(const json_t *a, const json_t *b)
{
	return json_equal(json_object_get(a, "name"),
			  json_object_get(b, "name")) &&
	       json_equal(json_object_get(a, "id"), json_object_get(b, "id"));
}

/* Of machines that have the same name, the later ones get a part of their id. */
static void tell_apart(json_t *machines)
{
	char name[FPB_NAME_MAX * 2];
	json_t *v, *w;
	size_t i, k;

	json_array_foreach(machines, i, v) {
		const char *own_name = fpb_json_text(v, "name");

		for (k = 0; k < i; k++) {
			w = json_array_get(machines, k);
			if (strcmp(fpb_json_text(w, "name"), own_name))
				continue;
			snprintf(name, sizeof(name), "%.64s-%.6s", own_name,
				 fpb_json_text(v, "id"));
			json_object_set_new(v, "name", json_string(name));
			break;
		}
	}
}

/* The one of @s among @machines, or a new one. */
static json_t *machine_of(json_t *machines, const struct fpb_merge_shard *s)
{
	const json_t *machine = fpb_json_at(s->m->root, "machine");
	json_t *v;
	size_t i;

	json_array_foreach(machines, i, v)
		if (same_machine(v, machine))
			return v;
	v = json_deep_copy(machine);
	json_object_set(v, "host", fpb_json_at(s->m->root, "host"));
	json_object_set_new(v, "shards", json_array());
	return json_array_append_new(machines, v) ? NULL : v;
}

/* In the order of the shards, whatever that of the arguments is. */
static json_t *machines_of(const struct fpb_merge_shard *s, size_t n)
{
	json_t *machines = json_array(), *machine;
	unsigned int i;

	for (i = 1; i <= n; i++) {
		const struct fpb_merge_shard *x = &s[find(s, n, i)];

		machine = machine_of(machines, x);
		if (!machine || json_array_append_new(
				json_object_get(machine, "shards"),
				json_pack("{si ss}", "index", (int)i, "run",
					  x->m->id))) {
			json_decref(machines);
			return NULL;
		}
	}
	tell_apart(machines);
	return machines;
}

static const char *earlier(const char *a, const char *b)
{
	return !a || (b && strcmp(b, a) < 0) ? b : a;
}

json_t *fpb_merge_manifest(const struct fpb_merge_shard *s, size_t n,
			   const char *id)
{
	json_t *o = json_deep_copy(s[find(s, n, 1)].m->root);
	json_t *backend = fpb_json_at(o, "backend");
	json_t *pin = fpb_json_at(o, "backend.pin");
	json_t *machines = machines_of(s, n);
	const char *created = NULL;
	size_t i;

	for (i = 0; i < n; i++) {
		const json_t *root = s[i].m->root;

		intersect(fpb_json_at(o, "host"), fpb_json_at(root, "host"));
		if (pin && !json_equal(pin, fpb_json_at(root, "backend.pin"))) {
			json_object_del(backend, "pin");
			pin = NULL;
		}
		created = earlier(created, fpb_json_text(root, "created"));
	}
	json_object_del(o, "shard");
	json_object_del(o, "machine");
	json_object_del(o, "paths");
	if (created)
		json_object_set_new(o, "created", json_string(created));
	if (!machines || json_object_set_new(o, "id", json_string(id)) ||
	    json_object_set_new(o, "shards", json_integer(n)) ||
	    json_object_set(o, "machines", machines)) {
		json_decref(o);
		o = NULL;
	}
	json_decref(machines);
	return o;
}
