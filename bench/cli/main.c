// SPDX-License-Identifier: GPL-2.0
/* The command table, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "cli/cmd.h"
#include "os/msg.h"
#include "os/place.h"
#include "os/spawn.h"

static const struct fpb_command commands[] = {
	{ "run", "Boot each kernel in rounds and measure it",
	  "[PLAN]", 1, fpb_cmd_run },
	{ "merge", "Make one run of its shards, from several machines", "DIR...",
	  FPB_ARGS_ANY, fpb_cmd_merge },
	{ "table", "Print a run's table", "[RUN]", 1, fpb_cmd_table },
	{ "plot", "Draw a run's plots", "[RUN]", 1, fpb_cmd_plot },
	{ "compare", "Compare kernels of one run, or of several",
	  "RUN[:KERNEL]...", FPB_ARGS_ANY, fpb_cmd_compare },
	{ "letter", "Fill the results of a run into a cover letter", "[RUN]", 1,
	  fpb_cmd_letter },
	{ "pack", "Pack a run into an archive, to be read or replicated elsewhere",
	  "[RUN]", 1, fpb_cmd_pack },
	{ "replicate", "Measure a run again, and print whether the verdicts agree",
	  "[RUN]", 1, fpb_cmd_replicate },
	{ "next", "Print which kernel to boot for the next session on this machine",
	  "[RUN...]", FPB_ARGS_ANY, fpb_cmd_next },
	{ "turns", "Measure kernels in turns, with a boot of this machine for each",
	  "DIR", 1, fpb_cmd_turns },
	{ "probe", "Measure which kinds of write share the inode lock", "", 0,
	  fpb_cmd_probe },
	{ "cost", "Count the kernel instructions per I/O, by function", "", 0,
	  fpb_cmd_cost },
	{ "exec", "Run a command in a kernel, with a fresh XFS at $FPB_XFS",
	  "-- COMMAND [ARG...]", FPB_ARGS_ANY, fpb_cmd_exec },
	{ "check", "Run the correctness suite",
	  "[CASE...]", FPB_ARGS_ANY, fpb_cmd_check },
	{ "conform", "Run other projects' test suites on a FUSE mount and on raw XFS",
	  "[TEST...]", FPB_ARGS_ANY, fpb_cmd_conform },
	{ "kernels", "Build the baseline and the patched kernel, or others",
	  "[VARIABLE=VALUE...]", FPB_ARGS_ANY, fpb_cmd_kernels },
	{ "bisect", "Find the commit that made a Linux tree slower",
	  "TREE GOOD BAD", 3, fpb_cmd_bisect },
	{ "calibration", "Print how often verdicts on known differences are right",
	  "FILE...", FPB_ARGS_ANY, fpb_cmd_calibration },
	{ "list", "List backends, targets, workloads, kernels, runs, and the plan", "[PLAN]", 1,
	  fpb_cmd_list },
	{ "doctor", "Report what this machine can run and what is missing", "", 0,
	  fpb_cmd_doctor },
	{ "completion", "Print what bash or zsh needs to complete command lines",
	  "bash|zsh", 1, fpb_cmd_completion },
	{ "clean", "Remove what killed runs left behind", "", 0, fpb_cmd_clean },
	{ "agent", "Carry out one boot's job (used inside the kernel under test)",
	  "JOB", 1, fpb_cmd_agent },
	{ NULL, NULL, NULL, 0, NULL }
};

static void usage(FILE *out)
{
	const struct fpb_command *c;

	fputs("Usage: fpbench COMMAND [OPTION...]\n\n"
	      "Measure what a kernel patch does to FUSE passthrough.\n\n"
	      "Commands:\n", out);
	for (c = commands; c->name; c++)
		fprintf(out, "  %-11s %s\n", c->name, c->summary);
	fputs("\nfpbench COMMAND --help explains a command's options;\n"
	      "fpbench --version prints the version.\n", out);
}

int main(int argc, const char **argv)
{
	const struct fpb_command *c;

	if (argc < 2) {
		usage(stderr);
		return FPB_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return FPB_EXIT_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		puts("fpbench " FPB_VERSION);
		return FPB_EXIT_OK;
	}
	fpb_opts_commands = commands;
	fpb_spawn_path();
	fpb_place_home();
	for (c = commands; c->name; c++)
		if (!strcmp(c->name, argv[1]))
			return c->run(c, argc - 1, argv + 1);

	fpb_err("unknown command \"%s\"", argv[1]);
	fpb_hint("fpbench --help lists the commands");
	return FPB_EXIT_USAGE;
}
