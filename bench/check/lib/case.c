// SPDX-License-Identifier: GPL-2.0
#include "check/lib/case.h"

#include "check/lib/outcome.h"
#include "os/clock.h"

void check_power_cut(const struct check_context *c)
{
	json_t *o = json_pack("{ss}", "event", "kill");

	if (!o || !c->events || fpb_file_append_json(c->events, o))
		check_fail("cannot ask for the power cut");
	for (int i = 0; i < 600; i++)
		fpb_sleep_ms(100);
	check_fail("this kernel was not killed within 60 s");
}
