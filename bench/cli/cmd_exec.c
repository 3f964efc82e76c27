// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench exec: one command in one kernel, on a fresh XFS. For test suites
 * and for a look around.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "core/plancheck.h"
#include "guest/stdio.h"
#include "os/msg.h"
#include "os/stop.h"

struct options {
	struct fpb_guestopts guest;
	char *timeout;
	int gdb;
};

struct exec {
	struct fpb_guests guests;
	struct fpb_job job;
	struct fpb_stdio io;
	int status;			/* of the command; -1: not heard yet */
};

static int on_event(struct fpb_guest *g, json_t *event)
{
	struct exec *x = g->user;
	json_t *status = json_object_get(event, "status");

	if (status)
		x->status = json_integer_value(status);
	return 0;
}

/* Who does not listen any more, or has left, wants no more of the command. */
static void on_poll(struct fpb_guest *g)
{
	struct exec *x = g->user;

	if (fpb_stdio_pass(&x->io) || x->io.left)
		fpb_stop();
}

/* Returns the exit status. */
static int boot(struct exec *x, bool gdb)
{
	char dir[FPB_PATH_MAX];
	struct fpb_guest g = fpb_guests_guest(&x->guests,
					      &x->guests.kernels[0], &x->job,
					      dir);
	int ret = fpb_path(dir, "%s/exec", x->guests.scratch.path);

	if (ret)
		return FPB_EXIT_FAILED;
	g.on_event = on_event;
	g.on_poll = on_poll;
	g.user = x;
	g.quiet = true;
	g.debug = gdb;
	strcpy(g.record.boot, "exec");
	if (x->job.terminal)
		fpb_info("Ctrl-] ends the guest.");
	fpb_stdio_start(&x->io, dir, x->job.terminal);
	ret = fpb_guests_boot(&x->guests, &g);
	fpb_stdio_end(&x->io);
	if (!ret && x->status < 0) {
		fpb_err("exec: the guest ended without the command's status");
		ret = FPB_EXIT_FAILED;
	}
	if (ret == FPB_EXIT_FAILED)
		fpb_scratch_keep(&x->guests.scratch, dir, "exec");
	return ret ? ret : x->status;
}

static int run(const struct options *o, const char *const *args)
{
	static const char *const sections[] = { "guest", "device", NULL };
	static const char *const defaults[] = { "patched", NULL };
	const bool ask = o->gdb || o->timeout;
	const struct fpb_guests_wish wish = {
		.command = "exec", .backend = o->guest.backend,
		.kernels = o->guest.kernels, .defaults = defaults,
		.max_kernels = 1, .silence = o->guest.silence,
		.timeout = ask ? o->timeout : "600s",
	};
	struct exec x = { .status = -1 };
	struct fpb_plan *p = &x.guests.plan;
	char why[FPB_REASON_MAX];
	int ret;

	fpb_plan_default(p);
	ret = fpb_guestopts_plan(&o->guest, "exec", sections, p);
	/* The filesystem is all the command's. */
	p->filesize_mib = 1;
	if (!ret && fpb_plan_check(p, why)) {
		fpb_err("exec: %s", why);
		ret = FPB_EXIT_USAGE;
	}
	if (!ret)
		ret = fpb_guests_choose(&x.guests, &wish);
	fpb_stop_catch();
	if (!ret)
		ret = fpb_guests_settle(&x.guests);
	if (!ret) {
		x.job = fpb_guests_job(&x.guests);
		x.job.command = json_array();
		for (; *args; args++)
			json_array_append_new(x.job.command,
					      json_string(*args));
		fpb_stdio_describe(&x.job);
		/* A user at a terminal knows when it is enough. */
		if (x.job.terminal && !o->timeout)
			x.guests.timeout_ms = 0;
		ret = boot(&x, o->gdb);
		json_decref(x.job.command);
	}
	fpb_guests_free(&x.guests);
	return ret;
}

FPB_CMD(exec)
{
	struct options o = { 0 };
	struct poptOption table[] = {
		FPB_GUESTOPTS(o.guest, "Kernel to boot (default: patched)"),
		{ "timeout", 0, POPT_ARG_STRING, &o.timeout, 0,
		  "End the guest after TIME (default: 600s; none at a terminal)",
		  "TIME" },
		{ "gdb", 0, POPT_ARG_NONE, &o.gdb, 0,
		  "Print how to attach gdb to the kernel; no timeout unless --timeout is given",
		  NULL },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (fpb_opts_parse(&opts, argc, argv))
		ret = FPB_EXIT_USAGE;
	else if (!opts.args[0])
		fpb_err("exec: no command given");
	else
		ret = run(&o, opts.args);
	fpb_opts_free(&opts);
	return ret;
}
