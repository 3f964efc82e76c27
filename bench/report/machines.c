// SPDX-License-Identifier: GPL-2.0
#include "report/machines.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/units.h"
#include "report/claim.h"

#define TEXT_MAX	256

static const struct fpb_manifest *manifest(const struct fpb_summary *s)
{
	return &s->sides[0].run->manifest;
}

static bool several(const struct fpb_summary *s)
{
	return s->paired && s->nsides > 1 && manifest(s)->nmachines > 1;
}

void fpb_machines_write_alarm(const struct fpb_summary *s, FILE *out)
{
	char text[FPB_CLAIM_MAX], others[FPB_UNITS_MAX];
	const char *sep = "MACHINES DISAGREE: ";
	size_t i, k;

	if (!several(s))
		return;
	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		for (k = 0; e->machines && k < manifest(s)->nmachines; k++) {
			const struct fpb_machine_effect *m = &e->machines[k];

			if (!m->disagrees)
				continue;
			fprintf(out, "%s%s has ", sep, manifest(s)->machines[k]);
			fprintf(out, "%s in ",
				fpb_claim_interval(&m->ratio, text));
			fpb_claim_subject(out, s, e);
			fpb_format_ratio(m->others, others);
			fprintf(out, ", the others %s", others);
			sep = "; ";
		}
	}
	if (*sep == ';')
		fputs(". Look for what is different there before you quote the "
		      "mean.", out);
}

void fpb_machines_write_spread(const struct fpb_summary *s, FILE *out)
{
	const char *sep = ": effects differ between them by ";
	size_t i;

	if (!several(s))
		return;
	fprintf(out, "Measured on %zu machines, each a block",
		manifest(s)->nmachines);
	for (i = 0; i < s->neffects; i++) {
		const struct fpb_effect *e = &s->effects[i];

		if (fpb_effect_is_control(e) || !e->machines ||
		    isnan(e->spread))
			continue;
		fprintf(out, "%s%.1f %% (", sep, 100 * expm1(e->spread));
		fpb_claim_where(out, s, e->first);
		if (s->nsides > 2)
			fprintf(out, ", %s", s->sides[e->side].label);
		if (fpb_summary_targets(s) > 1)
			fprintf(out, ", %s", e->first->target);
		fputs(")", out);
		sep = ", ";
	}
	if (*sep == ',')
		fputs(" beyond the noise (standard deviation). Intervals are of "
		      "the mean over these machines", out);
	fputs(".", out);
}

static const char *cpu_of(const struct fpb_summary *s, size_t machine)
{
	const char *text = fpb_json_text(json_array_get(fpb_json_at(
		manifest(s)->root, "machines"), machine), "host.cpu_model");

	return text && *text ? text : "-";
}

static int fill_grid(struct fpb_grid *g, const struct fpb_summary *s,
		     const struct fpb_effect *e)
{
	char pairs[TEXT_MAX], name[TEXT_MAX], ratio[TEXT_MAX];
	char text[FPB_CLAIM_MAX];
	size_t i;
	int ret;

	fpb_grid_init(g, 4, 1, true);
	g->first_left = true;
	ret = fpb_grid_add(g, (const char *const []){
		"machine", "boot pairs", "ratio [95 % CI]", "CPU" });
	for (i = 0; !ret && i < manifest(s)->nmachines; i++) {
		const struct fpb_machine_effect *m = &e->machines[i];

		snprintf(name, sizeof(name), "%.40s%s",
			 manifest(s)->machines[i], m->disagrees ? " !" : "");
		snprintf(pairs, sizeof(pairs), "%zu", m->ratio.n);
		snprintf(ratio, sizeof(ratio), "%s",
			 fpb_claim_interval(&m->ratio, text));
		snprintf(text, sizeof(text), "%.24s", cpu_of(s, i));
		ret = fpb_grid_add(g, (const char *const []){
			name, pairs, ratio, text });
	}
	if (ret)
		fpb_grid_free(g);
	return ret;
}

static int put_caption(struct fpb_page *p, const struct fpb_summary *s,
		       const struct fpb_effect *e)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return -ENOMEM;
	fpb_claim_subject(out, s, e);
	fputs(": by machine", out);
	return fpb_page_caption_stream(p, &m);
}

int fpb_machines_put(struct fpb_page *p, const struct fpb_summary *s)
{
	struct fpb_grid g;
	size_t i;
	int ret = 0;

	for (i = 0; !ret && several(s) && i < s->neffects; i++) {
		if (!s->effects[i].machines)
			continue;
		ret = put_caption(p, s, &s->effects[i]) ? :
		      fill_grid(&g, s, &s->effects[i]);
		if (ret)
			break;
		fpb_page_grid(p, &g);
		fpb_grid_free(&g);
	}
	return ret;
}
