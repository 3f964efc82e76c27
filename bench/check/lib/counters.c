// SPDX-License-Identifier: GPL-2.0
/*
 * The counters of kernel-patches/test/: which branch of the lock decision the
 * writes took.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	size_t offset;
	bool part;			/* of others, no branch of its own */
} names[] = {
#define COUNTER(n)	{ #n, offsetof(struct counters, n), false }
#define PART(n)		{ #n, offsetof(struct counters, n), true }
	COUNTER(exclusive_no_pdw),
	COUNTER(exclusive_buffered),
	COUNTER(exclusive_append),
	COUNTER(exclusive_past_eof),
	COUNTER(shared),
	COUNTER(upgraded),
	COUNTER(exclusive_always),
	PART(shared_sxid),
	PART(shared_backing),
	PART(nowait),
};

#define N_NAMES	(sizeof(names) / sizeof(*names))

static uint64_t *member(struct counters *n, size_t i)
{
	return (uint64_t *)((char *)n + names[i].offset);
}

enum check_kind counters_kind(void)
{
	if (!access(COUNTERS_DIR "/shared", R_OK))
		return KIND_SERIES;
	if (!access(COUNTERS_DIR "/exclusive_always", R_OK))
		return KIND_BASELINE;
	return KIND_ANY;
}

bool counters_have_delay(void)
{
	return !access(COUNTERS_DIR "/delay_us", W_OK);
}

static void poke(const char *name, const char *text)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, COUNTERS_DIR "/%s", name);

	if (!ret)
		ret = fpb_file_poke(path, text);
	if (ret)
		check_fail("%s: %s", path, strerror(-ret));
}

void counters_reset(struct check *c)
{
	char path[FPB_PATH_MAX];

	for (size_t i = 0; i < N_NAMES; i++)
		if (!fpb_path(path, COUNTERS_DIR "/%s", names[i].name) &&
		    !access(path, W_OK))
			poke(names[i].name, "0");
}

void counters_read(struct check *c, struct counters *n)
{
	char path[FPB_PATH_MAX], *text;

	*n = (struct counters){ 0 };
	for (size_t i = 0; i < N_NAMES; i++) {
		if (fpb_path(path, COUNTERS_DIR "/%s", names[i].name) ||
		    fpb_file_read(path, &text, NULL))
			continue;
		*member(n, i) = strtoull(text, NULL, 10);
		free(text);
		if (*member(n, i))
			check_fact(names[i].name, *member(n, i));
	}
}

uint64_t counters_sum(const struct counters *n)
{
	struct counters copy = *n;
	uint64_t sum = 0;

	/* What was upgraded was not counted as anything else. */
	for (size_t i = 0; i < N_NAMES; i++)
		if (!names[i].part)
			sum += *member(&copy, i);
	return sum;
}

void counters_delay(unsigned int us)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", us);
	poke("delay_us", text);
}

void counters_are(struct check *c, const char *name, uint64_t want)
{
	struct counters n;

	if (counters_kind() == KIND_ANY) {
		check_note("branch not checked: this kernel has no counters");
		return;
	}
	if (counters_kind() == KIND_BASELINE)
		name = "exclusive_always";
	counters_read(c, &n);
	for (size_t i = 0; i < N_NAMES; i++) {
		uint64_t is = *member(&n, i);
		uint64_t should = strcmp(names[i].name, name) ? 0 : want;

		if (is != should && !names[i].part)
			check_fail("branch %s: %" PRIu64 " writes in place of %" PRIu64,
				   names[i].name, is, should);
	}
}
