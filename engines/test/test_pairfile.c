// SPDX-License-Identifier: GPL-2.0
/* Unit tests of pairfile.c: what is written is read, and nothing else is. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../pairfile.h"

static char text[16384];

static size_t written(const struct fpb_pairfile *pf)
{
	FILE *out = fmemopen(text, sizeof(text), "w");
	size_t len;

	assert_non_null(out);
	assert_int_equal(fpb_pairfile_write(out, pf), 0);
	len = ftell(out);
	fclose(out);
	return len;
}

static int read_text(const char *s, struct fpb_pairfile *pf,
		     unsigned int *line)
{
	FILE *in = fmemopen((void *)s, strlen(s), "r");
	int ret;

	assert_non_null(in);
	ret = fpb_pairfile_read(in, pf, line);
	fclose(in);
	return ret;
}

static struct fpb_slice slices[2] = {
	{ .index = 7, .side = 1, .state = FPB_SLICE_RAMP, .drain_ns = 12,
	  .ios = 300, .bytes = 1228800, .cpu_ns = 99 },
	{ .index = UINT64_MAX / 20000000, .side = 0, .ios = 1 },
};

static struct fpb_pairfile sample = {
	.plan = { .slice_ns = 20000000, .guard_ns = 2000000,
		  .seed = UINT64_MAX, .lanes = 1 },
	.job = "a job", .side = { "/mnt/fuse/a file", "/mnt/raw/f" },
	.slices = slices, .nr = 2,
};

static void what_is_written_is_read(void **state)
{
	struct fpb_pairfile pf;
	unsigned int line;

	slices[0].bins[0].ios = 5;
	slices[0].bins[0].last_ns = 1000;
	slices[0].bins[15].ios = 6;
	slices[0].bins[15].last_ns = 19999999;
	written(&sample);
	assert_int_equal(read_text(text, &pf, &line), 0);
	assert_string_equal(pf.job, sample.job);
	assert_string_equal(pf.side[0], sample.side[0]);
	assert_string_equal(pf.side[1], sample.side[1]);
	assert_memory_equal(&pf.plan, &sample.plan, sizeof(pf.plan));
	assert_int_equal(pf.nr, 2);
	assert_memory_equal(&pf.slices[0], &slices[0], sizeof(slices[0]));
	assert_memory_equal(&pf.slices[1], &slices[1], sizeof(slices[1]));
	fpb_pairfile_free(&pf);
}

static void lanes_are_written_and_read(void **state)
{
	struct fpb_pairfile three = sample, pf;
	unsigned int line;

	three.plan.lanes = 3;
	three.plan.raw_every = 8;
	three.lane = 2;
	written(&three);
	assert_int_equal(read_text(text, &pf, &line), 0);
	assert_memory_equal(&pf.plan, &three.plan, sizeof(pf.plan));
	assert_int_equal(pf.lane, 2);
	fpb_pairfile_free(&pf);

	three.lane = 3;
	written(&three);
	assert_int_equal(read_text(text, &pf, &line), -EINVAL);
	assert_int_equal(line, 10);
	three.plan.lanes = FPB_PAIR_LANES + 1;
	written(&three);
	assert_int_equal(read_text(text, &pf, &line), -EINVAL);
	assert_int_equal(line, 9);
}

static void a_line_break_in_a_path_does_no_harm(void **state)
{
	struct fpb_pairfile bad = sample, pf;
	unsigned int line;

	bad.side[0] = "x\n# seed 5\n1,2,3";
	written(&bad);
	assert_int_equal(read_text(text, &pf, &line), 0);
	assert_true(pf.plan.seed == UINT64_MAX);
	assert_int_equal(pf.nr, 2);
	fpb_pairfile_free(&pf);
}

static void a_full_disk_is_an_error(void **state)
{
	FILE *out = fopen("/dev/full", "w");

	if (!out)
		skip();
	assert_int_equal(fpb_pairfile_write(out, &sample), -EIO);
	fclose(out);
}

static void other_files_are_refused(void **state)
{
	struct fpb_pairfile pf;
	unsigned int line;

	assert_int_equal(read_text("x\n", &pf, &line), -EINVAL);
	assert_int_equal(line, 1);
	assert_int_equal(read_text("# fpbench slices 1\n", &pf, &line),
			 -EINVAL);
	assert_int_equal(read_text("# fpbench slices 2\n", &pf, &line),
			 -EINVAL);
	assert_int_equal(read_text("# fpbench slices 2\n"
				   "1,0,ok,1,1,1,1,1,\n", &pf, &line),
			 -EINVAL);
	assert_int_equal(line, 2);
}

/* Each character of a good row once replaced: no crash, and never a lie. */
static void a_damaged_row_is_refused_or_read(void **state)
{
	struct fpb_pairfile pf;
	unsigned int line;
	size_t i, len = written(&sample);
	char *copy = strdup(text);

	assert_non_null(copy);
	for (i = 0; i < len; i++) {
		memcpy(copy, text, len);
		copy[i] = 'Z';
		if (read_text(copy, &pf, &line))
			continue;
		assert_true(pf.nr <= 2);
		fpb_pairfile_free(&pf);
	}
	free(copy);
}

/* In a number as well, which is another one then, and at the end of a line. */
static void a_file_that_was_cut_short_is_refused(void **state)
{
	struct fpb_pairfile pf;
	unsigned int line;
	size_t i, len = written(&sample);

	for (i = len; --i;) {
		text[i] = '\0';
		if (read_text(text, &pf, &line) != -EINVAL || !line)
			fail_msg("read, of the first %zu bytes: %s", i, text);
	}
}

/* It does not say how many there are; runs that are kept have such. */
static void a_file_of_before_is_read(void **state)
{
	static const char count[] = "# slices 2\n";
	struct fpb_pairfile pf;
	unsigned int line;
	char *at;

	written(&sample);
	at = strstr(text, count);
	assert_non_null(at);
	memmove(at, at + strlen(count), strlen(at + strlen(count)) + 1);
	assert_int_equal(read_text(text, &pf, &line), 0);
	assert_int_equal(pf.nr, 2);
	fpb_pairfile_free(&pf);
}

static void slices_out_of_order_are_refused(void **state)
{
	struct fpb_pairfile swapped = sample, pf;
	struct fpb_slice s[2] = { slices[1], slices[0] };
	unsigned int line;

	swapped.slices = s;
	written(&swapped);
	assert_int_equal(read_text(text, &pf, &line), -EINVAL);
	assert_int_equal(line, 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(lanes_are_written_and_read),
		cmocka_unit_test(a_line_break_in_a_path_does_no_harm),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(a_damaged_row_is_refused_or_read),
		cmocka_unit_test(a_file_that_was_cut_short_is_refused),
		cmocka_unit_test(a_file_of_before_is_read),
		cmocka_unit_test(slices_out_of_order_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
