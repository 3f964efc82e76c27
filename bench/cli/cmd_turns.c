// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench turns: sessions of several kernels in turns, a boot of this machine for
 * each. Run after every boot, it does what comes next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "core/argv.h"
#include "core/turns.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/msg.h"
#include "os/place.h"
#include "os/spawn.h"
#include "os/stop.h"

#define CONFIG		"turns.ini"
#define LOG		"turns.jsonl"
#define RUNS		"runs"

#define SESSION_MS	(24u * 3600 * 1000)
#define BOOT_MS		(10u * 60 * 1000)

struct folder {
	char config[FPB_PATH_MAX], log[FPB_PATH_MAX], runs[FPB_PATH_MAX];
	char plan[FPB_PATH_MAX];	/* or "" */
	bool busy;			/* another fpbench turns works in it */
	struct fpb_turns t;
};

/* --- the folder ------------------------------------------------------------- */

static int take_log(struct folder *f)
{
	char *text, why[FPB_REASON_MAX];
	size_t line;
	int ret;

	/* The machine may have died over a line, before the step. */
	if (!f->busy)
		fpb_file_cut_tail(f->log);
	ret = fpb_file_read(f->log, &text, NULL);
	if (ret == -ENOENT)
		return FPB_EXIT_OK;
	if (ret) {
		fpb_err("turns: cannot read %s: %s", f->log, strerror(-ret));
		return FPB_EXIT_USAGE;
	}
	ret = fpb_turns_take_log(&f->t, text, &line, why);
	if (ret)
		fpb_err("turns: %s:%zu: %s", f->log, line, why);
	free(text);
	return ret ? FPB_EXIT_USAGE : FPB_EXIT_OK;
}

/*
 * What another one has begun would look like a step that did not end. Who only
 * looks may do so meanwhile. The lock goes with this process.
 */
static int lock_folder(struct folder *f, const char *dir, bool only_look)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		return FPB_EXIT_OK;
	f->busy = fd >= 0 && errno == EWOULDBLOCK;
	if (f->busy && only_look)
		return FPB_EXIT_OK;
	if (f->busy)
		fpb_err("turns: another fpbench turns works in %s", dir);
	else
		fpb_err("turns: cannot lock %s: %s", dir, strerror(errno));
	return FPB_EXIT_FAILED;
}

static int open_folder(struct folder *f, const char *dir, bool only_look)
{
	char why[FPB_REASON_MAX], *full = realpath(dir, NULL), *text;
	int ret = !full ? -errno : fpb_path(f->config, "%s/" CONFIG, full) ? :
		  fpb_path(f->log, "%s/" LOG, full) ? :
		  fpb_path(f->runs, "%s/" RUNS, full) ? :
		  fpb_file_read(f->config, &text, NULL);

	if (ret) {
		fpb_err("turns: cannot read %s/" CONFIG ": %s", dir,
			strerror(-ret));
		fpb_hint("the manual describes it in section Turns");
		free(full);
		return FPB_EXIT_USAGE;
	}
	ret = fpb_turns_parse(&f->t, text, why);
	free(text);
	if (ret)
		fpb_err("turns: %s: %s", f->config, why);
	else if (*f->t.plan)
		ret = *f->t.plan == '/' ? fpb_path(f->plan, "%s", f->t.plan) :
		      fpb_path(f->plan, "%s/%s", full, f->t.plan);
	free(full);
	return ret ? FPB_EXIT_USAGE :
	       lock_folder(f, dir, only_look) ? : take_log(f);
}

/* The event @o, to which it adds the kernel and the time, and which it frees. */
static int note(struct folder *f, json_t *o, const char *kernel)
{
	char now[FPB_NAME_MAX];
	int ret;

	fpb_utc(FPB_ISO8601, now, sizeof(now));
	json_object_set_new(o, "kernel", json_string(kernel));
	json_object_set_new(o, "time", json_string(now));
	ret = fpb_file_append_json(f->log, o);
	if (!ret)
		ret = fpb_turns_take(&f->t, o);
	json_decref(o);
	if (!ret)
		return FPB_EXIT_OK;
	fpb_err("turns: cannot write %s: %s", f->log, strerror(-ret));
	return FPB_EXIT_FAILED;
}

/* --- steps ------------------------------------------------------------------ */

/* A session in the kernel that runs. Its failure is noted, and no more. */
static int measure(struct folder *f, const struct fpb_turns_kernel *k)
{
	char self[FPB_PATH_MAX], *run = NULL;
	const char *argv[] = {
		self, "run", "--backend=host", "--label", k->name, "--seed=0",
		"--results", f->runs, *f->plan ? f->plan : NULL, NULL
	};
	int status = 0, ret = note(f, json_pack("{ss}", "event", "start"),
				   k->name);

	if (ret)
		return ret;
	ret = fpb_place_self(self) ? :
	      fpb_spawn_ask(argv, SESSION_MS, &run, &status);
	if (fpb_stop_asked()) {
		free(run);
		return FPB_EXIT_INTERRUPTED;
	}
	if (!ret)
		ret = WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
	if (ret)
		fpb_warn("turns: the session of %s failed", k->name);
	if (run)
		run[strcspn(run, "\n")] = '\0';
	ret = note(f, json_pack("{ss si ss*}", "event", "end", "status", ret,
				"run", run), k->name);
	free(run);
	return ret;
}

static int boot(struct folder *f, const struct fpb_turns_kernel *k)
{
	const char *argv[] = { "sh", "-euc", k->boot, NULL };
	int status = 0, ret = note(f, json_pack("{ss}", "event", "boot"),
				   k->name);
	char *out = NULL;

	if (ret)
		return ret;
	fpb_info("booting %s: %s", k->name, k->boot);
	sync();
	ret = fpb_spawn_ask(argv, BOOT_MS, &out, &status);
	free(out);
	if (!ret && !status)
		return FPB_EXIT_OK;
	/* The machine already goes down, as it should, and ends the command. */
	if (fpb_stop_asked())
		return FPB_EXIT_INTERRUPTED;
	fpb_err("turns: the command that boots %s failed: %s", k->name,
		k->boot);
	return FPB_EXIT_FAILED;
}

static void put_counts(const struct folder *f)
{
	for (size_t i = 0; i < f->t.n; i++)
		printf("%s: %zu of %zu sessions, %zu failed\n",
		       f->t.kernels[i].name, f->t.kernels[i].done,
		       f->t.sessions, f->t.kernels[i].failed);
}

static int done(const struct folder *f)
{
	char *runs = fpb_shell_word(f->runs);

	put_counts(f);
	printf("All sessions are complete: fpbench next -r %s\n",
	       runs ? runs : f->runs);
	free(runs);
	return FPB_EXIT_OK;
}

static int give_up(const struct folder *f, const struct fpb_turns_kernel *k)
{
	put_counts(f);
	fpb_err("turns: kernel %s failed %zu times: it crashed, did not come up, or its sessions failed",
		k->name, k->failed);
	fpb_hint("see %s; without its lines the turns begin anew", f->log);
	return FPB_EXIT_FAILED;
}

static int print_step(const struct folder *f)
{
	const struct fpb_turns *t = &f->t;

	put_counts(f);
	if (t->started >= 0)
		printf("Now: %s measures\n", t->kernels[t->started].name);
	else if (t->asked >= 0)
		printf("Now: %s boots\n", t->kernels[t->asked].name);
	return FPB_EXIT_OK;
}

static int only_print(const struct folder *f, enum fpb_turns_do what,
		      const struct fpb_turns_kernel *k)
{
	put_counts(f);
	if (what == FPB_TURNS_MEASURE)
		printf("Next: measure %s\n", k->name);
	else if (what == FPB_TURNS_BOOT)
		printf("Next: boot %s: %s\n", k->name, k->boot);
	return what == FPB_TURNS_GIVE_UP ? give_up(f, k) : FPB_EXIT_OK;
}

static int go_on(struct folder *f, bool dry_run)
{
	struct utsname u;
	size_t k;
	int ret = FPB_EXIT_OK;

	uname(&u);
	while (!ret) {
		enum fpb_turns_do what =
			fpb_turns_next(&f->t, fpb_turns_find(&f->t, u.release),
				       &k);
		const struct fpb_turns_kernel *kernel = &f->t.kernels[k];

		if (dry_run)
			ret = only_print(f, what, kernel);
		else if (what == FPB_TURNS_BOOT)
			ret = boot(f, kernel);
		else if (what == FPB_TURNS_DONE)
			ret = done(f);
		else if (what == FPB_TURNS_GIVE_UP)
			ret = give_up(f, kernel);
		if (dry_run || what != FPB_TURNS_MEASURE)
			break;
		ret = measure(f, kernel);
	}
	return ret;
}

static int turns(const char *dir, bool dry_run)
{
	struct folder *f = calloc(1, sizeof(*f));
	int ret = f ? open_folder(f, dir, dry_run) : FPB_EXIT_FAILED;

	fpb_stop_catch();
	if (!ret)
		ret = f->busy ? print_step(f) : go_on(f, dry_run);
	free(f);
	return ret;
}

FPB_CMD(turns)
{
	int dry_run = 0, ret = FPB_EXIT_USAGE;
	struct poptOption table[] = {
		{ "dry-run", 'n', POPT_ARG_NONE, &dry_run, 0,
		  "Print how far it is and what comes next, and do nothing",
		  NULL },
		POPT_AUTOHELP
		POPT_TABLEEND
	};
	struct fpb_opts opts = { .command = self, .table = table };

	if (!fpb_opts_parse(&opts, argc, argv)) {
		if (opts.args[0])
			ret = turns(opts.args[0], dry_run);
		else
			fpb_err("turns: needs a folder with " CONFIG);
	}
	fpb_opts_free(&opts);
	return ret;
}
