// SPDX-License-Identifier: GPL-2.0
#include "run/tuning.h"

#include <stdlib.h>

#include "core/tuning.h"
#include "os/file.h"
#include "os/msg.h"

/* "" if the machine has none. */
static void read_one(const struct fpb_tuning *t, char value[FPB_TUNING_MAX])
{
	char *text;

	*value = '\0';
	if (fpb_file_read(t->file, &text, NULL))
		return;
	fpb_tuning_value(t, text, value);
	free(text);
}

json_t *fpb_tuning_read(void)
{
	json_t *o = json_object();
	char value[FPB_TUNING_MAX];

	for (const struct fpb_tuning *t = fpb_tunings; t->key; t++) {
		read_one(t, value);
		if (*value)
			json_object_set_new(o, t->key, json_string(value));
	}
	return o;
}

void fpb_tuning_warn(void)
{
	char value[FPB_TUNING_MAX];

	for (const struct fpb_tuning *t = fpb_tunings; t->key; t++) {
		read_one(t, value);
		if (fpb_tuning_varies(t, value))
			fpb_warn("%s is %s, with which numbers vary more than with %s: %s",
				 t->key, value, t->good, t->mend);
	}
}
