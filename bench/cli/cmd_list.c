// SPDX-License-Identifier: GPL-2.0
/* fpbench list: what there is to run, and what was run. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backends.h"
#include "cli/cmd.h"
#include "cli/planopts.h"
#include "core/conform.h"
#include "core/planfile.h"
#include "core/units.h"
#include "guest/kernel.h"
#include "guest/programs.h"
#include "os/msg.h"
#include "run/readrun.h"

static void list_backends(void)
{
	char why[FPB_REASON_MAX];

	puts("Backends:");
	for (size_t i = 0; fpb_backends[i]; i++) {
		const struct fpb_backend *b = fpb_backends[i];

		*why = '\0';
		if (b->probe(why))
			printf("  %-10s %s (unavailable: %s)\n", b->name,
			       b->summary, why);
		else
			printf("  %-10s %s\n", b->name, b->summary);
	}
}

static void list_targets(void)
{
	puts("\nTargets:");
	for (size_t i = 0; i < FPB_NTARGETS; i++)
		printf("  %-22s  %s\n", fpb_targets[i].name,
		       *fpb_targets[i].mount ? fpb_targets[i].mount :
		       "XFS on the device");
}

static void list_workloads(void)
{
	const struct fpb_workload_family *f = fpb_workload_families;

	puts("\nWorkloads ([-SIZE]: block size, such as seqread-128k; default: 4k):");
	for (; f < fpb_workload_families + FPB_NWORKLOAD_FAMILIES; f++)
		printf("  %s%-*s  %s\n", f->w.name,
		       (int)(20 - strlen(f->w.name)),
		       f->has_bs ? "[-SIZE]" : "", f->summary);
}

static void list_suites(void)
{
	const struct fpb_conform_suite *s;

	puts("\nSuites for conform:");
	for (s = fpb_conform_suites; s->name; s++)
		printf("  %s%-*s  %s\n", s->name, (int)(20 - strlen(s->name)),
		       s->needs_tree ? "=DIR" : "", s->summary);
}

static void list_kernels(void)
{
	struct fpb_programs p;
	struct dirent **names;
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	int n;

	puts("\nKernels:");
	if (fpb_programs_default(&p))
		return;
	n = scandir(p.kernels, &names, fpb_run_is_listed, alphasort);
	if (n <= 0)
		puts("  none: \"fpbench kernels\" builds them");
	for (int i = 0; i < n; i++) {
		const char *release = "?", *arch = "?", *variant = "plain";
		json_t *o = NULL;

		if (!fpb_path(path, "%s/%s", p.kernels, names[i]->d_name) &&
		    fpb_kernel_build(path, &o, why))
			fpb_warn("%s%s", path, why);
		json_unpack(o, "{ss s?s s?s}", "release", &release, "arch",
			    &arch, "variant", &variant);
		printf("  %-22s %s %s %s, %zu patches\n", names[i]->d_name,
		       release, arch, variant,
		       json_array_size(json_object_get(o, "patches")));
		json_decref(o);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void list_runs(const char *results)
{
	struct dirent **names;
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	int ret, n = scandir(results, &names, fpb_run_is_listed, alphasort);

	printf("\nRuns in %s:\n", results);
	if (n <= 0)
		puts("  none");
	for (int i = 0; i < n; i++) {
		const char *created = "?";
		json_t *o = NULL, *k;
		size_t at;

		ret = fpb_path(path, "%s/%s/" FPB_FILE_MANIFEST, results,
			       names[i]->d_name) ? -ENOENT :
		      fpb_file_read_json(path, &o, why);
		if (ret && ret != -ENOENT && ret != -ENOTDIR) {
			printf("  %-22s ?\n", names[i]->d_name);
			fpb_warn("%s:%s", path, why);
		}
		if (o) {
			json_unpack(o, "{ss}", "created", &created);
			printf("  %-22s %s ", names[i]->d_name, created);
			json_array_foreach(json_object_get(o, "kernels"), at, k)
				printf(" %s", json_string_value(
					json_object_get(k, "name")));
			puts("");
			json_decref(o);
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

static void list_plan(const struct fpb_plan *p)
{
	char text[FPB_UNITS_MAX];

	printf("\nPlan: %u round%s of %zu cells\n", p->rounds,
	       p->rounds == 1 ? "" : "s", fpb_plan_ncells(p));
	for (const struct fpb_regime *r = p->regimes;
	     r < p->regimes + p->nregimes; r++)
		printf("  %-10s submit=%s, iodepth=%u, device latency %s\n",
		       r->name, r->submit, r->iodepth,
		       fpb_format_nsec(r->completion_nsec, text));
	printf("  targets   ");
	for (size_t i = 0; i < p->ntargets; i++)
		printf(" %s", p->targets[i].name);
	printf("\n  workloads ");
	for (size_t i = 0; i < p->nworkloads; i++)
		printf(" %s", p->workloads[i].name);
	printf("\n  numjobs   ");
	for (size_t i = 0; i < p->nnumjobs; i++)
		printf(" %u", p->numjobs[i]);
	puts("");
}

static int list_keys(const struct fpb_plan *p)
{
	char *text = fpb_plan_text_explained(p);

	if (!text) {
		fpb_err("cannot list the keys: out of memory");
		return FPB_EXIT_FAILED;
	}
	fputs(text, stdout);
	free(text);
	return FPB_EXIT_OK;
}

static int list_all(const char *results, const struct fpb_plan *plan)
{
	list_backends();
	list_targets();
	list_workloads();
	list_suites();
	list_kernels();
	list_runs(results ? results : "results");
	list_plan(plan);
	return FPB_EXIT_OK;
}

FPB_CMD(list)
{
	struct fpb_planopts po = { 0 };
	struct poptOption plan_table[] = { FPB_PLANOPTS(po) POPT_TABLEEND };
	char *results = NULL;
	int keys = 0;
	struct poptOption table[] = {
		{ "keys", 'k', POPT_ARG_NONE, &keys, 0,
		  "Print the plan as a file with a comment for each key", NULL },
		{ "results", 'r', POPT_ARG_STRING, &results, 0,
		  "Folder of runs (default: results)", "DIR" },
		{ NULL, 0, POPT_ARG_INCLUDE_TABLE, plan_table, 0,
		  "The plan:", NULL },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	struct fpb_plan plan;
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv) &&
	    !fpb_planopts_plan(&po, opts.args[0], &plan))
		ret = keys ? list_keys(&plan) : list_all(results, &plan);
	fpb_opts_free(&opts);
	return ret;
}
