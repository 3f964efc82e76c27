// SPDX-License-Identifier: GPL-2.0
#include "report/bisect.h"

#include <errno.h>
#include <string.h>

#include "core/grid.h"
#include "report/claim.h"
#include "report/page.h"

#define COLS		5
#define TEXT_MAX	256
/* More are counted. */
#define LISTED_MAX	8

static int put_found(struct fpb_page *p, const struct fpb_bisect_report *r)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	size_t i;

	if (!out)
		return -ENOMEM;
	if (r->n == 1)
		fprintf(out, "First bad commit: %.*s %s", FPB_COMMIT_SHORT,
			r->found->commit, r->found->subject);
	else
		fprintf(out, "Only skipped revisions are left. The first bad commit is one of these %zu:",
			r->n);
	for (i = 0; r->n > 1 && i < r->n && i < LISTED_MAX; i++)
		fprintf(out, "%s %.*s", i ? "," : "", FPB_COMMIT_SHORT,
			r->found[i].commit);
	if (r->n > LISTED_MAX)
		fprintf(out, " and %zu more", r->n - LISTED_MAX);
	return fpb_page_note_stream(p, &m);
}

/* The effect of the commit and all before it: what was measured. */
static int put_effect(struct fpb_page *p, const struct fpb_bisect_report *r)
{
	const struct fpb_revision *of = r->n ?
		fpb_revisions_find(r->revisions, r->found->commit) : NULL;
	char text[FPB_CLAIM_MAX];
	struct fpb_memstream m;
	FILE *out;

	if (r->n != 1 || !of || !of->result.ratio.n)
		return 0;
	out = fpb_memstream_open(&m);
	if (!out)
		return -ENOMEM;
	fprintf(out, "Its rate over that of %.*s: %s, from %zu boot pairs.",
		FPB_COMMIT_SHORT, r->good,
		fpb_claim_interval(&of->result.ratio, text),
		of->result.ratio.n);
	return fpb_page_note_stream(p, &m);
}

static int put_risk(struct fpb_page *p, const struct fpb_bisect_report *r)
{
	const struct fpb_revisions *all = r->revisions;
	struct fpb_memstream m;
	size_t i, verdicts = 0;
	FILE *out;

	for (i = 0; i < all->n; i++)
		verdicts += all->at[i].result.ratio.n > 0;
	out = fpb_memstream_open(&m);
	if (!out)
		return -ENOMEM;
	fprintf(out, "Bad: the whole interval lies below %.4g of the good rate, half of a slowdown by %g %%. Good: above it. Chance of a wrong verdict: at most %.2g %% for each of %zu revisions, %.2g %% for all.",
		1 - r->effect / 2, 100 * r->effect, 100 * r->risk, verdicts,
		100 * r->risk * verdicts);
	return fpb_page_note_stream(p, &m);
}

static int add_row(struct fpb_grid *g, const struct fpb_revision *r)
{
	const struct fpb_bisect_result *x = &r->result;
	char commit[FPB_COMMIT_SHORT + 1], ratio[FPB_CLAIM_MAX], pairs[32];
	char subject[TEXT_MAX];

	snprintf(commit, sizeof(commit), "%s", r->commit);
	snprintf(pairs, sizeof(pairs), "%zu", x->ratio.n);
	/* Of what has no rate the reason is worth more. */
	snprintf(subject, sizeof(subject), "%.24s%s", x->ratio.n ? r->subject :
		 x->reason, strlen(x->ratio.n ? r->subject : x->reason) > 24 ?
		 "\u2026" : "");
	return fpb_grid_add(g, (const char *const []){ commit,
		fpb_bisect_names[x->verdict], pairs,
		fpb_claim_interval(&x->ratio, ratio), subject });
}

static int put_revisions(struct fpb_page *p, const struct fpb_bisect_report *r)
{
	static const char *const header[COLS] = {
		"revision", "verdict", "pairs", "rate [CI]", "subject"
	};
	struct fpb_grid g;
	size_t i;
	int ret;

	fpb_grid_init(&g, COLS, 1, true);
	ret = fpb_grid_add(&g, header);
	for (i = 0; !ret && i < r->revisions->n; i++)
		ret = add_row(&g, &r->revisions->at[i]);
	if (!ret)
		fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return ret;
}

int fpb_report_bisect(FILE *out, const struct fpb_bisect_report *r)
{
	struct fpb_page p = { .out = out };
	int ret = r->n ? put_found(&p, r) ? : put_effect(&p, r) : 0;

	if (ret || !r->revisions->n)
		return ret;
	fpb_page_caption(&p, "Revisions in the order of measuring, rate over the good one's:");
	return put_revisions(&p, r) ? : put_risk(&p, r);
}
