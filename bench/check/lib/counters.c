// SPDX-License-Identifier: GPL-2.0
#include "check/lib/counters.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/lib/outcome.h"
#include "os/file.h"

#define COUNTERS_DIR	"/sys/kernel/debug/fuse_passthrough"

static const struct {
	const char *name;
	size_t offset;
	bool subset;			/* of others, not a branch of its own */
} names[] = {
#define COUNTER(n)	{ #n, offsetof(struct check_counters, n), false }
#define SUBSET(n)	{ #n, offsetof(struct check_counters, n), true }
	COUNTER(exclusive_no_pdw),
	COUNTER(exclusive_buffered),
	COUNTER(exclusive_append),
	COUNTER(exclusive_past_eof),
	COUNTER(exclusive_privs),
	COUNTER(shared),
	COUNTER(exclusive_always),
	SUBSET(upgraded),
	SUBSET(waited),
	SUBSET(shared_sxid),
	SUBSET(shared_backing),
	SUBSET(nowait),
	SUBSET(version_changed),
	SUBSET(aio_in_interrupt),
};

#define N_COUNTERS	(sizeof(names) / sizeof(*names))

static uint64_t *value_of(struct check_counters *n, size_t i)
{
	return (uint64_t *)((char *)n + names[i].offset);
}

enum check_kernel check_counters_kernel(void)
{
	if (!access(COUNTERS_DIR "/aio_in_interrupt", R_OK))
		return KERNEL_BEYOND;
	if (!access(COUNTERS_DIR "/shared", R_OK))
		return KERNEL_SERIES;
	if (!access(COUNTERS_DIR "/exclusive_always", R_OK))
		return KERNEL_BASELINE;
	return KERNEL_ANY;
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

void check_counters_reset(void)
{
	char path[FPB_PATH_MAX];

	for (size_t i = 0; i < N_COUNTERS; i++)
		if (!fpb_path(path, COUNTERS_DIR "/%s", names[i].name) &&
		    !access(path, W_OK))
			poke(names[i].name, "0");
}

void check_counters_read(struct check_counters *n)
{
	char path[FPB_PATH_MAX], *text;

	*n = (struct check_counters){ 0 };
	for (size_t i = 0; i < N_COUNTERS; i++) {
		if (fpb_path(path, COUNTERS_DIR "/%s", names[i].name) ||
		    fpb_file_read(path, &text, NULL))
			continue;
		*value_of(n, i) = strtoull(text, NULL, 10);
		free(text);
		if (*value_of(n, i))
			check_fact(names[i].name, *value_of(n, i));
	}
}

uint64_t check_counters_total(const struct check_counters *n)
{
	struct check_counters copy = *n;
	uint64_t sum = 0;

	for (size_t i = 0; i < N_COUNTERS; i++)
		if (!names[i].subset)
			sum += *value_of(&copy, i);
	return sum;
}

bool check_has_lock_delay(void)
{
	return !access(COUNTERS_DIR "/delay_us", W_OK);
}

static void poke_number(const char *name, unsigned int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	poke(name, text);
}

void check_lock_delay(unsigned int us)
{
	poke_number("delay_us", us);
}

void check_attr_delay(unsigned int ms)
{
	poke_number("attr_delay_ms", ms);
}

bool check_attr_is_delayed(void)
{
	char *text;
	bool yes;

	must(!fpb_file_read(COUNTERS_DIR "/attr_delayed", &text, NULL));
	yes = atoi(text);
	free(text);
	return yes;
}

void check_branch_taken(const char *name, uint64_t writes)
{
	struct check_counters n;

	if (check_counters_kernel() == KERNEL_ANY) {
		check_note("branches not checked: this kernel has no counters");
		return;
	}
	if (check_counters_kernel() == KERNEL_BASELINE)
		name = "exclusive_always";
	check_counters_read(&n);
	for (size_t i = 0; i < N_COUNTERS; i++) {
		uint64_t got = *value_of(&n, i);
		uint64_t want = strcmp(names[i].name, name) ? 0 : writes;

		if (got != want && !names[i].subset)
			check_fail("branch %s: %" PRIu64 " writes, expected %" PRIu64,
				   names[i].name, got, want);
	}
	if (n.upgraded)
		check_fail("%" PRIu64 " writes gave up the shared lock",
			   n.upgraded);
}
