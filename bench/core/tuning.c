// SPDX-License-Identifier: GPL-2.0
#include "core/tuning.h"

#include <stdio.h>
#include <string.h>

#define CPU	"/sys/devices/system/cpu/"

const struct fpb_tuning fpb_tunings[] = {
	{ "governor", CPU "cpu0/cpufreq/scaling_governor", NULL, "performance",
	  "cpupower frequency-set -g performance" },
	{ "no_turbo", CPU "intel_pstate/no_turbo", NULL, "1",
	  "echo 1 >" CPU "intel_pstate/no_turbo" },
	{ "boost", CPU "cpufreq/boost", NULL, "0",
	  "echo 0 >" CPU "cpufreq/boost" },
	{ "smt", CPU "smt/active", NULL, "0",
	  "echo off >" CPU "smt/control" },
	{ "numa_nodes", "/sys/devices/system/node/online", NULL, "0",
	  "numactl --cpunodebind=0 --membind=0 fpbench run ..." },
	{ "transparent_hugepage", "/sys/kernel/mm/transparent_hugepage/enabled",
	  NULL, NULL, NULL },
	{ "mitigations", "/proc/cmdline", "mitigations=", NULL, NULL },
	{ NULL, NULL, NULL, NULL, NULL }
};

/* Where the word begins in @text; NULL: nowhere. */
static const char *find(const struct fpb_tuning *t, const char *text)
{
	const char *at;

	if (!t->behind) {
		at = strchr(text, '[');
		return at ? at + 1 : text;
	}
	for (at = strstr(text, t->behind); at;
	     at = strstr(at + 1, t->behind))
		if (at == text || at[-1] == ' ')
			return at + strlen(t->behind);
	return NULL;
}

void fpb_tuning_value(const struct fpb_tuning *t, const char *text,
		      char value[FPB_TUNING_MAX])
{
	const char *at = find(t, text);

	snprintf(value, FPB_TUNING_MAX, "%.*s",
		 at ? (int)strcspn(at, "] \n") : 0, at ? at : "");
}

bool fpb_tuning_varies(const struct fpb_tuning *t, const char *value)
{
	return t->good && *value && strcmp(value, t->good);
}
