/* SPDX-License-Identifier: GPL-2.0 */
/* A subcommand, and its options by popt's tables. */
#ifndef FPB_OPTS_H
#define FPB_OPTS_H

#include <popt.h>
#include <stdint.h>

/* How many arguments a subcommand takes after its options, at most. */
#define FPB_ARGS_ANY	(-1)

struct fpb_command {
	const char *name;
	const char *summary;
	const char *args;		/* for --help; "" if there are none */
	int max_args;
	/* Returns an exit status of os/msg.h. argv[0] is the name. */
	int (*run)(const struct fpb_command *self, int argc,
		   const char **argv);
};

struct fpb_opts {
	/* Set by the caller. Texts of options are popt's to allocate. */
	const struct fpb_command *command;
	struct poptOption *table;
	/* Set by fpb_opts_parse(): NULL-terminated, borrowed from ctx. */
	const char *const *args;
	poptContext ctx;
};

/* All subcommands; main() sets it. Ends with a NULL name. */
extern const struct fpb_command *fpb_opts_commands;

/*
 * From now on fpb_opts_parse() hands its options to @see and fails, so that a
 * subcommand that is run does nothing else. NULL: no more.
 */
void fpb_opts_watch(void (*see)(const struct fpb_opts *o));

/*
 * Parses @argv. --help prints and exits. Returns 0, or -EINVAL after a message
 * on a wrong option or an argument too many. Pairs with fpb_opts_free() either
 * way.
 */
int fpb_opts_parse(struct fpb_opts *o, int argc, const char **argv);

/*
 * The number from @min to @max that @text is, into *@n, which stays as it is if
 * @text is NULL. Returns 0, or -EINVAL after a message about @option, which
 * names the command, too ("check: --seed").
 */
int fpb_opts_number(const char *option, const char *text, uint64_t min,
		    uint64_t max, uint64_t *n);

/* The same for a time from 1 s to a day, in whole seconds. */
int fpb_opts_seconds(const char *option, const char *text, uint64_t *s);

/* Frees the texts of all options of the table, too. */
void fpb_opts_free(struct fpb_opts *o);

#endif
