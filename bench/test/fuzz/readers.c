// SPDX-License-Identifier: GPL-2.0
/*
 * What fpbench reads, damaged: for libFuzzer. One program for all readers;
 * READER= in the environment names one. A reader may refuse what it is given, and
 * then says why, but it may not crash; and what a reader of runs takes, each report
 * can be made of.
 */
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/buildfile.h"
#include "core/casereport.h"
#include "core/conform.h"
#include "core/console.h"
#include "core/event.h"
#include "core/fio.h"
#include "core/job.h"
#include "core/jsontext.h"
#include "core/keptcost.h"
#include "core/lockstat.h"
#include "core/marked.h"
#include "core/planfile.h"
#include "core/revision.h"
#include "core/rundata.h"
#include "core/runfiles.h"
#include "core/session.h"
#include "core/stacks.h"
#include "core/step.h"
#include "core/summary.h"
#include "core/symbols.h"
#include "core/turns.h"
#include "core/why.h"
#include "pairfile.h"
#include "report/report.h"
#include "run/archive.h"

/* Of which one file is replaced by what libFuzzer makes. */
#define RUN	"bench/test/data/run-interrupted/"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "readers: %s\n", what);
	abort();
}

/* --- a run ------------------------------------------------------------------- */

static struct fpb_text run_files[FPB_RUNDATA_FILES];
static const char *const run_names[FPB_RUNDATA_FILES] = {
	FPB_FILE_MANIFEST, FPB_FILE_BOOTS, FPB_FILE_SAMPLES, FPB_FILE_WHY,
};

static struct fpb_text load(const char *path)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *in = fopen(path, "r");

	must(in, "run it from the project's folder");
	must(getdelim(&bytes, &len, EOF, in) > 0, "a file of " RUN " is empty");
	fclose(in);
	return (struct fpb_text){ bytes, strlen(bytes) };
}

static void report(const struct fpb_rundata *run, const struct fpb_keptcost *cost)
{
	const struct fpb_report_with with = { .notes = true };
	struct fpb_summary s;
	char *bytes;
	size_t len;
	FILE *out;

	if (fpb_summary_of_run(&s, run, FPB_MARGIN_DEFAULT))
		return;
	s.cost = cost;
	for (const struct fpb_report *r = fpb_reports; r->name; r++) {
		out = open_memstream(&bytes, &len);
		must(out && !r->write(out, &s, &with) && !fclose(out),
		     "a report of a run that was read cannot be made");
		free(bytes);
	}
	fpb_summary_free(&s);
}

static struct fpb_rundata_file copy_of(const char *name, struct fpb_text t)
{
	struct fpb_rundata_file f = { name, malloc(t.len + 1), t.len };

	must(f.bytes, "not enough memory");
	memcpy(f.bytes, t.bytes, t.len);
	f.bytes[t.len] = '\0';
	return f;
}

static void read_run(const char *name, struct fpb_text damaged)
{
	struct fpb_rundata_error err = { 0 };
	struct fpb_rundata_file files[FPB_RUNDATA_FILES];
	struct fpb_rundata run;

	for (size_t i = 0; i < FPB_RUNDATA_FILES; i++)
		files[i] = copy_of(run_names[i], strcmp(run_names[i], name) ?
						 run_files[i] : damaged);
	if (!fpb_rundata_take(&run, files, &err)) {
		report(&run, NULL);
		fpb_rundata_free(&run);
		return;
	}
	for (size_t i = 0; i < FPB_RUNDATA_FILES; i++)
		free(files[i].bytes);
	must(err.file && *err.why, "a run is refused without a reason");
	must(!strcmp(err.file, FPB_FILE_MANIFEST) || err.line,
	     "a run is refused without the line");
}

static void manifest(struct fpb_text t)
{
	read_run(FPB_FILE_MANIFEST, t);
}

static void boots(struct fpb_text t)
{
	read_run(FPB_FILE_BOOTS, t);
}

static void samples(struct fpb_text t)
{
	read_run(FPB_FILE_SAMPLES, t);
}

static void why(struct fpb_text t)
{
	read_run(FPB_FILE_WHY, t);
}

/* --- other files ---------------------------------------------------------------- */

/* Who reads a file says @why after its name and a colon: with the line, if it has one. */
static bool has_line(const char *why)
{
	char *end;

	return strtoul(why, &end, 10) > 0 && *end == ':' && end[1] == ' ' &&
	       end[2];
}

static void plan(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "", *text;
	struct fpb_plan p, again;
	unsigned int line;

	fpb_plan_default(&p);
	if (fpb_plan_parse(&p, t.bytes, why, &line)) {
		must(*why && line, "a plan is refused without a reason or a line");
		return;
	}
	/* What it means can be written down, and means the same. */
	text = fpb_plan_text(&p);
	must(text, "a plan cannot be written");
	fpb_plan_default(&again);
	must(!fpb_plan_parse(&again, text, why, &line),
	     "a plan that was written is refused");
	free(text);
}

static json_t *json(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	json_t *o = fpb_json_parse(t.bytes, t.len, why);

	must(o || has_line(why), "a file is no JSON, in no line");
	return o;
}

static void fio(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	struct fpb_sample s = { 0 };
	json_t *o = fpb_fio_parse(t.bytes, why);

	must(o || has_line(why), "fio wrote no JSON, in no line");
	for (int several = 0; o && several < 2; several++) {
		must(!fpb_fio_result(o, several, &s, why) || *why,
		     "fio's result is refused without a reason");
		fpb_fio_side(o, 1, &s);
	}
	json_decref(o);
}

static void job(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	struct fpb_job j;
	json_t *o = json(t);

	must(!o || !fpb_job_from_json(o, &j, why) || *why,
	     "a job is refused without a reason");
	json_decref(o);
}

static void step(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	struct fpb_step s;
	json_t *o = json(t);

	must(!o || !fpb_step_from_json(o, &s, why) || *why,
	     "a step is refused without a reason");
	json_decref(o);
}

static void slices(struct fpb_text t)
{
	struct fpb_pairfile pf;
	unsigned int line = 0;
	FILE *in = t.len ? fmemopen((void *)t.bytes, t.len, "r") : NULL;

	if (!in)
		return;
	if (!fpb_pairfile_read(in, &pf, &line))
		fpb_pairfile_free(&pf);
	else
		must(line, "slices are refused without the line");
	fclose(in);
}

static void build(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	json_t *o = fpb_buildfile_parse(t.bytes, t.len, why);

	must(o || has_line(why) || !strncmp(why, " key \"", 6),
	     "build.json is refused without the line or the key");
	must(!o || json_is_object(o), "build.json is no object");
	json_decref(o);
}

/* That of the run, which also says which kernels and targets are the same. */
static json_t *cost_manifest(void)
{
	json_t *m = json(run_files[0]), *kernel;
	size_t i;

	json_array_foreach(json_object_get(m, "kernels"), i, kernel)
		json_object_set_new(kernel, "arch", json_string("um"));
	json_object_set_new(m, "targets", json_pack("[{ss} {ss}]", "name",
						    "raw", "name", "fuse"));
	return m;
}

static void cost(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	json_t *o = json(t), *m = cost_manifest();
	char *text = json_dumps(m, 0);
	struct fpb_rundata_error err;
	struct fpb_rundata run;
	struct fpb_keptcost k;

	if (o && !fpb_keptcost_init(&k, m, o, why)) {
		must(!fpb_rundata_parse(&run, (struct fpb_text){ text,
					strlen(text) }, run_files[1],
					run_files[2], &err),
		     "the run beside it is refused");
		report(&run, &k);
		fpb_rundata_free(&run);
		fpb_keptcost_free(&k);
	} else {
		must(!o || *why,
		     "what was counted is refused without a reason");
	}
	free(text);
	json_decref(m);
	json_decref(o);
}

/* --- other files of lines --------------------------------------------------------- */

/* As "fpbench check" and "conform" hear of it. */
static void hear_result(json_t *event)
{
	struct fpb_conform_result test = { 0 };
	struct fpb_check_result of_case = { 0 };

	must(!fpb_conform_result_from_json(event, FPB_FORM_TAP, "1..1\nok\n", "",
					   &test) && test.reason,
	     "a test has no result");
	fpb_conform_result_free(&test);
	if (fpb_check_result_from_json(event, &of_case))
		return;
	must(of_case.reason && of_case.facts, "a case has no result");
	fpb_check_result_free(&of_case);
}

/* As those hear of it who wait for it. */
static void hear(json_t *event)
{
	const char *what = json_string_value(json_object_get(event, "event"));
	const json_t *sample = json_object_get(event, "sample");
	const json_t *lock = json_object_get(event, "lock");
	const json_t *counted = json_object_get(event, "why");
	char why[FPB_REASON_MAX] = "";
	struct fpb_lock_evidence l;
	struct fpb_sample s;
	struct fpb_why w;

	must(what, "an event without a name");
	must(strcmp(what, "sample") || json_is_object(sample),
	     "an event \"sample\" without one");
	must(strcmp(what, "ready") ||
	     json_is_integer(json_object_get(event, "clock_ns")),
	     "an event \"ready\" without the clock");
	must(!sample || !fpb_sample_from_json(sample, &s, why) || *why,
	     "a sample is refused without a reason");
	must(!lock || !fpb_lock_evidence_from_json(lock, &l, why) || *why,
	     "evidence is refused without a reason");
	must(!counted || !fpb_why_from_json(counted, &w, why) || *why,
	     "what was counted is refused without a reason");
	hear_result(event);
}

static void events(struct fpb_text t)
{
	const char *p = t.bytes, *end = p + t.len, *eol;

	for (; (eol = memchr(p, '\n', end - p)); p = eol + 1) {
		char why[FPB_REASON_MAX] = "";
		json_t *event = fpb_event_parse(p, eol - p, why);

		must(event || *why, "an event is refused without a reason");
		if (event)
			hear(event);
		json_decref(event);
	}
}

static void sessions(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	struct fpb_sessions all = { .n = 0 };
	size_t line = 0;

	must(!fpb_sessions_add(&all, "file", t.bytes, &line, why) ||
	     (*why && line), "a session is refused without a reason or a line");
	free(all.at);
}

static void revisions(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	struct fpb_revisions all = { .n = 0 };
	size_t line = 0;

	must(!fpb_revisions_parse(&all, t.bytes, &line, why) || (*why && line),
	     "a revision is refused without a reason or a line");
	for (size_t i = 0; i < all.n; i++)
		must(all.at[i].result.ratio.n || !all.at[i].result.ratio.value,
		     "a revision has a ratio of nothing");
	free(all.at);
}

static void turns(struct fpb_text t)
{
	static const char two[] = "[kernel A]\nrelease = 1\nboot = x\n"
				  "[kernel B]\nrelease = 2\nboot = x\n";
	char why[FPB_REASON_MAX] = "";
	struct fpb_turns turns;
	size_t line = 0, kernel;

	must(!fpb_turns_parse(&turns, two, why), "turns.ini is refused");
	if (!fpb_turns_take_log(&turns, t.bytes, &line, why))
		fpb_turns_next(&turns, 0, &kernel);
	else
		must(*why && line,
		     "a step is refused without a reason or a line");
}

static void turns_ini(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	struct fpb_turns turns;
	size_t kernel;

	if (fpb_turns_parse(&turns, t.bytes, why)) {
		must(*why, "turns.ini is refused without a reason");
		return;
	}
	must(fpb_turns_next(&turns, FPB_TURNS_NONE, &kernel) == FPB_TURNS_BOOT &&
	     kernel < turns.n, "turns.ini has no kernel to begin with");
}

/* --- what suites of others say ------------------------------------------------------ */

/* Of a test that did not run on raw: what it does on the mount is all there is. */
static enum fpb_check_status judge(const struct fpb_conform_result *mount,
				   const struct fpb_known *known)
{
	const struct fpb_check_case c = { .name = "suite/test" };
	const struct fpb_conform_result raw = { 0 };
	struct fpb_check_result r = { .c = &c };

	must(!fpb_conform_compare(&raw, mount, known, &r),
	     "a result cannot be compared");
	fpb_check_result_free(&r);
	return r.status;
}

static void conform(struct fpb_text t)
{
	static const int statuses[] = { 0, 1, FPB_CONFORM_SKIPPED, 128 + 11 };
	const struct fpb_known none = { 0 };

	for (size_t i = 0; i < 3 * NELEM(statuses); i++) {
		struct fpb_conform_result r = { 0 };

		must(!fpb_conform_parse(i % 3, statuses[i / 3], t.bytes, &r) &&
		     r.reason, "a test's output has no meaning");
		must(strlen(r.reason) < FPB_REASON_MAX, "a reason is too long");
		must(judge(&r, &none) == r.status,
		     "a test without raw is not what it was on the mount");
		fpb_conform_result_free(&r);
	}
}

static void known(struct fpb_text t)
{
	struct fpb_conform_result some = { 0 }, all = { 0 };
	char why[FPB_REASON_MAX] = "", *copy = strdup(t.bytes);
	struct fpb_known k;

	must(copy && !fpb_conform_parse(FPB_FORM_TAP, 0,
					"1..2\nok\nnot ok\n", &some) &&
	     !fpb_conform_result_fail(&all, "hung", ""), "not enough memory");
	if (!fpb_known_parse(&k, copy, why)) {
		judge(&some, &k);
		judge(&all, &k);
	} else {
		must(*why, "known differences are refused without a reason");
	}
	fpb_known_free(&k);
	fpb_conform_result_free(&some);
	fpb_conform_result_free(&all);
}

/* --- archives ------------------------------------------------------------------- */

/* Readers open it by its name; see LLVMFuzzerInitialize(). */
static char scratch[32];

struct contents {
	char last[512];
	bool wanted;
};

/* What is taken is unpacked below a folder, under the name that it has. */
static int look(const char *name, void *user)
{
	struct contents *c = user;
	char path[sizeof(c->last) + 2];

	must(strlen(name) < sizeof(c->last), "a name is too long");
	snprintf(path, sizeof(path), "/%s/", name);
	must(!strstr(path, "//") && !strstr(path, "/./") &&
	     !strstr(path, "/../"), "a name leads out of the folder");
	c->wanted = fpb_runfile(name) == FPB_RUNFILE_KEPT;
	return c->wanted;
}

static int take(const char *name, char *bytes, size_t len, void *user)
{
	struct contents *c = user;

	must(c->wanted && !bytes[len], "a file was not asked for");
	must(strcmp(c->last, name) < 0, "a file is there twice");
	strcpy(c->last, name);
	free(bytes);
	return 0;
}

static void read_archive(void)
{
	struct contents c = { .wanted = false };
	const struct fpb_archive_reader r = {
		.look = look, .take = take, .user = &c,
	};
	char why[FPB_REASON_MAX] = "";

	must(!fpb_archive_read(scratch, &r, why) || *why,
	     "an archive is refused without a reason");
}

static void archive(struct fpb_text t)
{
	FILE *out = fopen(scratch, "w");

	must(out && fwrite(t.bytes, 1, t.len, out) == t.len && !fclose(out),
	     "an archive cannot be written");
	read_archive();
}

#define BLOCK	512

/* A header's checksum, without which libarchive reads no further. */
static void sign(unsigned char *block)
{
	unsigned int sum = 0;

	if (memcmp(block + 257, "ustar", 5))
		return;
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += block[i];
	snprintf((char *)block + 148, 8, "%06o", sum);
}

/*
 * The tar file in it. Around it a frame of zstd of one block that is not compressed:
 * the compressor took all the time.
 */
static void tar(struct fpb_text t)
{
	const unsigned int header = t.len << 3 | 1;
	const unsigned char frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0, 0x38,
					header, header >> 8, header >> 16 };
	unsigned char *bytes = malloc(t.len + 1);
	FILE *out = fopen(scratch, "w");

	must(bytes && out, "not enough memory");
	memcpy(bytes, t.bytes, t.len);
	for (size_t at = 0; at + BLOCK <= t.len; at += BLOCK)
		sign(bytes + at);
	must(fwrite(frame, sizeof(frame), 1, out) == 1 &&
	     fwrite(bytes, 1, t.len, out) == t.len && !fclose(out),
	     "an archive cannot be written");
	free(bytes);
	read_archive();
}

/* --- texts ------------------------------------------------------------------------ */

static void lockstat(struct fpb_text t)
{
	char why[FPB_REASON_MAX] = "";
	struct fpb_lockstat s;

	must(!fpb_lockstat_parse(t.bytes, &s, why) || *why,
	     "lock statistics are refused without a reason");
}

static void stacks(struct fpb_text t)
{
	struct fpb_symbols none = { 0 };
	json_t *all = json_object();
	const char *at = t.bytes;
	double sum;

	while (all && *at && !fpb_stacks_read(all, &at, &none, &sum))
		;
	json_decref(all);
}

static void letter(struct fpb_text t)
{
	char *out;

	if (!fpb_marked_replace(t.bytes, "performance", "a block\n", &out))
		free(out);
}

static void symbols(struct fpb_text t)
{
	char *copy = strdup(t.bytes);
	struct fpb_symbols s;

	if (!copy)
		return;
	if (!fpb_symbols_parse(&s, copy))
		fpb_symbols_find(&s, 0xffffffff81000000);
	fpb_symbols_free(&s);
}

static void console(struct fpb_text t)
{
	struct fpb_splat s;

	fpb_console_splat(t.bytes, &s);
	fpb_console_tail(t.bytes, 5);
}

static const struct reader {
	const char *name;
	void (*read)(struct fpb_text t);
} readers[] = {
	{ "manifest", manifest },
	{ "boots", boots },
	{ "samples", samples },
	{ "why", why },
	{ "plan", plan },
	{ "fio", fio },
	{ "job", job },
	{ "step", step },
	{ "slices", slices },
	{ "build", build },
	{ "cost", cost },
	{ "events", events },
	{ "sessions", sessions },
	{ "revisions", revisions },
	{ "turns", turns },
	{ "turns-ini", turns_ini },
	{ "conform", conform },
	{ "known", known },
	{ "archive", archive },
	{ "tar", tar },
	{ "lockstat", lockstat },
	{ "stacks", stacks },
	{ "letter", letter },
	{ "symbols", symbols },
	{ "console", console },
};

static const struct reader *reader;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name = getenv("READER");

	for (size_t i = 0; name && i < NELEM(readers); i++)
		if (!strcmp(readers[i].name, name))
			reader = &readers[i];
	if (!reader) {
		fprintf(stderr, "READER= is one of:");
		for (size_t i = 0; i < NELEM(readers); i++)
			fprintf(stderr, " %s", readers[i].name);
		fprintf(stderr, "\n");
		exit(2);
	}
	snprintf(scratch, sizeof(scratch), "/proc/self/fd/%d",
		 memfd_create("archive", MFD_CLOEXEC));
	run_files[0] = load(RUN FPB_FILE_MANIFEST);
	run_files[1] = load(RUN FPB_FILE_BOOTS);
	run_files[2] = load(RUN FPB_FILE_SAMPLES);
	run_files[3] = load("bench/test/fuzz/corpus/why/" FPB_FILE_WHY);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* As files are read: a NUL follows, which may come earlier, too. */
	char *bytes = malloc(size + 1);

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	reader->read((struct fpb_text){ bytes, size });
	free(bytes);
	return 0;
}
