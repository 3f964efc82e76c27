// SPDX-License-Identifier: GPL-2.0
/* fpbench compare: kernels of one run, or of runs made at different times. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "cli/print.h"
#include "core/compare.h"
#include "os/msg.h"
#include "run/readrun.h"

#define MAX_SIDES	64

/* RUN[:KERNEL] as the user gave it. */
struct argument {
	char *dir, *kernel;		/* owned; kernel may be NULL */
	dev_t dev;			/* which directory it really is */
	ino_t ino;
	const struct fpb_rundata *run;
};

struct options {
	struct fpb_print_args print;
	struct argument args[MAX_SIDES];
	struct fpb_rundata runs[MAX_SIDES];	/* each directory once */
	size_t nargs, nruns;
	struct fpb_print_options how;
};

static int check_comparable(const struct argument *base,
			    const struct argument *new)
{
	char why[FPB_REASON_MAX];
	size_t n;

	if (fpb_compare_check(&base->run->manifest, &new->run->manifest,
			      why)) {
		fpb_err("cannot compare %s and %s: %s", base->dir, new->dir,
			why);
		fpb_hint("runs can be compared if nothing but their kernels "
			 "differs");
		return -EINVAL;
	}
	for (n = 0; !fpb_compare_remark(&base->run->manifest,
					&new->run->manifest, n, why); n++)
		fpb_warn("%s and %s: %s", base->dir, new->dir, why);
	return 0;
}

static int check_arguments(const struct options *o)
{
	size_t i;
	int ret = 0;

	for (i = 1; !ret && i < o->nargs; i++)
		if (o->args[i].run != o->args[0].run)
			ret = check_comparable(&o->args[0], &o->args[i]);
	return ret;
}

static int print_table(const struct options *o,
		       const struct fpb_contender *of, size_t n,
		       struct fpb_outcome *all)
{
	struct fpb_summary s;
	int ret;

	ret = fpb_summary_of_kernels(&s, of, n, o->how.margin);
	if (!ret && s.nsides < 2) {
		fpb_err("cannot compare: all runs are of kernel %s",
			s.sides[0].label);
		fpb_summary_free(&s);
		return -EINVAL;
	}
	if (!ret) {
		s.gate = o->how.gate;
		ret = fpb_print_summary(&s, &o->how);
		fpb_outcome_add(all, &s);
		fpb_summary_free(&s);
	}
	if (ret == -ENOENT) {
		fpb_err("cannot compare: the plans of these runs have no cell "
			"in common");
		return -EINVAL;
	}
	if (ret)
		fpb_err("cannot compare: %s", fpb_print_error(ret));
	return ret;
}

/* The @n-th table's kernels. Returns their number or -errno. */
static long get_contenders(const struct options *o, size_t n,
			   struct fpb_contender *of)
{
	const struct fpb_manifest *runs[MAX_SIDES];
	struct fpb_choice sides[MAX_SIDES];
	const char *names[MAX_SIDES];
	char why[FPB_REASON_MAX];
	long i, count;

	for (i = 0; i < (long)o->nargs; i++) {
		runs[i] = &o->args[i].run->manifest;
		names[i] = o->args[i].kernel;
	}
	count = fpb_compare_sides(runs, names, o->nargs, n, sides, MAX_SIDES,
				  why);
	if (count == -EINVAL) {
		fpb_err("cannot compare: %s: %s", o->args[sides[0].run].dir,
			why);
		fpb_hint("fpbench compare RUN:KERNEL RUN:KERNEL");
	}
	for (i = 0; i < count; i++) {
		of[i].run = o->args[sides[i].run].run;
		of[i].kernel = sides[i].kernel;
	}
	return count;
}

/* A kernel is always the same as itself, whatever was measured. */
static int check_twice(const struct fpb_contender *of, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++) {
			if (of[i].run != of[j].run ||
			    of[i].kernel != of[j].kernel)
				continue;
			fpb_err("cannot compare: kernel %s of run %s is given "
				"twice",
				of[i].run->manifest.kernels[of[i].kernel].name,
				of[i].run->manifest.id);
			return -EINVAL;
		}
	}
	return 0;
}

/* One table can follow another in a text, but not in a CSV or JSON file. */
static int check_several(const struct options *o)
{
	const char *format = o->how.report->name;
	struct fpb_contender of[MAX_SIDES];

	if (!strcmp(format, "text") || !strcmp(format, "markdown") ||
	    get_contenders(o, 1, of) < 0)
		return 0;
	fpb_err("compare: --format %s can hold only one table", format);
	fpb_hint("name a kernel of each run: RUN:KERNEL");
	return -EINVAL;
}

static int print_tables(const struct options *o, struct fpb_outcome *all)
{
	struct fpb_contender of[MAX_SIDES];
	size_t table;
	long n;
	int ret;

	for (table = 0;; table++) {
		n = get_contenders(o, table, of);
		if (n < 0)
			return n == -ENOENT ? 0 : n;
		if (table)
			putchar('\n');
		ret = check_twice(of, n);
		if (!ret)
			ret = print_table(o, of, n, all);
		if (ret)
			return ret;
	}
}

static int compare(const struct options *o)
{
	struct fpb_outcome all = { 0 };
	int ret;

	ret = check_arguments(o);
	if (!ret)
		ret = check_several(o);
	if (!ret)
		ret = print_tables(o, &all);
	if (ret == -EINVAL)
		return FPB_EXIT_USAGE;
	return ret ? FPB_EXIT_FAILED : fpb_print_status(&o->how, &all);
}

/* What was loaded for an earlier argument serves here, too. */
static int load(struct options *o, struct argument *a)
{
	struct argument *b;
	int ret;

	for (b = o->args; b < a; b++) {
		if (a->dev == b->dev && a->ino == b->ino) {
			a->run = b->run;
			return 0;
		}
	}
	ret = fpb_load_run(a->dir, &o->runs[o->nruns]);
	if (!ret)
		a->run = &o->runs[o->nruns++];
	return ret;
}

static int load_and_compare(struct options *o)
{
	size_t i;
	int ret;

	for (i = 0; i < o->nargs; i++) {
		ret = load(o, &o->args[i]);
		if (ret)
			return fpb_load_status(ret);
	}
	return compare(o);
}

/* Splits at the last colon, unless all of it is a directory. */
static int set_argument(struct argument *a, const char *text)
{
	struct stat st;
	char *colon;

	a->dir = strdup(text);
	if (!a->dir)
		return -ENOMEM;
	colon = strrchr(a->dir, ':');
	if (colon && access(a->dir, F_OK)) {
		*colon = '\0';
		a->kernel = strdup(colon + 1);
		if (!a->kernel)
			return -ENOMEM;
	}
	if (!stat(a->dir, &st)) {
		a->dev = st.st_dev;
		a->ino = st.st_ino;
	}
	return 0;
}

static int get_arguments(struct options *o, const char *const *args)
{
	for (; *args; args++) {
		if (o->nargs == MAX_SIDES) {
			fpb_err("compare: more than %d runs", MAX_SIDES);
			return -EINVAL;
		}
		if (set_argument(&o->args[o->nargs++], *args)) {
			fpb_err("compare: out of memory");
			return -ENOMEM;
		}
	}
	if (o->nargs)
		return 0;
	fpb_err("compare: no run given");
	fpb_hint("fpbench compare results/BASE results/NEW");
	return -EINVAL;
}

static void free_sides(struct options *o)
{
	while (o->nruns)
		fpb_rundata_free(&o->runs[--o->nruns]);
	while (o->nargs) {
		free(o->args[--o->nargs].dir);
		free(o->args[o->nargs].kernel);
	}
}

FPB_CMD(compare)
{
	struct options o = { 0 };
	struct poptOption table[] = {
		FPB_PRINT_ARGS(o.print)
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv) &&
	    !fpb_print_options(&o.how, "compare", &o.print) &&
	    !get_arguments(&o, opts.args))
		status = load_and_compare(&o);
	free_sides(&o);
	fpb_opts_free(&opts);
	return status;
}
