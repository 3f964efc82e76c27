// SPDX-License-Identifier: GPL-2.0
#include "report/text.h"

#include "report/notes.h"
#include "report/page.h"
#include "report/sectiontable.h"

static int write_page(FILE *out, const struct fpb_summary *s,
		      enum fpb_markup markup)
{
	struct fpb_page p = { .out = out, .markup = markup };
	struct fpb_section x = { .s = s };
	int ret;

	ret = fpb_notes_alarms(&p, s);
	while (!ret && fpb_section_next(&x))
		ret = fpb_section_put(&p, &x);
	return ret ? ret : fpb_notes_put(&p, s);
}

int fpb_report_text(FILE *out, const struct fpb_summary *s)
{
	return write_page(out, s, FPB_PLAIN);
}

int fpb_report_markdown(FILE *out, const struct fpb_summary *s)
{
	return write_page(out, s, FPB_MARKDOWN);
}
