// SPDX-License-Identifier: GPL-2.0
#include "cli/guestopts.h"

#include <string.h>

#include "core/planfile.h"
#include "os/msg.h"

/* A key that the command does not look at is a mistake of the user's. */
static bool matters(const char *set, const char *const *sections)
{
	for (; *sections; sections++) {
		size_t n = strlen(*sections);

		if (!strncmp(set, *sections, n) && set[n] == '.')
			return true;
	}
	return false;
}

static void refuse(const char *command, const char *set,
		   const char *const *sections)
{
	char known[FPB_REASON_MAX] = "";
	size_t n = 0;

	for (size_t i = 0; sections[i] && n < sizeof(known); i++)
		n += snprintf(known + n, sizeof(known) - n, "%s%s.*",
			      i ? ", " : "", sections[i]);
	fpb_err("%s: --set %s: has no effect here (keys that do: %s)", command,
		set, known);
}

int fpb_guestopts_plan(const struct fpb_guestopts *o, const char *command,
		       const char *const *sections, struct fpb_plan *plan)
{
	char why[FPB_REASON_MAX];

	for (char **s = o->set; s && *s; s++) {
		if (!matters(*s, sections)) {
			refuse(command, *s, sections);
			return FPB_EXIT_USAGE;
		}
		if (fpb_plan_set_text(plan, *s, why)) {
			fpb_err("%s: --set: %s", command, why);
			return FPB_EXIT_USAGE;
		}
	}
	return FPB_EXIT_OK;
}
