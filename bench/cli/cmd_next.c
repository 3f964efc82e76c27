// SPDX-License-Identifier: GPL-2.0
/* fpbench next: which kernel to boot for the next session on this machine. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "core/argv.h"
#include "core/compare.h"
#include "core/effect.h"
#include "core/nextsession.h"
#include "os/file.h"
#include "os/msg.h"
#include "run/packed.h"
#include "run/readrun.h"

#define MAX_SESSIONS	64		/* what compare takes */

struct session {
	char dir[FPB_PATH_MAX];
	struct fpb_rundata run;
	size_t kernel;			/* in struct next */
	char why[FPB_REASON_MAX];	/* it does not count; "" if it does */
};

struct next {
	struct session *s;		/* owned; the oldest first */
	size_t n;
	const char *kernels[MAX_SESSIONS];	/* borrowed */
	size_t counts[MAX_SESSIONS], nkernels;
};

static const char *label(const struct session *s)
{
	return s->run.manifest.kernels[0].name;
}

/* --- find --- */

static bool is_host(const char *dir)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	json_t *m;
	const char *backend;
	bool host;

	if (fpb_path(path, "%s/" FPB_FILE_MANIFEST, dir) || access(path, F_OK))
		return false;
	if (fpb_file_read_json(path, &m, why))
		fpb_warn("next: leaving out %s:%s", path, why);
	backend = fpb_json_text(m, "backend.name");
	host = backend && !strcmp(backend, "host");
	json_decref(m);
	return host;
}

/* 0 or -errno, the latter after a message. There is room. */
static int add(struct next *x, const char *dir)
{
	struct session *s = &x->s[x->n];
	int ret = fpb_path(s->dir, "%s", dir);

	if (ret)
		fpb_err("next: %s: %s", dir, strerror(-ret));
	else
		ret = fpb_load_run_so_far(dir, &s->run);
	x->n += !ret;
	return ret;
}

static int make_room(struct next *x, size_t n)
{
	x->s = calloc(n + 1, sizeof(*x->s));
	return x->s ? FPB_EXIT_OK : FPB_EXIT_FAILED;
}

static int add_named(struct next *x, const char *const *dirs)
{
	size_t n = 0;
	int ret;

	while (dirs[n])
		n++;
	ret = make_room(x, n);
	for (; !ret && *dirs; dirs++) {
		if (fpb_packed_is(*dirs)) {
			fpb_err("next: %s is a file: unpack the archive, since the next session takes plan.ini from it",
				*dirs);
			return FPB_EXIT_USAGE;
		}
		ret = add(x, *dirs);
		if (ret)
			return fpb_load_status(ret);
		if (!strcmp(x->s[x->n - 1].run.manifest.backend, "host"))
			continue;
		fpb_err("next: %s is a run of the %s backend; next is for --backend=host only",
			*dirs, x->s[x->n - 1].run.manifest.backend);
		ret = FPB_EXIT_USAGE;
	}
	return ret;
}

static int add_all(struct next *x, const char *results)
{
	struct dirent **names = NULL;
	char dir[FPB_PATH_MAX];
	int n = scandir(results, &names, fpb_run_is_listed, alphasort);
	int ret = make_room(x, n > 0 ? n : 0);

	for (int i = 0; i < n; i++) {
		if (!ret &&
		    !fpb_path(dir, "%s/%s", results, names[i]->d_name) &&
		    is_host(dir) && add(x, dir))
			fpb_warn("next: leaving out %s", dir);
		free(names[i]);
	}
	free(names);
	return ret;
}

/* --- count --- */

static int by_age(const void *a, const void *b)
{
	const struct session *x = a, *y = b;
	const char *s = fpb_json_text(x->run.manifest.root, "created");
	const char *t = fpb_json_text(y->run.manifest.root, "created");

	return strcmp(s ? s : "", t ? t : "");
}

/* A later session of the same label that counts, or NULL. */
static const struct session *later(const struct next *x,
				   const struct session *s)
{
	for (const struct session *t = s + 1; t < x->s + x->n; t++)
		if (!*t->why && !strcmp(label(t), label(s)))
			return t;
	return NULL;
}

/* A kernel that was built anew is another one, whatever its label is. */
static void check_build(const struct next *x, struct session *s)
{
	const struct session *t = later(x, s);
	char why[FPB_REASON_MAX];

	if (t && fpb_compare_build(&s->run.manifest, &t->run.manifest, why))
		snprintf(s->why, sizeof(s->why), "another build: %.220s", why);
}

/*
 * What can be compared with the newest one that is complete counts, if its
 * kernel is still what its label stands for.
 */
static void choose(struct next *x)
{
	const struct session *newest = NULL;
	size_t n = 0;

	for (size_t i = x->n; i--;) {
		struct session *s = &x->s[i];

		if (fpb_rundata_rounds(&s->run) < s->run.manifest.rounds)
			strcpy(s->why, "incomplete; --resume measures the rest");
		else if (newest)
			fpb_compare_check(&newest->run.manifest,
					  &s->run.manifest, s->why);
		if (!*s->why)
			check_build(x, s);
		if (!*s->why && n == MAX_SESSIONS)
			snprintf(s->why, sizeof(s->why),
				 "compare takes %d, and that many are newer",
				 MAX_SESSIONS);
		if (*s->why)
			continue;
		newest = newest ? : s;
		n++;
	}
}

static void count(struct next *x)
{
	for (struct session *s = x->s; s < x->s + x->n; s++) {
		size_t k = 0;

		if (*s->why)
			continue;
		while (k < x->nkernels && strcmp(x->kernels[k], label(s)))
			k++;
		if (k == x->nkernels)
			x->kernels[x->nkernels++] = label(s);
		x->counts[k]++;
		s->kernel = k;
	}
}

/* --- say --- */

/* Another word of a command line. */
static void put_word(const char *text)
{
	char *word = fpb_shell_word(text);

	printf(" %s", word ? word : text);
	free(word);
}

/* Our own name, and the command. */
static void put_self(const char *command)
{
	char *word = fpb_shell_word(program_invocation_name);

	printf("  %s %s", word ? word : program_invocation_name, command);
	free(word);
}

static void put_sessions(const struct next *x)
{
	puts("Sessions, the oldest first:");
	for (size_t i = 0; i < x->n; i++) {
		printf("  %-16s %s", label(&x->s[i]), x->s[i].dir);
		if (*x->s[i].why)
			printf(" (does not count: %s)", x->s[i].why);
		puts("");
	}
	for (size_t k = 0; k < x->nkernels; k++)
		printf("%s%s: %zu", k ? ", " : "Sessions that count: ",
		       x->kernels[k], x->counts[k]);
	puts(x->nkernels ? "." : "None of these sessions counts.");
	if (x->nkernels > 2)
		puts("To leave out a kernel, name the runs of the others: fpbench next RUN...");
}

/* The newest's plan, in another order. @name: NULL if not known. */
static void put_run(const struct next *x, const char *name)
{
	const struct session *s = x->s + x->n;
	char plan[FPB_PATH_MAX];

	while (s > x->s && *(--s)->why)
		;
	printf("Boot %s%s, then run:\n",
	       name ? "the kernel labelled " : "the other kernel",
	       name ? name : "");
	put_self("run --backend=host");
	printf(" --label=%s --seed=0", name ? name : "NAME");
	if (!fpb_path(plan, "%s/plan.ini", s->dir))
		put_word(plan);
	puts("");
}

static void put_compare(const struct next *x)
{
	puts("Compare them:");
	put_self("compare");
	for (size_t k = 0; k < x->nkernels; k++)
		for (size_t i = 0; i < x->n; i++)
			if (!*x->s[i].why && x->s[i].kernel == k)
				put_word(x->s[i].dir);
	puts("\nFor narrower intervals, measure more sessions.");
}

static void put_next(const struct next *x)
{
	size_t lacking = fpb_next_lacking(x->counts, x->nkernels);

	if (x->nkernels < 2) {
		printf("%d sessions of each kernel are needed.\n",
		       FPB_SESSIONS_MIN);
		put_run(x, NULL);
		return;
	}
	if (lacking)
		printf("%zu more session%s needed.\n", lacking,
		       lacking == 1 ? " is" : "s are");
	else
		put_compare(x);
	put_run(x, x->kernels[fpb_next_kernel(x->counts, x->nkernels)]);
}

static int next(struct next *x, const char *results, const char *const *dirs)
{
	int ret = *dirs ? add_named(x, dirs) : add_all(x, results);

	if (ret)
		return ret;
	if (!x->n) {
		fpb_err("no sessions in %s: no run of the host backend",
			results);
		fpb_hint("%s run --backend=host --label=NAME makes the first one",
			 program_invocation_name);
		return FPB_EXIT_USAGE;
	}
	qsort(x->s, x->n, sizeof(*x->s), by_age);
	choose(x);
	count(x);
	put_sessions(x);
	put_next(x);
	return FPB_EXIT_OK;
}

FPB_CMD(next)
{
	char *results = NULL;
	struct poptOption table[] = {
		{ "results", 'r', POPT_ARG_STRING, &results, 0,
		  "Folder of runs (default: results)", "DIR" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	struct next *x = calloc(1, sizeof(*x));
	int ret = FPB_EXIT_USAGE;

	if (!x)
		ret = FPB_EXIT_FAILED;
	else if (!fpb_opts_parse(&opts, argc, argv))
		ret = next(x, results ? results : "results", opts.args);
	while (x && x->n)
		fpb_rundata_free(&x->s[--x->n].run);
	if (x)
		free(x->s);
	free(x);
	fpb_opts_free(&opts);
	return ret;
}
