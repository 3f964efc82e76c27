// SPDX-License-Identifier: GPL-2.0
#include "core/revision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsontext.h"

#define SCHEMA	1

static json_t *ratio_json(const struct fpb_estimate *e)
{
	if (!e->n)
		return json_null();
	if (!e->has_interval)
		return json_pack("{sI sf}", "n", (json_int_t)e->n, "value",
				 e->value);
	return json_pack("{sI sf sf sf}", "n", (json_int_t)e->n, "value",
			 e->value, "lo", e->lo, "hi", e->hi);
}

json_t *fpb_revision_to_json(const struct fpb_revision *r)
{
	return json_pack("{si ss ss ss ss so}", "schema", SCHEMA,
			 "commit", r->commit, "subject", r->subject,
			 "verdict", fpb_bisect_names[r->result.verdict],
			 "reason", r->result.reason,
			 "ratio", ratio_json(&r->result.ratio));
}

static int take_ratio(json_t *o, struct fpb_estimate *e)
{
	json_int_t n = 0;

	e->p = 1;
	if (json_is_null(o))
		return 0;
	if (json_unpack(o, "{sI sF}", "n", &n, "value", &e->value) || n < 1)
		return -EINVAL;
	e->n = n;
	e->has_interval = !json_unpack(o, "{sF sF}", "lo", &e->lo, "hi",
				       &e->hi);
	return 0;
}

static int take(const json_t *o, struct fpb_revision *r)
{
	const char *commit, *subject, *verdict, *reason;
	json_t *ratio;
	int schema, v = 0;

	*r = (struct fpb_revision){ .commit = "" };
	if (json_unpack((json_t *)o, "{si ss ss ss ss so}", "schema", &schema,
			"commit", &commit, "subject", &subject, "verdict",
			&verdict, "reason", &reason, "ratio", &ratio) ||
	    schema != SCHEMA || strlen(commit) >= FPB_COMMIT_MAX)
		return -EINVAL;
	while (v < FPB_BISECT_VERDICTS && strcmp(fpb_bisect_names[v], verdict))
		v++;
	if (v == FPB_BISECT_VERDICTS)
		return -EINVAL;
	r->result.verdict = v;
	strcpy(r->commit, commit);
	snprintf(r->subject, sizeof(r->subject), "%s", subject);
	snprintf(r->result.reason, sizeof(r->result.reason), "%s", reason);
	return take_ratio(ratio, &r->result.ratio);
}

int fpb_revisions_add(struct fpb_revisions *all, const struct fpb_revision *r)
{
	struct fpb_revision *more = realloc(all->at,
					    (all->n + 1) * sizeof(*more));

	if (!more)
		return -ENOMEM;
	all->at = more;
	all->at[all->n++] = *r;
	return 0;
}

int fpb_revisions_parse(struct fpb_revisions *all, const char *text,
			size_t *line, char *why)
{
	struct fpb_revision r;
	size_t len;
	json_t *o;
	int ret = 0;

	for (*line = 1; !ret && *text; *line += !ret) {
		len = strcspn(text, "\n");
		o = fpb_json_line_parse(text, len, why);
		ret = o ? take(o, &r) : -EINVAL;
		if (o && ret)
			snprintf(why, FPB_REASON_MAX,
				 "not a revision of schema %d", SCHEMA);
		json_decref(o);
		if (!ret)
			ret = fpb_revisions_add(all, &r);
		text += len + (text[len] == '\n');
	}
	return ret;
}

const struct fpb_revision *fpb_revisions_find(const struct fpb_revisions *all,
					      const char *commit)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (!strcmp(all->at[i].commit, commit))
			return &all->at[i];
	return NULL;
}
