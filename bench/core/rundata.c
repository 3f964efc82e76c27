// SPDX-License-Identifier: GPL-2.0
/* The texts of a run's files to structures, or to the line that is wrong. */
#include "core/rundata.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsontext.h"

static int parse_manifest(struct fpb_rundata *r, struct fpb_text text,
			  struct fpb_rundata_error *err)
{
	json_error_t e;
	json_t *root;
	int ret;

	err->file = FPB_FILE_MANIFEST;
	root = json_loadb(text.bytes, text.len, JSON_REJECT_DUPLICATES, &e);
	if (!root) {
		err->line = e.line > 0 ? e.line : 0;
		snprintf(err->why, sizeof(err->why), "%s", e.text);
		return -EINVAL;
	}
	ret = fpb_manifest_init(&r->manifest, root, err->why);
	json_decref(root);
	return ret;
}

/* Where lines of one kind go: an array that grows. */
struct lines {
	const char *file;
	const char *what;		/* a line is about: "sample" */
	size_t size;			/* of one entry */
	int (*from_json)(const json_t *o, void *entry, char *why);
	int (*check)(const struct fpb_manifest *m, const void *entry,
		     char *why);
	/* For qsort() of pointers to entries; 0: both are about the same. */
	int (*compare)(const void *a, const void *b);
	const struct fpb_manifest *m;
	char *entries;
	size_t n, room;
	bool cut;
};

static void *next_entry(struct lines *l)
{
	size_t room = l->room ? 2 * l->room : 64;
	char *more;

	if (l->n == l->room) {
		more = realloc(l->entries, room * l->size);
		if (!more)
			return NULL;
		l->entries = more;
		l->room = room;
	}
	return l->entries + l->n * l->size;
}

/* One line's text. */
static int parse_line(struct lines *l, const char *text, size_t len, char *why)
{
	void *entry = next_entry(l);
	json_t *o;
	int ret;

	if (!entry) {
		snprintf(why, FPB_REASON_MAX, "not enough memory");
		return -ENOMEM;
	}
	o = fpb_json_line_parse(text, len, why);
	if (!o)
		return -EINVAL;
	ret = l->from_json(o, entry, why);
	json_decref(o);
	if (!ret)
		ret = l->check(l->m, entry, why);
	if (!ret)
		l->n++;
	return ret;
}

static int read_lines(struct lines *l, struct fpb_text text,
		      struct fpb_rundata_error *err)
{
	const char *p = text.bytes, *end = p + text.len, *eol;
	int ret = 0;

	err->file = l->file;
	for (err->line = 1; !ret && p < end; err->line += !ret, p = eol + 1) {
		eol = memchr(p, '\n', end - p);
		/* It was never said to be kept, and the next would go on in it. */
		if (!eol) {
			l->cut = true;
			return 0;
		}
		ret = parse_line(l, p, eol - p, err->why);
	}
	return ret;
}

static size_t line_of(const struct lines *l, const void *entry)
{
	return ((const char *)entry - l->entries) / l->size + 1;
}

/* What stands there twice, as after a careless copy, would count twice. */
static int check_unique(const struct lines *l, struct fpb_rundata_error *err)
{
	const void **sorted = malloc((l->n + 1) * sizeof(*sorted));
	size_t i, a, b;
	int ret = 0;

	if (!sorted) {
		snprintf(err->why, FPB_REASON_MAX, "not enough memory");
		return -ENOMEM;
	}
	for (i = 0; i < l->n; i++)
		sorted[i] = l->entries + i * l->size;
	qsort(sorted, l->n, sizeof(*sorted), l->compare);
	for (i = 1; !ret && i < l->n; i++) {
		if (l->compare(&sorted[i - 1], &sorted[i]))
			continue;
		a = line_of(l, sorted[i - 1]);
		b = line_of(l, sorted[i]);
		err->line = a > b ? a : b;
		snprintf(err->why, FPB_REASON_MAX,
			 "the same %s as in line %zu", l->what, a < b ? a : b);
		ret = -EINVAL;
	}
	free(sorted);
	return ret;
}

static int parse_lines(struct lines *l, struct fpb_text text,
		       struct fpb_rundata_error *err)
{
	int ret = read_lines(l, text, err);

	return ret ? ret : check_unique(l, err);
}

static int check_place(const struct fpb_manifest *m, const char *kernel,
		       unsigned int round, char *why)
{
	if (fpb_manifest_kernel(m, kernel) < 0)
		snprintf(why, FPB_REASON_MAX,
			 "kernel \"%s\" is not in the manifest", kernel);
	else if (round < 1 || round > m->rounds)
		snprintf(why, FPB_REASON_MAX,
			 "round %u is not in the plan, which has %u", round,
			 m->rounds);
	else if (!fpb_manifest_has_round(m, round))
		snprintf(why, FPB_REASON_MAX,
			 "round %u is not one of shard %u/%u", round,
			 m->shard.index, m->shard.of);
	else
		return 0;
	return -EINVAL;
}

static int check_boot(const struct fpb_manifest *m, const void *entry,
		      char *why)
{
	const struct fpb_boot *b = entry;

	return check_place(m, b->kernel, b->round, why);
}

static int check_sample(const struct fpb_manifest *m, const void *entry,
			char *why)
{
	const struct fpb_sample *s = entry;
	int ret;

	ret = check_place(m, s->kernel, s->round, why);
	if (!ret && fpb_manifest_cell(m, &s->cell) < 0) {
		snprintf(why, FPB_REASON_MAX,
			 "%.40s %.40s %.40s numjobs %u is not in the plan",
			 s->cell.regime, s->cell.workload, s->cell.target,
			 s->cell.numjobs);
		return -EINVAL;
	}
	if (!ret && s->has_duet && strcmp(s->duet.over, m->kernels[0].name)) {
		snprintf(why, FPB_REASON_MAX,
			 "duet over \"%.64s\", which is not the first kernel",
			 s->duet.over);
		return -EINVAL;
	}
	return ret;
}

static int boot_from_json(const json_t *o, void *entry, char *why)
{
	return fpb_boot_from_json(o, entry, why);
}

static int sample_from_json(const json_t *o, void *entry, char *why)
{
	return fpb_sample_from_json(o, entry, why);
}

static int compare_boot(const char *kernel_a, unsigned int round_a,
			unsigned int attempt_a, const char *kernel_b,
			unsigned int round_b, unsigned int attempt_b)
{
	if (round_a != round_b)
		return round_a < round_b ? -1 : 1;
	if (attempt_a != attempt_b)
		return attempt_a < attempt_b ? -1 : 1;
	return strcmp(kernel_a, kernel_b);
}

static int compare_boots(const void *x, const void *y)
{
	const struct fpb_boot *a = *(const struct fpb_boot *const *)x;
	const struct fpb_boot *b = *(const struct fpb_boot *const *)y;

	return compare_boot(a->kernel, a->round, a->attempt, b->kernel,
			    b->round, b->attempt);
}

static int compare_samples(const void *x, const void *y)
{
	const struct fpb_sample *a = *(const struct fpb_sample *const *)x;
	const struct fpb_sample *b = *(const struct fpb_sample *const *)y;
	int ret = compare_boot(a->kernel, a->round, a->attempt, b->kernel,
			       b->round, b->attempt);

	if (!ret)
		ret = strcmp(a->cell.regime, b->cell.regime);
	if (!ret)
		ret = strcmp(a->cell.target, b->cell.target);
	if (!ret)
		ret = strcmp(a->cell.workload, b->cell.workload);
	if (!ret)
		ret = (int)a->cell.numjobs - (int)b->cell.numjobs;
	/* Another try in the same boot has a number of its own. */
	return ret ? ret : (int)a->seq - (int)b->seq;
}

static int list_repeated(struct fpb_rundata *r, struct fpb_rundata_error *err)
{
	size_t i;

	r->repeated = malloc((r->nboots + 1) * sizeof(*r->repeated));
	if (!r->repeated) {
		snprintf(err->why, FPB_REASON_MAX, "not enough memory");
		return -ENOMEM;
	}
	for (i = 0; i < r->nboots; i++)
		if (fpb_boot_repeated(&r->boots[i]))
			r->repeated[r->nrepeated++] = &r->boots[i];
	return 0;
}

static int parse_boots(struct fpb_rundata *r, struct fpb_text text,
		       struct fpb_rundata_error *err)
{
	struct lines l = {
		.file = FPB_FILE_BOOTS,
		.what = "boot",
		.compare = compare_boots,
		.size = sizeof(struct fpb_boot),
		.from_json = boot_from_json,
		.check = check_boot,
		.m = &r->manifest,
	};
	int ret = parse_lines(&l, text, err);

	r->boots = (struct fpb_boot *)l.entries;
	r->nboots = l.n;
	r->boots_cut = l.cut;
	return ret ? ret : list_repeated(r, err);
}

static int parse_samples(struct fpb_rundata *r, struct fpb_text text,
			 struct fpb_rundata_error *err)
{
	struct lines l = {
		.file = FPB_FILE_SAMPLES,
		.what = "sample",
		.compare = compare_samples,
		.size = sizeof(struct fpb_sample),
		.from_json = sample_from_json,
		.check = check_sample,
		.m = &r->manifest,
	};
	int ret = parse_lines(&l, text, err);

	r->samples = (struct fpb_sample *)l.entries;
	r->nsamples = l.n;
	r->samples_cut = l.cut;
	return ret;
}

static int why_from_json(const json_t *o, void *entry, char *why)
{
	return fpb_why_from_json(o, entry, why);
}

/* It may be of a number of jobs that is not in the plan any more. */
static int check_why(const struct fpb_manifest *m, const void *entry, char *why)
{
	const struct fpb_why *w = entry;

	if (fpb_manifest_kernel(m, w->kernel) >= 0)
		return 0;
	snprintf(why, FPB_REASON_MAX, "kernel \"%s\" is not in the manifest",
		 w->kernel);
	return -EINVAL;
}

static int compare_why(const void *x, const void *y)
{
	const struct fpb_why *a = *(const struct fpb_why *const *)x;
	const struct fpb_why *b = *(const struct fpb_why *const *)y;
	int ret = strcmp(a->kernel, b->kernel);

	if (!ret)
		ret = strcmp(a->cell.regime, b->cell.regime);
	if (!ret)
		ret = strcmp(a->cell.target, b->cell.target);
	if (!ret)
		ret = strcmp(a->cell.workload, b->cell.workload);
	return ret ? ret : (int)a->cell.numjobs - (int)b->cell.numjobs;
}

/* For reports that pass them on. */
static int keep(struct fpb_rundata_file *f, const char *name,
		struct fpb_text text, struct fpb_rundata_error *err)
{
	*f = (struct fpb_rundata_file){ name, malloc(text.len + 1), text.len };
	if (!f->bytes) {
		err->file = name;
		err->line = 0;
		snprintf(err->why, FPB_REASON_MAX, "not enough memory");
		return -ENOMEM;
	}
	memcpy(f->bytes, text.bytes, text.len);
	f->bytes[text.len] = '\0';
	return 0;
}

static int parse(struct fpb_rundata *r, struct fpb_text manifest,
		 struct fpb_text boots, struct fpb_text samples,
		 struct fpb_rundata_error *err)
{
	memset(r, 0, sizeof(*r));
	memset(err, 0, sizeof(*err));
	return parse_manifest(r, manifest, err) ? :
	       parse_boots(r, boots, err) ? :
	       parse_samples(r, samples, err);
}

int fpb_rundata_parse(struct fpb_rundata *r, struct fpb_text manifest,
		      struct fpb_text boots, struct fpb_text samples,
		      struct fpb_rundata_error *err)
{
	int ret;

	ret = parse(r, manifest, boots, samples, err) ? :
	      keep(&r->files[0], FPB_FILE_MANIFEST, manifest, err) ? :
	      keep(&r->files[1], FPB_FILE_BOOTS, boots, err) ? :
	      keep(&r->files[2], FPB_FILE_SAMPLES, samples, err);
	if (ret)
		fpb_rundata_free(r);
	return ret;
}

static struct fpb_text text_of(const struct fpb_rundata_file *f)
{
	return (struct fpb_text){ f->bytes, f->len };
}

static int parse_why(struct fpb_rundata *r, struct fpb_text why,
		     struct fpb_rundata_error *err)
{
	struct lines l = {
		.file = FPB_FILE_WHY,
		.what = "cell",
		.compare = compare_why,
		.size = sizeof(struct fpb_why),
		.from_json = why_from_json,
		.check = check_why,
		.m = &r->manifest,
	};
	int ret = parse_lines(&l, why, err);

	r->why = (struct fpb_why *)l.entries;
	r->nwhy = l.n;
	r->why_cut = l.cut;
	return ret;
}

int fpb_rundata_take(struct fpb_rundata *r,
		     const struct fpb_rundata_file files[FPB_RUNDATA_FILES],
		     struct fpb_rundata_error *err)
{
	int ret = parse(r, text_of(&files[0]), text_of(&files[1]),
			text_of(&files[2]), err) ? :
		  parse_why(r, text_of(&files[3]), err);

	if (ret)
		fpb_rundata_free(r);
	else
		memcpy(r->files, files, sizeof(r->files));
	return ret;
}

void fpb_rundata_free(struct fpb_rundata *r)
{
	size_t i;

	for (i = 0; i < FPB_RUNDATA_FILES; i++)
		free(r->files[i].bytes);
	free(r->why);
	free(r->samples);
	free(r->repeated);
	free(r->boots);
	fpb_manifest_free(&r->manifest);
	memset(r, 0, sizeof(*r));
}

bool fpb_boot_repeated(const struct fpb_boot *b)
{
	return !strcmp(b->status, "busy");
}

bool fpb_rundata_repeated(const struct fpb_rundata *d,
			  const struct fpb_sample *s)
{
	for (size_t i = 0; i < d->nrepeated; i++)
		if (!strcmp(d->repeated[i]->boot, s->boot))
			return true;
	return false;
}

static bool same_job(const struct fpb_cell *a, const struct fpb_cell *b)
{
	return a->numjobs == b->numjobs && !strcmp(a->regime, b->regime) &&
	       !strcmp(a->workload, b->workload);
}

size_t fpb_rundata_whole_samples(const struct fpb_rundata *d)
{
	const struct fpb_sample *s = d->samples;
	const size_t last = d->nsamples - 1;
	size_t n = d->nsamples;

	while (d->samples_cut && n && s[n - 1].round == s[last].round &&
	       same_job(&s[n - 1].cell, &s[last].cell))
		n--;
	return n;
}

size_t fpb_rundata_whole_why(const struct fpb_rundata *d)
{
	const size_t last = d->nwhy - 1;
	size_t n = d->nwhy;

	while (d->why_cut && n && !strcmp(d->why[n - 1].kernel,
					  d->why[last].kernel))
		n--;
	return n;
}

unsigned int fpb_rundata_rounds(const struct fpb_rundata *d)
{
	unsigned int round, n = 0;
	size_t i;

	for (round = 1; round <= d->manifest.rounds; round++) {
		for (i = 0; i < d->nboots; i++)
			if (d->boots[i].round == round &&
			    !strcmp(d->boots[i].status, "ok"))
				break;
		n += i < d->nboots;
	}
	return n;
}

static bool is_of(const struct fpb_sample *s, const char *kernel,
		  unsigned int round, const struct fpb_cell *cell)
{
	return s->round == round && !strcmp(s->kernel, kernel) &&
	       fpb_cell_equal(&s->cell, cell);
}

/* Whether a good sample of @kernel needs one of the first kernel beside it. */
static bool wants_duet(const struct fpb_rundata *d, const char *kernel,
		       unsigned int round, const struct fpb_cell *cell)
{
	const char *first = d->manifest.kernels[0].name;
	size_t i;

	if (!d->manifest.duet || !strcmp(kernel, first))
		return false;
	for (i = 0; i < d->nsamples; i++)
		if (is_of(&d->samples[i], first, round, cell) &&
		    d->samples[i].status == FPB_SAMPLE_OK)
			return true;
	return false;
}

bool fpb_rundata_measured(const struct fpb_rundata *d, const char *kernel,
			  unsigned int round, const struct fpb_cell *cell)
{
	const bool duet = wants_duet(d, kernel, round, cell);

	for (size_t i = 0; i < d->nsamples; i++) {
		const struct fpb_sample *s = &d->samples[i];

		if (is_of(s, kernel, round, cell) &&
		    s->status != FPB_SAMPLE_LOST &&
		    (!duet || s->has_duet || s->status != FPB_SAMPLE_OK) &&
		    !fpb_rundata_repeated(d, s))
			return true;
	}
	return false;
}

bool fpb_rundata_has(const struct fpb_rundata *d, const char *kernel,
		     const struct fpb_cell *cell)
{
	for (size_t i = 0; i < d->nsamples; i++) {
		const struct fpb_sample *s = &d->samples[i];

		if ((s->status == FPB_SAMPLE_OK ||
		     s->status == FPB_SAMPLE_SKIPPED) &&
		    !strcmp(s->kernel, kernel) &&
		    fpb_cell_equal(&s->cell, cell) &&
		    !fpb_rundata_repeated(d, s))
			return true;
	}
	return false;
}
