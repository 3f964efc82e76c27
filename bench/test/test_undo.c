// SPDX-License-Identifier: GPL-2.0
/* sys/undo.c: everything is taken back once, the last thing first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "os/undo.h"

static struct fpb_undo undo;
static char order[FPB_UNDO_MAX + 1];

static int start(void **state)
{
	memset(&undo, 0, sizeof(undo));
	memset(order, 0, sizeof(order));
	return 0;
}

/* @arg: one letter, to be seen in the order of the calls. */
static void note(void *arg)
{
	order[strlen(order)] = *(const char *)arg;
}

static void the_last_thing_goes_first(void **state)
{
	fpb_undo_push(&undo, note, "a");
	fpb_undo_push(&undo, note, "b");
	fpb_undo_push(&undo, note, "c");
	fpb_undo_all(&undo);
	assert_string_equal(order, "cba");
}

static void nothing_is_taken_back_twice(void **state)
{
	fpb_undo_push(&undo, note, "a");
	fpb_undo_all(&undo);
	fpb_undo_all(&undo);
	assert_string_equal(order, "a");
}

static void nothing_to_take_back_is_fine(void **state)
{
	fpb_undo_all(&undo);
	assert_string_equal(order, "");
}

static void it_can_be_filled_again(void **state)
{
	fpb_undo_push(&undo, note, "a");
	fpb_undo_all(&undo);
	fpb_undo_push(&undo, note, "b");
	fpb_undo_all(&undo);
	assert_string_equal(order, "ab");
}

static void all_places_can_be_used(void **state)
{
	static const char letters[] = "abcdefghijklmnop";
	size_t i;

	assert_int_equal(strlen(letters), FPB_UNDO_MAX);
	for (i = 0; i < FPB_UNDO_MAX; i++)
		fpb_undo_push(&undo, note, (void *)&letters[i]);
	fpb_undo_all(&undo);
	assert_string_equal(order, "ponmlkjihgfedcba");
}

static void give_up(void *arg)
{
	note("x");
	fpb_undo_all(&undo);
}

static void a_step_that_gives_up_takes_back_the_rest_once(void **state)
{
	fpb_undo_push(&undo, note, "a");
	fpb_undo_push(&undo, give_up, NULL);
	fpb_undo_push(&undo, note, "b");
	fpb_undo_all(&undo);
	assert_string_equal(order, "bxa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_last_thing_goes_first, start),
		cmocka_unit_test_setup(nothing_is_taken_back_twice, start),
		cmocka_unit_test_setup(nothing_to_take_back_is_fine, start),
		cmocka_unit_test_setup(it_can_be_filled_again, start),
		cmocka_unit_test_setup(all_places_can_be_used, start),
		cmocka_unit_test_setup(
			a_step_that_gives_up_takes_back_the_rest_once, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
