// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench exec: one command in one kernel, on a fresh XFS. For test suites
 * and for a look around.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest/boot.h"
#include "cli/cmd.h"
#include "core/parse.h"
#include "guest/machine.h"
#include "cli/opts.h"
#include "cli/planopts.h"
#include "guest/programs.h"
#include "guest/scratch.h"
#include "os/msg.h"
#include "os/stop.h"

struct options {
	char *backend, *kernel, *timeout;
};

struct exec {
	struct fpb_programs programs;
	struct fpb_kernel kernel;
	struct fpb_job job;
	struct fpb_booting b;
	char dir[FPB_PATH_MAX];
	int status;			/* of the command; -1: not heard yet */
};

static int on_event(struct fpb_booting *b, json_t *event)
{
	struct exec *x = b->user;
	json_t *status = json_object_get(event, "status");

	if (status)
		x->status = json_integer_value(status);
	return 0;
}

static void show_output(const struct exec *x)
{
	char path[FPB_PATH_MAX], *text;
	size_t len;

	if (fpb_path(path, "%s/output.log", x->dir) ||
	    fpb_file_read(path, &text, &len))
		return;
	fwrite(text, 1, len, stdout);
	fflush(stdout);
	free(text);
}

/* Returns the exit status. */
static int boot(struct exec *x)
{
	struct fpb_scratch scratch;
	int ret;

	if (fpb_scratch_up(&scratch))
		return FPB_EXIT_FAILED;
	x->b.scratch = scratch.path;
	x->b.dir = x->dir;
	ret = fpb_path(x->dir, "%s/out", scratch.path);
	if (!ret)
		ret = fpb_boot_run(&x->b);
	show_output(x);
	if (ret) {
		ret = FPB_EXIT_FAILED;
	} else if (!strcmp(x->b.record.status, "interrupted")) {
		ret = FPB_EXIT_INTERRUPTED;
	} else if (strcmp(x->b.record.status, "ok") || x->status < 0) {
		fpb_err("kernel %s: %s", x->kernel.name, x->b.record.reason);
		fpb_boot_show_console(&x->b);
		ret = FPB_EXIT_FAILED;
	} else {
		ret = x->status;
	}
	fpb_scratch_down(&scratch);
	return ret;
}

static int choose(struct exec *x, const struct options *o, uint64_t *timeout)
{
	*timeout = 600000000000ULL;
	if (o->timeout && (fpb_parse_time(o->timeout, timeout) ||
			   *timeout < 1000000000)) {
		fpb_err("--timeout: \"%s\" is no time of at least 1s",
			o->timeout);
		return FPB_EXIT_USAGE;
	}
	x->b.backend = fpb_backend_choose(o->backend);
	if (!x->b.backend)
		return FPB_EXIT_USAGE;
	if (fpb_machine_has(x->b.backend))
		return FPB_EXIT_SKIPPED;
	if (fpb_programs_default(&x->programs))
		return FPB_EXIT_FAILED;
	if (!x->b.backend->guest)
		strcpy(x->kernel.name, "running");
	else if (fpb_kernel_parse(&x->kernel, x->b.backend,
				  o->kernel ? o->kernel : "patched",
				  x->programs.kernels))
		return FPB_EXIT_USAGE;
	return FPB_EXIT_OK;
}

static int run(const struct options *o, const struct fpb_planopts *po,
	       const char **args)
{
	struct exec x = { .status = -1 };
	uint64_t timeout;
	int ret = choose(&x, o, &timeout);

	if (ret)
		return ret;
	if (fpb_planopts_plan(po, NULL, &x.job.plan))
		return FPB_EXIT_USAGE;
	fpb_stop_catch();
	ret = fpb_machine_settle(x.b.backend, &x.kernel, &x.programs,
				 &x.job.plan);
	if (ret)
		return ret;
	fpb_kernel_settle_cpus(&x.kernel, &x.job.plan);
	snprintf(x.job.plan.device.type, FPB_NAME_MAX, "%s",
		 fpb_machine_device(x.b.backend));
	x.job.fio = x.programs.fio;
	x.job.engine = x.programs.engine;
	x.job.daemon = x.programs.daemon;
	x.job.command = json_array();
	for (; *args; args++)
		json_array_append_new(x.job.command, json_string(*args));
	x.b.kernel = &x.kernel;
	x.b.agent = x.programs.self;
	x.b.job = &x.job;
	x.b.silence_ms = timeout / 1000000;
	x.b.on_event = on_event;
	x.b.user = &x;
	x.b.record.round = x.b.record.attempt = 1;
	strcpy(x.b.record.boot, "exec");
	ret = boot(&x);
	json_decref(x.job.command);
	return ret;
}

int fpb_cmd_exec(int argc, const char **argv)
{
	struct options o = { 0 };
	struct fpb_planopts po = { 0 };
	struct poptOption table[] = {
		{ "backend", 'b', POPT_ARG_STRING, &o.backend, 0,
		  "Where the kernel runs: uml (default), qemu or host", "NAME" },
		{ "kernel", 'k', POPT_ARG_STRING, &o.kernel, 0,
		  "The kernel to boot (default: patched)", "NAME[=DIR]" },
		{ "timeout", 0, POPT_ARG_STRING, &o.timeout, 0,
		  "End the kernel after this time (default 600s)", "TIME" },
		{ "set", 0, POPT_ARG_ARGV, &po.set, 0,
		  "A key of a plan file, such as guest.memory=1g",
		  "SECTION.KEY=VALUE" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	poptContext ctx;
	const char **args;
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse("exec", argc, argv, table, &ctx)) {
		args = poptGetArgs(ctx);
		if (!args)
			fpb_err("exec: no command given");
		else
			ret = run(&o, &po, args);
		poptFreeContext(ctx);
	}
	free(o.backend);
	free(o.kernel);
	free(o.timeout);
	fpb_planopts_free(&po);
	return ret;
}
