/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs made up for tests, in bench/test/data (or where FPB_TEST_DATA says).
 * Include after <cmocka.h>.
 */
#ifndef FPB_TEST_FIXTURE_H
#define FPB_TEST_FIXTURE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/summary.h"

/* With R's values, which are printed to 12 digits. */
#define assert_as_in_r(a, b) \
	do { \
		if (fabs((a) - (b)) > 1e-9) \
			fail_msg("%s is %.12g, not %.12g", #a, (double)(a), \
				 (double)(b)); \
	} while (0)

static inline FILE *fixture_open(const char *name, const char *mode)
{
	const char *dir = getenv("FPB_TEST_DATA");
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "bench/test/data",
		 name);
	return fopen(path, mode);
}

/* The whole file, for free(); "" if there is none. */
static inline char *fixture_text(const char *name)
{
	char *text = NULL, buf[4096];
	size_t len, n;
	FILE *in = fixture_open(name, "r");
	FILE *out = open_memstream(&text, &len);

	while (in && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	if (in)
		fclose(in);
	fclose(out);
	return text;
}

/* @text is that of golden/@name, or becomes it with FPB_TEST_UPDATE. */
static inline void compare_golden(const char *name, const char *text)
{
	char path[128], *want;
	FILE *out;

	snprintf(path, sizeof(path), "golden/%s", name);
	if (getenv("FPB_TEST_UPDATE")) {
		out = fixture_open(path, "w");
		assert_non_null(out);
		fputs(text, out);
		fclose(out);
	}
	want = fixture_text(path);
	assert_string_equal(text, want);
	free(want);
}

static inline struct fpb_text text_of(const char *text)
{
	return (struct fpb_text){ text, strlen(text) };
}

/* Loads run-@name, whose files must be right. */
static inline void fixture_load(const char *name, struct fpb_rundata *run)
{
	static const char * const files[] = {
		FPB_FILE_MANIFEST, FPB_FILE_BOOTS, FPB_FILE_SAMPLES
	};
	struct fpb_rundata_error err;
	char path[256], *text[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "run-%s/%s", name, files[i]);
		text[i] = fixture_text(path);
	}
	if (fpb_rundata_parse(run, text_of(text[0]), text_of(text[1]),
			      text_of(text[2]), &err))
		fail_msg("run-%s/%s:%zu: %s", name, err.file, err.line,
			 err.why);
	for (i = 0; i < 3; i++)
		free(text[i]);
}

/* A kernel of each of two runs, as compare has them. */
static inline int of_two(struct fpb_summary *s, const struct fpb_rundata *base,
			 size_t base_kernel, const struct fpb_rundata *new,
			 size_t new_kernel)
{
	const struct fpb_contender of[] = {
		{ base, base_kernel }, { new, new_kernel },
	};

	return fpb_summary_of_kernels(s, of, 2, FPB_MARGIN_DEFAULT);
}

#endif
