// SPDX-License-Identifier: GPL-2.0
/* core/marked.c: blocks of programs in the text of people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/marked.h"

#define A	"[fpbench: a]\n"
#define B	"[fpbench: b]\n"
#define END	"[fpbench: end]\n"

static const struct {
	const char *text, *block;
	int ret;
	const char *want;
} cases[] = {
	{ "x\n" A END "y\n", "new\n", 0, "x\n" A "\nnew\n\n" END "y\n" },
	{ "x\n" A "old\n" END, "\n\nnew\nmore\n\n\n", 0,
	  "x\n" A "\nnew\nmore\n\n" END },
	{ A "\nnew\n\n" END "y", "new\n", 0, A "\nnew\n\n" END "y" },
	{ B "keep\n" END A "old\n" END, "new", 0,
	  B "keep\n" END A "\nnew\n\n" END },
	{ "about " A A "old\n" END, "new", 0,
	  "about " A A "\nnew\n\n" END },
	{ A END, "", 0, A "\n\n\n" END },
	{ "x\n", "new\n", -ENOENT, NULL },
	{ B END, "new\n", -ENOENT, NULL },
	{ "x [fpbench: a]\n" END, "new\n", -ENOENT, NULL },
	{ A "old\n", "new\n", -EINVAL, NULL },
	{ A "old\n" B "old\n" END, "new\n", -EINVAL, NULL },
	{ A END A END, "new\n", -EINVAL, NULL },
};

static void a_block_is_replaced_and_the_rest_stays(void **state)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *out = NULL;

		print_message("# %s\n", cases[i].text);
		assert_int_equal(fpb_marked_replace(cases[i].text, "a",
						    cases[i].block, &out),
				 cases[i].ret);
		if (!cases[i].ret)
			assert_string_equal(out, cases[i].want);
		free(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_replaced_and_the_rest_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
