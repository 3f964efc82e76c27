// SPDX-License-Identifier: GPL-2.0
#include "run/readcost.h"

#include <errno.h>
#include <string.h>

#include "core/runfiles.h"
#include "os/file.h"
#include "os/msg.h"

static int load(const char *dir, const char *name, json_t **o)
{
	char path[FPB_PATH_MAX], why[FPB_REASON_MAX];
	int ret = fpb_path(path, "%s/%s", dir, name);

	*o = NULL;
	ret = ret ? ret : fpb_file_read_json(path, o, why);
	if (ret && ret != -ENOENT && ret != -ENAMETOOLONG)
		fpb_err("%s:%s", path, why);
	return ret;
}

int fpb_load_cost(const char *dir, struct fpb_keptcost *k)
{
	json_t *manifest = NULL, *cost;
	char why[FPB_REASON_MAX];
	int ret = load(dir, FPB_FILE_COST, &cost) ? :
		  load(dir, FPB_FILE_MANIFEST, &manifest);

	*k = (struct fpb_keptcost){ .root = NULL };
	if (!ret) {
		ret = fpb_keptcost_init(k, manifest, cost, why);
		if (ret)
			fpb_err("%s: %s", dir, why);
	}
	json_decref(manifest);
	json_decref(cost);
	return ret;
}
