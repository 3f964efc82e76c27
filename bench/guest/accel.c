// SPDX-License-Identifier: GPL-2.0
#include "guest/accel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "backend/backends.h"
#include "guest/guest.h"
#include "guest/scratch.h"
#include "os/clock.h"
#include "os/msg.h"

/* A kernel that runs natively is up within one second. */
#define TRIAL_MS	10000

/* --- what was found before -------------------------------------------------- */

/*
 * The answer is about one image on one boot of this machine. A hidden file
 * beside the scratch folders: it is not something that was left behind.
 */
struct memory {
	char path[FPB_PATH_MAX], key[FPB_REASON_MAX];
};

static int memory_of(const struct fpb_backend *b, const struct fpb_kernel *k,
		     struct memory *m)
{
	char image[FPB_PATH_MAX], root[FPB_PATH_MAX], *boot_id;
	struct stat s;
	int ret = fpb_path(image, "%s/%s", k->dir, b->image);

	if (!ret)
		ret = fpb_scratch_root(root);
	if (!ret && stat(image, &s))
		ret = -errno;
	if (!ret)
		ret = fpb_path(m->path, "%s/.accel-%lx-%lx", root,
			       (unsigned long)s.st_dev,
			       (unsigned long)s.st_ino);
	if (!ret)
		ret = fpb_file_read("/proc/sys/kernel/random/boot_id",
				    &boot_id, NULL);
	if (ret)
		return ret;
	snprintf(m->key, sizeof(m->key), "%.36s %lld.%09ld ", boot_id,
		 (long long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
	free(boot_id);
	return 0;
}

static const struct fpb_accel *remembered(const struct fpb_backend *b,
					  const struct memory *m)
{
	const struct fpb_accel *a = NULL;
	char *text;

	if (fpb_file_read(m->path, &text, NULL))
		return NULL;
	if (!strncmp(text, m->key, strlen(m->key)))
		a = fpb_accel_find(b, text + strlen(m->key));
	free(text);
	return a;
}

static void remember(const struct fpb_accel *a, const struct memory *m)
{
	char text[FPB_REASON_MAX + FPB_NAME_MAX];
	int ret;

	snprintf(text, sizeof(text), "%s%s", m->key, a->name);
	ret = fpb_file_write(m->path, text);
	if (ret)
		fpb_warn("cannot write %s: %s", m->path, strerror(-ret));
}

/* --- a trial ---------------------------------------------------------------- */

/* What fpb_accel_settle() was given. */
struct settling {
	const struct fpb_backend *backend;
	const struct fpb_kernel *kernel;
	const struct fpb_programs *programs;
	const char *scratch;
	struct fpb_plan *plan;
};

static int boot(struct fpb_guest *g)
{
	int ret = fpb_guest_start(g);

	while (!ret) {
		fpb_sleep_ms(20);
		ret = fpb_guest_poll(g);
	}
	return ret < 0 ? ret : 0;
}

/* Boots @k with nothing to do. An exit status; how it went is in @record. */
static int trial(const struct settling *t, struct fpb_boot *record)
{
	struct fpb_job job = {
		.fio = t->programs->fio, .engine = t->programs->engine,
		.daemon = t->programs->daemon, .plan = *t->plan,
	};
	char dir[FPB_PATH_MAX];
	struct fpb_guest g = {
		.backend = t->backend, .kernel = t->kernel,
		.agent = t->programs->agent, .dir = dir, .job = &job,
		.timeout_ms = TRIAL_MS,
		.record = { .boot = "trial", .round = 1, .attempt = 1 },
	};
	int ret = fpb_path(dir, "%s/trial", t->scratch) ? :
		  fpb_path(g.scratch, "%s/0", t->scratch);

	if (!ret)
		ret = boot(&g);
	*record = g.record;
	if (ret)
		return FPB_EXIT_FAILED;
	return strcmp(record->status, "interrupted") ? FPB_EXIT_OK :
						       FPB_EXIT_INTERRUPTED;
}

/*
 * Tries one accelerator; @works says how it went, @tried whether a kernel was
 * booted for it. An exit status.
 */
static int try_accel(const struct settling *t, const struct fpb_accel *a,
		     bool *works, bool *tried, char *why)
{
	struct fpb_boot record;
	int ret;

	*works = false;
	if (a->probe && a->probe(why))
		return FPB_EXIT_OK;
	snprintf(t->plan->accel, sizeof(t->plan->accel), "%s", a->name);
	*tried = true;
	fpb_info("trying whether kernel %s boots with %s ...",
		 t->kernel->name, a->title);
	ret = trial(t, &record);
	*works = !ret && !strcmp(record.status, "ok");
	if (!ret && !*works)
		snprintf(why, FPB_REASON_MAX, "%s", record.reason);
	return ret;
}

/* Whether there is one more to try. */
static bool has_next(const struct fpb_accel *a)
{
	return a[1].name && !a[1].exact;
}

static int settle_auto(const struct settling *t)
{
	const struct fpb_accel *a = t->backend->accels, *before;
	const char *kernel = t->kernel->name;
	struct fpb_plan *p = t->plan;
	bool works, known, tried = false;
	char why[FPB_REASON_MAX];
	struct memory m;
	int ret;

	/* With no choice there is nothing to try. */
	if (!has_next(a)) {
		snprintf(p->accel, sizeof(p->accel), "%s", a->name);
		return FPB_EXIT_OK;
	}
	known = !memory_of(t->backend, t->kernel, &m);
	before = known ? remembered(t->backend, &m) : NULL;
	if (before) {
		snprintf(p->accel, sizeof(p->accel), "%s", before->name);
		if (before == a)
			return FPB_EXIT_OK;
		fpb_warn("%s did not run kernel %s when it was tried: using %s, which is many times slower",
			 a->title, kernel, before->title);
		fpb_hint("to try %s again: --set guest.accel=%s, or rm %s",
			 a->title, a->name, m.path);
		return FPB_EXIT_OK;
	}
	for (; has_next(a); a++) {
		ret = try_accel(t, a, &works, &tried, why);
		if (ret)
			return ret;
		if (works)
			break;
		fpb_warn("%s does not run kernel %s here (%s): using %s, which is many times slower",
			 a->title, kernel, why, a[1].title);
	}
	snprintf(p->accel, sizeof(p->accel), "%s", a->name);
	if (known && tried)
		remember(a, &m);
	return FPB_EXIT_OK;
}

int fpb_accel_settle(const struct fpb_backend *b, const struct fpb_kernel *k,
		     const struct fpb_programs *programs, const char *scratch,
		     struct fpb_plan *p)
{
	const struct settling t = {
		.backend = b, .kernel = k, .programs = programs,
		.scratch = scratch, .plan = p,
	};
	const struct fpb_accel *a = fpb_accel_find(b, p->accel);
	char why[FPB_REASON_MAX];

	if (!strcmp(p->accel, "auto"))
		return settle_auto(&t);
	if (!a) {
		fpb_err("guest.accel: the %s backend has no \"%s\"", b->name,
			p->accel);
		return FPB_EXIT_USAGE;
	}
	if (a->probe && a->probe(why)) {
		fpb_err("guest.accel=%s: %s", a->name, why);
		return FPB_EXIT_SKIPPED;
	}
	return FPB_EXIT_OK;
}
