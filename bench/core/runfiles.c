// SPDX-License-Identifier: GPL-2.0
#include "core/runfiles.h"

#include <fnmatch.h>
#include <stddef.h>
#include <string.h>

#include "core/rundata.h"

#define NAME_CHARS	"abcdefghijklmnopqrstuvwxyz" \
			"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"

/* No "*" stands for a slash, or for a dot at the start of a name. */
static const struct {
	const char *pattern;
	enum fpb_runfile is;
} files[] = {
	{ FPB_FILE_MANIFEST, FPB_RUNFILE_KEPT },
	{ FPB_FILE_PLAN, FPB_RUNFILE_KEPT },
	{ FPB_FILE_BOOTS, FPB_RUNFILE_KEPT },
	{ FPB_FILE_SAMPLES, FPB_RUNFILE_KEPT },
	{ FPB_FILE_WHY, FPB_RUNFILE_KEPT },
	{ FPB_FILE_TABLE, FPB_RUNFILE_KEPT },
	{ FPB_FILE_COST, FPB_RUNFILE_KEPT },
	{ "job-*.fio", FPB_RUNFILE_KEPT },
	{ FPB_DIR_KERNELS "/?*/config", FPB_RUNFILE_KEPT },
	{ FPB_DIR_KERNELS "/?*/patches/*.patch", FPB_RUNFILE_KEPT },
	{ "boots/?*/job.json", FPB_RUNFILE_KEPT },
	{ "boots/?*/events.jsonl", FPB_RUNFILE_KEPT },
	{ "boots/?*/step.*", FPB_RUNFILE_KEPT },
	{ "boots/?*/*.log", FPB_RUNFILE_KEPT },
	{ "boots/?*/fio/*.fio", FPB_RUNFILE_KEPT },
	{ "boots/?*/fio/*.json", FPB_RUNFILE_KEPT },
	{ "boots/?*/fio/*.csv", FPB_RUNFILE_KEPT },
	{ "report.html", FPB_RUNFILE_MADE },
	{ "plots/?*", FPB_RUNFILE_MADE },
};

enum fpb_runfile fpb_runfile(const char *name)
{
	size_t i;

	if (name[strspn(name, NAME_CHARS "/")])
		return FPB_RUNFILE_UNKNOWN;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!fnmatch(files[i].pattern, name,
			     FNM_PATHNAME | FNM_PERIOD | FNM_NOESCAPE))
			return files[i].is;
	return FPB_RUNFILE_UNKNOWN;
}

bool fpb_runfile_is_folder(const char *name)
{
	return *name && *name != '.' && !name[strspn(name, NAME_CHARS)];
}
