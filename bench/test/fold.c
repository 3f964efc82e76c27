// SPDX-License-Identifier: GPL-2.0
/*
 * fold SYMBOLS COUNTS: prints the call stacks of each region of COUNTS, which
 * bench/plugin/count.c wrote, by the functions that nm(1) found: what "fpbench
 * cost" makes of them, for the test of the plugin alone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"
#include "core/stacks.h"

/* For free(); NULL after a message. */
static char *read_whole(const char *path)
{
	FILE *in = fopen(path, "re");
	struct fpb_memstream m;
	FILE *out = in ? fpb_memstream_open(&m) : NULL;
	int c;

	while (out && (c = getc(in)) != EOF)
		putc(c, out);
	if (!out)
		fprintf(stderr, "fold: %s: %s\n", path, strerror(errno));
	if (in)
		fclose(in);
	return out ? fpb_memstream_close(&m) : NULL;
}

static int fold(const char *text, const struct fpb_symbols *symbols)
{
	json_t *stacks;
	double all;
	int ret = 0;

	while (!ret && *text) {
		stacks = json_object();
		ret = fpb_stacks_read(stacks, &text, symbols, &all);
		json_dumpf(stacks, stdout, JSON_SORT_KEYS | JSON_INDENT(1));
		printf("\nall: %.0f\n", all);
		json_decref(stacks);
	}
	return ret;
}

int main(int argc, char **argv)
{
	struct fpb_symbols symbols = { 0 };
	char *names = argc == 3 ? read_whole(argv[1]) : NULL;
	char *counts = names ? read_whole(argv[2]) : NULL;
	int ret = 1;

	if (counts && !fpb_symbols_parse(&symbols, names))
		ret = fold(counts, &symbols) != 0;
	fpb_symbols_free(&symbols);
	free(counts);
	return ret;
}
