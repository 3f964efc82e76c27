// SPDX-License-Identifier: GPL-2.0
/*
 * core/keptcost.c, report/costnote.c: what a run's report says of instructions
 * that were counted, and that it says nothing of those of other kernels.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/memstream.h"
#include "fixture.h"
#include "report/costnote.h"
#include "report/letter.h"
#include "report/report.h"

#define SENTENCE \
	"A passthrough write costs +72 kernel instructions (raw +0) by libaio, a passthrough write +80 (raw -1) by psync: patched - baseline, counted where the device completes at once, not timed."

/* What the kernels of the run were built from, and how its I/Os are made. */
static const char told[] =
	"{\"kernels\": [{\"arch\": \"um\", \"variant\": \"plain\","
	"  \"source_sha256\": \"50\"},"
	" {\"arch\": \"um\", \"variant\": \"plain\", \"source_sha256\": \"50\"}],"
	" \"targets\": [{\"name\": \"raw\", \"mount\": \"\", \"expect\": \"any\"},"
	"  {\"name\": \"fuse\", \"mount\": \"fpfs\", \"expect\": \"passthrough\"}],"
	" \"workloads\": [{\"name\": \"randwrite-4k\", \"rw\": \"randwrite\","
	"  \"bs\": 4096, \"direct\": true, \"size_mib\": 512,"
	"  \"path\": \"regime\"}]}";

/* The same kernels for another architecture, in other words. */
static const char counted[] =
	"{\"schema\": 1, \"backend\": {\"name\": \"qemu\"},"
	" \"kernels\": [{\"name\": \"old\", \"arch\": \"x86_64\","
	"  \"variant\": \"plain\", \"source_sha256\": \"50\", \"patches\": []},"
	" {\"name\": \"new\", \"arch\": \"x86_64\", \"variant\": \"plain\","
	"  \"source_sha256\": \"50\", \"patches\": ["
	"   {\"patch_id\": \"1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f\"},"
	"   {\"patch_id\": \"2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e2e\"}]}],"
	" \"regimes\": [{\"name\": \"psync\", \"submit\": \"psync\","
	"   \"iodepth\": 1, \"batch\": 1},"
	"  {\"name\": \"libaio\", \"submit\": \"libaio\", \"iodepth\": 64,"
	"   \"batch\": 64}],"
	" \"targets\": [{\"name\": \"raw\", \"mount\": \"\", \"expect\": \"any\"},"
	"  {\"name\": \"fuse\", \"mount\": \"fpfs\", \"expect\": \"passthrough\"}],"
	" \"workloads\": [{\"name\": \"randwrite-4k\", \"rw\": \"randwrite\","
	"  \"bs\": 4096, \"direct\": true, \"size_mib\": 64,"
	"  \"path\": \"regime\"}],"
	" \"plan\": {\"rounds\": 1, \"numjobs\": [1],"
	"  \"targets\": [\"raw\", \"fuse\"], \"regimes\": [\"psync\", \"libaio\"],"
	"  \"workloads\": [\"randwrite-4k\"]}}";

#define CELL(kernel, regime, target, totals) \
	"{\"kernel\": \"" kernel "\", \"workload\": \"randwrite-4k\"," \
	" \"regime\": \"" regime "\", \"target\": \"" target "\"," \
	" \"totals\": [" totals "]}"

static const char costs[] =
	"{\"schema\": 1, \"cells\": ["
	CELL("old", "psync", "raw", "8824, 8826") ","
	CELL("old", "psync", "fuse", "9463") ","
	CELL("old", "libaio", "raw", "7000") ","
	CELL("old", "libaio", "fuse", "7500") ","
	CELL("new", "psync", "raw", "8824") ","
	CELL("new", "psync", "fuse", "9543, 9543") ","
	CELL("new", "libaio", "raw", "7000.2") ","
	CELL("new", "libaio", "fuse", "7571.8") "]}";

struct state {
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_keptcost kept;
	json_t *manifest, *cost;
};

/* Both JSON texts are merged, objects in lists by their place. */
static void merge(json_t *to, const json_t *from)
{
	const char *key;
	json_t *v, *old;
	size_t i;

	json_object_foreach((json_t *)from, key, v) {
		old = json_object_get(to, key);
		if (json_is_object(old) && json_is_object(v))
			merge(old, v);
		else if (json_is_array(old) && json_is_array(v))
			for (i = 0; i < json_array_size(v); i++)
				merge(json_array_get(old, i),
				      json_array_get(v, i));
		else
			json_object_set(to, key, v);
	}
}

static void merge_text(json_t *to, const char *text)
{
	json_t *from = json_loads(text, 0, NULL);

	assert_non_null(from);
	merge(to, from);
	json_decref(from);
}

static int setup(void **state)
{
	struct state *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	fixture_load("two-kernels-two-regimes", &t->run);
	merge_text(t->run.manifest.root, told);
	t->manifest = json_loads(counted, 0, NULL);
	t->cost = json_loads(costs, 0, NULL);
	assert_int_equal(fpb_summary_of_run(&t->s, &t->run,
					    FPB_MARGIN_DEFAULT), 0);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct state *t = *state;

	fpb_keptcost_free(&t->kept);
	json_decref(t->manifest);
	json_decref(t->cost);
	fpb_summary_free(&t->s);
	fpb_rundata_free(&t->run);
	free(t);
	return 0;
}

/* For free(). */
static char *note(struct state *t)
{
	char why[FPB_REASON_MAX];
	struct fpb_memstream m;

	if (fpb_keptcost_init(&t->kept, t->manifest, t->cost, why))
		fail_msg("%s", why);
	t->s.cost = &t->kept;
	fpb_costnote_write(&t->s, fpb_memstream_open(&m));
	return fpb_memstream_close(&m);
}

static void the_same_kernels_have_a_sentence(void **state)
{
	char *text = note(*state);

	assert_string_equal(text, SENTENCE);
	free(text);
}

/* Of the run, or of what was counted; in the order of the kernels. */
static const struct {
	const char *name;
	const char *run, *counted;
	const char *want;
} others[] = {
	{ "another source", NULL,
	  "{\"kernels\": [{\"source_sha256\": \"51\"},"
	  " {\"source_sha256\": \"51\"}]}", "" },
	{ "another baseline", NULL,
	  "{\"kernels\": [{\"source_sha256\": \"51\"}]}", "" },
	{ "a source that is not known", "{\"kernels\": [{\"source_sha256\": null}]}",
	  "{\"kernels\": [{\"source_sha256\": null}]}", "" },
	{ "another patch", NULL, "{\"kernels\": [{}, {\"patches\": [{},"
	  " {\"patch_id\": \"3d\"}]}]}", "" },
	{ "a patch that is not known", "{\"kernels\": [{}, {\"patches\": [{},"
	  " {\"patch_id\": null}]}]}", "{\"kernels\": [{}, {\"patches\": [{},"
	  " {\"patch_id\": null}]}]}", "" },
	{ "a configuration of the user's", NULL,
	  "{\"kernels\": [{\"source_key\": \"1\"}, {\"source_key\": \"1\"}]}",
	  "" },
	{ "a tree of the user's",
	  "{\"kernels\": [{\"source_key\": \"1\"}, {\"source_key\": \"1\"}]}",
	  "{\"kernels\": [{\"source_key\": \"1\"}, {\"source_key\": \"1\"}]}",
	  SENTENCE },
	{ "another variant", NULL, "{\"kernels\": [{\"variant\": \"debug\"},"
	  " {\"variant\": \"debug\"}]}", "" },
	{ "parameters", NULL,
	  "{\"kernels\": [{}, {\"append\": \"fuse.enable_uring=0\"}]}", "" },
	{ "another image for this architecture",
	  "{\"kernels\": [{\"arch\": \"x86_64\"}, {\"arch\": \"x86_64\"}]}",
	  "{\"kernels\": [{\"image_sha256\": \"1\"},"
	  " {\"image_sha256\": \"2\"}]}", "" },
	{ "the same image", "{\"kernels\": [{\"arch\": \"x86_64\","
	  " \"image_sha256\": \"1\"}, {\"arch\": \"x86_64\","
	  " \"image_sha256\": \"2\"}]}",
	  "{\"kernels\": [{\"image_sha256\": \"1\"},"
	  " {\"image_sha256\": \"2\"}]}", SENTENCE },
	{ "another way to mount", NULL,
	  "{\"targets\": [{}, {\"mount\": \"bindfs\"}]}", "" },
	{ "other I/Os", NULL, "{\"workloads\": [{\"bs\": 8192}]}", "" },
	{ "one way to submit", NULL,
	  "{\"regimes\": [{\"iodepth\": 2}]}",
	  "A passthrough write costs +72 kernel instructions (raw +0) by libaio: patched - baseline, counted where the device completes at once, not timed." },
	{ "files of another size", NULL, "{\"workloads\": [{\"size_mib\": 1}]}",
	  SENTENCE },
	{ "a path of its own",
	  "{\"workloads\": [{\"path\": \"create\"}]}",
	  "{\"workloads\": [{\"path\": \"create\"}]}",
	  "A passthrough I/O costs +80 kernel instructions (raw -1): patched - baseline, counted where the device completes at once, not timed." },
	{ "a daemon", "{\"targets\": [{}, {\"expect\": \"daemon\"}]}",
	  "{\"targets\": [{}, {\"expect\": \"daemon\"}]}",
	  "A write through fuse costs +72 kernel instructions (raw +0) by libaio, a write through fuse +80 (raw -1) by psync: patched - baseline, counted where the device completes at once, not timed." },
};

static void each_other_is_told_apart(void **state)
{
	char *text;

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		struct state *t;

		setup(state);
		t = *state;
		if (others[i].run)
			merge_text(t->run.manifest.root, others[i].run);
		if (others[i].counted)
			merge_text(t->manifest, others[i].counted);
		text = note(t);
		if (strcmp(text, others[i].want))
			fail_msg("%s: \"%s\"", others[i].name, text);
		free(text);
		teardown(state);
	}
}

static void a_report_without_counts_says_nothing(void **state)
{
	struct state *t = *state;
	struct fpb_memstream m;
	char *text;

	fpb_costnote_write(&t->s, fpb_memstream_open(&m));
	text = fpb_memstream_close(&m);
	assert_string_equal(text, "");
	free(text);
}

/* In the text, the page and the letter. */
static void reports_have_it(void **state)
{
	struct state *t = *state;
	const struct fpb_report_with with = { .notes = false };
	static const char *const formats[] = { "text", "markdown", "html" };
	struct fpb_memstream m;
	char *text;

	free(note(t));
	for (size_t i = 0; i <= sizeof(formats) / sizeof(*formats); i++) {
		FILE *out = fpb_memstream_open(&m);

		if (i < sizeof(formats) / sizeof(*formats))
			fpb_report_find(formats[i])->write(out, &t->s, &with);
		else
			fpb_letter_performance(out, &t->s, FPB_LETTER_RATIOS);
		text = fpb_memstream_close(&m);
		if (!strstr(text, "A passthrough write costs +72 kernel"))
			fail_msg("not there: %s", text);
		free(text);
	}
}

static const struct {
	const char *name, *manifest, *cost;
} broken[] = {
	{ "no cells", counted, "{\"schema\": 1}" },
	{ "another schema", counted, "{\"schema\": 2, \"cells\": []}" },
	{ "a manifest that is none", "{\"schema\": 1}", costs },
};

static void each_broken_file_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		json_t *manifest = json_loads(broken[i].manifest, 0, NULL);
		json_t *cost = json_loads(broken[i].cost, 0, NULL);
		char why[FPB_REASON_MAX];
		struct fpb_keptcost k;

		if (!fpb_keptcost_init(&k, manifest, cost, why))
			fail_msg("%s: taken", broken[i].name);
		fpb_keptcost_free(&k);
		json_decref(manifest);
		json_decref(cost);
	}
}

#define IN_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TEST(the_same_kernels_have_a_sentence),
		cmocka_unit_test(each_other_is_told_apart),
		IN_TEST(a_report_without_counts_says_nothing),
		IN_TEST(reports_have_it),
		cmocka_unit_test(each_broken_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
