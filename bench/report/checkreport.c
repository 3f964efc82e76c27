// SPDX-License-Identifier: GPL-2.0
#include "report/checkreport.h"

#include <errno.h>
#include <string.h>

#include "report/junit.h"
#include "report/page.h"

/* --- text: the layout of the series' cover letter --- */

static void put_field(FILE *out, const char *head, const char *text)
{
	fpb_text_wrap(out, head, text, FPB_PAGE_WIDTH, "    ");
}

static void put_result(FILE *out, const char *head,
		       const struct fpb_check_result *r)
{
	static const char *const words[] = {
		[FPB_CHECK_PASS] = "PASS",
		[FPB_CHECK_FAIL] = "FAIL",
		[FPB_CHECK_SKIP] = "SKIP",
		[FPB_CHECK_KNOWN] = "KNOWN FAILURE",
		[FPB_CHECK_UNEXPECTED] = "UNEXPECTED PASS",
	};
	char line[8192];
	const char *why = *r->reason ? r->reason : r->facts;

	snprintf(line, sizeof(line), "%s: %s%s%s%s%s%s%s%s", r->kernel,
		 words[r->status], *why ? " (" : "", why, *why ? ")" : "",
		 *r->known ? "; known: " : "", r->known,
		 *r->notes ? "; " : "", r->notes);
	put_field(out, head, line);
	if (*r->splat)
		fprintf(out, "%s\n", r->splat);
}

static void put_case(FILE *out, const struct fpb_check_case *c)
{
	fprintf(out, "%s\n", c->name);
	put_field(out, "  Setup:", c->setup);
	put_field(out, "  Workload:", c->workload);
	put_field(out, "  Lock path:", c->lock_path);
	put_field(out, "  Validates:", c->validates);
	if (c->corrects)
		put_field(out, "  Differs from the v3 letter:", c->corrects);
}

/* Whether someone has to know: not if nothing ran it, either. */
static bool is_news(const struct fpb_check_result *r)
{
	return r->status != FPB_CHECK_PASS &&
	       (r->status != FPB_CHECK_SKIP || *r->notes);
}

static void put_counts(FILE *out, const struct fpb_check_result *r, size_t n)
{
	size_t counts[FPB_CHECK_STATUSES] = { 0 };

	for (size_t i = 0; i < n; i++)
		counts[r[i].status]++;
	fprintf(out, "%zu passed, %zu failed, %zu skipped, %zu known failure%s, %zu unexpected pass%s\n",
		counts[FPB_CHECK_PASS], counts[FPB_CHECK_FAIL],
		counts[FPB_CHECK_SKIP], counts[FPB_CHECK_KNOWN],
		counts[FPB_CHECK_KNOWN] == 1 ? "" : "s",
		counts[FPB_CHECK_UNEXPECTED],
		counts[FPB_CHECK_UNEXPECTED] == 1 ? "" : "es");
}

static int write_text(FILE *out, const char *suite,
		      const struct fpb_check_result *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct fpb_check_case *c = r[i].c;

		if (!c->setup) {
			if (is_news(&r[i]))
				put_result(out, c->name, &r[i]);
			continue;
		}
		if (!i || c != r[i - 1].c) {
			fputs(i ? "\n" : "", out);
			put_case(out, c);
		}
		put_result(out, "  Result:", &r[i]);
	}
	fputc('\n', out);
	put_counts(out, r, n);
	return ferror(out) ? -EIO : 0;
}

/* --- TAP --- */

static int write_tap(FILE *out, const char *suite,
		     const struct fpb_check_result *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool not_ok = r[i].status == FPB_CHECK_FAIL ||
			      r[i].status == FPB_CHECK_KNOWN;

		fprintf(out, "%sok %zu - %s on %s", not_ok ? "not " : "", i + 1,
			r[i].c->name, r[i].kernel);
		if (r[i].status == FPB_CHECK_SKIP)
			fprintf(out, " # SKIP %s", r[i].reason);
		if (*r[i].known && r[i].status != FPB_CHECK_FAIL)
			fprintf(out, " # TODO %s", r[i].known);
		fputc('\n', out);
		if (not_ok || r[i].status == FPB_CHECK_UNEXPECTED)
			fprintf(out, "# %s: %s\n",
				fpb_check_status_name(r[i].status),
				r[i].reason);
	}
	fprintf(out, "1..%zu\n", n);
	return ferror(out) ? -EIO : 0;
}

/* --- JUnit --- */

static int write_junit(FILE *out, const char *suite,
		       const struct fpb_check_result *r, size_t n)
{
	struct fpb_junit j;
	char why[8192];
	int ret = fpb_junit_begin(&j);

	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++, r++) {
		snprintf(why, sizeof(why), "%s: %s%s%s",
			 fpb_check_status_name(r->status), r->reason,
			 *r->known ? "; known: " : "", r->known);
		fpb_junit_add(&j, &(struct fpb_junit_case){
			.classname = r->kernel, .name = r->c->name,
			.seconds = r->seconds,
			.result = r->status == FPB_CHECK_PASS ? FPB_JUNIT_PASS :
				  r->status == FPB_CHECK_FAIL ? FPB_JUNIT_FAIL :
				  FPB_JUNIT_SKIP,
			.message = why, .detail = r->splat, .output = r->facts,
		});
	}
	ret = fpb_junit_end(&j, suite, out);
	return ret ? ret : ferror(out) ? -EIO : 0;
}

const struct fpb_check_report fpb_check_reports[] = {
	{ "text", write_text },
	{ "tap", write_tap },
	{ "junit", write_junit },
	{ NULL, NULL }
};

const struct fpb_check_report *fpb_check_report_find(const char *name)
{
	const struct fpb_check_report *f;

	for (f = fpb_check_reports; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}
