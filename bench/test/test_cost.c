// SPDX-License-Identifier: GPL-2.0
/* core/symbols.c, core/cost.c, report/cost.c: from counts to what they say. */
#include <errno.h>
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

static double of(const json_t *functions, const char *name)
{
	return json_number_value(json_object_get(functions, name));
}

static void regions_follow_one_another(void **state)
{
	const char *text = "begin\nffffffff81000100 30\nffffffff81000208 10\n"
			   "end\nbegin\nffffffff81000400 70\nend\n";
	const struct fpb_cost_cell *c;
	char why[FPB_REASON_MAX];

	for (int i = 0; i < 2; i++)
		assert_int_equal(fpb_cost_add(&cost, "k", i ? &raw : &fuse,
					      &text, &symbols, 10, why), 0);
	assert_string_equal(text, "");
	c = fpb_cost_find(&cost, "k", &fuse);
	assert_true(fpb_cost_total(c) == 4);
	assert_true(of(c->functions, "fuse_write") == 4);
	c = fpb_cost_find(&cost, "k", &raw);
	assert_true(fpb_cost_total(c) == 7);
	assert_null(fpb_cost_find(&cost, "other", &raw));
}

static void boots_have_a_mean_and_a_spread(void **state)
{
	const struct fpb_cost_cell *c;

	assert_int_equal(add("k", &fuse, "begin\nffffffff81000100 40\nend\n"), 0);
	assert_int_equal(add("k", &fuse, "begin\nffffffff81000100 40\n"
			     "ffffffff81000400 20\nend\n"), 0);
	c = fpb_cost_find(&cost, "k", &fuse);
	assert_int_equal(c->n, 2);
	assert_true(fpb_cost_total(c) == 5);
	assert_true(fpb_cost_spread(c) == 2);
	assert_true(of(c->functions, "fuse_write") == 4);
	assert_true(of(c->functions, "down_write") == 1);
}

static const struct {
	const char *name, *text;
} broken[] = {
	{ "no region", "" },
	{ "a mark too few", "begin\nffffffff81000100 40\n" },
	{ "a line that is none", "begin\nffffffff81000100\nend\n" },
	{ "nothing was counted", "begin\nend\n" },
};

static void each_broken_region_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++)
		if (add("k", &fuse, broken[i].text) != -EINVAL)
			fail_msg("%s: taken", broken[i].name);
}

/* The patched kernel has 5.0 more in fuse_write, and lost 1.0 elsewhere. */
static void the_report_shows_what_differs(void **state)
{
	static const char *const kernels[] = { "baseline", "patched" };
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
	struct fpb_plan plan;
	const struct fpb_cost_report r = { &cost, &plan, kernels, 2, 10 };
	struct fpb_memstream m;
	struct fpb_page page = { .out = fpb_memstream_open(&m) };
	char why[FPB_REASON_MAX], *text;

	fpb_plan_default(&plan);
	assert_int_equal(fpb_plan_set_text(&plan, "regime psync.like=cpu", why),
			 0);
	assert_int_equal(fpb_plan_set_text(&plan, "sweep.regimes=psync", why),
			 0);
	plan.nnumjobs = 1;
	add("baseline", &raw, "begin\nffffffff81000400 20\nend\n");
	add("baseline", &fuse, "begin\nffffffff81000100 300\n"
	    "ffffffff81000400 40\nend\n");
	add("patched", &raw, "begin\nffffffff81000400 21\nend\n");
	add("patched", &fuse, "begin\nffffffff81000100 350\n"
	    "ffffffff81000400 30\nend\n");
	assert_int_equal(fpb_cost_page(&page, &r), 0);
	text = fpb_memstream_close(&m);
	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++)
		if (!strstr(text, want[i]))
			fail_msg("not there: %s in\n%s", want[i], text);
	free(text);
}

#define IN_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_TEST(each_address_has_its_function),
		IN_TEST(a_text_without_functions_is_none),
		IN_TEST(regions_follow_one_another),
		IN_TEST(boots_have_a_mean_and_a_spread),
		IN_TEST(each_broken_region_is_refused),
		IN_TEST(the_report_shows_what_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
