// SPDX-License-Identifier: GPL-2.0
/*
 * core/symbols.c, core/stacks.c, core/cost.c, report/cost.c, report/flame.c: from
 * counts to what they say.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/cost.h"
#include "core/memstream.h"
#include "core/planfile.h"
#include "report/cost.h"

/* As /proc/kallsyms has them: data, a module, parts and an alias. */
static const char kallsyms[] =
	"ffffffff81000000 T _text\n"
	"ffffffff81000000 T early\n"
	"0000000000001000 A fixed_percpu_data\n"
	"ffffffff81000200 t fuse_write.cold\n"
	"ffffffff81000300 D data\n"
	"ffffffff81000100 t fuse_write\n"
	"ffffffff81000400 t down_write.isra.0\n"
	"ffffffff81000500 T vfs_write\n"
	"ffffffff81000600 T xfs_write\n"
	"ffffffff81000700 T entry_SYSCALL_64\n"
	"ffffffff81000800 T asm_sysvec_timer\n"
	"ffffffff81000900 T timer\n"
	"ffffffffc0000000 t null_write\t[null_blk]\n";

static struct fpb_symbols symbols;
static struct fpb_cost cost;
static const struct fpb_cell fuse = { "psync", "fuse", "randwrite-4k", 1 };
static const struct fpb_cell raw = { "psync", "raw", "randwrite-4k", 1 };

static int setup(void **state)
{
	return fpb_symbols_parse(&symbols, strdup(kallsyms));
}

static int teardown(void **state)
{
	fpb_symbols_free(&symbols);
	fpb_cost_free(&cost);
	return 0;
}

/* 10 I/Os. */
static int add(const char *kernel, const struct fpb_cell *cell,
	       const char *regions)
{
	char why[FPB_REASON_MAX] = "";

	return fpb_cost_add(&cost, kernel, cell, &regions, &symbols, 10, why);
}

static const struct {
	const char *name;
	uint64_t address;
	const char *want;
} addresses[] = {
	{ "before all", 0xffffffff80ffffff, "?" },
	{ "of two names the first", 0xffffffff810000ff, "_text" },
	{ "the first byte", 0xffffffff81000100, "fuse_write" },
	{ "a cold part is the function's", 0xffffffff81000210, "fuse_write" },
	{ "data ends nothing", 0xffffffff81000310, "fuse_write" },
	{ "a copy is the function's", 0xffffffff81000401, "down_write" },
	{ "a module's", 0xffffffffc0000123, "null_write" },
};

static void each_address_has_its_function(void **state)
{
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		const char *got = fpb_symbols_find(&symbols,
						   addresses[i].address);

		if (strcmp(got, addresses[i].want))
			fail_msg("%s: %s, not %s", addresses[i].name, got,
				 addresses[i].want);
	}
}

static void a_text_without_functions_is_none(void **state)
{
	struct fpb_symbols s;

	assert_int_equal(fpb_symbols_parse(&s, strdup("nothing\n12 D d\n")),
			 -ENODATA);
	fpb_symbols_free(&s);
}

static double of(const json_t *object, const char *name)
{
	return json_number_value(json_object_get(object, name));
}

static double sum_of(const json_t *object)
{
	const char *name;
	double sum = 0;
	json_t *v;

	json_object_foreach((json_t *)object, name, v)
		sum += json_number_value(v);
	return sum;
}

static double function_of(const struct fpb_cost_cell *c, const char *name)
{
	json_t *functions = fpb_stacks_functions(c->stacks);
	const double value = of(functions, name);

	json_decref(functions);
	return value;
}

static void regions_follow_one_another(void **state)
{
	const char *text = "begin\nffffffff81000100 0 30\n"
			   "ffffffff81000208 0 10\nend\n"
			   "begin\nffffffff81000400 0 70\nend\n";
	const struct fpb_cost_cell *c;
	char why[FPB_REASON_MAX];

	for (int i = 0; i < 2; i++)
		assert_int_equal(fpb_cost_add(&cost, "k", i ? &raw : &fuse,
					      &text, &symbols, 10, why), 0);
	assert_string_equal(text, "");
	c = fpb_cost_find(&cost, "k", &fuse);
	assert_true(fpb_cost_total(c) == 4);
	assert_true(function_of(c, "fuse_write") == 4);
	c = fpb_cost_find(&cost, "k", &raw);
	assert_true(fpb_cost_total(c) == 7);
	assert_null(fpb_cost_find(&cost, "other", &raw));
}

static void boots_have_a_mean_and_a_spread(void **state)
{
	const struct fpb_cost_cell *c;

	assert_int_equal(add("k", &fuse,
			     "begin\nffffffff81000100 0 40\nend\n"), 0);
	assert_int_equal(add("k", &fuse, "begin\nffffffff81000100 0 40\n"
			     "ffffffff81000400 0 20\nend\n"), 0);
	c = fpb_cost_find(&cost, "k", &fuse);
	assert_int_equal(c->n, 2);
	assert_true(fpb_cost_total(c) == 5);
	assert_true(fpb_cost_spread(c) == 2);
	assert_true(function_of(c, "fuse_write") == 4);
	assert_true(function_of(c, "down_write") == 1);
}

/* A system call, and a timer's interrupt while down_write is called. */
static const char in_fuse[] =
	"begin\n"
	"ffffffff81000700 0 20\n"		/* 1: the call of vfs_write */
	"ffffffff81000510 1 10\n"		/* 2: of fuse_write */
	"ffffffff81000110 2 300\n"		/* 3: of down_write */
	"ffffffff81000120 2 50\n"
	"ffffffff81000410 3 40\n"
	"ffffffff81000810 3 7\n"		/* 6: of timer */
	"ffffffff81000910 6 3\n"
	"end\n";

static const struct {
	const char *stack;
	double count;
} stacks_in_fuse[] = {
	{ "entry_SYSCALL_64", 2 },
	{ "entry_SYSCALL_64;vfs_write", 1 },
	{ "entry_SYSCALL_64;vfs_write;fuse_write", 35 },
	{ "entry_SYSCALL_64;vfs_write;fuse_write;down_write", 4 },
	{ "asm_sysvec_timer", 0.7 },
	{ "asm_sysvec_timer;timer", 0.3 },
};

static void each_count_has_its_stack(void **state)
{
	const size_t n = sizeof(stacks_in_fuse) / sizeof(*stacks_in_fuse);
	const struct fpb_cost_cell *c;

	assert_int_equal(add("k", &fuse, in_fuse), 0);
	c = fpb_cost_find(&cost, "k", &fuse);
	for (size_t i = 0; i < n; i++)
		if (fabs(of(c->stacks, stacks_in_fuse[i].stack) -
			 stacks_in_fuse[i].count) > 1e-9)
			fail_msg("%s: %g", stacks_in_fuse[i].stack,
				 of(c->stacks, stacks_in_fuse[i].stack));
	assert_int_equal(json_object_size(c->stacks), n);
	assert_true(fabs(sum_of(c->stacks) - fpb_cost_total(c)) < 1e-9);
}

static const struct {
	const char *name, *text;
} broken[] = {
	{ "no region", "" },
	{ "a mark too few", "begin\nffffffff81000100 0 40\n" },
	{ "a line that is none", "begin\nffffffff81000100\nend\n" },
	{ "a line without a parent", "begin\nffffffff81000100 40\nend\n" },
	{ "a parent that comes later",
	  "begin\nffffffff81000100 1 40\nffffffff81000100 0 1\nend\n" },
	{ "nothing was counted", "begin\nend\n" },
};

static void each_broken_region_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
		if (add("k", &fuse, broken[i].text) != -EINVAL)
			fail_msg("%s: taken", broken[i].name);
}

static const struct {
	const char *name;
	const char *a, *b;		/* stacks and counts */
	const char *want;
} differences[] = {
	{ "the same stack", "{\"x;y\": 5.0}", "{\"x;y\": 3.0}",
	  "{\"x;y\":2.0}" },
	{ "what only one has", "{\"x;y\": 5.0}", "{\"x;z\": 3.0}",
	  "{\"x;y\":5.0,\"x;z\":-3.0}" },
	{ "callers that the other never has",
	  "{\"v;fuse;xfs\": 9.0, \"v;fuse\": 2.0}", "{\"v;xfs\": 7.0}",
	  "{\"v;fuse\":2.0,\"v;fuse;xfs\":2.0}" },
	{ "the same of the other side", "{\"v;xfs\": 7.0}",
	  "{\"v;fuse;xfs\": 9.0, \"v;fuse\": 2.0}",
	  "{\"v;fuse\":-2.0,\"v;xfs\":-2.0}" },
	{ "a caller that the other has elsewhere",
	  "{\"v;lock;xfs\": 9.0}", "{\"v;xfs\": 7.0, \"lock\": 1.0}",
	  "{\"lock\":-1.0,\"v;lock;xfs\":9.0,\"v;xfs\":-7.0}" },
	{ "two that are like the other's",
	  "{\"v;f;x\": 4.0, \"v;g;x\": 4.0}", "{\"v;x\": 9.0}",
	  "{\"v;f;x\":0.0,\"v;g;x\":-1.0}" },
	{ "the very same before one that is like it",
	  "{\"v;f;x\": 4.0, \"v;x\": 4.0}", "{\"v;x\": 3.0}",
	  "{\"v;f;x\":4.0,\"v;x\":1.0}" },
};

static void each_difference_is_found(void **state)
{
	for (size_t i = 0; i < sizeof(differences) / sizeof(*differences); i++) {
		json_t *a = json_loads(differences[i].a, 0, NULL);
		json_t *b = json_loads(differences[i].b, 0, NULL);
		json_t *diff = fpb_stacks_diff(a, b);
		char *text = json_dumps(diff, JSON_SORT_KEYS | JSON_COMPACT);

		if (strcmp(text, differences[i].want))
			fail_msg("%s: %s, not %s", differences[i].name, text,
				 differences[i].want);
		assert_true(fabs(sum_of(a) - sum_of(b) - sum_of(diff)) < 1e-9);
		free(text);
		json_decref(diff);
		json_decref(b);
		json_decref(a);
	}
}

static const char *const kernels[] = { "baseline", "patched" };
static struct fpb_plan plan;
static const struct fpb_cost_report report = { &cost, &plan, kernels, 2, 10 };

/* The patched kernel has 5.0 more in fuse_write, and lost 1.0 elsewhere. */
static void add_two_kernels(void)
{
	char why[FPB_REASON_MAX];

	fpb_plan_default(&plan);
	assert_int_equal(fpb_plan_set_text(&plan, "regime psync.like=cpu", why),
			 0);
	assert_int_equal(fpb_plan_set_text(&plan, "sweep.regimes=psync", why),
			 0);
	plan.nnumjobs = 1;
	add("baseline", &raw, "begin\nffffffff81000400 0 20\nend\n");
	add("baseline", &fuse, "begin\nffffffff81000100 0 300\n"
	    "ffffffff81000400 1 40\nend\n");
	add("patched", &raw, "begin\nffffffff81000400 0 21\nend\n");
	add("patched", &fuse, "begin\nffffffff81000100 0 350\n"
	    "ffffffff81000400 1 30\nend\n");
}

static void the_report_shows_what_differs(void **state)
{
	static const char *const want[] = {
		"randwrite-4k, psync: kernel instructions per I/O \u00b7 resolution 0.10\n",
		"patched - baseline | +0.10 | +4.00 |      +3.90\n",
		"patched - baseline, by function\n",
		"fuse_write | +5.00 | +0.00\n",
		"down_write | -1.00 | +0.10\n",
		"patched: fuse - raw, by function\n",
		"fuse_write | +35.00 |   97%\n",
		"no caches, no contention, one",
	};
	struct fpb_memstream m;
	struct fpb_page page = { .out = fpb_memstream_open(&m) };
	char *text;

	add_two_kernels();
	assert_int_equal(fpb_cost_page(&page, &report), 0);
	text = fpb_memstream_close(&m);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		if (!strstr(text, want[i]))
			fail_msg("not there: %s in\n%s", want[i], text);
	free(text);
}

/* Their names, in their order, and what stands on them. */
static const struct {
	const char *name;
	const char *want[6];		/* ends with NULL */
} pictures[] = {
	{ "flame-randwrite-4k-psync-fuse-patched-baseline", {
		"\u00b7 fuse \u00b7 +4.00 kernel instructions per I/O<",
		">all: 5.00 more<",
		">all: 1.00 less<",
		">fuse_write: 5.00 more<",
		">down_write: 1.00 less<",
	} },
	{ "flame-randwrite-4k-psync-patched-fuse-raw", {
		"\u00b7 fuse \u00b7 +35.90 kernel instructions per I/O<",
		">all: 35.90 more<",
		">fuse_write: 35.90 more, 35.00 of it in the function itself<",
		">down_write: 0.90 more<",
	} },
};

static int look_at(const char *name, const char *svg, void *user)
{
	size_t *n = user;

	assert_true(*n < sizeof(pictures) / sizeof(*pictures));
	assert_string_equal(name, pictures[*n].name);
	for (const char *const *want = pictures[*n].want; *want; want++)
		if (!strstr(svg, *want))
			fail_msg("%s: not there: %s in\n%s", name, *want, svg);
	assert_null(strstr(svg, "<script"));
	++*n;
	return 0;
}

static void each_difference_has_a_flame_graph(void **state)
{
	size_t n = 0;

	add_two_kernels();
	assert_int_equal(fpb_cost_draw(&report, look_at, &n), 0);
	assert_int_equal(n, sizeof(pictures) / sizeof(*pictures));
}

static int stop(const char *name, const char *svg, void *user)
{
	return -ENOSPC;
}

static void an_error_ends_the_drawing(void **state)
{
	add_two_kernels();
	assert_int_equal(fpb_cost_draw(&report, stop, NULL), -ENOSPC);
}

#define IN_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TEST(each_address_has_its_function),
		IN_TEST(a_text_without_functions_is_none),
		IN_TEST(regions_follow_one_another),
		IN_TEST(boots_have_a_mean_and_a_spread),
		IN_TEST(each_count_has_its_stack),
		IN_TEST(each_broken_region_is_refused),
		cmocka_unit_test(each_difference_is_found),
		IN_TEST(the_report_shows_what_differs),
		IN_TEST(each_difference_has_a_flame_graph),
		IN_TEST(an_error_ends_the_drawing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
