// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench completion: what bash or zsh completes, from the tables of the
 * subcommands' options. Each subcommand is run up to where it would parse.
 */
#include <stdio.h>
#include <string.h>

#include "backend/backends.h"
#include "cli/cmd.h"
#include "core/conform.h"
#include "core/plan.h"
#include "core/target.h"
#include "core/workload.h"
#include "os/msg.h"

/* --- what an option takes --------------------------------------------------- */

/* Words that there is a table of, each after a blank; "" if there is none. */
static void put_values(FILE *out, const char *option)
{
	if (!strcmp(option, "backend")) {
		for (size_t i = 0; fpb_backends[i]; i++)
			fprintf(out, " %s", fpb_backends[i]->name);
	} else if (!strncmp(option, "workload", 8)) {
		for (size_t i = 0; i < FPB_NWORKLOAD_FAMILIES; i++)
			fprintf(out, " %s", fpb_workload_families[i].w.name);
	} else if (!strncmp(option, "target", 6)) {
		for (size_t i = 0; i < FPB_NTARGETS; i++)
			fprintf(out, " %s", fpb_targets[i].name);
	} else if (!strncmp(option, "regime", 6)) {
		for (size_t i = 0; i < FPB_NREGIMES; i++)
			fprintf(out, " %s", fpb_regimes[i].name);
	} else if (!strcmp(option, "suite")) {
		for (const struct fpb_conform_suite *s = fpb_conform_suites;
		     s->name; s++)
			fprintf(out, " %s%s", s->name, s->needs_tree ? "=" : "");
	}
}

/* As the help names it. */
enum kind { KIND_NONE, KIND_FILE, KIND_DIR, KIND_TEXT };

static enum kind kind_of(const struct poptOption *p)
{
	if ((p->argInfo & POPT_ARG_MASK) == POPT_ARG_NONE)
		return KIND_NONE;
	if (!strcmp(p->argDescrip, "FILE"))
		return KIND_FILE;
	if (!strcmp(p->argDescrip, "DIR") || !strcmp(p->argDescrip, "RUN"))
		return KIND_DIR;
	return KIND_TEXT;
}

/* --- walks ------------------------------------------------------------------ */

static void each_option(FILE *out, const struct poptOption *table,
			void (*put)(FILE *out, const struct poptOption *p))
{
	static const struct poptOption help = {
		"help", 0, POPT_ARG_NONE, NULL, 0, "Show this help message",
		NULL
	};

	for (const struct poptOption *p = table; p->longName || p->arg; p++) {
		if ((p->argInfo & POPT_ARG_MASK) != POPT_ARG_INCLUDE_TABLE)
			put(out, p);
		else if (p->arg == poptHelpOptions)
			put(out, &help);
		else
			each_option(out, p->arg, put);
	}
}

/* Of the command line; what is ours to call is not for people. */
static void each_command(void (*put)(FILE *out, const struct fpb_command *c))
{
	for (const struct fpb_command *c = fpb_opts_commands; c->name; c++)
		if (strcmp(c->name, "agent"))
			put(stdout, c);
}

static void put_options(FILE *out, const struct fpb_command *c,
			void (*put)(const struct fpb_opts *o))
{
	const char *argv[] = { c->name, NULL };

	fpb_opts_watch(put);
	c->run(c, 1, argv);
	fpb_opts_watch(NULL);
}

/* --- bash ------------------------------------------------------------------- */

static void bash_name(FILE *out, const struct fpb_command *c)
{
	fprintf(out, " %s", c->name);
}

static void bash_option(FILE *out, const struct poptOption *p)
{
	fprintf(out, " --%s%s", p->longName,
		kind_of(p) == KIND_NONE ? "" : "=");
}

/* A case of what is before the word. */
static void bash_value(FILE *out, const struct poptOption *p)
{
	static const char *const actions[] = {
		[KIND_FILE] = "kind=file", [KIND_DIR] = "kind=dir",
		[KIND_TEXT] = "kind=words",
	};
	const enum kind kind = kind_of(p);

	if (kind == KIND_NONE)
		return;
	fputs("\t\t", out);
	if (p->shortName)
		fprintf(out, "-%c|", p->shortName);
	fprintf(out, "--%s) %s words='", p->longName, actions[kind]);
	put_values(out, p->longName);
	fputs("' ;;\n", out);
}

static void bash_options(const struct fpb_opts *o)
{
	printf("\t%s)\n\t\toptions='", o->command->name);
	each_option(stdout, o->table, bash_option);
	printf("'\n\t\tcase $option in\n");
	each_option(stdout, o->table, bash_value);
	printf("\t\tesac ;;\n");
}

static void bash_command(FILE *out, const struct fpb_command *c)
{
	put_options(out, c, bash_options);
}

static void bash(void)
{
	puts("# bash completion for fpbench; \"fpbench completion bash\" prints it\n"
	     "_fpbench()\n"
	     "{\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} option kind= words= options=\n"
	     "\tCOMPREPLY=()");
	fputs("\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\tCOMPREPLY=($(compgen -W '", stdout);
	each_command(bash_name);
	puts("' -- \"$cur\"))\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\t# bash takes \"--option=value\" for three words.\n"
	     "\toption=${COMP_WORDS[COMP_CWORD - 1]}\n"
	     "\tif [ \"$cur\" = = ]; then\n"
	     "\t\tcur=\n"
	     "\telif [ \"$option\" = = ]; then\n"
	     "\t\toption=${COMP_WORDS[COMP_CWORD - 2]}\n"
	     "\tfi\n"
	     "\tcase ${COMP_WORDS[1]} in");
	each_command(bash_command);
	puts("\tesac\n"
	     "\tcase $kind in\n"
	     "\twords)\n"
	     "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
	     "\tdir)\n"
	     "\t\tcompopt -o filenames 2>/dev/null\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	     "\tfile)\n"
	     "\t\tcompopt -o filenames 2>/dev/null\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	     "\t*)\n"
	     "\t\tif [[ $cur == -* ]]; then\n"
	     "\t\t\tcompopt -o nospace 2>/dev/null\n"
	     "\t\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
	     "\t\telse\n"
	     "\t\t\tcompopt -o filenames 2>/dev/null\n"
	     "\t\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	     "\t\tfi ;;\n"
	     "\tesac\n"
	     "}\n"
	     "complete -F _fpbench fpbench");
}

/* --- zsh -------------------------------------------------------------------- */

/* Inside single quotes, in the brackets or between the colons of a spec. */
static void zsh_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("[]:\\", *text))
			fputc('\\', out);
		if (*text == '\'')
			fputs("'\\'", out);
		fputc(*text, out);
	}
}

static void zsh_name(FILE *out, const struct fpb_command *c)
{
	fprintf(out, "\t\t'%s:", c->name);
	zsh_text(out, c->summary);
	fputs("'\n", out);
}

static void zsh_option(FILE *out, const struct poptOption *p)
{
	static const char *const actions[] = {
		[KIND_FILE] = "_files", [KIND_DIR] = "_files -/",
		[KIND_TEXT] = "",
	};
	const enum kind kind = kind_of(p);

	fputs(" \\\n\t\t\t", out);
	if ((p->argInfo & POPT_ARG_MASK) == POPT_ARG_ARGV)
		fputs("'*'", out);
	if (p->shortName)
		fprintf(out, "{-%c%s,--%s%s}", p->shortName,
			kind == KIND_NONE ? "" : "+", p->longName,
			kind == KIND_NONE ? "" : "=");
	else
		fprintf(out, "--%s%s", p->longName,
			kind == KIND_NONE ? "" : "=");
	fputs("'[", out);
	zsh_text(out, p->descrip);
	fputs("]", out);
	if (kind != KIND_NONE) {
		fputc(':', out);
		zsh_text(out, p->argDescrip);
		fprintf(out, ":%s", actions[kind]);
		if (kind == KIND_TEXT) {
			fputc('(', out);
			put_values(out, p->longName);
			fputc(')', out);
		}
	}
	fputc('\'', out);
}

static void zsh_options(const struct fpb_opts *o)
{
	printf("\t%s)\n\t\t_arguments -s", o->command->name);
	each_option(stdout, o->table, zsh_option);
	printf("%s ;;\n", *o->command->args ? " \\\n\t\t\t'*:argument:_files'" :
					      "");
}

static void zsh_command(FILE *out, const struct fpb_command *c)
{
	put_options(out, c, zsh_options);
}

static void zsh(void)
{
	puts("#compdef fpbench\n"
	     "# \"fpbench completion zsh\" prints it.\n"
	     "_fpbench()\n"
	     "{\n"
	     "\tlocal -a commands=(");
	each_command(zsh_name);
	puts("\t)\n"
	     "\tif (( CURRENT == 2 )); then\n"
	     "\t\t_describe command commands\n"
	     "\t\treturn\n"
	     "\tfi\n"
	     "\tshift words\n"
	     "\t(( CURRENT-- ))\n"
	     "\tcase $words[1] in");
	each_command(zsh_command);
	puts("\tesac\n"
	     "}\n"
	     "if [ \"$funcstack[1]\" = _fpbench ]; then\n"
	     "\t_fpbench \"$@\"\n"
	     "else\n"
	     "\tcompdef _fpbench fpbench\n"
	     "fi");
}

/* ---------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*print)(void);
} shells[] = { { "bash", bash }, { "zsh", zsh } };

static int completion(const char *shell)
{
	for (size_t i = 0; shell && i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(shells[i].name, shell))
			continue;
		shells[i].print();
		return FPB_EXIT_OK;
	}
	fpb_err("completion: \"%s\": must be bash or zsh", shell ? shell : "");
	return FPB_EXIT_USAGE;
}

FPB_CMD(completion)
{
	struct poptOption table[] = { POPT_AUTOHELP POPT_TABLEEND };
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		ret = completion(opts.args[0]);
	fpb_opts_free(&opts);
	return ret;
}
