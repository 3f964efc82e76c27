// SPDX-License-Identifier: GPL-2.0
#include "cli/opts.h"

#include <errno.h>
#include <stdlib.h>

#include "core/parse.h"
#include "os/msg.h"

#define SEC		1000000000ull	/* in ns */
#define DAY_S		86400

const struct fpb_command *fpb_opts_commands;
static void (*watcher)(const struct fpb_opts *o);

void fpb_opts_watch(void (*see)(const struct fpb_opts *o))
{
	watcher = see;
}

/* popt prints the context's name, its argv[0] and this text in --help. */
static poptContext make_context(const struct fpb_opts *o, int argc,
				const char **argv, char *prog, size_t size)
{
	const struct fpb_command *c = o->command;
	char usage[256];
	poptContext ctx;

	snprintf(prog, size, "fpbench %s", c->name);
	argv[0] = prog;
	ctx = poptGetContext(prog, argc, argv, o->table, 0);
	snprintf(usage, sizeof(usage), "[OPTION...]%s%s\n\n%s",
		 *c->args ? " " : "", c->args, c->summary);
	if (ctx)
		poptSetOtherOptionHelp(ctx, usage);
	return ctx;
}

static int count_args(const struct fpb_opts *o)
{
	int n = 0;

	while (o->args[n] &&
	       (o->command->max_args < 0 || n < o->command->max_args))
		n++;
	if (!o->args[n])
		return 0;
	fpb_err("%s: unexpected argument \"%s\"", o->command->name,
		o->args[n]);
	fpb_hint("see fpbench %s --help", o->command->name);
	return -EINVAL;
}

int fpb_opts_parse(struct fpb_opts *o, int argc, const char **argv)
{
	static const char *const none[] = { NULL };
	const char *name = o->command->name;
	char prog[64];
	int rc;

	if (watcher) {
		watcher(o);
		return -EINVAL;
	}
	o->ctx = make_context(o, argc, argv, prog, sizeof(prog));
	if (!o->ctx)
		return -ENOMEM;
	while ((rc = poptGetNextOpt(o->ctx)) > 0)
		;
	argv[0] = name;
	if (rc < -1) {
		fpb_err("%s: %s: %s", name, poptBadOption(o->ctx, 0),
			poptStrerror(rc));
		fpb_hint("see fpbench %s --help", name);
		return -EINVAL;
	}
	o->args = (const char *const *)poptGetArgs(o->ctx);
	if (!o->args)
		o->args = none;
	return count_args(o);
}

static void free_list(char **list)
{
	for (char **s = list; s && *s; s++)
		free(*s);
	free(list);
}

int fpb_opts_number(const char *option, const char *text, uint64_t min,
		    uint64_t max, uint64_t *n)
{
	if (!text || (!fpb_parse_u64(text, n) && *n >= min && *n <= max))
		return 0;
	fpb_err("%s: \"%s\": must be a number from %llu to %llu", option, text,
		(unsigned long long)min, (unsigned long long)max);
	return -EINVAL;
}

int fpb_opts_seconds(const char *option, const char *text, uint64_t *s)
{
	uint64_t ns;

	if (!text)
		return 0;
	if (!fpb_parse_time(text, &ns) && ns >= SEC && ns <= DAY_S * SEC &&
	    ns % SEC == 0) {
		*s = ns / SEC;
		return 0;
	}
	fpb_err("%s: \"%s\": must be a time from 1s to 24h, in steps of 1s",
		option, text);
	return -EINVAL;
}

static void free_texts(const struct poptOption *table)
{
	const struct poptOption *p;

	for (p = table; p->longName || p->shortName || p->arg; p++) {
		switch (p->argInfo & POPT_ARG_MASK) {
		case POPT_ARG_STRING:
			free(*(char **)p->arg);
			break;
		case POPT_ARG_ARGV:
			free_list(*(char ***)p->arg);
			break;
		case POPT_ARG_INCLUDE_TABLE:
			/* Not popt's own, of --help. */
			if (p->arg != poptHelpOptions)
				free_texts(p->arg);
			break;
		}
	}
}

void fpb_opts_free(struct fpb_opts *o)
{
	poptFreeContext(o->ctx);
	free_texts(o->table);
}
