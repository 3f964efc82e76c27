// SPDX-License-Identifier: GPL-2.0
#include "core/buildfile.h"

#include <stdbool.h>
#include <stdio.h>

#include "core/jsontext.h"
#include "core/result.h"

static const struct fpb_json_key keys[] = {
	{ "arch", JSON_STRING },
	{ "release", JSON_STRING },
	{ "version", JSON_STRING },
	{ "variant", JSON_STRING },
	{ "cpus", JSON_INTEGER },
	{ "source", JSON_STRING },
	{ "source_id", JSON_STRING },
	{ "source_key", JSON_STRING },
	{ "source_sha256", JSON_STRING },
	{ "image_sha256", JSON_STRING },
	{ "config_sha256", JSON_STRING },
	{ "initrd_sha256", JSON_STRING },
	{ "expect_lock", JSON_STRING },
	{ "patches", JSON_ARRAY },
	{ "carried", JSON_ARRAY },
	{ NULL }
};

static bool check(const json_t *o, char *why)
{
	char wrong[FPB_REASON_MAX];

	if (!json_is_object(o))
		snprintf(why, FPB_REASON_MAX, "1: not a JSON object");
	else if (fpb_json_check_keys(o, keys, true, wrong))
		snprintf(why, FPB_REASON_MAX, " %.128s", wrong);
	else
		return true;
	return false;
}

json_t *fpb_buildfile_parse(const char *text, size_t len, char *why)
{
	json_t *o = fpb_json_parse(text, len, why);

	if (o && !check(o, why)) {
		json_decref(o);
		o = NULL;
	}
	return o;
}
