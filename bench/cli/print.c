// SPDX-License-Identifier: GPL-2.0
#include "cli/print.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/draw.h"
#include "core/memstream.h"
#include "core/names.h"
#include "os/msg.h"

static int parse_margin(const char *command, const char *text, double *margin)
{
	char *end;

	*margin = strtod(text, &end) / 100;
	if (*text && !*end && *margin > 0 && *margin < 1)
		return 0;
	fpb_err("%s: --margin \"%s\": must be a percentage between 0 and 100",
		command, text);
	return -EINVAL;
}

static int parse_fail_on(const char *command, const char *text,
			 struct fpb_gate *gate)
{
	const char *wrong;

	if (!text || !fpb_gate_parse(gate, text, &wrong))
		return 0;
	fpb_err("%s: --fail-on \"%.*s\": must be regression, regression=PCT, "
		"unresolved, or both with a comma", command,
		(int)strcspn(wrong, ","), wrong);
	return -EINVAL;
}

int fpb_print_options(struct fpb_print_options *o, const char *command,
		      const struct fpb_print_args *a)
{
	const struct fpb_names known = FPB_NAMES_OF(fpb_reports, name);
	char hint[FPB_REASON_MAX];

	*o = (struct fpb_print_options){
		.ascii = a->ascii, .notes = a->notes,
		.margin = FPB_MARGIN_DEFAULT,
	};
	if (parse_fail_on(command, a->fail_on, &o->gate))
		return -EINVAL;
	o->report = a->format ? fpb_report_find(a->format) : &fpb_reports[0];
	if (o->report)
		return a->margin ? parse_margin(command, a->margin,
						&o->margin) : 0;

	fpb_err("%s: unknown format \"%s\" %s", command, a->format,
		fpb_names_hint(known, a->format, hint, sizeof(hint)));
	return -EINVAL;
}

int fpb_print_summary(const struct fpb_summary *s,
		      const struct fpb_print_options *o)
{
	struct fpb_report_with with = { .notes = o->notes };
	struct fpb_memstream m;
	FILE *mem = fpb_memstream_open(&m);
	char *text;
	int ret;

	if (!mem)
		return -ENOMEM;
	if (o->report->pictures)
		fpb_draw_for_page(s, &with);
	ret = o->report->write(mem, s, &with);
	fpb_report_with_free(&with);
	text = fpb_memstream_close(&m);
	if (!text && !ret)
		ret = -ENOMEM;
	if (!ret && o->ascii)
		fpb_report_ascii(stdout, text);
	else if (!ret)
		fputs(text, stdout);
	/* A full disk or a closed pipe shows only now. */
	if (!ret && (fflush(stdout) || ferror(stdout)))
		ret = errno ? -errno : -EIO;
	free(text);
	return ret;
}

int fpb_print_status(const struct fpb_print_options *o,
		     const struct fpb_outcome *all)
{
	if (!all->compared) {
		fpb_err("nothing could be compared: no cell has samples on "
			"both kernels");
		return FPB_EXIT_FAILED;
	}
	if (o->gate.unresolved && all->unproven)
		return FPB_EXIT_UNCLEAR;
	if (o->gate.regression && all->regressions)
		return FPB_EXIT_REGRESSION;
	if (o->gate.unresolved && all->unresolved)
		return FPB_EXIT_UNCLEAR;
	return FPB_EXIT_OK;
}

const char *fpb_print_error(int error)
{
	if (error == -E2BIG)
		return "too many rounds for the exact tests";
	return strerror(-error);
}
