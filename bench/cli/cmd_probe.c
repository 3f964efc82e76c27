// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench probe: for each way to write, whether writes to one file are in
 * flight together, on raw XFS and through passthrough, under each kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/boot.h"
#include "cli/cmd.h"
#include "core/lock.h"
#include "core/parse.h"
#include "guest/machine.h"
#include "cli/opts.h"
#include "cli/planopts.h"
#include "guest/programs.h"
#include "guest/scratch.h"
#include "os/msg.h"
#include "os/stop.h"

#define MAX_KERNELS	8
#define MAX_CASES	16

struct options {
	char *backend, *repeat, *only;
	char **kernels;
};

/* What all probes of one case on one target came to. */
struct tally {
	unsigned int n[FPB_LOCK_EXCLUSIVE + 1];	/* by enum fpb_lock_state */
	double ratio;				/* sum */
};

struct column {
	struct fpb_kernel kernel;
	struct tally raw[MAX_CASES], fuse[MAX_CASES];
	bool failed;
};

struct probe {
	const struct fpb_backend *backend;
	struct fpb_programs programs;
	struct fpb_plan plan;
	struct column columns[MAX_KERNELS];
	size_t ncolumns;
	unsigned int repeat;
	const char *only;		/* one case's name, or NULL */
};

static int on_event(struct fpb_booting *b, json_t *event)
{
	struct column *c = b->user;
	const char *name, *target;
	const struct fpb_lock_case *k;
	struct fpb_lock_evidence e;
	char why[FPB_REASON_MAX];
	struct tally *t;
	json_t *lock;

	if (json_unpack(event, "{ss ss so}", "case", &name, "target", &target,
			"lock", &lock))
		return 0;
	k = fpb_lock_case_find(name);
	if (!k)
		return 0;
	if (fpb_lock_evidence_from_json(lock, &e, why)) {
		fpb_err("the agent reported no lock evidence: %s", why);
		return -EINVAL;
	}
	t = (strcmp(target, "raw") ? c->fuse : c->raw) + (k - fpb_lock_cases);
	t->n[e.state]++;
	t->ratio += fpb_lock_ratio(&e);
	return 0;
}

/* Boots one kernel and fills its column. Returns an exit status. */
static int boot(struct probe *p, struct column *c, const char *scratch)
{
	struct fpb_job job = {
		.fio = p->programs.fio,
		.engine = p->programs.engine,
		.daemon = p->programs.daemon,
		.probes = p->repeat,
		.probe_case = p->only,
		.plan = p->plan,
	};
	struct fpb_booting b = {
		.backend = p->backend, .kernel = &c->kernel,
		.agent = p->programs.self, .scratch = scratch, .job = &job,
		.silence_ms = fpb_machine_silence_ms(p->backend, &p->plan),
		.on_event = on_event, .user = c,
		.record = { .round = 1, .attempt = 1 },
	};
	char dir[FPB_PATH_MAX];

	fpb_kernel_settle_cpus(&c->kernel, &job.plan);
	snprintf(job.plan.device.type, FPB_NAME_MAX, "%s",
		 fpb_machine_device(p->backend));
	snprintf(b.record.boot, FPB_NAME_MAX, "%s", c->kernel.name);
	if (fpb_path(dir, "%s/probe-%s", scratch, c->kernel.name))
		return FPB_EXIT_FAILED;
	b.dir = dir;
	if (fpb_boot_run(&b))
		return FPB_EXIT_FAILED;
	if (!strcmp(b.record.status, "ok"))
		return FPB_EXIT_OK;
	if (!strcmp(b.record.status, "interrupted"))
		return FPB_EXIT_INTERRUPTED;
	fpb_err("kernel %s: %s", c->kernel.name, b.record.reason);
	fpb_boot_show_console(&b);
	return FPB_EXIT_FAILED;
}

/* "shared 1.97", or with counts if there are several: "shared 200/200". */
static void print_tally(const struct tally *t)
{
	unsigned int total = 0, best = 0;
	char text[32];

	for (unsigned int s = 0; s <= FPB_LOCK_EXCLUSIVE; s++) {
		total += t->n[s];
		if (t->n[s] > t->n[best])
			best = s;
	}
	if (!total)
		snprintf(text, sizeof(text), "-");
	else if (total == 1)
		snprintf(text, sizeof(text), "%s %.2f", fpb_lock_name(best),
			 t->ratio);
	else
		snprintf(text, sizeof(text), "%s %u/%u", fpb_lock_name(best),
			 t->n[best], total);
	printf(" | %-17s", text);
}

static void print_table(const struct probe *p)
{
	const struct fpb_lock_case *k;

	printf("%-16s | %-17s", "two writers", "raw XFS");
	for (size_t i = 0; i < p->ncolumns; i++)
		printf(" | %-17s", p->columns[i].kernel.name);
	puts("");
	for (k = fpb_lock_cases; k->name; k++) {
		size_t n = k - fpb_lock_cases;

		if (p->only && strcmp(p->only, k->name))
			continue;
		printf("%-16s", k->name);
		/* raw is the same code under each kernel; the first is shown. */
		print_tally(&p->columns[0].raw[n]);
		for (size_t i = 0; i < p->ncolumns; i++)
			print_tally(&p->columns[i].fuse[n]);
		puts("");
	}
	if (p->repeat == 1)
		puts("\nThe number is how many times the rate of one writer two have.");
}

/* What baseline and patched, as make builds them, are known to do. */
static unsigned int count_wrong(const struct probe *p)
{
	const struct fpb_lock_case *k;
	unsigned int wrong = 0;

	for (size_t i = 0; i < p->ncolumns; i++) {
		const struct column *c = &p->columns[i];

		if (c->kernel.expect == FPB_LOCK_UNKNOWN)
			continue;
		for (k = fpb_lock_cases; k->name; k++) {
			enum fpb_lock_state want =
				c->kernel.expect == FPB_LOCK_SHARED ?
				k->patched : k->baseline;
			const struct tally *t = &c->fuse[k - fpb_lock_cases];

			if (p->only && strcmp(p->only, k->name))
				continue;
			wrong += p->repeat - t->n[want];
			if (t->n[want] != p->repeat)
				fpb_err("kernel %s, %s: %s in %u of %u probes only",
					c->kernel.name, k->name,
					fpb_lock_name(want), t->n[want],
					p->repeat);
		}
	}
	return wrong;
}

static int probe_all(struct probe *p)
{
	struct fpb_scratch scratch;
	int ret = FPB_EXIT_OK;

	if (fpb_scratch_up(&scratch))
		return FPB_EXIT_FAILED;
	for (size_t i = 0; !ret && i < p->ncolumns; i++)
		ret = boot(p, &p->columns[i], scratch.path);
	fpb_scratch_down(&scratch);
	if (ret)
		return ret;
	print_table(p);
	return count_wrong(p) ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

static int add(struct probe *p, const char *text)
{
	if (p->ncolumns == MAX_KERNELS) {
		fpb_err("more than %d kernels", MAX_KERNELS);
		return -EINVAL;
	}
	return fpb_kernel_parse(&p->columns[p->ncolumns++].kernel, p->backend,
				text, p->programs.kernels);
}

static int choose_kernels(struct probe *p, const struct options *o)
{
	if (!p->backend->guest) {
		strcpy(p->columns[0].kernel.name, "running");
		p->ncolumns = 1;
		return 0;
	}
	if (!o->kernels)
		return add(p, "baseline,expect=exclusive") ||
		       add(p, "patched,expect=shared") ? -EINVAL : 0;
	for (char **k = o->kernels; *k; k++)
		if (add(p, *k))
			return -EINVAL;
	return 0;
}

static int run(const struct options *o, const struct fpb_planopts *po)
{
	struct probe *p = calloc(1, sizeof(*p));
	uint64_t repeat = 1;
	int ret = FPB_EXIT_USAGE;

	if (!p)
		return FPB_EXIT_FAILED;
	p->backend = fpb_backend_choose(o->backend);
	if (!p->backend) {
		/* It has been said. */
	} else if (o->repeat && (fpb_parse_u64(o->repeat, &repeat) ||
				 !repeat || repeat > 10000)) {
		fpb_err("--repeat: \"%s\" is no number from 1 to 10000",
			o->repeat);
	} else if (o->only && !fpb_lock_case_find(o->only)) {
		fpb_err("--case: there is no case \"%s\" (a run without it shows them)",
			o->only);
	} else if (fpb_machine_has(p->backend)) {
		ret = FPB_EXIT_SKIPPED;
	} else if (!fpb_planopts_plan(po, NULL, &p->plan) &&
		   !fpb_programs_default(&p->programs) &&
		   !choose_kernels(p, o)) {
		p->repeat = repeat;
		p->only = o->only;
		fpb_stop_catch();
		ret = fpb_machine_settle(p->backend, &p->columns[0].kernel,
					 &p->programs, &p->plan);
		if (!ret)
			ret = probe_all(p);
	}
	free(p);
	return ret;
}

int fpb_cmd_probe(int argc, const char **argv)
{
	struct options o = { 0 };
	struct fpb_planopts po = { 0 };
	struct poptOption table[] = {
		{ "backend", 'b', POPT_ARG_STRING, &o.backend, 0,
		  "Where kernels run: uml (default), qemu or host", "NAME" },
		{ "kernel", 'k', POPT_ARG_ARGV, &o.kernels, 0,
		  "A kernel to boot; may be repeated (default: baseline and patched)",
		  "NAME[=DIR][,expect=shared|exclusive]" },
		{ "repeat", 'n', POPT_ARG_STRING, &o.repeat, 0,
		  "Probe each case so often (default 1)", "N" },
		{ "case", 'c', POPT_ARG_STRING, &o.only, 0,
		  "Only this case", "NAME" },
		{ "set", 0, POPT_ARG_ARGV, &po.set, 0,
		  "A key of a plan file, such as guest.cpus=4",
		  "SECTION.KEY=VALUE" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	poptContext ctx;
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse("probe", argc, argv, table, &ctx)) {
		if (!fpb_opts_end(ctx, "probe"))
			ret = run(&o, &po);
		poptFreeContext(ctx);
	}
	free(o.backend);
	free(o.repeat);
	free(o.only);
	fpb_planopts_free(&po);
	for (char **k = o.kernels; k && *k; k++)
		free(*k);
	free(o.kernels);
	return ret;
}
