// SPDX-License-Identifier: GPL-2.0
#include "cli/opts.h"

#include <errno.h>
#include <string.h>

#include "os/msg.h"

static const struct fpb_command *find(const char *name)
{
	const struct fpb_command *c;

	for (c = fpb_commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

int fpb_opts_parse(const char *name, int argc, const char **argv,
		   struct poptOption *opts, poptContext *ctx)
{
	const struct fpb_command *c = find(name);
	char prog[64], usage[256];
	int rc;

	/* popt prints the context's name and this text in --help. */
	snprintf(prog, sizeof(prog), "fpbench %s", name);
	argv[0] = prog;
	*ctx = poptGetContext(prog, argc, argv, opts, 0);
	if (!*ctx)
		return -ENOMEM;
	snprintf(usage, sizeof(usage), "[OPTION...]%s%s\n\n%s",
		 c && *c->args ? " " : "", c ? c->args : "",
		 c ? c->summary : "");
	poptSetOtherOptionHelp(*ctx, usage);

	while ((rc = poptGetNextOpt(*ctx)) > 0)
		;
	argv[0] = name;
	if (rc < -1) {
		fpb_err("%s: %s: %s", name, poptBadOption(*ctx, 0),
			poptStrerror(rc));
		fpb_hint("see fpbench %s --help", name);
		*ctx = poptFreeContext(*ctx);
		return -EINVAL;
	}
	return 0;
}

int fpb_opts_end(poptContext ctx, const char *name)
{
	const char *extra = poptGetArg(ctx);

	if (!extra)
		return 0;
	fpb_err("%s: unexpected argument \"%s\"", name, extra);
	fpb_hint("see fpbench %s --help", name);
	return -EINVAL;
}
