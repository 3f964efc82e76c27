// SPDX-License-Identifier: GPL-2.0
/* fpbench kernels: builds what others of our commands boot. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backends.h"
#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "core/result.h"
#include "guest/kernelbuild.h"
#include "guest/programs.h"
#include "os/msg.h"

static int check(const char *const *variables)
{
	char known[FPB_REASON_MAX];

	for (; *variables; variables++) {
		if (fpb_kernelbuild_knows(*variables))
			continue;
		fpb_kernelbuild_list(known);
		fpb_err("kernels: \"%s\": must be VARIABLE=VALUE, with one of %s",
			*variables, known);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

/* The options that choose them, if there are any. */
static int print_options(const struct fpb_kernelbuild *b)
{
	char *text = NULL;
	int ret = fpb_kernelbuild_options(b, &text);

	if (!ret && *text)
		fputs(text, stdout);
	free(text);
	return ret;
}

static bool has_name(const char *const *variables)
{
	bool named = false;

	for (; *variables; variables++)
		if (!strncmp(*variables, "NAME=", 5))
			named = (*variables)[5];
	return named;
}

static int build(const struct fpb_backend *b, const char *const *given)
{
	struct fpb_programs p;
	const struct fpb_kernelbuild k = {
		.variables = given, .backend = b, .dir = p.kernels,
	};
	int ret = fpb_programs_default(&p) ? FPB_EXIT_FAILED :
					     fpb_kernelbuild_make(&k);

	/* One with a name of its own is chosen by it. */
	return ret || has_name(given) ? ret : print_options(&k);
}

static int kernels(const char *backend, const char *const *variables)
{
	const struct fpb_backend *b = fpb_backend_choose(backend);

	if (!b)
		return FPB_EXIT_USAGE;
	if (!b->guest) {
		fpb_err("kernels: the %s backend boots no kernel", b->name);
		return FPB_EXIT_USAGE;
	}
	return check(variables) ? : build(b, variables);
}

FPB_CMD(kernels)
{
	struct { char *backend; } o = { 0 };
	struct poptOption table[] = {
		FPB_OPT_GUEST_BACKEND(o),
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		ret = kernels(o.backend, opts.args);
	fpb_opts_free(&opts);
	return ret;
}
