// SPDX-License-Identifier: GPL-2.0
#include "core/buildfile.h"

#include <stdbool.h>
#include <stdio.h>

#include "core/jsontext.h"
#include "core/result.h"

static const struct {
	const char *key;
	json_type type;
} keys[] = {
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
};

static bool check(const json_t *o, char *why)
{
	if (!json_is_object(o)) {
		snprintf(why, FPB_REASON_MAX, "1: not a JSON object");
		return false;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *v = json_object_get(o, keys[i].key);

		if (!v || json_is_null(v) || json_typeof(v) == keys[i].type)
			continue;
		snprintf(why, FPB_REASON_MAX, " key \"%s\": of the wrong type",
			 keys[i].key);
		return false;
	}
	return true;
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
