// SPDX-License-Identifier: GPL-2.0
#include "report/text.h"

#include "report/notes.h"
#include "report/overview.h"
#include "report/page.h"
#include "report/sectiontable.h"

static int write_page(FILE *out, const struct fpb_summary *s,
		      enum fpb_markup markup, bool notes)
{
	struct fpb_page p = { .out = out, .markup = markup };
	struct fpb_section x = { .s = s };
	int ret;

	ret = fpb_notes_alarms(&p, s);
	if (!ret)
		ret = fpb_notes_effects(&p, s, notes);
	if (!ret && fpb_overview_alone(s, notes))
		fpb_page_note(&p, "--notes prints a table for each workload, with a row for each number of jobs.");
	while (!ret && !fpb_overview_alone(s, notes) && fpb_section_next(&x))
		ret = fpb_section_put(&p, &x, notes);
	if (!ret)
		ret = fpb_notes_put(&p, s);
	return ret || !notes ? ret : fpb_notes_more(&p, s);
}

int fpb_report_text(FILE *out, const struct fpb_summary *s,
		    const struct fpb_report_with *with)
{
	return write_page(out, s, FPB_PLAIN, with->notes);
}

int fpb_report_markdown(FILE *out, const struct fpb_summary *s,
			const struct fpb_report_with *with)
{
	return write_page(out, s, FPB_MARKDOWN, with->notes);
}
