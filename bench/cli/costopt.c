// SPDX-License-Identifier: GPL-2.0
#include "cli/costopt.h"

#include <errno.h>
#include <stdlib.h>

#include "core/memstream.h"
#include "os/msg.h"
#include "report/costnote.h"

/* Whether the report has something to say of it. */
static bool is_of(const struct fpb_summary *s)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;
	bool any;

	if (!out)
		return false;
	fpb_costnote_write(s, out);
	text = fpb_memstream_close(&m);
	any = text && *text;
	free(text);
	return any;
}

int fpb_costopt_take(const char *command, const char *dir,
		     struct fpb_keptcost *k, struct fpb_summary *s)
{
	int ret = fpb_load_cost(dir ? dir : FPB_LATEST_COST, k);

	/* Nobody asked for it. */
	if (ret && !dir)
		return 0;
	if (ret == -ENOENT)
		fpb_err("%s: --cost: there is no result of fpbench cost in %s",
			command, dir);
	if (ret)
		return -EINVAL;
	s->cost = k;
	if (!dir || is_of(s))
		return 0;
	fpb_err("%s: --cost: %s is of other kernels or other I/Os than the run",
		command, dir);
	fpb_hint("fpbench cost counts what the kernels cost that -k names");
	return -EINVAL;
}
