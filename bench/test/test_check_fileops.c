// SPDX-License-Identifier: GPL-2.0
/* check/fileops/: random sequences, and the programs that repeat them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "check/fileops/draw.h"
#include "check/fileops/print.h"
#include "check/fileops/shrink.h"

#define N	64
#define ALL	(FILEOP_KNOWN_FLAGS | FILEOP_KNOWN_FALLOC)

static void same_seed_same_operations(void **state)
{
	struct fileop a[N], b[N];

	fileop_draw(a, N, 7, ALL);
	fileop_draw(b, N, 7, ALL);
	assert_memory_equal(a, b, sizeof(a));
	fileop_draw(b, N, 8, ALL);
	assert_int_not_equal(memcmp(a, b, sizeof(a)), 0);
}

static void every_kind_is_drawn(void **state)
{
	unsigned int seen[FILEOP_KINDS] = { 0 }, known = 0;
	struct fileop ops[N];

	for (unsigned long seed = 0; seed < 200; seed++) {
		fileop_draw(ops, N, seed, seed % 2 ? ALL : 0);
		for (int i = 0; i < N; i++) {
			assert_true(ops[i].kind < FILEOP_KINDS);
			assert_true(ops[i].proc < FILEOP_PROCS);
			assert_true(ops[i].fd < FILEOP_FDS);
			assert_true(ops[i].off >= 0 && ops[i].off <= FILEOP_MAX);
			seen[ops[i].kind]++;
			known |= fileop_known(&ops[i]);
		}
	}
	assert_int_equal(known, ALL);
	for (int k = 0; k < FILEOP_KINDS; k++)
		assert_true(seen[k] > 0);
}

static void what_differs_only_if_asked_for(void **state)
{
	struct fileop ops[N];

	for (unsigned long seed = 0; seed < 100; seed++) {
		for (unsigned int known = 0; known <= ALL; known++) {
			fileop_draw(ops, N, seed, known);
			for (int i = 0; i < N; i++)
				assert_int_equal(fileop_known(&ops[i]) & ~known,
						 0);
			if (!(known & FILEOP_KNOWN_FLAGS))
				continue;
			for (int i = 0; i < N; i++)
				assert_true(ops[i].kind != FILEOP_SPLICE &&
					    ops[i].kind != FILEOP_SENDFILE &&
					    ops[i].kind != FILEOP_COPY_RANGE);
		}
	}
}

/* Fails if operations 5 and 40 are both there, in this order. */
static bool both_there(const struct fileop *ops, size_t n, void *arg)
{
	unsigned int *calls = arg;
	bool first = false;

	(*calls)++;
	for (size_t i = 0; i < n; i++) {
		first |= ops[i].id == 5;
		if (first && ops[i].id == 40)
			return true;
	}
	return false;
}

static void shrinks_to_what_matters(void **state)
{
	struct fileop ops[N];
	unsigned int calls = 0;
	size_t n;

	fileop_draw(ops, N, 3, 0);
	n = fileop_shrink(ops, N, both_there, &calls, 1000);
	assert_int_equal(n, 2);
	assert_int_equal(ops[0].id, 5);
	assert_int_equal(ops[1].id, 40);
	/* One process is enough for it. */
	assert_int_equal(ops[0].proc, 0);
	assert_int_equal(ops[1].proc, 0);
	assert_true(calls < 200);
}

static void keeps_to_its_budget(void **state)
{
	struct fileop ops[N];
	unsigned int calls = 0;

	fileop_draw(ops, N, 3, 0);
	fileop_shrink(ops, N, both_there, &calls, 10);
	assert_int_equal(calls, 10);
}

static void __attribute__((format(printf, 1, 2))) shell(const char *fmt, ...)
{
	char command[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(command, sizeof(command), fmt, ap);
	va_end(ap);
	assert_int_equal(system(command), 0);
}

/* The reproducer of every kind of operation is a program that runs. */
static void reproducers_run(void **state)
{
	char dir[] = "/tmp/fpbench-test-XXXXXX", path[64];
	struct fileop ops[N];
	FILE *out;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/repro.c", dir);
	out = fopen(path, "w");
	assert_non_null(out);
	fileop_draw(ops, N, 1, ALL);
	for (int i = 2; i < N; i++) {
		ops[i].kind = i % FILEOP_KINDS;
		ops[i].flags = 0;
		ops[i].async = i & 1;
		ops[i].off = ops[i].kind == FILEOP_MMAP ? 0 : 4096;
		ops[i].fd2 %= FILEOP_MAPS;
	}
	/* The last one needs root. */
	for (int i = 0; i < N; i++)
		ops[i].proc %= FILEOP_PROCS - 1;
	fileop_print_program(out, ops, N);
	fclose(out);
	shell("gcc -D_GNU_SOURCE -Wall -Wno-unused-function -Werror -o %s/repro %s/repro.c -luring",
	      dir, dir);
	shell("cd %s && timeout 60 ./repro >out && test $(wc -l <%s/out) = %d",
	      dir, dir, N);
	shell("rm -r %s", dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_operations),
		cmocka_unit_test(every_kind_is_drawn),
		cmocka_unit_test(what_differs_only_if_asked_for),
		cmocka_unit_test(shrinks_to_what_matters),
		cmocka_unit_test(keeps_to_its_budget),
		cmocka_unit_test(reproducers_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
