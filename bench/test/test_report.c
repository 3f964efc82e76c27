// SPDX-License-Identifier: GPL-2.0
/*
 * report/: what comes out for the runs in bench/test/data. Golden texts lie in
 * bench/test/data/golden; FPB_TEST_UPDATE=1 writes them anew, to be looked at
 * with git diff.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/grid.h"
#include "fixture.h"
#include "report/bisect.h"
#include "report/plotdata.h"
#include "report/letter.h"
#include "report/page.h"
#include "report/report.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static const char * const all_runs[] = {
	"two-kernels-two-regimes", "one-kernel", "three-kernels",
	"flawed-cells", "patched-behaves-unpatched", "raw-differs",
	"three-rounds", "interrupted", "million-iops", "long-names", "no-raw",
	"duet", "workloads", "steps",
};

static const struct {
	const char *run;
	const char *format;
	bool ascii, notes;
	const char *golden;
} goldens[] = {
	{ "two-kernels-two-regimes", "text", false, false, "two-kernels.txt" },
	{ "two-kernels-two-regimes", "text", true, false, "two-kernels-ascii.txt" },
	{ "two-kernels-two-regimes", "text", false, true,
	  "two-kernels-notes.txt" },
	{ "flawed-cells", "text", false, true, "flawed-cells-notes.txt" },
	{ "duet", "text", false, false, "duet.txt" },
	{ "duet", "text", false, true, "duet-notes.txt" },
	{ "one-kernel", "text", false, false, "one-kernel.txt" },
	{ "three-kernels", "text", false, false, "three-kernels.txt" },
	{ "flawed-cells", "text", false, false, "flawed-cells.txt" },
	{ "flawed-cells", "markdown", false, false, "flawed-cells.md" },
	{ "flawed-cells", "csv", false, false, "flawed-cells.csv" },
	{ "flawed-cells", "json", false, false, "flawed-cells.json" },
	{ "flawed-cells", "html", false, false, "flawed-cells.html" },
	{ "flawed-cells", "junit", false, false, "flawed-cells.xml" },
	{ "duet", "json", false, false, "duet.json" },
	{ "duet", "junit", false, false, "duet.xml" },
	{ "patched-behaves-unpatched", "text", false, false,
	  "patched-behaves-unpatched.txt" },
	{ "raw-differs", "text", false, false, "raw-differs.txt" },
	{ "three-rounds", "text", false, false, "three-rounds.txt" },
	{ "interrupted", "text", false, false, "interrupted.txt" },
	{ "million-iops", "text", false, false, "million-iops.txt" },
	{ "long-names", "text", false, false, "long-names.txt" },
	{ "no-raw", "text", false, false, "no-raw.txt" },
	{ "steps", "text", false, false, "steps.txt" },
	{ "steps", "text", false, true, "steps-notes.txt" },
	{ "steps", "markdown", false, false, "steps.md" },
	{ "workloads", "text", false, false, "workloads.txt" },
	{ "workloads", "text", false, true, "workloads-notes.txt" },
	{ "workloads", "markdown", false, false, "workloads.md" },
};

/* Owned by the caller. */
static char *written(const struct fpb_summary *s, const char *format,
		     bool ascii, bool notes)
{
	const struct fpb_report *report = fpb_report_find(format);
	char *text = NULL, *plain = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(report);
	assert_int_equal(report->write(out, s, &(struct fpb_report_with){
		.notes = notes }), 0);
	fclose(out);
	if (!ascii)
		return text;
	out = open_memstream(&plain, &len);
	fpb_report_ascii(out, text);
	fclose(out);
	free(text);
	return plain;
}

static char *report_with(const char *name, const char *format, bool ascii,
			 bool notes)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	char *text;

	fixture_load(name, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT), 0);
	text = written(&s, format, ascii, notes);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
	return text;
}

static char *report_on(const char *name, const char *format, bool ascii)
{
	return report_with(name, format, ascii, false);
}

/* What zlib makes of the data depends on its version. */
static void cut_data(char *text)
{
	char *at, *end;

	for (at = text; (at = strstr(at, ";base64,")); at++) {
		at += strlen(";base64,");
		end = at + strcspn(at, "\"");
		memmove(at, end, strlen(end) + 1);
	}
}

static void reports_are_as_they_were(void **state)
{
	size_t i;

	for (i = 0; i < NELEM(goldens); i++) {
		char *text = report_with(goldens[i].run, goldens[i].format,
					 goldens[i].ascii, goldens[i].notes);

		print_message("# %s\n", goldens[i].golden);
		cut_data(text);
		compare_golden(goldens[i].golden, text);
		free(text);
	}
}

static void a_comparison_of_two_runs_is_as_it_was(void **state)
{
	struct fpb_rundata base, new;
	struct fpb_summary s;
	char *text;

	fixture_load("apart-baseline", &base);
	fixture_load("apart-patched", &new);
	assert_int_equal(of_two(&s, &base, 0, &new, 0), 0);
	text = written(&s, "text", false, false);
	compare_golden("apart.txt", text);
	free(text);
	fpb_summary_free(&s);
	fpb_rundata_free(&new);
	fpb_rundata_free(&base);
}

/* One that was found, a range with skips, and a search that did not begin. */
static void a_bisection_says_what_it_found(void **state)
{
	static struct fpb_revision all[] = {
		{ .commit = "aaaa11112222ffff", .subject = "fuse: the bad end",
		  .result = { FPB_BISECT_BAD, { .n = 16, .value = 0.948,
			.has_interval = true, .lo = 0.93, .hi = 0.967 } } },
		{ .commit = "bbbb11112222ffff", .subject = "fuse: no code",
		  .result = { FPB_BISECT_GOOD, { .n = 11, .value = 1.001,
			.has_interval = true, .lo = 0.985, .hi = 1.02 } } },
		{ .commit = "cccc11112222ffff", .subject = "mm: broken",
		  .result = { .reason = "it does not build" } },
		{ .commit = "dddd11112222ffff",
		  .subject = "fuse: count down from 3000 in each write",
		  .result = { FPB_BISECT_BAD, { .n = 22, .value = 0.951,
			.has_interval = true, .lo = 0.935, .hi = 0.972 } } },
	};
	const struct fpb_revisions revisions = { all, NELEM(all) };
	const size_t found[] = { 1, 2, 0 };
	char *text = NULL;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; i < NELEM(found); i++) {
		const struct fpb_bisect_report r = {
			.good = "0000111122223333", .effect = 0.05,
			.risk = 0.0071, .revisions = &revisions,
			.found = &all[found[i] == 2 ? 2 : 3], .n = found[i],
		};

		assert_int_equal(fpb_report_bisect(out, &r), 0);
		fputs("---\n", out);
	}
	fclose(out);
	compare_golden("bisect.txt", text);
	free(text);
}

static void no_line_is_wider_than_a_mail(void **state)
{
	char *text, *line, *save;
	size_t i;

	for (i = 0; i < NELEM(all_runs); i++) {
		text = report_with(all_runs[i], "text", false, true);
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save)) {
			if (fpb_text_width(line) > FPB_PAGE_WIDTH)
				fail_msg("%s: %s", all_runs[i], line);
			if (line[strlen(line) - 1] == ' ')
				fail_msg("%s: blank after %s", all_runs[i],
					 line);
		}
		free(text);
	}
}

static size_t count_lines(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* Two regimes of 4 rows; with 8 rows it is 8 lines more. */
static void a_table_fits_one_screen(void **state)
{
	char *text = report_on("duet", "text", false);

	assert_true(count_lines(text) <= 34);
	free(text);
}

static void assert_says(const struct fpb_summary *s, const char *what)
{
	char *text = written(s, "text", false, false), *p, *to;

	/* Lines are broken anywhere. */
	for (p = to = text; *p; p++)
		if (*p != '\n')
			*to++ = *p;
		else if (p[1] == ' ' && p[2] == ' ' && p[3] != ' ')
			p++;
	*to = '\0';
	if (!strstr(text, what))
		fail_msg("not said: %s", what);
	free(text);
}

static struct fpb_effect *control_of(struct fpb_summary *s, const char *regime)
{
	size_t i;

	for (i = 0; i < s->neffects; i++)
		if (fpb_effect_is_control(&s->effects[i]) &&
		    !strcmp(s->effects[i].first->regime, regime))
			return &s->effects[i];
	return NULL;
}

/* The same run, had its effects come out otherwise. */
static void what_an_effect_comes_to_is_said(void **state)
{
	struct fpb_estimate wide = {
		.n = 19, .value = 1.02, .has_interval = true, .lo = 0.86,
		.hi = 1.21,
	};
	struct fpb_effect *e, *control;
	struct fpb_rundata run;
	struct fpb_summary s;

	fixture_load("duet", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	control = control_of(&s, "cpu");
	assert_non_null(control);
	control->ratio = wide;
	assert_says(&s, "cpu 1.02 [0.86, 1.21] (control too noisy to tell)");
	control->verdict.direction = 1;
	assert_says(&s, "UNPROVEN: raw differs between the kernels: cpu");
	assert_says(&s, "cpu 1.02 [0.86, 1.21] DIFFERS");

	for (e = s.effects; strcmp(e->first->regime, "cpu") ||
	     fpb_effect_is_control(e); e++)
		;
	e->ratio = wide;
	e->verdict = (struct fpb_verdict){ 0 };
	e->needed = 24;
	assert_says(&s, "1.02 [0.86, 1.21], not resolved: \u00b119 %, would "
		    "need about 24 boot pairs");
	e->verdict = (struct fpb_verdict){ 1, true };
	assert_says(&s, "1.02 [0.86, 1.21], faster, within 5 %");
	e->ratio.has_interval = false;
	e->lacking = 2;
	assert_says(&s, "1.02, needs 2 more boot pairs");
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* The same run, had it latencies. */
static void latencies_beyond_noise_are_said(void **state)
{
	const struct fpb_latency_effect worse = {
		.rows = 2, .alpha = 0.01, .verdict.direction = 1,
		.ratio = { .n = 19, .value = 1.23, .has_interval = true,
			   .lo = 1.1, .hi = 1.38 },
	};
	struct fpb_latency_effect none = worse;
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_effect *e;
	char *text;

	fixture_load("duet", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	for (e = s.effects; strcmp(e->first->regime, "device") ||
	     fpb_effect_is_control(e); e++)
		;
	none.verdict.direction = 0;
	e->latency[FPB_P999] = none;
	text = written(&s, "text", false, false);
	assert_null(strstr(text, "Latency"));
	free(text);

	e->latency[FPB_P999] = worse;
	assert_says(&s, "Latency: device, patched/baseline over 1 to 8 jobs: "
		    "p99.9 1.23 [1.10, 1.38] worse (99 % over all 1 mean of "
		    "rows).");
	control_of(&s, "device")->latency[FPB_P999] = worse;
	assert_says(&s, "p99.9 1.23 [1.10, 1.38] worse (raw's differs as "
		    "well) (99 %");
	/* Of libaio it is another latency. */
	for (e = s.effects; strcmp(e->first->regime, "cpu") ||
	     fpb_effect_is_control(e); e++)
		;
	e->latency[FPB_P50] = worse;
	e->latency[FPB_P50].verdict.direction = -1;
	e->latency[FPB_P50].alpha = e->latency[FPB_P999].alpha = 0;
	assert_says(&s, "Latency: cpu, patched/baseline over 1 to 8 jobs: p50 "
		    "1.23 [1.10, 1.38] better; device");
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

static void ascii_is_ascii(void **state)
{
	char *text, *p;
	size_t i;

	for (i = 0; i < NELEM(all_runs); i++) {
		text = report_on(all_runs[i], "text", true);
		for (p = text; *p; p++)
			assert_false(*p & 0x80);
		free(text);
	}
}

static void what_ascii_lacks_is_replaced(void **state)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fpb_report_ascii(out, "a \u00b7 5 \u00b5s \u00e9\u4e2d.");
	fclose(out);
	assert_string_equal(text, "a, 5 us ??.");
	free(text);
}

/* Scripts read these by name: never rename or move one. */
static void csv_keeps_its_columns(void **state)
{
	char *text = report_on("no-raw", "csv", false);

	*strchr(text, '\n') = '\0';
	assert_string_equal(text,
		"kernel,target,regime,workload,numjobs,status,samples,"
		"iops,iops_lo,iops_hi,ratio_to_raw,ratio_lo,ratio_hi,at_par,"
		"vs_baseline,vs_baseline_lo,vs_baseline_hi,p,p_adjusted,"
		"verdict,rounds,reason,slice_ms,within_se,between_sd,"
		"within,resolution,needed,"
		"p50_ns,p50_vs_baseline,p50_lo,p50_hi,p50_verdict,"
		"p99_ns,p99_vs_baseline,p99_lo,p99_hi,p99_verdict,"
		"p999_ns,p999_vs_baseline,p999_lo,p999_hi,p999_verdict,"
		"cpu_ns,cpu_vs_baseline,cpu_lo,cpu_hi,cpu_verdict");
	free(text);
}

static void assert_junit(const struct fpb_summary *s, const char *what)
{
	char *text = written(s, "junit", false, false);

	if (!strstr(text, what))
		fail_msg("not in JUnit: %s", what);
	free(text);
}

/* The same run, had one effect come out slower. */
static void the_gate_decides_what_fails(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_effect *e;

	fixture_load("duet", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	for (e = s.effects; fpb_effect_is_control(e); e++)
		;
	e->ratio = (struct fpb_estimate){
		.n = 19, .value = 0.95, .has_interval = true, .lo = 0.93,
		.hi = 0.97,
	};
	e->verdict = (struct fpb_verdict){ -1, false };
	assert_junit(&s, "failures=\"1\" skipped=\"0\"");
	assert_junit(&s, "<testcase classname=\"effect\" name=\"cpu, "
		     "patched/baseline over 1 to 8 jobs\"><failure message=\""
		     "0.95 [0.93, 0.97], slower\"></failure>");
	s.gate = (struct fpb_gate){ .regression = true, .tolerance = 0.04 };
	assert_junit(&s, "failures=\"0\" skipped=\"0\"");
	s.gate = (struct fpb_gate){ .unresolved = true };
	assert_junit(&s, "failures=\"0\" skipped=\"0\"");
	e->verdict.direction = 0;
	e->ratio.hi = 1.02;
	assert_junit(&s, "failures=\"1\" skipped=\"0\"");
	s.gate.unresolved = false;
	assert_junit(&s, "failures=\"0\" skipped=\"1\"");
	s.control.slower = 1;
	assert_junit(&s, "failures=\"0\" skipped=\"2\"");
	s.gate.unresolved = true;
	assert_junit(&s, "failures=\"2\" skipped=\"0\"");
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

static size_t count_fields(const char *line)
{
	bool quoted = false;
	size_t n = 1;

	for (; *line && *line != '\n'; line++) {
		quoted ^= *line == '"';
		n += *line == ',' && !quoted;
	}
	return n;
}

static void csv_has_one_row_a_cell_and_one_field_a_column(void **state)
{
	char *text, *line;
	size_t i, rows;
	struct fpb_rundata run;

	for (i = 0; i < NELEM(all_runs); i++) {
		text = report_on(all_runs[i], "csv", false);
		fixture_load(all_runs[i], &run);
		rows = 0;
		for (line = text; *line; line = strchr(line, '\n') + 1) {
			assert_int_equal(count_fields(line),
					 count_fields(text));
			rows++;
		}
		assert_int_equal(rows, 1 + run.manifest.nkernels *
				 run.manifest.ncells);
		fpb_rundata_free(&run);
		free(text);
	}
}

static void json_can_be_read(void **state)
{
	char *text;
	json_t *o;
	size_t i;

	for (i = 0; i < NELEM(all_runs); i++) {
		text = report_on(all_runs[i], "json", false);
		o = json_loads(text, 0, NULL);
		assert_non_null(o);
		assert_true(json_array_size(json_object_get(o, "cells")) > 0);
		json_decref(o);
		free(text);
	}
}

static void unknown_formats_are_not_found(void **state)
{
	assert_null(fpb_report_find("pdf"));
	assert_null(fpb_report_find(""));
	assert_string_equal(fpb_reports[0].name, "text");
}

static const struct {
	const char *run;
	const char *figures;		/* their names, in order */
	const char *alarm;		/* of the first */
} figures[] = {
	{ "two-kernels-two-regimes",
	  "iops-cpu ratio-cpu latency-cpu "
	  "iops-device ratio-device latency-device ", "" },
	{ "one-kernel", "iops-device ratio-device ", "" },
	{ "no-raw", "iops-device ", "" },
	{ "raw-differs", "iops-device ratio-device ",
	  "UNPROVEN: raw differs" },
	{ "patched-behaves-unpatched", "iops-device ratio-device ",
	  "NOT AS EXPECTED: the inode lock" },
	{ "interrupted", "iops-device ratio-device ",
	  "INCOMPLETE: rounds are missing" },
	{ "flawed-cells", "iops-device ratio-device ",
	  "INCOMPLETE: points are missing" },
	{ "workloads",
	  "iops-cpu-randwrite-4k ratio-cpu-randwrite-4k "
	  "latency-cpu-randwrite-4k heat-cpu-fuse heat-cpu-fuse-copy "
	  "iops-cpu-write-64k ratio-cpu-write-64k latency-cpu-write-64k "
	  "iops-cpu-randread-4k ratio-cpu-randread-4k "
	  "latency-cpu-randread-4k "
	  "iops-cpu-randrw-4k ratio-cpu-randrw-4k latency-cpu-randrw-4k "
	  "iops-cpu-append-dsync ratio-cpu-append-dsync "
	  "latency-cpu-append-dsync "
	  "iops-cpu-stat ratio-cpu-stat latency-cpu-stat ", "" },
};

static void each_regime_has_its_figures(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t i;

	for (i = 0; i < NELEM(figures); i++) {
		struct fpb_figure f = { .s = &s };
		struct fpb_figure_text t;
		char names[1024] = "";

		fixture_load(figures[i].run, &run);
		assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
		while (fpb_figure_next(&f)) {
			assert_int_equal(fpb_figure_text(&f, &t), 0);
			if (!*names)
				assert_string_equal(t.alarm, figures[i].alarm);
			strcat(names, t.name);
			strcat(names, " ");
			fpb_figure_free(&t);
		}
		assert_string_equal(names, figures[i].figures);
		fpb_summary_free(&s);
		fpb_rundata_free(&run);
	}
}

static void figure_data_is_as_it_was(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_figure f = { .s = &s };
	struct fpb_figure_text t;

	fixture_load("flawed-cells", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_true(fpb_figure_next(&f));
	assert_int_equal(fpb_figure_text(&f, &t), 0);
	assert_string_equal(t.title, "device: randwrite 4k, direct, iodepth "
			    "1, psync");
	assert_string_equal(t.source, "fio-3.42 \u00b7 run "
			    "fixture-flawed-cells");
	assert_string_equal(t.ylabel, "IOPS (comparable in UML only)");
	compare_golden("flawed-iops.estimates.dat", t.estimates);
	compare_golden("flawed-iops.samples.dat", t.samples);
	fpb_figure_free(&t);

	assert_true(fpb_figure_next(&f));
	assert_int_equal(fpb_figure_text(&f, &t), 0);
	compare_golden("flawed-ratio.estimates.dat", t.estimates);
	compare_golden("flawed-ratio.samples.dat", t.samples);
	fpb_figure_free(&t);
	assert_false(fpb_figure_next(&f));
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* The figure of that name; free @t. */
static void figure_of(const struct fpb_summary *s, const char *name,
		      struct fpb_figure_text *t)
{
	struct fpb_figure f = { .s = s };

	while (fpb_figure_next(&f)) {
		assert_int_equal(fpb_figure_text(&f, t), 0);
		if (!strcmp(t->name, name))
			return;
		fpb_figure_free(t);
	}
	fail_msg("no figure %s", name);
}

static void figures_of_many_workloads_are_as_they_were(void **state)
{
	struct fpb_figure_text t;
	struct fpb_rundata run;
	struct fpb_summary s;

	fixture_load("workloads", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	figure_of(&s, "heat-cpu-fuse", &t);
	assert_string_equal(t.title, "cpu, FUSE: IOPS, patched/baseline");
	assert_string_equal(t.samples, "");
	compare_golden("workloads-heat.estimates.dat", t.estimates);
	fpb_figure_free(&t);
	/* At 1 job there are too few I/Os for p99.9. */
	figure_of(&s, "latency-cpu-stat", &t);
	assert_string_equal(t.title, "cpu stat: operations on names, "
			    "each job one at a time");
	compare_golden("workloads-latency.estimates.dat", t.estimates);
	fpb_figure_free(&t);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* The same run, had its writers scaled by a law, all but the patched ones. */
static void what_a_law_predicts_is_drawn(void **state)
{
	struct fpb_figure_text t;
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t i;

	fixture_load("two-kernels-two-regimes", &run);
	for (i = 0; i < run.nsamples; i++) {
		struct fpb_sample *x = &run.samples[i];

		if (fpb_cell_is_raw(&x->cell))
			x->iops = 1000.0 * x->cell.numjobs;
		else if (!strcmp(x->kernel, "baseline"))
			x->iops = 900;
	}
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	figure_of(&s, "iops-device", &t);
	compare_golden("law-iops.laws.dat", t.laws);
	fpb_figure_free(&t);
	figure_of(&s, "ratio-device", &t);
	assert_string_equal(t.laws, "");
	fpb_figure_free(&t);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* The notes of the same run: the share, or that there are too few points. */
static void a_serial_share_is_noted(void **state)
{
	char *text = report_with("duet", "text", false, true);

	assert_non_null(strstr(text, "Serial share of an I/O: raw "));
	assert_non_null(strstr(text, "baseline FUSE 100 % ["));
	assert_non_null(strstr(text, "by the Universal"));
	free(text);
	text = report_with("workloads", "text", false, true);
	assert_null(strstr(text, "Serial share of an I/O: "));
	assert_non_null(strstr(text, "No serial share of an I/O: it needs 4 "));
	free(text);
	text = report_with("duet", "text", false, false);
	assert_null(strstr(text, "erial share"));
	free(text);
}

#define MANY	30

/* Effects of @nworkloads workloads in all three kernels, or two. */
static void make_many(struct fpb_rundata *run, unsigned int nworkloads,
		      unsigned int nkernels)
{
	struct fpb_rundata_error err;
	char *text = NULL;
	unsigned int i, round;
	size_t len, k;
	FILE *out = open_memstream(&text, &len);

	fputs("{\"schema\": 1, \"backend\": {\"name\": \"uml\"}, \"kernels\": "
	      "[{\"name\": \"baseline\"}, {\"name\": \"patched\"}", out);
	fputs(nkernels > 2 ? ", {\"name\": \"other\"}]" : "]", out);
	fputs(", \"plan\": {\"rounds\": 19, \"numjobs\": [1], \"targets\": "
	      "[\"raw\", \"fuse\"], \"regimes\": [\"cpu\"], \"workloads\": [",
	      out);
	for (i = 0; i < nworkloads; i++)
		fprintf(out, "%s\"workload-%02u-4k\"", i ? ", " : "", i);
	fputs("]}}", out);
	fclose(out);
	if (fpb_rundata_parse(run, text_of(text), text_of(""), text_of(""),
			      &err))
		fail_msg("%s", err.why);
	free(text);
	run->samples = calloc(19 * nkernels * run->manifest.ncells,
			      sizeof(*run->samples));
	for (round = 1; round <= 19; round++)
		for (k = 0; k < nkernels; k++)
			for (i = 0; i < run->manifest.ncells; i++) {
				struct fpb_sample *s =
					&run->samples[run->nsamples++];

				s->round = round;
				s->attempt = 1;
				s->cell = run->manifest.cells[i];
				s->iops = 1000 + (round * (7 + k) + i) % 13;
				strcpy(s->kernel,
				       run->manifest.kernels[k].name);
			}
}

static void many_workloads_fit_one_screen(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	unsigned int kernels;
	char *text, *line, *save;

	for (kernels = 2; kernels <= 3; kernels++) {
		make_many(&run, MANY, kernels);
		assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
		assert_int_equal(s.neffects, 2 * MANY * (kernels - 1));
		/* All share one level. */
		assert_true(fabs(s.effects[kernels - 1].alpha -
				 0.01 / (MANY * (kernels - 1))) < 1e-12);
		text = written(&s, "text", false, false);
		assert_true(count_lines(text) <= 50);
		assert_non_null(strstr(text, "--notes"));
		for (line = strtok_r(text, "\n", &save); line;
		     line = strtok_r(NULL, "\n", &save))
			if (fpb_text_width(line) > FPB_PAGE_WIDTH)
				fail_msg("%s", line);
		free(text);
		text = written(&s, "text", false, true);
		assert_non_null(strstr(text, "cpu workload-29-4k: "));
		free(text);
		fpb_summary_free(&s);
		fpb_rundata_free(&run);
	}
}

/* Four or fewer have their tables below the overview. */
static void few_workloads_keep_their_tables(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	char *text;

	make_many(&run, 4, 2);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	text = written(&s, "text", false, false);
	assert_non_null(strstr(text, "cpu workload-03-4k: "));
	assert_null(strstr(text, "--notes"));
	assert_non_null(strstr(text, "99 % over the first table"));
	free(text);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* The method of a letter, in one line; for free(). */
static char *method_of(const struct fpb_rundata *run)
{
	struct fpb_summary s;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_int_equal(fpb_summary_of_run(&s, run, FPB_MARGIN_DEFAULT), 0);
	assert_int_equal(fpb_letter_method(out, &s), 0);
	fclose(out);
	fpb_summary_free(&s);
	for (char *c = text; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	return text;
}

/* Three kernels may not all have been alive at the same time. */
static void a_letter_says_which_kernels_shared_their_seconds(void **state)
{
	static const struct {
		const char *run;
		bool duet;
		const char *says;
	} methods[] = {
		{ "duet", true, ", all kernels in slices of the same seconds." },
		{ "three-kernels", true,
		  ", each kernel in slices of the same seconds as baseline." },
		{ "three-kernels", false, ", one kernel after the other." },
	};

	for (size_t i = 0; i < NELEM(methods); i++) {
		struct fpb_rundata run;
		char *text;

		fixture_load(methods[i].run, &run);
		for (size_t k = 0; methods[i].duet && k < run.nsamples; k++)
			run.samples[k].has_duet =
				strcmp(run.samples[k].kernel, "baseline");
		text = method_of(&run);
		if (!strstr(text, methods[i].says))
			fail_msg("%s: %s", methods[i].run, text);
		free(text);
		fpb_rundata_free(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reports_are_as_they_were),
		cmocka_unit_test(a_comparison_of_two_runs_is_as_it_was),
		cmocka_unit_test(a_bisection_says_what_it_found),
		cmocka_unit_test(no_line_is_wider_than_a_mail),
		cmocka_unit_test(a_table_fits_one_screen),
		cmocka_unit_test(what_an_effect_comes_to_is_said),
		cmocka_unit_test(latencies_beyond_noise_are_said),
		cmocka_unit_test(ascii_is_ascii),
		cmocka_unit_test(what_ascii_lacks_is_replaced),
		cmocka_unit_test(csv_keeps_its_columns),
		cmocka_unit_test(csv_has_one_row_a_cell_and_one_field_a_column),
		cmocka_unit_test(the_gate_decides_what_fails),
		cmocka_unit_test(json_can_be_read),
		cmocka_unit_test(unknown_formats_are_not_found),
		cmocka_unit_test(each_regime_has_its_figures),
		cmocka_unit_test(figure_data_is_as_it_was),
		cmocka_unit_test(figures_of_many_workloads_are_as_they_were),
		cmocka_unit_test(what_a_law_predicts_is_drawn),
		cmocka_unit_test(a_serial_share_is_noted),
		cmocka_unit_test(many_workloads_fit_one_screen),
		cmocka_unit_test(few_workloads_keep_their_tables),
		cmocka_unit_test(
			a_letter_says_which_kernels_shared_their_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
