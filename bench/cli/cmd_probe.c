// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench probe: for each way to write, whether writes to one file are in
 * flight together, on raw XFS and through passthrough, under each kernel.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "core/lock.h"
#include "core/parse.h"
#include "os/msg.h"
#include "os/stop.h"

#define MAX_CASES	16

/* What all probes of one case on one target came to. */
struct tally {
	unsigned int n[FPB_LOCK_EXCLUSIVE + 1];	/* by enum fpb_lock_state */
	double ratio;				/* sum */
};

struct column {
	const char *kernel;
	enum fpb_lock_state expect;
	struct tally raw[MAX_CASES], fuse[MAX_CASES];
};

struct probe {
	struct fpb_guests guests;
	struct column columns[FPB_MAX_KERNELS];
	unsigned int repeat;
	const char *only;		/* one case's name, or NULL */
};

static int on_event(struct fpb_guest *g, json_t *event)
{
	struct column *c = g->user;
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
static int boot(struct probe *p, size_t i)
{
	const struct fpb_kernel *k = &p->guests.kernels[i];
	struct fpb_job job = fpb_guests_job(&p->guests);
	char dir[FPB_PATH_MAX];
	struct fpb_guest g = fpb_guests_guest(&p->guests, k, &job, dir);
	int ret;

	p->columns[i].kernel = k->name;
	p->columns[i].expect = k->expect;
	job.probes = p->repeat;
	job.probe_case = p->only;
	g.on_event = on_event;
	g.user = &p->columns[i];
	snprintf(g.record.boot, FPB_NAME_MAX, "%s", k->name);
	if (fpb_path(dir, "%s/probe-%s", p->guests.scratch.path, k->name))
		return FPB_EXIT_FAILED;
	ret = fpb_guests_boot(&p->guests, &g);
	if (ret == FPB_EXIT_FAILED)
		fpb_scratch_keep(&p->guests.scratch, dir, "probe");
	return ret;
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
	for (size_t i = 0; i < p->guests.nkernels; i++)
		printf(" | %-17s", p->columns[i].kernel);
	puts("");
	for (k = fpb_lock_cases; k->name; k++) {
		size_t n = k - fpb_lock_cases;

		if (p->only && strcmp(p->only, k->name))
			continue;
		printf("%-16s", k->name);
		/* raw is the same code under each kernel; the first is shown. */
		print_tally(&p->columns[0].raw[n]);
		for (size_t i = 0; i < p->guests.nkernels; i++)
			print_tally(&p->columns[i].fuse[n]);
		puts("");
	}
	if (p->repeat == 1)
		puts("\nThe number is the two-writer rate divided by the one-writer rate.");
}

/* Probes that contradict what the kernel's build or the user expects. */
static unsigned int count_wrong(const struct probe *p)
{
	const struct fpb_lock_case *k;
	unsigned int wrong = 0;

	for (size_t i = 0; i < p->guests.nkernels; i++) {
		const struct column *c = &p->columns[i];

		if (c->expect == FPB_LOCK_UNKNOWN)
			continue;
		for (k = fpb_lock_cases; k->name; k++) {
			enum fpb_lock_state want =
				c->expect == FPB_LOCK_SHARED ?
				k->patched : k->baseline;
			const struct tally *t = &c->fuse[k - fpb_lock_cases];

			if (p->only && strcmp(p->only, k->name))
				continue;
			wrong += p->repeat - t->n[want];
			if (t->n[want] != p->repeat)
				fpb_err("kernel %s: %s: expected %s, found it in %u of %u probes",
					c->kernel, k->name,
					fpb_lock_name(want), t->n[want],
					p->repeat);
		}
	}
	return wrong;
}

static int probe_all(struct probe *p)
{
	int ret = fpb_guests_settle(&p->guests);

	for (size_t i = 0; !ret && i < p->guests.nkernels; i++)
		ret = boot(p, i);
	if (ret)
		return ret;
	print_table(p);
	return count_wrong(p) ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

static int choose_probes(struct probe *p, const char *repeat)
{
	uint64_t n = 1;

	if (repeat && (fpb_parse_u64(repeat, &n) || !n || n > 10000)) {
		fpb_err("probe: --repeat: \"%s\": must be a number from 1 to 10000",
			repeat);
		return FPB_EXIT_USAGE;
	}
	p->repeat = n;
	if (!p->only || fpb_lock_case_find(p->only))
		return FPB_EXIT_OK;
	fpb_err("probe: --case: unknown case \"%s\"", p->only);
	fpb_hint("fpbench probe without --case lists them");
	return FPB_EXIT_USAGE;
}

static int run(const struct fpb_guestopts *o, const char *repeat,
	       const char *only)
{
	static const char *const sections[] = { "guest", NULL };
	static const char *const defaults[] = { "baseline", "patched", NULL };
	const struct fpb_guests_wish wish = {
		.command = "probe", .backend = o->backend,
		.kernels = o->kernels, .defaults = defaults,
		.silence = o->silence,
	};
	struct probe *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return FPB_EXIT_FAILED;
	p->only = only;
	fpb_plan_default(&p->guests.plan);
	ret = choose_probes(p, repeat) ? :
	      fpb_guestopts_plan(o, "probe", sections, &p->guests.plan) ? :
	      fpb_guests_choose(&p->guests, &wish);
	if (!ret) {
		fpb_stop_catch();
		ret = probe_all(p);
	}
	fpb_guests_free(&p->guests);
	free(p);
	return ret;
}

FPB_CMD(probe)
{
	struct fpb_guestopts o = { 0 };
	char *repeat = NULL, *only = NULL;
	struct poptOption table[] = {
		FPB_GUESTOPTS(o, "Kernel to boot; repeat for more (default: baseline and patched)"),
		{ "repeat", 'n', POPT_ARG_STRING, &repeat, 0,
		  "Probes of each case (default: 1)", "N" },
		{ "case", 'c', POPT_ARG_STRING, &only, 0,
		  "Probe this case only", "NAME" },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		ret = run(&o, repeat, only);
	fpb_opts_free(&opts);
	return ret;
}
