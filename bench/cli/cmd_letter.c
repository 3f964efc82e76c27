// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench letter: a run's results in the text of a series' cover letter, and in
 * the messages of its patches that have a place for them.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/costopt.h"
#include "core/marked.h"
#include "core/memstream.h"
#include "core/names.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/spawn.h"
#include "report/letter.h"
#include "run/readrun.h"
#include "suite/suite.h"

#define DEFAULT_TEXT	"kernel-patches/0000-cover-letter.patch"
#define SHELL_MS	30000

struct options {
	char *text, *layout, *check, *cost;
};

/* What the blocks are made from. */
struct letter {
	const char *path;		/* of the text */
	const char *check;		/* folder of a check */
	const char *cost;		/* --cost, or NULL */
	enum fpb_letter_layout layout;
	struct fpb_rundata run;
	struct fpb_summary summary;
};

/* --- the series: the patches beside the text -------------------------------- */

/* What a line of shell prints of the patches beside @text; NULL: it failed. */
static char *ask_shell(const char *text, const char *script)
{
	char copy[FPB_PATH_MAX], *out;
	const char *argv[] = { "sh", "-euc", script, NULL, NULL };

	if (fpb_path(copy, "%s", text))
		return NULL;
	argv[3] = dirname(copy);
	return fpb_spawn_read(argv, SHELL_MS, &out) ? NULL : out;
}

static size_t lines_in(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* How many of @patches are among @ids, one a line. */
static size_t count_known(const char *ids, const json_t *patches)
{
	size_t i, n = 0;
	json_t *patch;

	json_array_foreach(patches, i, patch) {
		const char *id = fpb_json_text(patch, "patch_id");

		n += id && strstr(ids, id);
	}
	return n;
}

/* @where was built with the patches @ids, and @others more. */
static int check_patches(const char *text, const char *ids,
			 const json_t *patches, bool others, const char *where)
{
	const size_t known = count_known(ids, patches);

	if (known == lines_in(ids) &&
	    (others || known == json_array_size(patches)))
		return 0;
	fpb_err("letter: %s was not made with the patches beside %s", where,
		text);
	fpb_hint("make bench and make check-kernel use the series as it is now");
	return -EINVAL;
}

/* --- blocks ----------------------------------------------------------------- */

static int put_performance(const struct letter *l, FILE *out)
{
	return fpb_letter_performance(out, &l->summary, l->layout);
}

static int put_method(const struct letter *l, FILE *out)
{
	return fpb_letter_method(out, &l->summary);
}

static int put_correctness(const struct letter *l, FILE *out)
{
	char path[FPB_PATH_MAX], *text;
	int ret = fpb_path(path, "%s/report.text", l->check) ? :
		  fpb_file_read(path, &text, NULL);

	if (ret) {
		fpb_err("letter: cannot read %s: %s", path, strerror(-ret));
		fpb_hint("\"make check-kernel CASES=...\" makes one");
		return ret;
	}
	fputs(text, out);
	free(text);
	return 0;
}

static int put_diffstat(const struct letter *l, FILE *out)
{
	char *text = ask_shell(l->path,
			     "cat \"$0\"/000[1-9]-*.patch | git -C / apply --stat -");

	if (!text) {
		fpb_err("letter: git apply --stat failed on the patches beside %s",
			l->path);
		return -EINVAL;
	}
	fputs(text, out);
	free(text);
	return 0;
}

static const struct block {
	const char *name;
	int (*put)(const struct letter *l, FILE *out);
	const char *place;
} blocks[] = {
	{ "performance", put_performance, "the table of rates" },
	{ "method", put_method, "how it was measured" },
	{ "correctness", put_correctness, "the results of the correctness suite" },
	{ "diffstat", put_diffstat, "the diffstat" },
};

static int no_block(const char *path, const struct block *b, int error)
{
	if (error == -ENOENT)
		fpb_err("letter: %s: there is no line \"[fpbench: %s]\"", path,
			b->name);
	else
		fpb_err("letter: %s: the block \"[fpbench: %s]\" must occur once and be followed by \"[fpbench: end]\"",
			path, b->name);
	fpb_hint("put that line and below it \"[fpbench: end]\" where %s belongs",
		 b->place);
	return error;
}

/* Replaces one block of *@text, the text of @path, which is freed. */
static int fill(const struct letter *l, const char *path,
		const struct block *b, char **text)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	int ret = out ? b->put(l, out) : -ENOMEM;
	char *block = out ? fpb_memstream_close(&m) : NULL, *filled;

	if (!ret && !block)
		ret = -ENOMEM;
	if (!ret) {
		ret = fpb_marked_replace(*text, b->name, block, &filled);
		if (ret)
			no_block(path, b, ret);
	}
	free(block);
	if (ret)
		return ret;
	free(*text);
	*text = filled;
	return 0;
}

static bool has_block(const char *text, const struct block *b)
{
	char *filled;
	int ret = fpb_marked_replace(text, b->name, "", &filled);

	if (!ret)
		free(filled);
	return ret != -ENOENT;
}

/* Fills in the file @path: all blocks, or those that it has. */
static int fill_file(const struct letter *l, const char *path, bool all)
{
	char *old, *text = NULL;
	int ret = fpb_file_read(path, &old, NULL);

	if (ret) {
		fpb_err("letter: cannot read %s: %s", path, strerror(-ret));
		return ret;
	}
	text = strdup(old);
	ret = text ? 0 : -ENOMEM;
	for (size_t i = 0; !ret && i < sizeof(blocks) / sizeof(*blocks); i++)
		if (all || has_block(text, &blocks[i]))
			ret = fill(l, path, &blocks[i], &text);
	if (!ret && strcmp(old, text)) {
		ret = fpb_file_replace(path, text);
		if (ret)
			fpb_err("letter: cannot write %s: %s", path,
				strerror(-ret));
		else
			fpb_info("%s: updated", path);
	} else if (!ret && all) {
		fpb_info("%s: up to date", path);
	}
	free(text);
	free(old);
	return ret;
}

static int write_letter(const struct letter *l)
{
	char *patches = ask_shell(l->path,
		"printf '%s\\n' \"$0\"/000[1-9]-*.patch"), *next = patches;
	const char *patch;
	int ret = patches ? fill_file(l, l->path, true) : -EINVAL;

	while (!ret && (patch = strsep(&next, "\n")) && *patch)
		ret = fill_file(l, patch, false);
	free(patches);
	return ret;
}

/* --- the command ------------------------------------------------------------ */

static json_t *patches_of(const struct letter *l, size_t kernel)
{
	return json_object_get(json_array_get(fpb_json_at(
		l->run.manifest.root, "kernels"), kernel), "patches");
}

/* Their IDs, one a line, into *@ids; owned. */
static int read_ids(const char *text, char **ids)
{
	*ids = ask_shell(text,
		"for p in \"$0\"/000[1-9]-*.patch; do [ ! -e \"$p\" ] || git patch-id --stable <\"$p\"; done");
	if (*ids && **ids)
		return 0;
	fpb_err(*ids ? "letter: there are no patches beside %s" :
		"letter: git patch-id failed on the patches beside %s", text);
	free(*ids);
	return -EINVAL;
}

/* The patches of the check; owned. */
static int read_check(const struct letter *l, json_t **patches)
{
	char why[FPB_REASON_MAX];
	int ret = fpb_suite_patches(l->check, patches, why);

	if (ret == -ENOENT)
		fpb_err("letter: there is no check in %s: it has no "
			FPB_FILE_KERNELS, l->check);
	else if (ret)
		fpb_err("letter: %s%s", l->check, why);
	if (ret)
		fpb_hint("make check-kernel makes one");
	return ret;
}

static int check_series(const struct letter *l, const char *run)
{
	const struct fpb_manifest *m = &l->run.manifest;
	json_t *check = NULL;
	char *ids;
	int ret = read_ids(l->path, &ids);

	if (ret)
		return ret;
	ret = check_patches(l->path, ids, patches_of(l, m->nkernels - 1), false,
			    run);
	if (!ret && count_known(ids, patches_of(l, 0))) {
		fpb_err("letter: %s: the baseline, %s, was built with patches of this series",
			run, m->kernels[0].name);
		ret = -EINVAL;
	}
	ret = ret ? ret : read_check(l, &check);
	if (!ret)
		ret = check_patches(l->path, ids, check, true, l->check);
	json_decref(check);
	free(ids);
	return ret;
}

/* An exit status, after a message if it is not FPB_EXIT_OK. */
static int write_summary(struct letter *l)
{
	struct fpb_keptcost kept = { .root = NULL };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_costopt_take("letter", l->cost, &kept, &l->summary))
		ret = write_letter(l) ? FPB_EXIT_FAILED : FPB_EXIT_OK;
	fpb_keptcost_free(&kept);
	return ret;
}

static int letter(struct letter *l, const char *run)
{
	int ret = fpb_load_run(run, &l->run);

	if (ret)
		return fpb_load_status(ret);
	ret = check_series(l, run) ? FPB_EXIT_USAGE : 0;
	if (!ret && fpb_summary_of_run(&l->summary, &l->run,
				       FPB_MARGIN_DEFAULT)) {
		fpb_err("letter: cannot report on %s", run);
		ret = FPB_EXIT_FAILED;
	} else if (!ret) {
		ret = write_summary(l);
		fpb_summary_free(&l->summary);
	}
	fpb_rundata_free(&l->run);
	return ret;
}

static int take_layout(struct letter *l, const char *name)
{
	static const char *const layouts[] = {
		[FPB_LETTER_RATIOS] = "ratios", [FPB_LETTER_V3] = "v3", NULL
	};
	const struct fpb_names names = FPB_NAMES(layouts);
	long i = name ? fpb_names_find(names, name) : FPB_LETTER_RATIOS;

	l->layout = i;
	if (i < 0)
		fpb_err("letter: --layout: \"%s\": must be ratios or v3", name);
	return i < 0 ? -EINVAL : 0;
}

FPB_CMD(letter)
{
	struct options o = { 0 };
	struct poptOption table[] = {
		{ "text", 't', POPT_ARG_STRING, &o.text, 0,
		  "Text to fill in, beside the patches (default: "
		  DEFAULT_TEXT ")", "FILE" },
		{ "layout", 0, POPT_ARG_STRING, &o.layout, 0,
		  "Table of rates: ratios, or v3: numjobs, FUSE IOPS, raw IOPS (default: ratios)",
		  "NAME" },
		{ "check", 0, POPT_ARG_STRING, &o.check, 0,
		  "Folder of a check (default: " FPB_LATEST_CHECK ")", "DIR" },
		FPB_OPT_COST(o),
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	struct letter l = { 0 };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv) && !take_layout(&l, o.layout)) {
		l.path = o.text ? o.text : DEFAULT_TEXT;
		l.check = o.check ? o.check : FPB_LATEST_CHECK;
		l.cost = o.cost;
		ret = letter(&l, opts.args[0] ? opts.args[0] : FPB_LATEST_RUN);
	}
	fpb_opts_free(&opts);
	return ret;
}
