// SPDX-License-Identifier: GPL-2.0
/* fpbench compare: two runs that were made at different times or boots. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "core/compare.h"
#include "opts.h"
#include "print.h"
#include "sys/load.h"
#include "sys/msg.h"

struct options {
	char *format, *margin, *base_kernel, *new_kernel, *fail_on;
	int ascii;
	const char *base, *new;		/* directories */
	struct fpb_print_options how;
	bool fail_regression, fail_unclear;
};

/* What all pairs of kernels came to. */
struct outcome {
	unsigned int compared, slower, unclear;
	bool unproven;
};

static int parse_fail_on(struct options *o)
{
	char *word, *save = NULL;

	for (word = o->fail_on ? strtok_r(o->fail_on, ",", &save) : NULL; word;
	     word = strtok_r(NULL, ",", &save)) {
		if (!strcmp(word, "regression")) {
			o->fail_regression = true;
		} else if (!strcmp(word, "unclear")) {
			o->fail_unclear = true;
		} else {
			fpb_err("compare: --fail-on %s: not \"regression\" or "
				"\"unclear\"", word);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_comparable(const struct options *o,
			    const struct fpb_rundata *base,
			    const struct fpb_rundata *new)
{
	char why[FPB_REASON_MAX];
	size_t n;

	if (fpb_compare_check(&base->manifest, &new->manifest, why)) {
		fpb_err("cannot compare %s and %s: %s", o->base, o->new, why);
		fpb_hint("only the kernels may differ");
		return -EINVAL;
	}
	for (n = 0; !fpb_compare_remark(&base->manifest, &new->manifest, n,
					why); n++)
		fpb_warn("%s and %s: %s", o->base, o->new, why);
	return 0;
}

static int print_pair(const struct options *o, const struct fpb_rundata *base,
		      const struct fpb_rundata *new, struct fpb_pairing pair,
		      struct outcome *all)
{
	struct fpb_summary s;
	int ret;

	ret = fpb_summary_of_two(&s, base, pair.base, new, pair.new,
				 o->how.margin);
	if (ret == -ENOENT) {
		fpb_err("cannot compare %s and %s: their plans have no cell in "
			"common", o->base, o->new);
		return -EINVAL;
	}
	if (!ret) {
		ret = fpb_print_summary(&s, &o->how);
		all->compared += s.effect.compared;
		all->slower += s.effect.slower;
		all->unclear += s.effect.unclear;
		all->unproven |= fpb_summary_unproven(&s);
		fpb_summary_free(&s);
	}
	if (ret)
		fpb_err("cannot compare %s and %s: %s", o->base, o->new,
			fpb_print_error(ret));
	return ret;
}

/* One table can follow another in a text, but not in a CSV or JSON file. */
static int check_several(const struct options *o,
			 const struct fpb_rundata *base,
			 const struct fpb_rundata *new)
{
	const char *format = o->how.report->name;
	char why[FPB_REASON_MAX];
	struct fpb_pairing second;

	if (!strcmp(format, "text") || !strcmp(format, "markdown") ||
	    fpb_compare_pair(&base->manifest, o->base_kernel, &new->manifest,
			     o->new_kernel, 1, &second, why))
		return 0;
	fpb_err("compare: --format %s holds one pair of kernels only", format);
	fpb_hint("choose it by --base-kernel and --new-kernel");
	return -EINVAL;
}

static int print_pairs(const struct options *o, const struct fpb_rundata *base,
		       const struct fpb_rundata *new, struct outcome *all)
{
	char why[FPB_REASON_MAX];
	struct fpb_pairing pair;
	size_t n;
	int ret;

	for (n = 0;; n++) {
		ret = fpb_compare_pair(&base->manifest, o->base_kernel,
				       &new->manifest, o->new_kernel, n, &pair,
				       why);
		if (ret == -ENOENT)
			return 0;
		if (ret) {
			fpb_err("cannot compare %s and %s: %s", o->base,
				o->new, why);
			fpb_hint("use --base-kernel and --new-kernel");
			return ret;
		}
		if (n)
			putchar('\n');
		ret = print_pair(o, base, new, pair, all);
		if (ret)
			return ret;
	}
}

static int outcome_status(const struct options *o, const struct outcome *all)
{
	if (!all->compared) {
		fpb_err("nothing could be compared: no cell has samples in "
			"both runs");
		return FPB_EXIT_FAILED;
	}
	if (o->fail_unclear && all->unproven)
		return FPB_EXIT_UNCLEAR;
	if (o->fail_regression && all->slower)
		return FPB_EXIT_REGRESSION;
	if (o->fail_unclear && all->unclear)
		return FPB_EXIT_UNCLEAR;
	return FPB_EXIT_OK;
}

static int compare_runs(const struct options *o, const struct fpb_rundata *base,
			const struct fpb_rundata *new)
{
	struct outcome all = { 0 };
	int ret;

	ret = check_comparable(o, base, new);
	if (!ret)
		ret = check_several(o, base, new);
	if (!ret)
		ret = print_pairs(o, base, new, &all);
	if (ret == -EINVAL)
		return FPB_EXIT_USAGE;
	return ret ? FPB_EXIT_FAILED : outcome_status(o, &all);
}

static int load_and_compare(const struct options *o)
{
	struct fpb_rundata base, new;
	int ret, status;

	ret = fpb_load_run(o->base, &base);
	if (ret)
		return fpb_load_status(ret);
	ret = fpb_load_run(o->new, &new);
	if (ret) {
		fpb_rundata_free(&base);
		return fpb_load_status(ret);
	}
	status = compare_runs(o, &base, &new);
	fpb_rundata_free(&new);
	fpb_rundata_free(&base);
	return status;
}

static int get_dirs(struct options *o, poptContext ctx)
{
	o->base = poptGetArg(ctx);
	o->new = poptGetArg(ctx);
	if (o->new)
		return fpb_opts_end(ctx, "compare");
	fpb_err("compare: needs the directories of two runs");
	fpb_hint("fpbench compare results/BASE results/NEW");
	return -EINVAL;
}

int fpb_cmd_compare(int argc, const char **argv)
{
	struct options o = { 0 };
	struct poptOption table[] = {
		{ "base-kernel", 0, POPT_ARG_STRING, &o.base_kernel, 0,
		  "Kernel of BASE (default: its only one, or those that both "
		  "runs have)", "NAME" },
		{ "new-kernel", 0, POPT_ARG_STRING, &o.new_kernel, 0,
		  "Kernel of NEW", "NAME" },
		{ "fail-on", 0, POPT_ARG_STRING, &o.fail_on, 0,
		  "\"regression\": exit 1 if a cell is slower; \"unclear\": "
		  "exit 3 if a cell is unclear or the control fails; or both, "
		  "with a comma. Otherwise exit 0 whatever was found", "WHAT" },
		{ "format", 'f', POPT_ARG_STRING, &o.format, 0,
		  "text (default), markdown, csv or json", "NAME" },
		{ "ascii", 0, POPT_ARG_NONE, &o.ascii, 0,
		  "Nothing but ASCII", NULL },
		{ "margin", 0, POPT_ARG_STRING, &o.margin, 0,
		  "What counts as the same, in per cent (default 5)", "PCT" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	int status = FPB_EXIT_USAGE;
	poptContext ctx;

	if (fpb_opts_parse("compare", argc, argv, table, &ctx))
		goto out_options;
	if (!fpb_print_options(&o.how, "compare", o.format, o.ascii,
			       o.margin) &&
	    !parse_fail_on(&o) && !get_dirs(&o, ctx))
		status = load_and_compare(&o);
	poptFreeContext(ctx);
out_options:
	free(o.fail_on);
	free(o.new_kernel);
	free(o.base_kernel);
	free(o.margin);
	free(o.format);
	return status;
}
