/* SPDX-License-Identifier: GPL-2.0 */
/* Option parsing of the subcommands, by popt's tables. */
#ifndef FPB_OPTS_H
#define FPB_OPTS_H

#include <popt.h>

struct fpb_command {
	const char *name;
	const char *summary;
	/* Arguments after the options, for --help; "" if none. */
	const char *args;
	/* Returns an exit status of sys/msg.h. argv[0] is the name. */
	int (*run)(int argc, const char **argv);
};

/* Every subcommand; ends with a NULL name. */
extern const struct fpb_command fpb_commands[];

/*
 * Parses @argv by @opts and leaves the other arguments in *@ctx (read them
 * with poptGetArg(), free with poptFreeContext()). --help prints and exits.
 * Returns 0, or -EINVAL after a message on a wrong option.
 */
int fpb_opts_parse(const char *name, int argc, const char **argv,
		   struct poptOption *opts, poptContext *ctx);

/* No more arguments may follow: 0, or -EINVAL after a message. */
int fpb_opts_end(poptContext ctx, const char *name);

#endif
