/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that reports need of one run, from the texts of its files. Pure:
 * run/readrun.c reads the files.
 */
#ifndef FPB_RUNDATA_H
#define FPB_RUNDATA_H

#include <stdbool.h>
#include <stddef.h>

#include "core/manifest.h"
#include "core/result.h"
#include "core/why.h"

#define FPB_FILE_MANIFEST	"manifest.json"
#define FPB_FILE_BOOTS		"boots.jsonl"
#define FPB_FILE_SAMPLES	"samples.jsonl"

struct fpb_text {
	const char *bytes;
	size_t len;
};

/* A file as it was read. */
struct fpb_rundata_file {
	const char *name;		/* one of FPB_FILE_* */
	char *bytes;			/* owned; NUL-terminated. NULL: none */
	size_t len;
};

#define FPB_RUNDATA_FILES	4

struct fpb_rundata {
	struct fpb_rundata_file files[FPB_RUNDATA_FILES];
	struct fpb_manifest manifest;
	struct fpb_boot *boots;
	size_t nboots;
	/* Those of them that were repeated; of a run of many boots they are few. */
	const struct fpb_boot **repeated;
	size_t nrepeated;
	struct fpb_sample *samples;
	size_t nsamples;
	struct fpb_why *why;		/* of boots that are no samples */
	size_t nwhy;
	/*
	 * The last line was cut short, as by a kill or a full disk; it was
	 * left out.
	 */
	bool boots_cut, samples_cut, why_cut;
};

/* Which line of which file is wrong, and why. */
struct fpb_rundata_error {
	const char *file;		/* one of FPB_FILE_* */
	size_t line;			/* from 1; 0: the file as a whole */
	char why[FPB_REASON_MAX];
};

/*
 * Returns 0, or -EINVAL (-ENOMEM if memory is short) with @err filled and
 * nothing to free. A run without samples is fine here.
 */
int fpb_rundata_parse(struct fpb_rundata *r, struct fpb_text manifest,
		      struct fpb_text boots, struct fpb_text samples,
		      struct fpb_rundata_error *err);
/*
 * The same of texts that become @r's if it returns 0, in the order manifest, boots,
 * samples, why: a run of many machines has so much text that a copy would hurt.
 */
int fpb_rundata_take(struct fpb_rundata *r,
		     const struct fpb_rundata_file files[FPB_RUNDATA_FILES],
		     struct fpb_rundata_error *err);
void fpb_rundata_free(struct fpb_rundata *r);

/*
 * How many samples, of how many the file has, are of steps that were kept as a whole: if
 * its last line was cut short, lines before it may be of the same step. Nothing says
 * where that began, so that all in a row are left out that are of the same round and
 * differ in kernel and target alone.
 */
size_t fpb_rundata_whole_samples(const struct fpb_rundata *d);
/* The same of the lines of why.jsonl, which are kept by boot. */
size_t fpb_rundata_whole_why(const struct fpb_rundata *d);

/* How many rounds have a boot that came to a good end. */
unsigned int fpb_rundata_rounds(const struct fpb_rundata *d);

/* Whether boot @b was repeated because the machine was busy. */
bool fpb_boot_repeated(const struct fpb_boot *b);
/* Whether @s is of such a boot: it does not count. */
bool fpb_rundata_repeated(const struct fpb_rundata *d,
			  const struct fpb_sample *s);

/*
 * Whether the kernel need not be measured in this cell and round again. A lost
 * sample may not have been the last try. In a duet a sample that is compared
 * with none of the first kernel's is not enough, unless that one has none that
 * is good: with several groups it may have one, but of another group.
 */
bool fpb_rundata_measured(const struct fpb_rundata *d, const char *kernel,
			  unsigned int round, const struct fpb_cell *cell);

/* Whether the kernel has a sample of the cell that counts: ok or skipped. */
bool fpb_rundata_has(const struct fpb_rundata *d, const char *kernel,
		     const struct fpb_cell *cell);

#endif
