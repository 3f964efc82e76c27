// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench calibration: the table of sessions of "make calibrate-verdicts", and
 * for bench/calibration/sessions.sh, which runs them, which one comes next and
 * a place to keep it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "cli/cmd.h"
#include "cli/print.h"
#include "core/argv.h"
#include "core/calibration.h"
#include "core/memstream.h"
#include "core/parse.h"
#include "core/plan.h"
#include "core/planvalue.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/msg.h"
#include "report/calibration.h"
#include "run/readrun.h"

struct options {
	int load;
	char *next, *add, *sessions, *part, *planted, *seed, *status;
	struct fpb_calibration_list list;
	uint64_t exit_status;
};

/* --- options ---------------------------------------------------------------- */

/* "I/N", I from 1 to N. */
static int parse_part(struct fpb_calibration_list *l, const char *text)
{
	l->part = l->parts = 1;
	if (!text || (!fpb_parse_part(text, &l->part, &l->parts) &&
		      l->parts <= l->blocks))
		return 0;
	fpb_err("calibration: --part \"%s\": must be I/N, with I from 1 to N and N at most %u, the number of sessions of each kind",
		text, l->blocks);
	return -EINVAL;
}

/* The place of a slowdown in fpb_calibration_planted, or -EINVAL. */
static int find_planted(const char *text)
{
	uint64_t percent;

	for (int i = 0; i < FPB_CALIBRATION_PLANTED; i++)
		if (!fpb_parse_u64(text, &percent) &&
		    percent == fpb_calibration_planted[i])
			return i;
	return -EINVAL;
}

/* A list of slowdowns in percent; NULL: all of them. */
static int parse_planted(struct fpb_calibration_list *l, const char *text)
{
	char names[FPB_PLAN_MAX_LIST][FPB_NAME_MAX], why[FPB_REASON_MAX];
	size_t i, n;
	int ret;

	if (!text)
		return 0;
	l->skip = (1 << FPB_CALIBRATION_PLANTED) - 1;
	ret = fpb_plan_value_split(text, names, &n, why);
	/* Which is a list in a plan. */
	if (!ret && text[strlen(text) - 1] == ',')
		ret = -EINVAL;
	for (i = 0; !ret && i < n; i++) {
		int place = find_planted(names[i]);

		if (place < 0)
			ret = place;
		else
			l->skip &= ~(1u << place);
	}
	if (ret)
		fpb_err("calibration: --planted \"%s\": must be a list of 0, 1, 2, 5 and 10 (percent), each at most once",
			text);
	return ret;
}

static int parse_list(struct options *o)
{
	uint64_t blocks = 100, seed = 1;

	if (fpb_opts_number("calibration: --sessions", o->sessions, 1,
			    FPB_CALIBRATION_MAX, &blocks) ||
	    fpb_opts_number("calibration: --seed", o->seed, 1, UINT32_MAX,
			    &seed) ||
	    fpb_opts_number("calibration: --status", o->status, 0, 255,
			    &o->exit_status))
		return -EINVAL;
	o->list = (struct fpb_calibration_list){
		.blocks = blocks, .seed = seed, .load = o->load,
	};
	return parse_part(&o->list, o->part) ? :
	       parse_planted(&o->list, o->planted);
}

/* --- files ------------------------------------------------------------------ */

/* @absent: a file that is not there has no sessions. */
static int read_file(struct fpb_sessions *all, const char *file, bool absent)
{
	char why[FPB_REASON_MAX], *text;
	size_t line;
	int ret = fpb_file_read(file, &text, NULL);

	if (ret == -ENOENT && absent)
		return 0;
	if (ret) {
		fpb_err("cannot read %s: %s", file, strerror(-ret));
		if (ret == -ENOENT)
			fpb_hint("make calibrate-verdicts runs the sessions");
		return ret;
	}
	ret = fpb_sessions_add(all, file, text, &line, why);
	free(text);
	if (ret)
		fpb_err("cannot read %s:%zu: %s", file, line, why);
	if (ret == -EEXIST)
		fpb_hint("use another SEED= on each machine");
	return ret;
}

static int print_table(const struct fpb_sessions *all)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	int ret = out ? fpb_report_calibration(out, all) : -ENOMEM;
	char *text = out ? fpb_memstream_close(&m) : NULL;

	if (!ret && text)
		fputs(text, stdout);
	free(text);
	if (!ret && text && !fflush(stdout) && !ferror(stdout))
		return FPB_EXIT_OK;
	fpb_err("cannot print the table: %s", strerror(ret ? -ret : errno));
	return FPB_EXIT_FAILED;
}

static int table(const char *const *files)
{
	struct fpb_sessions all = { 0 };
	int ret = 0;

	for (; !ret && *files; files++)
		ret = read_file(&all, *files, false);
	if (!ret && !all.n) {
		fpb_err("calibration: there are no sessions to report on");
		fpb_hint("make calibrate-verdicts runs them");
		ret = -ENODATA;
	}
	ret = ret ? FPB_EXIT_USAGE : print_table(&all);
	free(all.at);
	return ret;
}

/* --- the next session ------------------------------------------------------- */

static void no_sizing(const char *file)
{
	char *word = fpb_shell_word(file);

	fpb_err("cannot find out what a planted loop costs: its sessions in %s lost all of their boot pairs",
		file);
	fpb_hint("on an idle machine, remove them to try again: sed -i '/\"sizing\".*\"effect\":{\"n\":0}/d' %s",
		 word ? word : file);
	free(word);
}

/*
 * Returns how many are left, or -errno after a message. Sets their rounds to what
 * sessions in the file have, if it has any.
 */
static int find_next(const struct options *o, const char *file,
		     struct fpb_calibration_run *next)
{
	struct fpb_sessions have = { 0 };
	int ret = read_file(&have, file, true);

	if (ret)
		return ret;
	ret = fpb_calibration_next(&o->list, &have, next);
	for (size_t i = 0; i < next->n; i++)
		next->at[i].rounds = have.n ? have.at[0].rounds : 0;
	free(have.at);
	if (ret == -ENODATA)
		fpb_err("cannot find out what a planted loop costs: its sessions in %s show no slowdown",
			file);
	else if (ret == -EIO)
		no_sizing(file);
	return ret;
}

/* For the user a line, then for the script options of "fpbench run". */
static int show_next(const struct options *o, const char *file)
{
	struct fpb_calibration_run next;
	int left = find_next(o, file, &next);
	const struct fpb_session *x = next.at;

	if (left <= 0)
		return left < 0 ? FPB_EXIT_FAILED : FPB_EXIT_OK;
	printf("%d left, set %u:", left, x->block);
	if (x->kind == FPB_SESSION_SIZING)
		printf(" cost of the planted loop");
	else
		printf(" slowdown of");
	for (size_t i = 0; x->kind != FPB_SESSION_SIZING && i < next.n; i++)
		printf("%s %u %%", i ? "," : "", x[i].percent);
	printf("\n--seed=%u -k plain=%s", x->run_seed, o->next);
	for (size_t i = 0; i < next.n; i++)
		printf(" -k slower-%u=%s,append=fuse.plant_loops=%u",
		       x[i].percent, o->next, x[i].loops);
	puts("");
	return FPB_EXIT_OK;
}

/* --- keep it ---------------------------------------------------------------- */

static void describe_kernel(const json_t *manifest, char *text, size_t size)
{
	const json_t *k = json_array_get(fpb_json_at(manifest, "kernels"), 0);
	const char *source = fpb_json_text(k, "source_id");
	size_t n = snprintf(text, size, "%s", source ? source : "unknown");
	json_t *v;
	size_t i;

	json_array_foreach(json_object_get(k, "patches"), i, v) {
		const char *id = fpb_json_text(v, "patch_id");

		if (id && n < size)
			n += snprintf(text + n, size - n, " %.7s", id);
	}
}

/* Whether the run is of the sessions that it is said to be. */
static bool is_next(const json_t *manifest,
		    const struct fpb_calibration_run *next)
{
	const json_t *kernels = fpb_json_at(manifest, "kernels");
	char want[FPB_NAME_MAX];

	if (json_array_size(kernels) != next->n + 1 ||
	    json_integer_value(fpb_json_at(manifest, "plan.seed")) !=
	    next->at[0].run_seed)
		return false;
	for (size_t i = 0; i < next->n; i++) {
		const char *append = fpb_json_text(
			json_array_get(kernels, i + 1), "append");

		snprintf(want, sizeof(want), "fuse.plant_loops=%u",
			 next->at[i].loops);
		if (!append || strcmp(append, want))
			return false;
	}
	return true;
}

/* The session of the run's first kernel and of @kernel. */
static int summarize(struct fpb_session *x, const struct fpb_rundata *run,
		     size_t kernel)
{
	const struct fpb_contender of[] = {
		{ .run = run }, { .run = run, .kernel = kernel },
	};
	struct fpb_summary s;
	int ret = fpb_summary_of_kernels(&s, of, 2, FPB_MARGIN_DEFAULT);

	if (ret)
		return ret;
	ret = fpb_session_take(x, &s);
	fpb_summary_free(&s);
	x->rounds = run->manifest.rounds;
	describe_kernel(run->manifest.root, x->kernel, sizeof(x->kernel));
	return ret;
}

static int take_run(struct fpb_calibration_run *next, const char *dir)
{
	const unsigned int rounds = next->at[0].rounds;
	struct fpb_rundata run;
	int ret = fpb_load_run_so_far(dir, &run);

	if (ret)
		return fpb_load_status(ret);
	if (!is_next(run.manifest.root, next)) {
		fpb_err("calibration: --add %s: this run is not what comes next in the list",
			dir);
		ret = FPB_EXIT_USAGE;
	} else if (rounds && rounds != run.manifest.rounds) {
		fpb_err("calibration: --add %s: this run has %u rounds, the sessions in the file have %u",
			dir, run.manifest.rounds, rounds);
		fpb_hint("another plan needs another file (DATA=)");
		ret = FPB_EXIT_USAGE;
	}
	for (size_t i = 0; !ret && i < next->n; i++) {
		if (!summarize(&next->at[i], &run, i + 1))
			continue;
		fpb_err("cannot report on %s: out of memory", dir);
		ret = FPB_EXIT_FAILED;
	}
	fpb_rundata_free(&run);
	return ret;
}

static int append(const struct fpb_session *x, const char *file)
{
	json_t *o = fpb_session_to_json(x);
	int ret = o ? fpb_file_append_json(file, o) : -ENOMEM;

	json_decref(o);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("cannot write %s: %s", file, strerror(-ret));
	return FPB_EXIT_FAILED;
}

static int add(const struct options *o, const char *file)
{
	struct fpb_calibration_run next;
	int ret, left = find_next(o, file, &next);

	if (left < 0)
		return FPB_EXIT_FAILED;
	if (!left) {
		fpb_err("calibration: --add %s: no session of the list is left",
			o->add);
		return FPB_EXIT_USAGE;
	}
	ret = take_run(&next, o->add);
	for (size_t i = 0; !ret && i < next.n; i++) {
		next.at[i].status = o->exit_status;
		next.at[i].cpus = get_nprocs();
		fpb_utc(FPB_ISO8601, next.at[i].date, sizeof(next.at[i].date));
		ret = append(&next.at[i], file);
	}
	return ret;
}

static int calibration(struct options *o, const char *const *files)
{
	bool one = o->next || o->add;

	if (!files[0] || (one && files[1]) || (o->next && o->add)) {
		fpb_err("calibration: %s", !files[0] ? "no file given" :
			"--next and --add exclude each other and take one file");
		return FPB_EXIT_USAGE;
	}
	if (!one && (o->load || o->sessions || o->part || o->planted ||
		     o->seed || o->status)) {
		fpb_err("calibration: --sessions, --part, --planted, --load, --seed and --status need --next or --add");
		return FPB_EXIT_USAGE;
	}
	if (parse_list(o))
		return FPB_EXIT_USAGE;
	return o->next ? show_next(o, *files) : o->add ? add(o, *files) :
	       table(files);
}

FPB_CMD(calibration)
{
	struct options o = { 0 };
	struct poptOption options[] = {
		{ "next", 0, POPT_ARG_STRING, &o.next, 0,
		  "Print which sessions FILE lacks, and how to run the next ones with KERNEL",
		  "KERNEL" },
		{ "add", 0, POPT_ARG_STRING, &o.add, 0,
		  "Append the run in DIR as those sessions", "DIR" },
		{ "status", 0, POPT_ARG_STRING, &o.status, 0,
		  "With --add: exit status of the run (default: 0)", "N" },
		{ "sessions", 0, POPT_ARG_STRING, &o.sessions, 0,
		  "Sessions of each kind (default: 100)", "N" },
		{ "part", 0, POPT_ARG_STRING, &o.part, 0,
		  "Only the I-th of N parts of them", "I/N" },
		{ "planted", 0, POPT_ARG_STRING, &o.planted, 0,
		  "Only these slowdowns, in percent (default: 0,1,2,5,10)",
		  "LIST" },
		{ "load", 0, POPT_ARG_NONE, &o.load, 0,
		  "Sessions with a load beside them", NULL },
		{ "seed", 0, POPT_ARG_STRING, &o.seed, 0,
		  "Number from which each run's seed is computed (default: 1)", "N" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = options };
	int status = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		status = calibration(&o, opts.args);
	fpb_opts_free(&opts);
	return status;
}
