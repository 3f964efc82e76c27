// SPDX-License-Identifier: GPL-2.0
/* core/names.c: which name a typing error was meant for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/names.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const words[] = {
	"rounds", "numjobs", "targets", "runtime", "ramp", "rw", "ext4", NULL
};
static const struct fpb_names names = FPB_NAMES(words);

static const struct {
	const char *word;
	const char *want;	/* NULL: none is near */
} slips[] = {
	{ "rounds", "rounds" },
	{ "round", "rounds" },
	{ "numjob", "numjobs" },
	{ "numbjobs", "numjobs" },
	{ "etx4", "ext4" },	/* two letters changed places: one slip */
	{ "tragets", "targets" },
	{ "amp", "ramp" },
	{ "rounded", "rounds" },
	{ "r", NULL },
	{ "wr", "rw" },
	{ "latency", NULL },
	{ "", NULL },
	{ "a word that is far longer than sixty-four letters can ever be, so it is",
	  NULL },
};

static void the_nearest_name_is_found(void **state)
{
	for (size_t i = 0; i < NELEM(slips); i++) {
		const char *got = fpb_names_nearest(names, slips[i].word);

		print_message("# \"%s\"\n", slips[i].word);
		if (slips[i].want)
			assert_string_equal(got, slips[i].want);
		else
			assert_null(got);
	}
}

static void a_name_has_its_place(void **state)
{
	assert_int_equal(fpb_names_find(names, "rounds"), 0);
	assert_int_equal(fpb_names_find(names, "ext4"), 6);
	assert_int_equal(fpb_names_find(names, "round"), -1);
	assert_null(fpb_names_at(names, 7));
}

static void names_of_a_table_are_found_in_its_rows(void **state)
{
	static const struct {
		int number;
		const char *name;
	} table[] = { { 1, "one" }, { 2, "two" }, { 0, NULL } };
	const struct fpb_names rows = FPB_NAMES_OF(table, name);
	char text[64];

	assert_int_equal(fpb_names_find(rows, "two"), 1);
	assert_string_equal(fpb_names_hint(rows, "tow", text, sizeof(text)),
			    "(known: one, two; did you mean \"two\"?)");
	assert_string_equal(fpb_names_hint(rows, "three", text, sizeof(text)),
			    "(known: one, two)");
}

static void a_hint_is_cut_to_its_room(void **state)
{
	char text[32], more[56];

	memset(text, '!', sizeof(text));
	fpb_names_hint(names, "round", text, 12);
	assert_string_equal(text, "(known: ...");
	assert_int_equal(text[12], '!');
	/* What is meant is there if anything is. */
	fpb_names_hint(names, "round", text, sizeof(text));
	assert_int_equal(strlen(text), sizeof(text) - 1);
	fpb_names_hint(names, "round", more, sizeof(more));
	assert_non_null(strstr(more, ", ...; did you mean \"rounds\"?)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_name_is_found),
		cmocka_unit_test(a_name_has_its_place),
		cmocka_unit_test(names_of_a_table_are_found_in_its_rows),
		cmocka_unit_test(a_hint_is_cut_to_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
