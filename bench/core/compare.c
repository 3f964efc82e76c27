// SPDX-License-Identifier: GPL-2.0
#include "core/compare.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_LEN	128
#define DAEMON_OPTIONS	"daemon.options"
#define HOST_KERNEL	"host.kernel"

/* What must be equal. Objects and lists are compared as a whole. */
static const char * const must_match[] = {
	"backend.name", "backend.accelerator", "backend.cpus",
	"backend.memory_mib", "backend.pin", "backend.affinity",
	"host.cpus", "host.cpu_model",
	"device",
	"filesystem.type", "filesystem.mkfs", "filesystem.mount",
	"plan.method", "plan.runtime_ms", "plan.ramp_ms", "plan.pairing",
	"fio.version",
};

/* What may differ, but should be known. */
static const char * const may_differ[] = {
	"fio.sha256", "engine.sha256", "daemon.sha256", "filesystem.version",
	HOST_KERNEL,
};

/*
 * What a kernel was built from. The source of the running one is its version,
 * with the number and the time of the build.
 */
static const char * const of_build[] = {
	"release", "source", "source_id", "patches", "fs",
};

/* Lists of named objects; those of names that both have must be equal. */
static const char * const named_lists[] = {
	"regimes", "targets", "workloads",
};

static void say_values(const char *path, const json_t *a, const json_t *b,
		       char *why)
{
	const int flags = JSON_ENCODE_ANY | JSON_COMPACT;
	char *x = a ? json_dumps(a, flags) : NULL;
	char *y = b ? json_dumps(b, flags) : NULL;

	snprintf(why, FPB_REASON_MAX, "%.80s is %.75s and %.75s", path,
		 x ? x : "absent", y ? y : "absent");
	free(x);
	free(y);
}

static int differ(const char *path, const json_t *a, const json_t *b,
		  char *why);

/* Goes by @a's keys; @swap keeps the order of the two in the sentence. */
static int differ_in(const char *path, const json_t *a, const json_t *b,
		     int swap, char *why)
{
	char below[PATH_MAX_LEN];
	const char *key;
	json_t *v, *w;

	json_object_foreach((json_t *)a, key, v) {
		snprintf(below, sizeof(below), "%.60s%s%.60s", path,
			 *path ? "." : "", key);
		w = json_object_get(b, key);
		if (differ(below, swap ? w : v, swap ? v : w, why))
			return -EINVAL;
	}
	return 0;
}

/* Whether both list things of the same names, in the same order. */
static bool same_names(const json_t *a, const json_t *b)
{
	json_t *v;
	size_t i;

	if (!json_array_size(a) || json_array_size(a) != json_array_size(b))
		return false;
	json_array_foreach((json_t *)a, i, v) {
		const char *x = fpb_json_text(v, "name");
		const char *y = fpb_json_text(json_array_get(b, i), "name");

		if (!x || !y || strcmp(x, y))
			return false;
	}
	return true;
}

static int differ_by_name(const char *path, const json_t *a, const json_t *b,
			  char *why)
{
	char below[PATH_MAX_LEN];
	json_t *v;
	size_t i;

	json_array_foreach((json_t *)a, i, v) {
		snprintf(below, sizeof(below), "%.60s.%.60s", path,
			 fpb_json_text(v, "name"));
		if (differ(below, v, json_array_get(b, i), why))
			return -EINVAL;
	}
	return 0;
}

/* 0, or -EINVAL with the first difference. */
static int differ(const char *path, const json_t *a, const json_t *b,
		  char *why)
{
	if (json_is_object(a) && json_is_object(b)) {
		if (differ_in(path, a, b, 0, why))
			return -EINVAL;
		return differ_in(path, b, a, 1, why);
	}
	if (same_names(a, b))
		return differ_by_name(path, a, b, why);
	/* json_equal() is false for two that are absent. */
	if ((!a && !b) || json_equal(a, b))
		return 0;
	say_values(path, a, b, why);
	return -EINVAL;
}

static int check_named(const struct fpb_manifest *base,
		       const struct fpb_manifest *new, const char *list,
		       char *why)
{
	char path[PATH_MAX_LEN];
	json_t *v, *w;
	size_t i;

	json_array_foreach(fpb_json_at(base->root, list), i, v) {
		const char *name = fpb_json_text(v, "name");

		w = name ? fpb_json_named(new->root, list, name) : NULL;
		if (!w)
			continue;
		snprintf(path, sizeof(path), "%.20s.%.60s", list, name);
		if (differ(path, v, w, why))
			return -EINVAL;
	}
	return 0;
}

/* The daemon's arguments; where its program lies does not matter. */
static int check_daemon(const struct fpb_manifest *base,
			const struct fpb_manifest *new, char *why)
{
	json_t *a = json_copy(fpb_json_at(base->root, DAEMON_OPTIONS));
	json_t *b = json_copy(fpb_json_at(new->root, DAEMON_OPTIONS));
	int ret;

	json_array_remove(a, 0);
	json_array_remove(b, 0);
	ret = differ(DAEMON_OPTIONS, a, b, why);
	json_decref(a);
	json_decref(b);
	return ret;
}

int fpb_compare_json(const json_t *a, const json_t *b, char *why)
{
	return differ("", a, b, why);
}

int fpb_compare_difference(const struct fpb_manifest *base,
			   const struct fpb_manifest *new, size_t n, char *why)
{
	size_t i;

	for (i = 0; i < sizeof(must_match) / sizeof(*must_match); i++)
		if (differ(must_match[i],
			   fpb_json_at(base->root, must_match[i]),
			   fpb_json_at(new->root, must_match[i]), why) && !n--)
			return 0;
	for (i = 0; i < sizeof(named_lists) / sizeof(*named_lists); i++)
		if (check_named(base, new, named_lists[i], why) && !n--)
			return 0;
	return check_daemon(base, new, why) && !n ? 0 : -ENOENT;
}

int fpb_compare_check(const struct fpb_manifest *base,
		      const struct fpb_manifest *new, char *why)
{
	return fpb_compare_difference(base, new, 0, why) ? 0 : -EINVAL;
}

int fpb_compare_build(const struct fpb_manifest *base,
		      const struct fpb_manifest *new, char *why)
{
	const json_t *a = json_array_get(fpb_json_at(base->root, "kernels"), 0);
	const json_t *b = json_array_get(fpb_json_at(new->root, "kernels"), 0);
	size_t i;
	int ret = 0;

	for (i = 0; !ret && i < sizeof(of_build) / sizeof(*of_build); i++)
		ret = differ(of_build[i], json_object_get(a, of_build[i]),
			     json_object_get(b, of_build[i]), why);
	return ret;
}

int fpb_compare_remark(const struct fpb_manifest *base,
		       const struct fpb_manifest *new, size_t n, char *why)
{
	size_t i;

	for (i = 0; i < sizeof(may_differ) / sizeof(*may_differ); i++) {
		/* Without a guest it is the kernel under test. */
		if (!base->relative && !strcmp(may_differ[i], HOST_KERNEL))
			continue;
		if (differ(may_differ[i],
			   fpb_json_at(base->root, may_differ[i]),
			   fpb_json_at(new->root, may_differ[i]), why) && !n--)
			return 0;
	}
	return -ENOENT;
}

static int no_kernel(const struct fpb_manifest *m, const char *name, char *why)
{
	char hint[FPB_REASON_MAX];

	snprintf(why, FPB_REASON_MAX, "no kernel \"%.64s\" %.160s", name,
		 fpb_names_hint(fpb_manifest_kernels(m), name, hint,
				sizeof(hint)));
	return -EINVAL;
}

static int choose(const struct fpb_manifest *m, const char *name,
		  const char *other, size_t *kernel, char *why)
{
	char hint[FPB_REASON_MAX];
	long i = -1;

	*kernel = 0;
	if (!name && m->nkernels == 1)
		return 0;
	if (name || other)
		i = fpb_manifest_kernel(m, name ? name : other);
	if (i >= 0) {
		*kernel = i;
		return 0;
	}
	snprintf(why, FPB_REASON_MAX, "several kernels, name one %.160s",
		 fpb_names_hint(fpb_manifest_kernels(m), "", hint,
				sizeof(hint)));
	return -EINVAL;
}

static long one_of_each(const struct fpb_manifest *const *runs,
			const char *const *names, size_t nruns,
			struct fpb_choice *sides, char *why)
{
	const char *other = NULL;
	size_t i;
	int ret;

	for (i = 0; !other && i < nruns; i++)
		other = names[i];
	for (i = 0; i < nruns; i++) {
		sides[i].run = i;
		ret = choose(runs[i], names[i], other, &sides[i].kernel, why);
		if (ret) {
			sides[0].run = i;
			return ret;
		}
	}
	return nruns;
}

static long all_of_one(const struct fpb_manifest *run,
		       struct fpb_choice *sides, size_t max, char *why)
{
	size_t i;

	if (run->nkernels < 2 || run->nkernels > max) {
		sides[0].run = 0;
		snprintf(why, FPB_REASON_MAX, run->nkernels < 2 ?
			 "only one kernel, nothing to compare it with" :
			 "too many kernels");
		return -EINVAL;
	}
	for (i = 0; i < run->nkernels; i++)
		sides[i] = (struct fpb_choice){ .run = 0, .kernel = i };
	return run->nkernels;
}

/* The @n-th kernel of the first run whose name the second has, too. */
static long same_name(const struct fpb_manifest *const *runs, size_t n,
		      struct fpb_choice *sides, char *why)
{
	size_t i, left = n;
	long j;

	for (i = 0; i < runs[0]->nkernels; i++) {
		j = fpb_manifest_kernel(runs[1], runs[0]->kernels[i].name);
		if (j < 0 || left--)
			continue;
		sides[0] = (struct fpb_choice){ .run = 0, .kernel = i };
		sides[1] = (struct fpb_choice){ .run = 1, .kernel = j };
		return 2;
	}
	if (n)
		return -ENOENT;
	sides[0].run = 0;
	snprintf(why, FPB_REASON_MAX,
		 "no kernel name in common with the other run, name one of "
		 "each");
	return -EINVAL;
}

static bool any_named(const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (names[i])
			return true;
	return false;
}

long fpb_compare_sides(const struct fpb_manifest *const *runs,
		       const char *const *names, size_t nruns, size_t n,
		       struct fpb_choice *sides, size_t max, char *why)
{
	bool named = any_named(names, nruns);
	size_t i;

	/* First, since other complaints may only follow from a wrong name. */
	for (i = 0; i < nruns; i++) {
		if (!names[i] || fpb_manifest_kernel(runs[i], names[i]) >= 0)
			continue;
		sides[0].run = i;
		return no_kernel(runs[i], names[i], why);
	}
	if (nruns == 2 && !named &&
	    (runs[0]->nkernels > 1 || runs[1]->nkernels > 1))
		return same_name(runs, n, sides, why);
	if (n)
		return -ENOENT;
	if (nruns == 1 && !named)
		return all_of_one(runs[0], sides, max, why);
	if (nruns < 2 || nruns > max) {
		sides[0].run = 0;
		snprintf(why, FPB_REASON_MAX, nruns < 2 ?
			 "only one kernel is given, nothing to compare it with" :
			 "one run too many");
		return -EINVAL;
	}
	return one_of_each(runs, names, nruns, sides, why);
}
