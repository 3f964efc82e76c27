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
#include "os/clock.h"
#include "os/file.h"
#include "os/msg.h"
#include "report/calibration.h"
#include "run/readrun.h"

struct options {
	int next, load;
	char *add, *sessions, *part, *seed, *status;
	struct fpb_calibration_list list;
	uint64_t exit_status;
};

/* --- options ---------------------------------------------------------------- */

/* "I/N", I from 1 to N. */
static int parse_part(struct fpb_calibration_list *l, const char *text)
{
	char end;

	l->part = l->parts = 1;
	if (!text || (sscanf(text, "%u/%u%c", &l->part, &l->parts, &end) == 2 &&
		      l->part >= 1 && l->part <= l->parts &&
		      l->parts <= l->blocks &&
		      !text[strspn(text, "0123456789/")]))
		return 0;
	fpb_err("calibration: --part \"%s\": must be I/N, with I from 1 to N and N at most %u, the number of sessions of each kind",
		text, l->blocks);
	return -EINVAL;
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
	return parse_part(&o->list, o->part);
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
 * Returns how many are left, or -errno after a message. Sets @next->rounds to
 * what sessions in the file have, if it has any.
 */
static int find_next(const struct options *o, const char *file,
		     struct fpb_session *next)
{
	struct fpb_sessions have = { 0 };
	int ret = read_file(&have, file, true);

	if (ret)
		return ret;
	ret = fpb_calibration_next(&o->list, &have, next);
	next->rounds = have.n ? have.at[0].rounds : 0;
	free(have.at);
	if (ret == -ENODATA)
		fpb_err("cannot find out what a planted loop costs: its sessions in %s show no slowdown",
			file);
	else if (ret == -EIO)
		no_sizing(file);
	return ret;
}

/* For the script: what to run, then what to tell the user. */
static int show_next(const struct options *o, const char *file)
{
	static const char *const names[] = {
		[FPB_SESSION_SIZING] = "cost of the planted loop",
		[FPB_SESSION_IDENTICAL] = "identical kernels",
		[FPB_SESSION_PLANTED] = "planted slowdown",
	};
	struct fpb_session next;
	int left = find_next(o, file, &next);

	if (left <= 0)
		return left < 0 ? FPB_EXIT_FAILED : FPB_EXIT_OK;
	printf("%u %u %d left, block %u: %s", next.loops, next.run_seed, left,
	       next.block, names[next.kind]);
	if (next.percent)
		printf(" of %u %%", next.percent);
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

/* Whether the run is the session that it is said to be. */
static bool is_session(const json_t *manifest, const struct fpb_session *x)
{
	const json_t *kernels = fpb_json_at(manifest, "kernels");
	const char *append = fpb_json_text(json_array_get(kernels, 1),
					   "append");
	char want[FPB_NAME_MAX];

	snprintf(want, sizeof(want), "fuse.plant_loops=%u", x->loops);
	return json_array_size(kernels) == 2 && append &&
	       !strcmp(append, want) &&
	       json_integer_value(fpb_json_at(manifest, "plan.seed")) ==
	       x->run_seed;
}

static int take_run(struct fpb_session *x, const char *dir)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	int ret = fpb_load_run_so_far(dir, &run);

	if (ret)
		return fpb_load_status(ret);
	if (!is_session(run.manifest.root, x)) {
		fpb_err("calibration: --add %s: this run is not the next session of the list",
			dir);
		ret = FPB_EXIT_USAGE;
	} else if (x->rounds && x->rounds != run.manifest.rounds) {
		fpb_err("calibration: --add %s: this run has %u rounds, the sessions in the file have %u",
			dir, run.manifest.rounds, x->rounds);
		fpb_hint("another plan needs another file (DATA=)");
		ret = FPB_EXIT_USAGE;
	} else if (fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT)) {
		fpb_err("cannot report on %s: out of memory", dir);
		ret = FPB_EXIT_FAILED;
	} else {
		fpb_session_take(x, &s);
		x->rounds = run.manifest.rounds;
		describe_kernel(run.manifest.root, x->kernel,
				sizeof(x->kernel));
		fpb_summary_free(&s);
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
	struct fpb_session x;
	int left = find_next(o, file, &x);

	if (left < 0)
		return FPB_EXIT_FAILED;
	if (!left) {
		fpb_err("calibration: --add %s: no session of the list is left",
			o->add);
		return FPB_EXIT_USAGE;
	}
	x.status = o->exit_status;
	x.cpus = get_nprocs();
	fpb_utc(FPB_ISO8601, x.date, sizeof(x.date));
	return take_run(&x, o->add) ? : append(&x, file);
}

static int calibration(struct options *o, const char *const *files)
{
	bool one = o->next || o->add;

	if (!files[0] || (one && files[1]) || (o->next && o->add)) {
		fpb_err("calibration: %s", !files[0] ? "no file given" :
			"--next and --add exclude each other and take one file");
		return FPB_EXIT_USAGE;
	}
	if (!one && (o->load || o->sessions || o->part || o->seed ||
		     o->status)) {
		fpb_err("calibration: --sessions, --part, --load, --seed and --status need --next or --add");
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
		{ "next", 0, POPT_ARG_NONE, &o.next, 0,
		  "Print which session FILE lacks: loops, seed, what it is", NULL },
		{ "add", 0, POPT_ARG_STRING, &o.add, 0,
		  "Append the run in DIR as that session", "DIR" },
		{ "status", 0, POPT_ARG_STRING, &o.status, 0,
		  "With --add: exit status of the run (default: 0)", "N" },
		{ "sessions", 0, POPT_ARG_STRING, &o.sessions, 0,
		  "Sessions of each kind (default: 100)", "N" },
		{ "part", 0, POPT_ARG_STRING, &o.part, 0,
		  "Only the I-th of N parts of them", "I/N" },
		{ "load", 0, POPT_ARG_NONE, &o.load, 0,
		  "Sessions with a load beside them", NULL },
		{ "seed", 0, POPT_ARG_STRING, &o.seed, 0,
		  "Random seed of their order (default: 1)", "N" },
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
