// SPDX-License-Identifier: GPL-2.0
#include "report/scaling.h"

#include <errno.h>
#include <stdlib.h>

#include "core/curve.h"
#include "core/memstream.h"
#include "report/claim.h"

/* A law that is off by more than this is named as such. */
#define ERROR_SAID	FPB_USL_AHEAD

/* "0", "0.4", "12" */
static void put_percent(FILE *out, double share)
{
	fprintf(out, share > 0 && share < 0.0995 ? "%.1f" : "%.0f",
		100 * share);
}

/* "12 % [9.8, 15]" */
static void put_share(FILE *out, const struct fpb_estimate *e)
{
	put_percent(out, e->value);
	fputs(" %", out);
	if (!e->has_interval)
		return;
	fputs(" [", out);
	put_percent(out, e->lo);
	fputs(", ", out);
	put_percent(out, e->hi);
	fputs("]", out);
}

static void put_name(FILE *out, const struct fpb_curve *c)
{
	if (fpb_cell_is_raw(c->first))
		fputs("raw", out);
	else
		fprintf(out, "%s %s", c->s->sides[c->side].label,
			fpb_target_title(c->first->target));
}

/* Returns whether there is a share, or -errno. */
static int put_curve(FILE *out, const struct fpb_curve *c)
{
	struct fpb_scaling f;
	int ret = fpb_curve_fit(c, &f);

	if (ret)
		return ret;
	put_name(out, c);
	if (f.points < FPB_USL_POINTS) {
		fprintf(out, " unknown (%zu of at least %d numbers of jobs)",
			f.points, FPB_USL_POINTS);
		return 0;
	}
	fputc(' ', out);
	put_share(out, &f.serial);
	if (f.error > ERROR_SAID)
		fprintf(out, " (the law is off by up to %.0f %%)",
			100 * f.error);
	return 1;
}

/* Whether the section, or its column of raw, shows the curve. */
static bool in_section(const struct fpb_section *x, const struct fpb_curve *c)
{
	const long raw = fpb_summary_cell(x->s, x->first, FPB_TARGET_RAW);

	if (fpb_cell_alike(c->first, x->first))
		return !c->side || c->side == x->new_side;
	return raw >= 0 && fpb_cell_alike(c->first, &x->s->cells[raw]);
}

int fpb_scaling_put(struct fpb_page *p, const struct fpb_section *x)
{
	struct fpb_curve c = { .s = x->s };
	const char *sep = "Serial share of an I/O: ";
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	int shares = 0, ret = out ? 0 : -ENOMEM;
	char *text;

	while (ret >= 0 && fpb_curve_next(&c)) {
		if (!in_section(x, &c))
			continue;
		fputs(sep, out);
		ret = put_curve(out, &c);
		shares += ret > 0;
		sep = ", ";
	}
	text = out ? fpb_memstream_close(&m) : NULL;
	if (!text)
		ret = -ENOMEM;
	if (ret >= 0 && shares)
		fpb_page_note(p, text);
	free(text);
	return ret < 0 ? ret : 0;
}

/* The most numbers of jobs that a curve may have. */
static size_t most_points(const struct fpb_summary *s)
{
	struct fpb_curve c = { .s = s };
	size_t i, n, most = 0;

	while (fpb_curve_next(&c)) {
		for (i = n = 0; i < s->ncells; i++)
			n += fpb_cell_alike(&s->cells[i], c.first);
		most = n > most ? n : most;
	}
	return most;
}

void fpb_scaling_write_method(const struct fpb_summary *s, FILE *out)
{
	if (most_points(s) < FPB_USL_POINTS)
		fprintf(out, "No serial share of an I/O: it needs %d numbers "
			"of jobs.", FPB_USL_POINTS);
	else
		fprintf(out, "Serial share: what only one job at a time can "
			"do, by the Universal Scalability Law fitted to IOPS "
			"over at least %d numbers of jobs; waiting for a CPU "
			"counts. Each interval holds with 95 %% by itself, "
			"from resampled %s.", FPB_USL_POINTS,
			s->nsides < 2 ? "boots" :
			fpb_claim_replicates(s, 2));
}
