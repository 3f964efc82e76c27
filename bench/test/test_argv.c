// SPDX-License-Identifier: GPL-2.0
/* core/argv.c: arguments stay whole, and the last is marked. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/argv.h"

static void an_argument_is_made_from_a_format(void **state)
{
	struct fpb_argv a = { 0 };

	assert_int_equal(fpb_argv_add(&a, "mem=%dM and %s", 512, "more"), 0);
	assert_int_equal(a.n, 1);
	assert_string_equal(a.v[0], "mem=512M and more");
	assert_null(a.v[1]);
	fpb_argv_free(&a);
}

static void one_too_many_is_refused_and_the_end_stays_marked(void **state)
{
	struct fpb_argv a = { 0 };

	for (int i = 0; i < FPB_ARGV_MAX; i++)
		assert_int_equal(fpb_argv_add(&a, "%d", i), 0);
	assert_int_equal(fpb_argv_add(&a, "one more"), -E2BIG);
	assert_int_equal(a.n, FPB_ARGV_MAX);
	assert_string_equal(a.v[FPB_ARGV_MAX - 1], "63");
	assert_null(a.v[FPB_ARGV_MAX]);
	fpb_argv_free(&a);
}

static void what_was_freed_can_be_filled_again(void **state)
{
	struct fpb_argv a = { 0 };

	fpb_argv_add(&a, "one");
	fpb_argv_add(&a, "two");
	fpb_argv_free(&a);
	assert_int_equal(a.n, 0);
	assert_null(a.v[0]);

	/* execve() reads up to the NULL, whatever n says. */
	fpb_argv_add(&a, "three");
	assert_string_equal(a.v[0], "three");
	assert_null(a.v[1]);
	fpb_argv_free(&a);
	fpb_argv_free(&a);
}

static void words_are_arguments_of_their_own(void **state)
{
	struct fpb_argv a = { 0 };

	assert_int_equal(fpb_argv_words(&a, " one  two=2,3 "), 0);
	assert_int_equal(a.n, 2);
	assert_string_equal(a.v[0], "one");
	assert_string_equal(a.v[1], "two=2,3");
	assert_int_equal(fpb_argv_words(&a, ""), 0);
	assert_int_equal(a.n, 2);
	fpb_argv_free(&a);
}

static void a_word_of_a_shell_stays_one_word(void **state)
{
	static const char * const words[][2] = {
		{ "results/20260616-120000-uml", "results/20260616-120000-uml" },
		{ "--label=v2.1", "--label=v2.1" },
		{ "", "''" },
		{ "my results", "'my results'" },
		{ "it's", "'it'\\''s'" },
		{ "'", "''\\'''" },
		{ "a`b`", "'a`b`'" }, { "a\\b", "'a\\b'" }, { "#a", "'#a'" },
		{ "~a", "'~a'" }, { "[a]", "'[a]'" }, { "{a,b}", "'{a,b}'" },
		{ "!a", "'!a'" }, { "$a", "'$a'" }, { "a\nb", "'a\nb'" },
		{ "\"a\"", "'\"a\"'" }, { "a;b&c|d", "'a;b&c|d'" },
		{ "(a)<b>*?", "'(a)<b>*?'" }, { "\u00fc", "'\u00fc'" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char *word = fpb_shell_word(words[i][0]);

		assert_string_equal(word, words[i][1]);
		free(word);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_argument_is_made_from_a_format),
		cmocka_unit_test(
			one_too_many_is_refused_and_the_end_stays_marked),
		cmocka_unit_test(what_was_freed_can_be_filled_again),
		cmocka_unit_test(words_are_arguments_of_their_own),
		cmocka_unit_test(a_word_of_a_shell_stays_one_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
