// SPDX-License-Identifier: GPL-2.0
#include "agent/fiorun.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "os/spawn.h"

/*
 * A sample may take this much longer than its run time before it is ended; less
 * than a guest may be silent, or a daemon that hangs would end the guest.
 */
#define GRACE_MS	45000

bool fpb_fio_cpu_clock(const struct fpb_agent *a)
{
	const char *argv[] = { a->job->fio, "--cpuclock-test", NULL };
	char *text = NULL;
	bool ok = !fpb_spawn_run(argv, a->log, GRACE_MS) &&
		  !fpb_file_read(a->log, &text, NULL) &&
		  strstr(text, "reliable_tsc: yes");

	free(text);
	return ok;
}

struct paths {
	char job[FPB_PATH_MAX], json[FPB_PATH_MAX], log[FPB_PATH_MAX];
};

void fpb_sample_fail(struct fpb_sample *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->reason, sizeof(s->reason), fmt, ap);
	va_end(ap);
	s->status = FPB_SAMPLE_FAILED;
}

static int name_files(const struct fpb_job *job, struct fpb_sample *s,
		      struct paths *p)
{
	snprintf(s->fio, sizeof(s->fio), "boots/%.60s/fio/%03u.json",
		 job->boot, s->seq);
	return fpb_path(p->job, "%s/fio/%03u.fio", job->out, s->seq) ? :
	       fpb_path(p->json, "%s/fio/%03u.json", job->out, s->seq) ? :
	       fpb_path(p->log, "%s/fio/%03u.log", job->out, s->seq);
}

static int write_job(const struct fpb_job *job, const struct fpb_step *step,
		     const char *path, const char *file,
		     const struct fpb_fio_sides *sides)
{
	const char *own_path = fpb_plan_workload(&job->plan,
						 step->cell.workload)->job;
	char *text, *own = NULL;
	int ret = *own_path ? fpb_file_read(own_path, &own, NULL) : 0;

	if (ret)
		return ret;
	text = fpb_fio_job(&job->plan, step, job->engine, file, sides, own);
	ret = text ? fpb_file_write(path, text) : -ENOMEM;
	free(text);
	free(own);
	return ret;
}

static int spawn(const struct fpb_agent *a, const struct fpb_step *step,
		 const struct paths *p, char *why)
{
	char output[FPB_PATH_MAX + 16];
	const char *argv[] = { a->job->fio, "--output-format=json", output,
			       p->job, a->cpu_clock ? "--clocksource=cpu" : NULL,
			       NULL };

	snprintf(output, sizeof(output), "--output=%s", p->json);
	return fpb_spawn_run_why(argv, p->log, step->slicing.job_ms +
				 a->job->plan.ramp_ms + GRACE_MS, why);
}

/* An empty log is of no use. */
static void drop_empty(const char *log)
{
	char *text;

	if (fpb_file_read(log, &text, NULL))
		return;
	if (!*text)
		unlink(log);
	free(text);
}

static json_t *load(const char *path, char *why)
{
	char *text;
	json_t *o;

	if (fpb_file_read(path, &text, NULL)) {
		strcpy(why, " no file");
		return NULL;
	}
	o = fpb_fio_parse(text, why);
	free(text);
	return o;
}

int fpb_fio_run(const struct fpb_agent *a, const struct fpb_step *step,
		const char *file, const struct fpb_fio_sides *sides,
		struct fpb_sample *s, json_t **fio)
{
	const struct fpb_job *job = a->job;
	char why[FPB_REASON_MAX];
	struct paths p;
	int ret;

	*fio = NULL;
	ret = name_files(job, s, &p);
	if (!ret)
		ret = write_job(job, step, p.job, file, sides);
	if (ret) {
		fpb_sample_fail(s, "cannot write fio's job %03u: %s", s->seq,
				strerror(-ret));
		return 0;
	}
	ret = spawn(a, step, &p, why);
	if (ret == -EINTR)
		return ret;
	if (ret) {
		fpb_sample_fail(s, "%s", why);
		return 0;
	}
	*fio = load(p.json, why);
	if (!*fio) {
		fpb_sample_fail(s, "fio wrote no JSON: %s:%s", s->fio, why);
	} else if (fpb_fio_result(*fio, *fpb_plan_workload(&job->plan,
			step->cell.workload)->job, s, why)) {
		fpb_sample_fail(s, "%s", why);
	} else {
		s->status = FPB_SAMPLE_OK;
		drop_empty(p.log);
	}
	return 0;
}
