// SPDX-License-Identifier: GPL-2.0
#include "core/casereport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/console.h"
#include "core/memstream.h"

static const char *const names[] = {
	[FPB_CHECK_PASS] = "pass",
	[FPB_CHECK_FAIL] = "fail",
	[FPB_CHECK_SKIP] = "skip",
	[FPB_CHECK_KNOWN] = "known-failure",
	[FPB_CHECK_UNEXPECTED] = "unexpected-pass",
};

const char *fpb_check_status_name(enum fpb_check_status s)
{
	return names[s];
}

int fpb_check_case_from_json(json_t *o, struct fpb_check_case *c)
{
	int quick, kill = 0, quick_s, full_s;

	*c = (struct fpb_check_case){ 0 };
	if (json_unpack(o, "{ss ss ss ss ss s?s sb s?b si si}", "case", &c->name,
			"setup", &c->setup, "workload", &c->workload,
			"lock_path", &c->lock_path, "validates", &c->validates,
			"corrects", &c->corrects, "quick", &quick, "kill",
			&kill, "quick_s", &quick_s, "full_s", &full_s) ||
	    quick_s < 1 || full_s < 1)
		return -EINVAL;
	c->quick = quick;
	c->kill = kill;
	c->quick_s = quick_s;
	c->full_s = full_s;
	return 0;
}

/* "writes 42, size 4096" */
static char *facts_text(json_t *facts)
{
	const char *name;
	struct fpb_memstream m;
	json_t *v;
	FILE *out = fpb_memstream_open(&m);

	if (!out)
		return NULL;
	json_object_foreach(facts, name, v) {
		fprintf(out, "%s", ftell(out) ? ", " : "");
		for (const char *p = name; *p; p++)
			fputc(*p == '_' ? ' ' : *p, out);
		fprintf(out, " %" JSON_INTEGER_FORMAT, json_integer_value(v));
	}
	return fpb_memstream_close(&m);
}

int fpb_check_result_from_json(json_t *o, struct fpb_check_result *r)
{
	const char *status, *reason = "", *notes = "", *known = "";
	const char *lockdep = "";
	int s = 0;

	if (json_unpack(o, "{ss sf s?s s?s s?s s?s}", "status", &status, "seconds",
			&r->seconds, "reason", &reason, "notes", &notes,
			"known", &known, "lockdep", &lockdep))
		return -EINVAL;
	while (s < FPB_CHECK_STATUSES && strcmp(status, names[s]))
		s++;
	if (s == FPB_CHECK_STATUSES)
		return -EINVAL;
	r->status = s;
	r->reason = strdup(reason);
	r->notes = strdup(notes);
	r->known = strdup(known);
	r->facts = facts_text(json_object_get(o, "facts"));
	r->lockdep = strdup(lockdep);
	r->splat = strdup("");
	if (!r->reason || !r->notes || !r->known || !r->facts ||
	    !r->lockdep || !r->splat) {
		fpb_check_result_free(r);
		return -ENOMEM;
	}
	return 0;
}

static int replace(char **text, const char *with)
{
	char *copy = strdup(with);

	if (!copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static bool known_of_lockdep(const struct fpb_check_result *r,
			     const char *splat)
{
	struct fpb_splat s;

	return r->status == FPB_CHECK_PASS && r->lockdep && *r->lockdep &&
	       !fpb_console_splat(splat, &s) && !strcmp(s.kind, "lockdep");
}

int fpb_check_result_fail(struct fpb_check_result *r, bool ended,
			  const char *reason, const char *splat)
{
	char **const texts[] = { &r->notes, &r->known, &r->facts };
	const bool failed = r->status == FPB_CHECK_FAIL && r->reason;
	const bool known = ended && known_of_lockdep(r, splat);
	char both[4096];
	int ret;

	snprintf(both, sizeof(both), "%s%s%s", failed ? r->reason : "",
		 failed ? "; " : "", reason);
	ret = replace(&r->reason, both) ? : replace(&r->splat, splat);
	if (!ret && known)
		ret = replace(&r->known, r->lockdep);
	r->status = known ? FPB_CHECK_KNOWN : FPB_CHECK_FAIL;
	/* A boot that never got to the case has none of these. */
	for (int i = 0; !ret && i < 3; i++)
		if (!*texts[i])
			ret = replace(texts[i], "");
	return ret;
}

void fpb_check_result_free(struct fpb_check_result *r)
{
	free(r->reason);
	free(r->notes);
	free(r->known);
	free(r->facts);
	free(r->lockdep);
	free(r->splat);
	r->reason = r->notes = r->known = r->facts = r->splat = NULL;
	r->lockdep = NULL;
}

int fpb_check_exit(const struct fpb_check_result *r, size_t n)
{
	int ret = 0;

	for (size_t i = 0; i < n; i++) {
		if (r[i].status == FPB_CHECK_FAIL)
			return 1;
		if (r[i].status == FPB_CHECK_UNEXPECTED)
			ret = 3;
	}
	return ret;
}
