// SPDX-License-Identifier: GPL-2.0
/* core/argv.c: arguments stay whole, and their text is safe for a shell. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/argv.h"

static const struct {
	const char *name;
	const char *args[4];
	const char *want;
} texts[] = {
	{ "no argument is no text", { NULL }, "" },
	{ "plain words stay bare", { "mkfs.xfs", "-f", "/dev/nullb0" },
	  "mkfs.xfs -f /dev/nullb0" },
	{ "what paths and options hold stays bare",
	  { "a_b-c+d=e.f/g:h,i@j%k" }, "a_b-c+d=e.f/g:h,i@j%k" },
	{ "a blank is quoted", { "echo", "two words" }, "echo 'two words'" },
	{ "an empty argument is still one", { "echo", "", "x" },
	  "echo '' x" },
	{ "a single quote steps out of the quotes", { "it's" },
	  "'it'\\''s'" },
	{ "nothing but a quote", { "'" }, "''\\'''" },
	{ "double quotes need no more", { "say \"x\"" }, "'say \"x\"'" },
	{ "no variable is expanded", { "$HOME" }, "'$HOME'" },
	{ "no command is run", { "`id`", "$(id)" }, "'`id`' '$(id)'" },
	{ "no pattern is matched", { "*", "a?", "[b]" }, "'*' 'a?' '[b]'" },
	{ "no home is found", { "~root" }, "'~root'" },
	{ "no command ends", { "a;b", "a&b", "a|b" }, "'a;b' 'a&b' 'a|b'" },
	{ "no file is opened", { ">x", "<x" }, "'>x' '<x'" },
	{ "no comment starts", { "#x" }, "'#x'" },
	{ "no history is searched", { "!x" }, "'!x'" },
	{ "a backslash is itself", { "a\\b" }, "'a\\b'" },
	{ "a line may end inside", { "a\nb" }, "'a\nb'" },
	{ "a tab is quoted", { "a\tb" }, "'a\tb'" },
	{ "other alphabets are quoted", { "\303\251" }, "'\303\251'" },
};

static void text_is_what_a_shell_would_need(void **state)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fpb_argv a = { 0 };
		char *text;

		print_message("# %s\n", texts[i].name);
		for (size_t k = 0; k < 4 && texts[i].args[k]; k++)
			assert_int_equal(fpb_argv_add(&a, "%s",
						      texts[i].args[k]), 0);
		text = fpb_argv_text(&a);
		assert_string_equal(text, texts[i].want);
		free(text);
		fpb_argv_free(&a);
	}
}

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_what_a_shell_would_need),
		cmocka_unit_test(an_argument_is_made_from_a_format),
		cmocka_unit_test(
			one_too_many_is_refused_and_the_end_stays_marked),
		cmocka_unit_test(what_was_freed_can_be_filled_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
