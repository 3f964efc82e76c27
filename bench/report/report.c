// SPDX-License-Identifier: GPL-2.0
/* The array of reports, and plain ASCII. */
#include "report/report.h"

#include <string.h>

#include "report/csv.h"
#include "report/gatereport.h"
#include "report/html.h"
#include "report/json.h"
#include "report/text.h"

const struct fpb_report fpb_reports[] = {
	{ "text", fpb_report_text, false },
	{ "markdown", fpb_report_markdown, false },
	{ "html", fpb_report_html, true },
	{ "csv", fpb_report_csv, false },
	{ "json", fpb_report_json, false },
	{ "junit", fpb_report_junit, false },
	{ NULL, NULL, false }
};

const struct fpb_report *fpb_report_find(const char *name)
{
	const struct fpb_report *r;

	for (r = fpb_reports; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

static const struct {
	const char *utf8;
	const char *ascii;
} replacements[] = {
	{ " \u00b7", "," },		/* middle dot between facts */
	{ "\u00b1", "+-" },
	{ "\u00b5", "u" },
	{ "\u00d7", "x" },
	{ "\u2013", "-" },
	{ "\u2026", "..." },
};

/* Writes the replacement for @text's beginning; 0: none, else its bytes. */
static size_t put_replacement(FILE *out, const char *text)
{
	size_t i, len;

	for (i = 0; i < sizeof(replacements) / sizeof(*replacements); i++) {
		len = strlen(replacements[i].utf8);
		if (!strncmp(text, replacements[i].utf8, len)) {
			fputs(replacements[i].ascii, out);
			return len;
		}
	}
	return 0;
}

void fpb_report_ascii(FILE *out, const char *text)
{
	size_t len;

	while (*text) {
		len = put_replacement(out, text);
		if (len) {
			text += len;
			continue;
		}
		/* One '?' for each character: only its first byte counts. */
		if (!(*text & 0x80))
			fputc(*text, out);
		else if ((*text & 0xc0) == 0xc0)
			fputc('?', out);
		text++;
	}
}
