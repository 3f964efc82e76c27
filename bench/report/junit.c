// SPDX-License-Identifier: GPL-2.0
#include "report/junit.h"

#include <errno.h>
#include <stdlib.h>

#include "core/xml.h"

int fpb_junit_begin(struct fpb_junit *j)
{
	*j = (struct fpb_junit){ .tests = 0 };
	j->out = fpb_memstream_open(&j->cases);
	return j->out ? 0 : -ENOMEM;
}

/* Why a case did not pass. */
static void put_result(FILE *out, const char *element,
		       const struct fpb_junit_case *c)
{
	fprintf(out, "<%s message=\"", element);
	fpb_xml_text(out, c->message);
	fputs("\">", out);
	fpb_xml_text(out, c->detail);
	fprintf(out, "</%s>", element);
}

void fpb_junit_add(struct fpb_junit *j, const struct fpb_junit_case *c)
{
	j->tests++;
	fputs("  <testcase classname=\"", j->out);
	fpb_xml_text(j->out, c->classname);
	fputs("\" name=\"", j->out);
	fpb_xml_text(j->out, c->name);
	fputs("\"", j->out);
	if (c->seconds >= 0)
		fprintf(j->out, " time=\"%.1f\"", c->seconds);
	fputs(">", j->out);
	if (c->result == FPB_JUNIT_FAIL) {
		j->failures++;
		put_result(j->out, "failure", c);
	} else if (c->result == FPB_JUNIT_SKIP) {
		j->skipped++;
		put_result(j->out, "skipped", c);
	}
	fputs("<system-out>", j->out);
	fpb_xml_text(j->out, c->output);
	fputs("</system-out></testcase>\n", j->out);
}

int fpb_junit_end(struct fpb_junit *j, const char *suite, FILE *out)
{
	char *cases = fpb_memstream_close(&j->cases);

	if (!cases)
		return -ENOMEM;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	      "<testsuite name=\"", out);
	fpb_xml_text(out, suite);
	fprintf(out, "\" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\">\n%s"
		"</testsuite>\n", j->tests, j->failures, j->skipped, cases);
	free(cases);
	return 0;
}
