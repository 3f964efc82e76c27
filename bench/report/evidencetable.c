// SPDX-License-Identifier: GPL-2.0
#include "report/evidencetable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/units.h"
#include "report/section.h"

static int put_caption(struct fpb_page *p, const struct fpb_rundata *run,
		       const char *what)
{
	char *text;

	if (asprintf(&text, "%s" FPB_PAGE_FACT "run %s", what,
		     run->manifest.id) < 0)
		return -ENOMEM;
	fpb_page_caption(p, text);
	free(text);
	return 0;
}

/* --- the way of the data ---------------------------------------------------- */

/* What reached the daemon of one target in one kernel, by the samples. */
struct path {
	const char *kernel, *target;
	size_t samples, invalid;
	uint64_t reads, writes, requests;
	const char *evidence;		/* NULL: of several kinds */
};

static void add_sample(struct path *x, const struct fpb_sample *s)
{
	if (!x->samples)
		x->evidence = s->evidence;
	else if (x->evidence && strcmp(x->evidence, s->evidence))
		x->evidence = NULL;
	x->samples++;
	x->invalid += s->status == FPB_SAMPLE_INVALID;
	x->reads += s->daemon_read;
	x->writes += s->daemon_write;
	x->requests += s->daemon_requests;
}

static struct path path_of(const struct fpb_rundata *run, const char *kernel,
			   const char *target)
{
	struct path x = { .kernel = kernel, .target = target };
	size_t i;

	for (i = 0; i < run->nsamples; i++) {
		const struct fpb_sample *s = &run->samples[i];

		if (s->has_daemon && (s->status == FPB_SAMPLE_OK ||
				      s->status == FPB_SAMPLE_INVALID) &&
		    !strcmp(s->kernel, kernel) &&
		    !strcmp(s->cell.target, target) &&
		    !fpb_rundata_repeated(run, s))
			add_sample(&x, s);
	}
	return x;
}

static int add_path(struct fpb_grid *g, const struct fpb_rundata *run,
		    const struct path *x)
{
	const char *expect = fpb_json_text(fpb_json_named(run->manifest.root,
			"targets", x->target), "expect");
	char counts[5][FPB_UNITS_MAX];

	if (!x->samples)
		return 0;
	/* Numbers with commas, of whatever. */
	return fpb_grid_add(g, (const char *const []){
		x->kernel, fpb_target_title(x->target), expect ? expect : "-",
		fpb_format_iops(x->samples, counts[0]),
		fpb_format_iops(x->invalid, counts[1]),
		fpb_format_iops(x->reads, counts[2]),
		fpb_format_iops(x->writes, counts[3]),
		fpb_format_iops(x->requests, counts[4]),
		!x->evidence ? "several" : *x->evidence ? x->evidence : "-" });
}

/* Whether no earlier cell has the target of this one. */
static bool new_target(const struct fpb_manifest *m, size_t cell)
{
	size_t i;

	for (i = 0; i < cell; i++)
		if (!strcmp(m->cells[i].target, m->cells[cell].target))
			return false;
	return true;
}

int fpb_evidence_put_paths(struct fpb_page *p, const struct fpb_rundata *run)
{
	static const char *const header[] = {
		"kernel", "target", "data must go", "samples", "invalid", "READ",
		"WRITE", "all requests", "counted by"
	};
	const struct fpb_manifest *m = &run->manifest;
	struct fpb_grid g;
	struct path x;
	size_t cell, k;
	int ret;

	fpb_grid_init(&g, sizeof(header) / sizeof(*header), 1, true);
	g.first_left = true;
	ret = fpb_grid_add(&g, header);
	for (cell = 0; cell < m->ncells; cell++) {
		if (!new_target(m, cell))
			continue;
		for (k = 0; !ret && k < m->nkernels; k++) {
			x = path_of(run, m->kernels[k].name,
				    m->cells[cell].target);
			ret = add_path(&g, run, &x);
		}
	}
	if (!ret && g.nrows > 1)
		ret = put_caption(p, run, "Requests that reached the daemon");
	if (!ret && g.nrows > 1)
		fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return ret;
}

/* --- the lock --------------------------------------------------------------- */

static int add_boot(struct fpb_grid *g, const struct fpb_boot *b)
{
	char load[FPB_UNITS_MAX] = "-", one[FPB_UNITS_MAX] = "-";
	char two[FPB_UNITS_MAX] = "-", ratio[FPB_UNITS_MAX] = "-";

	if (b->has_load)
		snprintf(load, sizeof(load), "%.1f", b->load.foreign_cpus);
	if (b->has_lock && b->lock.one_writer_iops > 0) {
		fpb_format_iops(b->lock.one_writer_iops, one);
		fpb_format_iops(b->lock.two_writer_iops, two);
		fpb_format_ratio(fpb_lock_ratio(&b->lock), ratio);
	}
	return fpb_grid_add(g, (const char *const []){
		b->boot, b->status, load, one, two, ratio,
		b->has_lock ? fpb_lock_name(b->lock.state) : "not probed" });
}

int fpb_evidence_put_boots(struct fpb_page *p, const struct fpb_rundata *run)
{
	static const char *const header[][7] = {
		{ "", "", "other work,", "one writer,", "two writers,",
		  "two writers", "inode" },
		{ "boot", "status", "CPUs", "IOPS", "IOPS", "over one", "lock" },
	};
	struct fpb_grid g;
	size_t i;
	int ret;

	if (!run->nboots)
		return 0;
	fpb_grid_init(&g, 7, 2, true);
	g.first_left = true;
	ret = fpb_grid_add(&g, header[0]) ? : fpb_grid_add(&g, header[1]);
	for (i = 0; !ret && i < run->nboots; i++)
		ret = add_boot(&g, &run->boots[i]);
	if (!ret)
		ret = put_caption(p, run, "Boots, and how parallel writes took the inode lock");
	if (!ret)
		fpb_page_grid(p, &g);
	fpb_grid_free(&g);
	return ret;
}
