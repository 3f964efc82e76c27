// SPDX-License-Identifier: GPL-2.0
#include "guest/machine.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/guestshare.h"
#include "guest/scratch.h"
#include "os/msg.h"
#include "os/stop.h"
#include "setup/device.h"

/* Long enough for a slow machine to make a filesystem. */
#define SILENCE_MS	60000
/* A kernel that runs natively is up within one second. */
#define TRIAL_MS	10000

const char *fpb_machine_device(const struct fpb_backend *b)
{
	return b->device ? b->device : fpb_device_default();
}

const struct fpb_accel *fpb_machine_accel(const struct fpb_backend *b,
					  const struct fpb_plan *p)
{
	const struct fpb_accel *a = fpb_accel_find(b, p->accel);

	return a ? a : b->accels;
}

uint64_t fpb_machine_silence_ms(const struct fpb_backend *b,
				const struct fpb_plan *p)
{
	return SILENCE_MS * fpb_machine_accel(b, p)->patience;
}

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

	snprintf(text, sizeof(text), "%s%s", m->key, a->name);
	if (fpb_file_write(m->path, text))
		fpb_warn("cannot write %s", m->path);
}

/* --- a trial ---------------------------------------------------------------- */

static int no_event(struct fpb_booting *b, json_t *event)
{
	return 0;
}

/* Boots @k with nothing to do. An exit status; how it went is in @record. */
static int trial(const struct fpb_backend *b, const struct fpb_kernel *k,
		 const struct fpb_programs *programs,
		 const struct fpb_plan *p, struct fpb_boot *record)
{
	struct fpb_job job = {
		.fio = programs->fio, .engine = programs->engine,
		.daemon = programs->daemon, .plan = *p,
	};
	struct fpb_scratch scratch;
	struct fpb_booting boot = {
		.backend = b, .kernel = k, .agent = programs->self,
		.scratch = scratch.path, .job = &job,
		.silence_ms = TRIAL_MS, .on_event = no_event,
		.record = { .boot = "trial", .round = 1, .attempt = 1 },
	};
	char dir[FPB_PATH_MAX];
	int ret;

	if (fpb_scratch_up(&scratch))
		return FPB_EXIT_FAILED;
	boot.dir = dir;
	ret = fpb_path(dir, "%s/trial", scratch.path);
	if (!ret)
		ret = fpb_boot_run(&boot);
	fpb_scratch_down(&scratch);
	*record = boot.record;
	if (ret)
		return FPB_EXIT_FAILED;
	return strcmp(record->status, "interrupted") ? FPB_EXIT_OK :
						       FPB_EXIT_INTERRUPTED;
}

/*
 * Tries one accelerator; @works says how it went, @tried whether a kernel was
 * booted for it. An exit status.
 */
static int try_accel(const struct fpb_backend *b, const struct fpb_accel *a,
		     const struct fpb_kernel *k,
		     const struct fpb_programs *programs,
		     struct fpb_plan *p, bool *works, bool *tried, char *why)
{
	struct fpb_boot record;
	int ret;

	*works = false;
	if (a->probe && a->probe(why))
		return FPB_EXIT_OK;
	snprintf(p->accel, sizeof(p->accel), "%s", a->name);
	*tried = true;
	fpb_info("trying whether kernel %s boots with %s ...", k->name,
		 a->title);
	ret = trial(b, k, programs, p, &record);
	*works = !ret && !strcmp(record.status, "ok");
	if (!ret && !*works)
		snprintf(why, FPB_REASON_MAX, "%s", record.reason);
	return ret;
}

static int settle_accel(const struct fpb_backend *b,
			const struct fpb_kernel *k,
			const struct fpb_programs *programs,
			struct fpb_plan *p)
{
	const struct fpb_accel *a = b->accels, *before;
	bool works, known, tried = false;
	char why[FPB_REASON_MAX];
	struct memory m;
	int ret;

	/* With no choice there is nothing to try. */
	if (!a[1].name) {
		snprintf(p->accel, sizeof(p->accel), "%s", a->name);
		return FPB_EXIT_OK;
	}
	known = !memory_of(b, k, &m);
	before = known ? remembered(b, &m) : NULL;
	if (before) {
		snprintf(p->accel, sizeof(p->accel), "%s", before->name);
		if (before != b->accels)
			fpb_warn("%s did not run kernel %s when it was tried: using %s, which is many times slower",
				 b->accels->title, k->name, before->title);
		return FPB_EXIT_OK;
	}
	for (; a[1].name; a++) {
		ret = try_accel(b, a, k, programs, p, &works, &tried,
				why);
		if (ret)
			return ret;
		if (works)
			break;
		fpb_warn("%s does not run kernel %s here (%s): using %s, which is many times slower",
			 a->title, k->name, why, a[1].title);
	}
	snprintf(p->accel, sizeof(p->accel), "%s", a->name);
	if (known && tried)
		remember(a, &m);
	return FPB_EXIT_OK;
}

/* --- both ------------------------------------------------------------------- */

static int check_pin(const struct fpb_plan *p)
{
	cpu_set_t mine;

	if (sched_getaffinity(0, sizeof(mine), &mine))
		return FPB_EXIT_OK;
	for (size_t i = 0; i < p->npin; i++) {
		if (CPU_ISSET(p->pin[i], &mine))
			continue;
		fpb_err("guest.pin: this machine has no CPU %u for us",
			p->pin[i]);
		return FPB_EXIT_USAGE;
	}
	return FPB_EXIT_OK;
}

int fpb_machine_has(const struct fpb_backend *b)
{
	char why[FPB_REASON_MAX];

	if (!b->probe(why))
		return FPB_EXIT_OK;
	fpb_err("backend %s: %s", b->name, why);
	return FPB_EXIT_SKIPPED;
}

int fpb_machine_settle(const struct fpb_backend *b,
		       const struct fpb_kernel *k,
		       const struct fpb_programs *programs,
		       struct fpb_plan *p)
{
	const struct fpb_accel *a = fpb_accel_find(b, p->accel);
	char why[FPB_REASON_MAX];

	if (strcmp(p->accel, "auto") && !a) {
		fpb_err("guest.accel: the %s backend has no \"%s\"", b->name,
			p->accel);
		return FPB_EXIT_USAGE;
	}
	if (a && a->probe && a->probe(why)) {
		fpb_err("guest.accel=%s: %s", a->name, why);
		return FPB_EXIT_SKIPPED;
	}
	if (check_pin(p))
		return FPB_EXIT_USAGE;
	return a ? FPB_EXIT_OK : settle_accel(b, k, programs, p);
}
