// SPDX-License-Identifier: GPL-2.0
/* fpbench conform: suites of others, on raw XFS and on what is mounted over it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backends.h"
#include "cli/casefiles.h"
#include "cli/cmd.h"
#include "cli/guestopts.h"
#include "os/msg.h"
#include "os/place.h"
#include "os/stop.h"
#include "suite/conform.h"

#define MAX_JOBS	64
#define GUEST_CPUS	2
/* Both devices may fill up. */
#define DEVICE_MIB	1024
#define MEMORY_MIB	3072

/* Others than root have access, as on XFS, and device files and set-uid work. */
#define FPFS		"{fpfs} -o allow_other,dev,suid,fsname={name} {source} {mnt}"
#define FPFS_KNOWN	"bench/conform/fpfs.known"

struct options {
	struct fpb_guestopts guest;
	char **suites, **exclude;
	char *fs, *group, *exclude_from, *known, *deadline, *time, *jobs;
	int list, raw_failed;
	struct fpb_casefiles files;
};

/* --- what to run -------------------------------------------------------------- */

static int take_numbers(struct fpb_conform *c, const struct options *o)
{
	uint64_t jobs = 0, deadline = 300, time = 5;

	if (fpb_opts_number("conform: --jobs", o->jobs, 1, MAX_JOBS, &jobs) ||
	    fpb_opts_seconds("conform: --deadline", o->deadline, &deadline) ||
	    fpb_opts_seconds("conform: --time", o->time, &time))
		return FPB_EXIT_USAGE;
	c->jobs = jobs;
	c->deadline_s = deadline;
	c->time_s = time;
	c->raw_failed = o->raw_failed;
	return FPB_EXIT_OK;
}

static int take_fs(struct fpb_conform *c, const struct options *o)
{
	struct fpb_target t = { .name = FPB_TARGET_FS };
	char why[FPB_REASON_MAX];

	c->fs = o->fs ? o->fs : FPFS;
	if (strlen(c->fs) >= sizeof(t.mount)) {
		fpb_err("conform: --fs: at most %zu bytes",
			sizeof(t.mount) - 1);
		return FPB_EXIT_USAGE;
	}
	strcpy(t.mount, c->fs);
	if (!fpb_target_check(&t, why))
		return FPB_EXIT_OK;
	fpb_err("conform: --fs: %s", why);
	return FPB_EXIT_USAGE;
}

/* Differences of fpfs say nothing of another one. */
static int take_known(struct fpb_conform *c, const struct options *o)
{
	char ours[FPB_PATH_MAX] = FPFS_KNOWN;
	const char *path = o->known ? o->known : o->fs ? NULL : ours;
	char *text, why[FPB_REASON_MAX] = "out of memory";
	int ret = path == ours ? fpb_place_data(ours, FPFS_KNOWN) : 0;

	if (!ret && path)
		ret = fpb_file_read(path, &text, NULL);

	if (ret) {
		fpb_err("conform: cannot read %s: %s", path, strerror(-ret));
		return FPB_EXIT_USAGE;
	}
	if (!path || !fpb_known_parse(&c->known, text, why))
		return FPB_EXIT_OK;
	fpb_err("conform: %s: %s", path, why);
	return FPB_EXIT_USAGE;
}

static int add_suites(struct fpb_conform *c, const struct options *o)
{
	static char *const defaults[] = { "stress-ng", NULL };
	char *const *s = o->suites ? o->suites : defaults;
	int ret = FPB_EXIT_OK;

	if (o->group && s[1]) {
		fpb_err("conform: --group: needs a single --suite");
		return FPB_EXIT_USAGE;
	}
	for (; *s && !ret; s++)
		ret = fpb_conform_add(c, *s, o->group);
	return ret;
}

/* Patterns of the options and of the file: one a line, "#" before a comment. */
struct patterns {
	char *text;			/* of the file */
	const char **list;
};

static int read_patterns(const struct options *o, struct patterns *p)
{
	const char *path = o->exclude_from;
	size_t n = 1, len = 0;
	char *line, *save = NULL;
	int ret = path ? fpb_file_read(path, &p->text, &len) : 0;

	if (ret) {
		fpb_err("conform: cannot read %s: %s", path, strerror(-ret));
		return FPB_EXIT_USAGE;
	}
	for (char **x = o->exclude; x && *x; x++)
		n++;
	p->list = calloc(n + len, sizeof(*p->list));
	if (!p->list)
		return FPB_EXIT_FAILED;
	n = 0;
	for (char **x = o->exclude; x && *x; x++)
		p->list[n++] = *x;
	for (line = p->text ? strtok_r(p->text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		line += strspn(line, " \t");
		line[strcspn(line, "# \t")] = '\0';
		if (*line)
			p->list[n++] = line;
	}
	return FPB_EXIT_OK;
}

/* xfstests tells mounts by their names. */
static int check_name(const struct fpb_conform *c)
{
	for (size_t i = 0; i < c->nuses; i++) {
		if (!c->uses[i].suite->mounts || strstr(c->fs, "{name}"))
			continue;
		fpb_err("conform: --fs: must contain {name}, by which %s knows the mount",
			c->uses[i].suite->name);
		fpb_hint("for most daemons: -o fsname={name}");
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

static int choose_guests(struct fpb_conform *c, const struct options *o)
{
	static const char *const sections[] = { "guest", "device", NULL };
	static const char *const defaults[] = { "patched", NULL };
	const struct fpb_guests_wish wish = {
		.command = "conform", .backend = o->guest.backend,
		.kernels = o->guest.kernels, .defaults = defaults,
		.max_kernels = 1, .silence = o->guest.silence,
	};
	const struct fpb_backend *b = fpb_backend_choose(o->guest.backend);
	struct fpb_plan *p = &c->guests.plan;

	if (b && !b->guest)
		fpb_err("conform: --backend=%s: boots no guest, and tests may damage the running kernel",
			b->name);
	if (!b || !b->guest)
		return FPB_EXIT_USAGE;
	fpb_plan_default(p);
	p->filesize_mib = 1;
	p->cpus = GUEST_CPUS;
	p->memory_mib = MEMORY_MIB;
	p->device.size_mib = DEVICE_MIB;
	return fpb_guestopts_plan(&o->guest, "conform", sections, p) ? :
	       fpb_guests_choose(&c->guests, &wish);
}

/* --- running it --------------------------------------------------------------- */

static int list(const struct fpb_conform *c)
{
	for (size_t i = 0; i < c->ntests; i++)
		puts(c->tests[i].name);
	return FPB_EXIT_OK;
}

static int run_tests(struct fpb_conform *c, const struct options *o)
{
	int ret = fpb_guests_settle(&c->guests);

	if (!ret && !c->jobs)
		c->jobs = fpb_guests_at_once(&c->guests);
	if (!ret && fpb_casefiles_make(&o->files, c->dir))
		ret = FPB_EXIT_FAILED;
	if (!ret)
		ret = fpb_conform_run(c);
	/* Suites run for hours: report what was found even if one ended early. */
	if ((!ret || c->nresults) &&
	    fpb_casefiles_write(&o->files, c->dir, c->results, c->nresults))
		ret = FPB_EXIT_FAILED;
	return ret ? ret : fpb_check_exit(c->results, c->nresults);
}

static int run(struct options *o, const char *const *names)
{
	struct fpb_conform *c = calloc(1, sizeof(*c));
	struct patterns exclude = { 0 };
	int ret;

	if (!c)
		return FPB_EXIT_FAILED;
	fpb_stop_catch();
	ret = take_numbers(c, o) ? : take_fs(c, o) ? : take_known(c, o) ? :
	      read_patterns(o, &exclude);
	if (!ret && fpb_casefiles_check(&o->files))
		ret = FPB_EXIT_USAGE;
	/* A suite may take minutes to build: last. */
	if (!ret && !o->list)
		ret = choose_guests(c, o);
	ret = ret ? : add_suites(c, o) ? : check_name(c) ? :
	      fpb_conform_choose(c, names, exclude.list) ? :
	      o->list ? list(c) : run_tests(c, o);
	free(exclude.list);
	free(exclude.text);
	fpb_conform_close(c);
	free(c);
	return ret;
}

FPB_CMD(conform)
{
	struct options o = { .files = { .command = "conform" } };
	struct poptOption table[] = {
		{ "suite", 0, POPT_ARG_ARGV, &o.suites, 0,
		  "Suite, and its source tree if it needs one; repeat for more (default: stress-ng)",
		  "NAME[=DIR]" },
		{ "list", 'l', POPT_ARG_NONE, &o.list, 0,
		  "List the tests and run nothing", NULL },
		{ "group", 'g', POPT_ARG_STRING, &o.group, 0,
		  "Group of xfstests (default: quick), class of stress-ng (default: filesystem), or folder of pjdfstest or tap",
		  "NAME" },
		{ "exclude", 'x', POPT_ARG_ARGV, &o.exclude, 0,
		  "Leave out tests of that name; repeat for more", "PATTERN" },
		{ "exclude-from", 'E', POPT_ARG_STRING, &o.exclude_from, 0,
		  "Leave out the tests that FILE lists, one per line", "FILE" },
		{ "fs", 0, POPT_ARG_STRING, &o.fs, 0,
		  "Test what COMMAND mounts from {source} on {mnt} (default: fpfs)",
		  "COMMAND" },
		{ "raw-failed", 0, POPT_ARG_NONE, &o.raw_failed, 0,
		  "Run on raw XFS only what fails on the mount", NULL },
		{ "known", 0, POPT_ARG_STRING, &o.known, 0,
		  "File of known differences (default: those of fpfs; none with --fs)",
		  "FILE" },
		{ "deadline", 0, POPT_ARG_STRING, &o.deadline, 0,
		  "Fail a test that runs longer than TIME (default: 300s)",
		  "TIME" },
		{ "time", 't', POPT_ARG_STRING, &o.time, 0,
		  "Run time of each stressor (default: 5s)", "TIME" },
		{ "jobs", 'j', POPT_ARG_STRING, &o.jobs, 0,
		  "Guests at once (default: one for every two CPUs, if memory allows)",
		  "N" },
		FPB_OPT_CASEFILES(o.files),
		FPB_OPT_GUEST_BACKEND(o.guest),
		FPB_OPT_GUESTS(o.guest, "Kernel to boot (default: patched)"),
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = FPB_EXIT_USAGE;

	if (!fpb_opts_parse(&opts, argc, argv))
		ret = run(&o, opts.args[0] ? opts.args : NULL);
	fpb_opts_free(&opts);
	return ret;
}
