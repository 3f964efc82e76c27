// SPDX-License-Identifier: GPL-2.0
#include "core/gate.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/parse.h"

static bool is_word(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && !strncmp(text, word, len);
}

/* "PCT", which ends after @len bytes. */
static int parse_tolerance(const char *text, size_t len, double *tolerance)
{
	char number[32];
	uint64_t hundredths;

	if (snprintf(number, sizeof(number), "%.*s", (int)len, text) >=
	    (int)sizeof(number) || fpb_parse_percent(number, &hundredths) ||
	    hundredths >= 10000)
		return -EINVAL;
	*tolerance = hundredths / 1e4;
	return 0;
}

static int parse_word(struct fpb_gate *g, const char *text, size_t len)
{
	static const char regression[] = "regression=";
	const size_t before = strlen(regression);

	if (is_word(text, len, "unresolved")) {
		g->unresolved = true;
		return 0;
	}
	if (len < before - 1 || strncmp(text, regression, before - 1))
		return -EINVAL;
	g->regression = true;
	if (len == before - 1)
		return 0;
	return text[before - 1] != '=' ? -EINVAL :
	       parse_tolerance(text + before, len - before, &g->tolerance);
}

int fpb_gate_parse(struct fpb_gate *g, const char *text, const char **wrong)
{
	size_t len;

	*g = (struct fpb_gate){ .tolerance = 0 };
	do {
		len = strcspn(text, ",");
		if (parse_word(g, text, len)) {
			*wrong = text;
			return -EINVAL;
		}
		text += len;
	} while (*text++);
	return 0;
}

enum fpb_gate_result fpb_gate_judge(const struct fpb_gate *g,
				    const struct fpb_estimate *ratio,
				    struct fpb_verdict v)
{
	if (ratio->n && ratio->has_interval && ratio->hi < 1 - g->tolerance)
		return FPB_GATE_REGRESSION;
	return fpb_verdict_resolved(v) ? FPB_GATE_PASS : FPB_GATE_UNRESOLVED;
}

bool fpb_gate_fails(const struct fpb_gate *g, enum fpb_gate_result r)
{
	return (r == FPB_GATE_REGRESSION && g->regression) ||
	       (r == FPB_GATE_UNRESOLVED && g->unresolved);
}
