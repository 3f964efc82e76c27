// SPDX-License-Identifier: GPL-2.0
#include "core/conform.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memstream.h"

/* --- suites ------------------------------------------------------------------ */

const struct fpb_conform_suite fpb_conform_suites[] = {
	{ "stress-ng", "stressors of class filesystem, or of another (-g)",
	  .form = FPB_FORM_STATUS },
	{ "fio", "fio writes and verifies, with each I/O engine",
	  .form = FPB_FORM_STATUS },
	{ "pjdfstest", "system calls and their errors", .needs_tree = true,
	  .form = FPB_FORM_TAP },
	{ "xfstests", "the generic tests, of group quick or others (-g)",
	  .form = FPB_FORM_XFSTESTS, .needs_tree = true, .mounts = true },
	{ "fsx", "fsx of a tree of xfstests, in several modes",
	  .form = FPB_FORM_STATUS, .needs_tree = true },
	{ "fsstress", "fsstress of a tree of xfstests, with several seeds",
	  .form = FPB_FORM_STATUS, .needs_tree = true },
	{ "tap", "your own: each NAME.t prints TAP, in an empty folder",
	  .form = FPB_FORM_TAP, .needs_tree = true },
	{ 0 }
};

const struct fpb_conform_suite *fpb_conform_suite(const char *name, size_t len)
{
	const struct fpb_conform_suite *s;

	for (s = fpb_conform_suites; s->name; s++)
		if (strlen(s->name) == len && !strncmp(s->name, name, len))
			return s;
	return NULL;
}

int fpb_conform_log_name(const char *test, char *name)
{
	int n = snprintf(name, FPB_CONFORM_LOG_MAX, "test-%s.log", test);

	for (char *p = name; *p; p++)
		if (*p == '/')
			*p = '-';
	return n < FPB_CONFORM_LOG_MAX ? 0 : -ENAMETOOLONG;
}

/* --- a test on one side ------------------------------------------------------ */

void fpb_conform_result_free(struct fpb_conform_result *r)
{
	free(r->reason);
	free(r->splat);
	free(r->failed);
	r->reason = r->splat = NULL;
	r->failed = NULL;
	r->nfailed = 0;
}

/* The line at @text without its white space at both ends. */
static char *copy_line(const char *text)
{
	size_t len = strcspn(text, "\n");

	for (; len && isspace((unsigned char)*text); len--)
		text++;
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	return strndup(text, len);
}

static int conclude(struct fpb_conform_result *r, enum fpb_check_status status,
		    const char *reason)
{
	free(r->reason);
	r->status = status;
	r->reason = copy_line(reason);
	/* A path of 4096 characters is in the log, for who wants it. */
	if (r->reason && strlen(r->reason) >= FPB_REASON_MAX)
		strcpy(r->reason + FPB_REASON_MAX - sizeof("..."), "...");
	return r->reason ? 0 : -ENOMEM;
}

static int __attribute__((format(printf, 2, 3)))
fail(struct fpb_conform_result *r, const char *fmt, ...)
{
	char reason[FPB_REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	return conclude(r, FPB_CHECK_FAIL, reason);
}

int fpb_conform_result_fail(struct fpb_conform_result *r, const char *reason,
			    const char *splat)
{
	free(r->failed);
	free(r->splat);
	r->failed = NULL;
	r->nfailed = 0;
	r->fatal = true;
	r->splat = strdup(splat);
	return r->splat ? conclude(r, FPB_CHECK_FAIL, reason) : -ENOMEM;
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : line;
}

static const char *const failing[] = { "fail", "error", NULL };
static const char *const skipping[] = { "skip", "disabled", "support", NULL };

/* The first line with one of the words, else the last one; or "". */
static const char *telling_line(const char *output, const char *const *words)
{
	const char *last = "";

	for (const char *l = output; *l; l = next_line(l)) {
		char *copy = copy_line(l);
		bool tells = false;

		for (const char *const *w = words; copy && *w; w++)
			tells |= strcasestr(copy, *w) != NULL;
		if (copy && *copy)
			last = l;
		free(copy);
		if (tells)
			return l;
	}
	return last;
}

static int ended(struct fpb_conform_result *r, int status, const char *said)
{
	int len;

	said += strspn(said, " \t");
	len = strcspn(said, "\n");
	if (status > 128)
		return fail(r, "killed by signal %d%s%.*s", status - 128,
			    len ? ": " : "", len, said);
	return fail(r, "ended with status %d%s%.*s", status, len ? ": " : "",
		    len, said);
}

static int parse_status(int status, const char *output,
			struct fpb_conform_result *r)
{
	const char *said;

	if (!status)
		return conclude(r, FPB_CHECK_PASS, "");
	if (status != FPB_CONFORM_SKIPPED)
		return ended(r, status, telling_line(output, failing));
	said = telling_line(output, skipping);
	return conclude(r, FPB_CHECK_SKIP, *said ? said :
			"exit status 77, no output");
}

/* --- TAP --- */

struct tap {
	long planned;			/* -1: no plan yet */
	unsigned int ran;
	const char *skip;		/* why nothing is planned; or NULL */
	const char *first;		/* line of the first failure; or NULL */
	const char *bail;		/* or NULL */
};

static int add_failed(struct fpb_conform_result *r, unsigned int n)
{
	unsigned int *more = realloc(r->failed, (r->nfailed + 1) *
				     sizeof(*more));

	if (!more)
		return -ENOMEM;
	r->failed = more;
	r->failed[r->nfailed++] = n;
	return 0;
}

/* The directive after "#", if it is on this line. */
static bool has_directive(const char *line, const char *word)
{
	const char *end = line + strcspn(line, "\n"), *p;

	for (p = line; p < end; p++) {
		if (*p != '#')
			continue;
		for (p++; p < end && *p == ' '; p++)
			;
		return (size_t)(end - p) >= strlen(word) &&
		       !strncasecmp(p, word, strlen(word));
	}
	return false;
}

static int tap_point(struct tap *t, const char *line, bool ok,
		     struct fpb_conform_result *r)
{
	t->ran++;
	if (ok || has_directive(line, "TODO") || has_directive(line, "SKIP"))
		return 0;
	if (!t->first)
		t->first = line;
	/* By its place: numbers may be left out. */
	return add_failed(r, t->ran);
}

static bool begins(const char *line, const char *word)
{
	const size_t len = strlen(word);

	return !strncmp(line, word, len) && !isalnum((unsigned char)line[len]);
}

static int tap_line(struct tap *t, const char *line,
		    struct fpb_conform_result *r)
{
	if (begins(line, "ok"))
		return tap_point(t, line, true, r);
	if (begins(line, "not ok"))
		return tap_point(t, line, false, r);
	if (begins(line, "Bail out!"))
		t->bail = line;
	if (!strncmp(line, "1..", 3) && isdigit((unsigned char)line[3])) {
		t->planned = strtol(line + 3, NULL, 10);
		t->skip = t->planned ? NULL :
			  has_directive(line, "SKIP") ?
			  strcasestr(line, "SKIP") + strlen("SKIP") :
			  "planned no subtests";
	}
	return 0;
}

static int whole(struct fpb_conform_result *r)
{
	free(r->failed);
	r->failed = NULL;
	r->nfailed = 0;
	return 0;
}

static int parse_tap(int status, const char *output,
		     struct fpb_conform_result *r)
{
	struct tap t = { .planned = -1 };
	int ret = 0;

	for (const char *l = output; *l && !ret; l = next_line(l))
		ret = tap_line(&t, l, r);
	if (ret)
		return ret;
	if (t.bail)
		return whole(r) ? : conclude(r, FPB_CHECK_FAIL, t.bail);
	if (t.planned < 0)
		return whole(r) ? : status ?
		       ended(r, status, telling_line(output, failing)) :
		       fail(r, "no TAP plan (1..N)");
	if (t.planned != (long)t.ran)
		return whole(r) ? : fail(r, "ran %u of %ld subtests", t.ran,
					 t.planned);
	if (r->nfailed)
		return conclude(r, FPB_CHECK_FAIL, t.first);
	if (status)
		return ended(r, status, telling_line(output, failing));
	return t.skip ? conclude(r, FPB_CHECK_SKIP, t.skip) :
			conclude(r, FPB_CHECK_PASS, "");
}

/* --- xfstests --- */

/* The line of the test, which begins with its name, has this on it. */
static const char *after(const char *output, const char *words)
{
	const char *p = strstr(output, words);

	return p ? p + strlen(words) : NULL;
}

static int parse_xfstests(int status, const char *output,
			  struct fpb_conform_result *r)
{
	const char *notrun = after(output, "[not run] ");
	const char *exit_status = strstr(output, "[failed, exit status");
	const char *dmesg = strstr(output, "_check_dmesg:");
	const char *mismatch = strstr(output, "- output mismatch");
	const char *diff = mismatch ? strstr(mismatch, "\n    @@") : NULL;

	if (notrun)
		return conclude(r, FPB_CHECK_SKIP, notrun);
	if (strstr(output, "[expunged]"))
		return conclude(r, FPB_CHECK_SKIP, "excluded");
	if (!strstr(output, "\nFailures:")) {
		if (!status && strstr(output, "\nPassed all 1 tests"))
			return conclude(r, FPB_CHECK_PASS, "");
		return ended(r, status, telling_line(output, failing));
	}
	if (dmesg)
		return conclude(r, FPB_CHECK_FAIL, dmesg);
	/* The first line that is wrong says more than that there is one. */
	for (const char *l = diff ? next_line(next_line(diff)) : ""; *l;
	     l = next_line(l)) {
		const char *text = l + strspn(l, " ");

		if (*text == '+' || *text == '-')
			return conclude(r, FPB_CHECK_FAIL, text);
	}
	return conclude(r, FPB_CHECK_FAIL, exit_status ? exit_status :
			mismatch ? mismatch :
			telling_line(output, failing));
}

int fpb_conform_parse(enum fpb_conform_form form, int status,
		      const char *output, struct fpb_conform_result *r)
{
	switch (form) {
	case FPB_FORM_TAP:
		return parse_tap(status, output, r);
	case FPB_FORM_XFSTESTS:
		return parse_xfstests(status, output, r);
	default:
		return parse_status(status, output, r);
	}
}

int fpb_conform_result_from_json(json_t *event, enum fpb_conform_form form,
				 const char *output, const char *splat,
				 struct fpb_conform_result *r)
{
	const char *failed;
	char why[FPB_REASON_MAX];
	json_error_t e;
	int status;

	if (json_unpack_ex(event, &e, 0, "{si sF ss}", "status", &status,
			   "seconds", &r->seconds, "failed", &failed)) {
		snprintf(why, sizeof(why),
			 "the agent reported no valid result: %s", e.text);
		return fpb_conform_result_fail(r, why, splat);
	}
	if (*failed)
		return fpb_conform_result_fail(r, failed, splat);
	if (*splat)
		return fpb_conform_result_fail(r, "kernel report on the console",
					       splat);
	return fpb_conform_parse(form, status, output, r);
}

/* --- known differences ------------------------------------------------------- */

void fpb_known_free(struct fpb_known *k)
{
	free(k->text);
	free(k->entries);
	*k = (struct fpb_known){ 0 };
}

/* @line, without its newline, becomes the next entry unless it is empty. */
static int add_entry(struct fpb_known *k, char *line)
{
	char *name = line + strspn(line, " \t");
	char *end = name + strcspn(name, " \t");
	char *reason = end + strspn(end, " \t");
	struct fpb_known_entry *e = &k->entries[k->n];

	if (!*name || *name == '#')
		return 0;
	if (!*reason)
		return -EINVAL;
	*end = '\0';
	*e = (struct fpb_known_entry){ .pattern = name, .reason = reason };
	for (; end > name && strchr("?!", end[-1]); *--end = '\0') {
		e->sometimes |= end[-1] == '?';
		e->fatal |= end[-1] == '!';
	}
	k->n++;
	return 0;
}

int fpb_known_parse(struct fpb_known *k, char *text, char *why)
{
	char *line = text, *end;
	size_t lines = 1;
	int ret = 0;

	for (const char *p = text; *p; p++)
		lines += *p == '\n';
	*k = (struct fpb_known){ .text = text };
	k->entries = calloc(lines, sizeof(*k->entries));
	if (!k->entries)
		return -ENOMEM;
	for (unsigned int n = 1; line && !ret; line = end, n++) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		ret = add_entry(k, line);
		if (ret)
			snprintf(why, FPB_REASON_MAX,
				 "line %u: must be SUITE/TEST and a reason", n);
	}
	return ret;
}

/* Whether the entry is about the test @name, or a subtest of it. */
static bool concerns(const struct fpb_known_entry *e, const char *name)
{
	char pattern[256];

	snprintf(pattern, sizeof(pattern), "%.*s",
		 (int)strcspn(e->pattern, ":"), e->pattern);
	return !fnmatch(pattern, name, 0);
}

/* Subtest 0: the test as a whole. */
static bool covers(const struct fpb_known_entry *e, const char *name,
		   unsigned int subtest)
{
	const char *number = strchr(e->pattern, ':');
	char text[16];

	if (!concerns(e, name))
		return false;
	snprintf(text, sizeof(text), "%u", subtest);
	return !number || !fnmatch(number + 1, text, 0);
}

/* --- the mount against raw --------------------------------------------------- */

static bool has_failed(const struct fpb_conform_result *r, unsigned int subtest)
{
	for (size_t i = 0; i < r->nfailed; i++)
		if (r->failed[i] == subtest)
			return true;
	return false;
}

static bool complained(const struct fpb_conform_result *r)
{
	return r->splat && *r->splat;
}

static bool is_worse(const struct fpb_conform_result *mount,
		     const struct fpb_conform_result *raw)
{
	return mount->fatal > raw->fatal ||
	       complained(mount) > complained(raw);
}

/* Whether raw fails what fails on the mount, or fails altogether. */
static bool raw_fails(const struct fpb_conform_result *raw,
		      const struct fpb_conform_result *mount,
		      unsigned int subtest)
{
	return raw->status == FPB_CHECK_FAIL && !is_worse(mount, raw) &&
	       (!raw->nfailed || has_failed(raw, subtest));
}

/* What the mount fails alone. */
struct difference {
	const struct fpb_known *known;
	const char *name;
	bool fatal;
	unsigned int *subtests;		/* subtest 0: the test as a whole */
	size_t n, nknown;
	const char *reason;		/* of the first that is known */
};

static int find_difference(struct difference *d,
			   const struct fpb_conform_result *raw,
			   const struct fpb_conform_result *mount)
{
	static const unsigned int all[] = { 0 };
	const unsigned int *failed = mount->nfailed ? mount->failed : all;
	const size_t n = mount->status != FPB_CHECK_FAIL ? 0 :
			 mount->nfailed ? : 1;

	d->subtests = calloc(n + 1, sizeof(*d->subtests));
	if (!d->subtests)
		return -ENOMEM;
	d->fatal = mount->fatal;
	for (size_t i = 0; i < n; i++)
		if (!raw_fails(raw, mount, failed[i]))
			d->subtests[d->n++] = failed[i];
	return 0;
}

/* The entry that covers subtest @s, or NULL. */
static const struct fpb_known_entry *find_known(const struct difference *d,
						unsigned int s)
{
	for (size_t i = 0; i < d->known->n; i++) {
		const struct fpb_known_entry *e = &d->known->entries[i];

		if (covers(e, d->name, s) && (e->fatal || !d->fatal))
			return e;
	}
	return NULL;
}

static bool any_covered(const struct difference *d,
			const struct fpb_known_entry *e)
{
	for (size_t i = 0; i < d->n; i++)
		if (covers(e, d->name, d->subtests[i]))
			return true;
	return false;
}

/* An entry about this test that is no longer true, or NULL. */
static const struct fpb_known_entry *find_stale(const struct difference *d)
{
	for (size_t i = 0; i < d->known->n; i++) {
		const struct fpb_known_entry *e = &d->known->entries[i];

		if (!e->sometimes && concerns(e, d->name) && !any_covered(d, e))
			return e;
	}
	return NULL;
}

/* Those that are new, or all if none is. Subtest 0 is the test as a whole. */
static bool is_described(const struct difference *d, unsigned int subtest)
{
	return subtest && (d->nknown == d->n || !find_known(d, subtest));
}

/* "subtests 3, 7: why". */
static char *describe(const struct difference *d, const char *why)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	size_t n = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < d->n; i++)
		n += is_described(d, d->subtests[i]);
	if (n)
		fprintf(out, "subtest%s", n == 1 ? "" : "s");
	for (size_t i = 0, done = 0; i < d->n; i++)
		if (is_described(d, d->subtests[i]))
			fprintf(out, "%s%u", done++ ? ", " : " ", d->subtests[i]);
	fprintf(out, "%s%s", n ? ": " : "", why);
	return fpb_memstream_close(&m);
}

static const char *note(const struct fpb_conform_result *raw,
			const struct fpb_conform_result *mount)
{
	if (!raw->reason)
		return mount->status == FPB_CHECK_FAIL ? "raw did not run" : "";
	if (mount->status == FPB_CHECK_PASS)
		return raw->status == FPB_CHECK_FAIL ? "raw fails" :
		       raw->status == FPB_CHECK_SKIP ? "raw skips it" : "";
	if (mount->status == FPB_CHECK_SKIP)
		return raw->status == FPB_CHECK_SKIP ? "" : "raw runs it";
	return raw->status == FPB_CHECK_SKIP ? "raw skips it" :
	       raw->status == FPB_CHECK_PASS ? "raw passes" :
	       is_worse(mount, raw) ? "raw fails in another way" :
				      "raw fails, too";
}

static enum fpb_check_status judge(struct difference *d,
				   const struct fpb_conform_result *mount,
				   const char **known)
{
	const struct fpb_known_entry *stale;

	if (mount->status == FPB_CHECK_SKIP)
		return FPB_CHECK_SKIP;
	for (size_t i = 0; i < d->n; i++) {
		const struct fpb_known_entry *e = find_known(d,
							     d->subtests[i]);

		if (e && !d->nknown++)
			*known = e->reason;
	}
	if (d->nknown < d->n)
		return FPB_CHECK_FAIL;
	/* What raw fails, too, tells nothing of either. */
	stale = d->n || mount->status == FPB_CHECK_PASS ? find_stale(d) : NULL;
	if (stale) {
		*known = stale->reason;
		return FPB_CHECK_UNEXPECTED;
	}
	return d->n ? FPB_CHECK_KNOWN :
	       mount->status == FPB_CHECK_FAIL ? FPB_CHECK_SKIP :
						 FPB_CHECK_PASS;
}

int fpb_conform_compare(const struct fpb_conform_result *raw,
			const struct fpb_conform_result *mount,
			const struct fpb_known *known,
			struct fpb_check_result *r)
{
	struct difference d = { .known = known, .name = r->c->name };
	const char *why = "";
	int ret = find_difference(&d, raw, mount);

	if (ret)
		return ret;
	r->status = judge(&d, mount, &why);
	r->seconds = mount->seconds;
	r->reason = describe(&d, mount->reason ? mount->reason : "");
	r->notes = strdup(note(raw, mount));
	r->known = strdup(why);
	r->facts = strdup("");
	r->splat = strdup(mount->splat ? mount->splat : "");
	free(d.subtests);
	return r->reason && r->notes && r->known && r->facts && r->splat ?
	       0 : -ENOMEM;
}

/* --- where to go on ---------------------------------------------------------- */

void fpb_batch_boot(struct fpb_batch *b)
{
	b->heard = 0;
	b->running = false;
}

void fpb_batch_start(struct fpb_batch *b)
{
	b->running = true;
}

size_t fpb_batch_result(struct fpb_batch *b)
{
	b->running = false;
	b->heard++;
	return b->next++;
}

ssize_t fpb_batch_end(struct fpb_batch *b, bool ok)
{
	if (b->running)
		return fpb_batch_result(b);
	/* One that ran none would be booted for ever. */
	if (!b->heard && b->next < b->end)
		return -EIO;
	return ok ? -ENOENT : (ssize_t)b->next - 1;
}
