// SPDX-License-Identifier: GPL-2.0
/*
 * Samples and boots to and from JSON. Each object's keys are a table of
 * rows, so that writing and reading cannot drift apart.
 */
#include "core/result.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

int fpb_name_copy(char *out, const char *in)
{
	return snprintf(out, FPB_NAME_MAX, "%s", in) >= FPB_NAME_MAX ?
		       -EINVAL : 0;
}

enum kind {
	TEXT,			/* char[size] */
	UINT,			/* unsigned int */
	U64,			/* uint64_t */
	S64,			/* int64_t */
	REAL,			/* double from 0 to REAL_MAX */
	LOG,			/* double from -LOG_MAX to LOG_MAX */
};

/*
 * More than any rate, ratio or time of ours can be. Sums of squares of numbers
 * near DBL_MAX would be infinite.
 */
#define REAL_MAX	1e12
#define LOG_MAX		30

enum need {
	OPTIONAL,		/* absent: "" or 0; neither "" nor S64 0 is put */
	REQUIRED,
};

struct field {
	const char *key;
	enum kind kind;
	enum need need;
	size_t offset;
	size_t size;
};

#define FIELD(type, member, key, kind, need) \
	{ key, kind, need, offsetof(struct type, member), \
	  sizeof(((struct type *)0)->member) }
#define NFIELDS(table)	(sizeof(table) / sizeof((table)[0]))

#define S(member, key, kind, need) FIELD(fpb_sample, member, key, kind, need)
#define B(member, key, kind, need) FIELD(fpb_boot, member, key, kind, need)
#define L(member, key, kind, need) \
	FIELD(fpb_lock_evidence, member, key, kind, need)

static const struct field sample_head[] = {
	S(boot,			"boot",		TEXT,	REQUIRED),
	S(round,		"round",	UINT,	REQUIRED),
	S(kernel,		"kernel",	TEXT,	REQUIRED),
	S(attempt,		"attempt",	UINT,	REQUIRED),
	S(seq,			"seq",		UINT,	REQUIRED),
	S(cell.regime,		"regime",	TEXT,	REQUIRED),
	S(cell.target,		"target",	TEXT,	REQUIRED),
	S(cell.workload,	"workload",	TEXT,	REQUIRED),
	S(cell.numjobs,		"numjobs",	UINT,	REQUIRED),
	S(reason,		"reason",	TEXT,	OPTIONAL),
	S(fio,			"fio",		TEXT,	OPTIONAL),
};

static const struct field sample_measured[] = {
	S(iops,			"iops",		REAL,	REQUIRED),
	S(ios,			"ios",		U64,	REQUIRED),
	S(runtime_ms,		"runtime_ms",	U64,	REQUIRED),
};

static const struct field sample_lat[] = {
	S(lat_mean_ns,		"mean",		REAL,	OPTIONAL),
	S(lat_p50_ns,		"p50",		REAL,	OPTIONAL),
	S(lat_p99_ns,		"p99",		REAL,	OPTIONAL),
	S(lat_p999_ns,		"p999",		REAL,	OPTIONAL),
};

static const struct field sample_cpu[] = {
	S(cpu_usr_pct,		"usr",		REAL,	OPTIONAL),
	S(cpu_sys_pct,		"sys",		REAL,	OPTIONAL),
};

static const struct field sample_daemon[] = {
	S(daemon_read,		"read",		U64,	REQUIRED),
	S(daemon_write,		"write",	U64,	REQUIRED),
	S(daemon_requests,	"requests",	U64,	REQUIRED),
	S(evidence,		"evidence",	TEXT,	OPTIONAL),
	S(daemon_bytes,		"bytes",	U64,	OPTIONAL),
};

static const struct field sample_cpu_time[] = {
	S(cpu.app_ns,		"app",		U64,	REQUIRED),
	S(cpu.daemon_ns,	"daemon",	U64,	REQUIRED),
	S(cpu.all_ns,		"all",		U64,	REQUIRED),
	S(cpu.ios,		"ios",		U64,	REQUIRED),
};

static const struct field sample_device[] = {
	S(device_read,		"read",		U64,	REQUIRED),
	S(device_write,		"write",	U64,	REQUIRED),
};

static const struct field sample_pair[] = {
	S(pair.with,		"with",		TEXT,	REQUIRED),
	S(pair.slices,		"slices",	TEXT,	OPTIONAL),
	S(pair.slice_ns,	"slice_ns",	U64,	REQUIRED),
	S(pair.guard_ns,	"guard_ns",	U64,	REQUIRED),
	S(pair.seed,		"seed",		U64,	REQUIRED),
	S(pair.pairs,		"pairs",	U64,	REQUIRED),
	S(pair.lost_draining,	"drained",	U64,	REQUIRED),
	S(pair.lost_partner,	"widowed",	U64,	REQUIRED),
	S(pair.ratio,		"ratio",	REAL,	REQUIRED),
	S(pair.log_se,		"log_se",	REAL,	REQUIRED),
	S(pair.log_early,	"log_early",	LOG,	OPTIONAL),
};

static const struct field sample_duet[] = {
	S(duet.over,		"over",		TEXT,	REQUIRED),
	S(duet.log_ratio,	"log_ratio",	LOG,	REQUIRED),
	S(duet.log_total,	"log_total",	LOG,	REQUIRED),
	S(duet.log_sd,		"log_sd",	REAL,	REQUIRED),
	S(duet.blocks,		"blocks",	U64,	REQUIRED),
	S(duet.lost,		"lost",		U64,	REQUIRED),
};

static const struct field boot_head[] = {
	B(boot,			"boot",		TEXT,	REQUIRED),
	B(round,		"round",	UINT,	REQUIRED),
	B(kernel,		"kernel",	TEXT,	REQUIRED),
	B(attempt,		"attempt",	UINT,	REQUIRED),
	B(status,		"status",	TEXT,	REQUIRED),
	B(reason,		"reason",	TEXT,	OPTIONAL),
	B(release,		"release",	TEXT,	OPTIONAL),
	B(started,		"started",	TEXT,	OPTIONAL),
	B(seconds,		"seconds",	REAL,	OPTIONAL),
	B(clock_offset_ns,	"clock_offset_ns", S64,	OPTIONAL),
};

static const struct field boot_load[] = {
	B(load.foreign_cpus,	"foreign_cpus",	REAL,	REQUIRED),
};

static const struct field lock_head[] = {
	L(reason,		"reason",	TEXT,	OPTIONAL),
	L(completion_nsec,	"completion_nsec", U64,	OPTIONAL),
};

static const struct field lock_measured[] = {
	L(one_writer_iops,	"one_writer_iops", REAL, REQUIRED),
	L(two_writer_iops,	"two_writer_iops", REAL, REQUIRED),
};

static const char * const status_names[] = {
	[FPB_SAMPLE_OK]		= "ok",
	[FPB_SAMPLE_INVALID]	= "invalid",
	[FPB_SAMPLE_FAILED]	= "failed",
	[FPB_SAMPLE_LOST]	= "lost",
	[FPB_SAMPLE_SKIPPED]	= "skipped",
};

static const char * const evidence_names[] = {
	[FPB_EVIDENCE_NONE]		= "none",
	[FPB_EVIDENCE_IO]		= "io",
	[FPB_EVIDENCE_DAEMON]		= "daemon",
	[FPB_EVIDENCE_TRACEPOINT]	= "tracepoint",
};

static const char * const lock_names[] = {
	[FPB_LOCK_UNKNOWN]	= "unknown",
	[FPB_LOCK_SHARED]	= "shared",
	[FPB_LOCK_EXCLUSIVE]	= "exclusive",
};

const char *fpb_status_name(enum fpb_status s)
{
	return status_names[s];
}

const char *fpb_evidence_name(enum fpb_evidence e)
{
	return evidence_names[e];
}

const char *fpb_lock_name(enum fpb_lock_state s)
{
	return lock_names[s];
}

enum fpb_lock_state fpb_lock_find(const char *name)
{
	for (int s = FPB_LOCK_UNKNOWN; s <= FPB_LOCK_EXCLUSIVE; s++)
		if (!strcmp(lock_names[s], name))
			return s;
	return FPB_LOCK_UNKNOWN;
}

static bool was_measured(enum fpb_status s)
{
	return s == FPB_SAMPLE_OK || s == FPB_SAMPLE_INVALID;
}

/* Writing. Each put_*() returns 0, or -1 if memory is short. */

static int put_field(json_t *o, const struct field *f, const void *base)
{
	const void *p = (const char *)base + f->offset;

	switch (f->kind) {
	case TEXT:
		if (f->need == OPTIONAL && !*(const char *)p)
			return 0;
		return json_object_set_new(o, f->key, json_string(p));
	case UINT:
		return json_object_set_new(o, f->key,
				json_integer(*(const unsigned int *)p));
	case U64:
		return json_object_set_new(o, f->key,
				json_integer(*(const uint64_t *)p));
	case S64:
		if (f->need == OPTIONAL && !*(const int64_t *)p)
			return 0;
		return json_object_set_new(o, f->key,
				json_integer(*(const int64_t *)p));
	case REAL:
	case LOG:
		return json_object_set_new(o, f->key,
				json_real(*(const double *)p));
	}
	return -1;
}

static int put_fields(json_t *o, const struct field *f, size_t n,
		      const void *base)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (put_field(o, &f[i], base))
			return -1;
	return 0;
}

static int put_object(json_t *o, const char *key, const struct field *f,
		      size_t n, const void *base)
{
	json_t *sub = json_object();

	if (!sub || put_fields(sub, f, n, base)) {
		json_decref(sub);
		return -1;
	}
	return json_object_set_new(o, key, sub);
}

static json_t *new_object(void)
{
	return json_pack("{s:i}", "schema", FPB_SCHEMA);
}

static int put_measured(json_t *o, const struct fpb_sample *s)
{
	return put_fields(o, sample_measured, NFIELDS(sample_measured), s) ||
	       put_object(o, "lat_ns", sample_lat, NFIELDS(sample_lat), s) ||
	       put_object(o, "cpu_pct", sample_cpu, NFIELDS(sample_cpu), s);
}

json_t *fpb_sample_to_json(const struct fpb_sample *s)
{
	json_t *o = new_object();

	if (put_fields(o, sample_head, NFIELDS(sample_head), s) ||
	    json_object_set_new(o, "status",
				json_string(fpb_status_name(s->status))))
		goto out_drop;
	if (was_measured(s->status) && put_measured(o, s))
		goto out_drop;
	if (s->has_daemon && put_object(o, "daemon", sample_daemon,
					NFIELDS(sample_daemon), s))
		goto out_drop;
	if (s->has_cpu && put_object(o, "cpu_ns", sample_cpu_time,
				     NFIELDS(sample_cpu_time), s))
		goto out_drop;
	if (s->has_device && put_object(o, "device", sample_device,
					NFIELDS(sample_device), s))
		goto out_drop;
	if (s->has_pair && put_object(o, "pair", sample_pair,
				      NFIELDS(sample_pair), s))
		goto out_drop;
	if (s->has_duet && put_object(o, "duet", sample_duet,
				      NFIELDS(sample_duet), s))
		goto out_drop;
	return o;

out_drop:
	json_decref(o);
	return NULL;
}

double fpb_lock_ratio(const struct fpb_lock_evidence *l)
{
	return l->one_writer_iops > 0 ?
	       l->two_writer_iops / l->one_writer_iops : 0;
}

json_t *fpb_lock_evidence_to_json(const struct fpb_lock_evidence *l)
{
	json_t *o = json_pack("{s:s}", "state", fpb_lock_name(l->state));

	if (put_fields(o, lock_head, NFIELDS(lock_head), l))
		goto out_drop;
	/* An unknown state may have no rates to show. */
	if (l->one_writer_iops > 0 &&
	    (put_fields(o, lock_measured, NFIELDS(lock_measured), l) ||
	     json_object_set_new(o, "ratio", json_real(fpb_lock_ratio(l)))))
		goto out_drop;
	return o;

out_drop:
	json_decref(o);
	return NULL;
}

json_t *fpb_boot_to_json(const struct fpb_boot *b)
{
	json_t *o = new_object();

	if (put_fields(o, boot_head, NFIELDS(boot_head), b) ||
	    (b->has_load && put_object(o, "load", boot_load,
				       NFIELDS(boot_load), b)) ||
	    (b->has_lock &&
	     json_object_set_new(o, "lock",
				 fpb_lock_evidence_to_json(&b->lock)))) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* Reading. Each get_*() returns 0, or -EINVAL with a sentence in @why. */

static int bad(char *why, const char *key, const char *what)
{
	snprintf(why, FPB_REASON_MAX, "key \"%s\": %s", key, what);
	return -EINVAL;
}

static int get_text(const json_t *v, const struct field *f, char *to,
		    char *why)
{
	const char *text = json_string_value(v);

	if (!text)
		return bad(why, f->key, "not a string");
	if (json_string_length(v) >= f->size)
		return bad(why, f->key, "too long");
	strcpy(to, text);
	return 0;
}

static int get_whole(const json_t *v, const struct field *f, uint64_t max,
		     uint64_t *to, char *why)
{
	json_int_t i = json_integer_value(v);

	if (!json_is_integer(v))
		return bad(why, f->key, "not a whole number");
	if (i < 0 || (uint64_t)i > max)
		return bad(why, f->key, "out of range");
	*to = i;
	return 0;
}

static int get_real(const json_t *v, const struct field *f, double *to,
		    char *why)
{
	if (!json_is_number(v))
		return bad(why, f->key, "not a number");
	if (json_number_value(v) < 0)
		return bad(why, f->key, "negative");
	if (json_number_value(v) > REAL_MAX) {
		snprintf(why, FPB_REASON_MAX, "key \"%s\": more than %g",
			 f->key, REAL_MAX);
		return -EINVAL;
	}
	*to = json_number_value(v);
	return 0;
}

static int get_log(const json_t *v, const struct field *f, double *to,
		   char *why)
{
	if (!json_is_number(v))
		return bad(why, f->key, "not a number");
	if (fabs(json_number_value(v)) > LOG_MAX)
		return bad(why, f->key, "out of range");
	*to = json_number_value(v);
	return 0;
}

static int get_signed(const json_t *v, const struct field *f, int64_t *to,
		      char *why)
{
	if (!json_is_integer(v))
		return bad(why, f->key, "not a whole number");
	*to = json_integer_value(v);
	return 0;
}

static int get_field(const json_t *o, const struct field *f, void *base,
		     char *why)
{
	const json_t *v = json_object_get(o, f->key);
	void *p = (char *)base + f->offset;
	uint64_t u;
	int ret;

	if (!v)
		return f->need == OPTIONAL ? 0 : bad(why, f->key, "missing");

	switch (f->kind) {
	case TEXT:
		return get_text(v, f, p, why);
	case UINT:
		ret = get_whole(v, f, UINT_MAX, &u, why);
		if (!ret)
			*(unsigned int *)p = u;
		return ret;
	case U64:
		return get_whole(v, f, INT64_MAX, p, why);
	case S64:
		return get_signed(v, f, p, why);
	case REAL:
		return get_real(v, f, p, why);
	case LOG:
		return get_log(v, f, p, why);
	}
	return -EINVAL;
}

static int get_fields(const json_t *o, const struct field *f, size_t n,
		      void *base, char *why)
{
	size_t i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = get_field(o, &f[i], base, why);
		if (ret)
			return ret;
	}
	return 0;
}

static int get_object(const json_t *o, const char *key, const struct field *f,
		      size_t n, void *base, char *why)
{
	const json_t *sub = json_object_get(o, key);

	if (!sub)
		return 0;
	if (!json_is_object(sub))
		return bad(why, key, "not an object");
	return get_fields(sub, f, n, base, why);
}

/* The place of @o's text @key in @names. */
static int get_name(const json_t *o, const char *key,
		    const char * const *names, size_t n, unsigned int *to,
		    char *why)
{
	const char *text = json_string_value(json_object_get(o, key));
	unsigned int i;

	if (!text)
		return bad(why, key, "missing, or not a string");
	for (i = 0; i < n; i++) {
		if (!strcmp(text, names[i])) {
			*to = i;
			return 0;
		}
	}
	snprintf(why, FPB_REASON_MAX, "key \"%s\": unknown value \"%s\"", key,
		 text);
	return -EINVAL;
}

static int check_schema(const json_t *o, char *why)
{
	const json_t *v = json_object_get(o, "schema");

	if (!json_is_object(o)) {
		snprintf(why, FPB_REASON_MAX, "not a JSON object");
		return -EINVAL;
	}
	if (!json_is_integer(v))
		return bad(why, "schema", "missing, or not a whole number");
	if (json_integer_value(v) != FPB_SCHEMA) {
		snprintf(why, FPB_REASON_MAX,
			 "schema %lld is not known (known: %d)",
			 (long long)json_integer_value(v), FPB_SCHEMA);
		return -EINVAL;
	}
	return 0;
}

static int get_measured(const json_t *o, struct fpb_sample *s, char *why)
{
	int ret;

	ret = get_fields(o, sample_measured, NFIELDS(sample_measured), s, why);
	if (!ret)
		ret = get_object(o, "lat_ns", sample_lat,
				 NFIELDS(sample_lat), s, why);
	if (!ret)
		ret = get_object(o, "cpu_pct", sample_cpu,
				 NFIELDS(sample_cpu), s, why);
	return ret;
}

int fpb_sample_from_json(const json_t *o, struct fpb_sample *s, char *why)
{
	unsigned int status;
	int ret;

	memset(s, 0, sizeof(*s));
	ret = check_schema(o, why);
	if (!ret)
		ret = get_fields(o, sample_head, NFIELDS(sample_head), s, why);
	if (!ret)
		ret = get_name(o, "status", status_names,
			       NFIELDS(status_names), &status, why);
	if (ret)
		return ret;

	s->status = status;
	if (was_measured(s->status)) {
		ret = get_measured(o, s, why);
		if (ret)
			return ret;
	}
	s->has_daemon = json_object_get(o, "daemon") != NULL;
	ret = get_object(o, "daemon", sample_daemon, NFIELDS(sample_daemon),
			 s, why);
	if (ret)
		return ret;
	s->has_cpu = json_object_get(o, "cpu_ns") != NULL;
	ret = get_object(o, "cpu_ns", sample_cpu_time,
			 NFIELDS(sample_cpu_time), s, why);
	if (ret)
		return ret;
	s->has_device = json_object_get(o, "device") != NULL;
	ret = get_object(o, "device", sample_device, NFIELDS(sample_device),
			 s, why);
	if (ret)
		return ret;
	s->has_pair = json_object_get(o, "pair") != NULL;
	ret = get_object(o, "pair", sample_pair, NFIELDS(sample_pair), s, why);
	if (ret)
		return ret;
	s->has_duet = json_object_get(o, "duet") != NULL;
	return get_object(o, "duet", sample_duet, NFIELDS(sample_duet), s,
			  why);
}

int fpb_lock_evidence_from_json(const json_t *o, struct fpb_lock_evidence *l,
				char *why)
{
	unsigned int state;
	int ret;

	memset(l, 0, sizeof(*l));
	if (!json_is_object(o))
		return bad(why, "lock", "missing, or not an object");
	ret = get_name(o, "state", lock_names, NFIELDS(lock_names), &state,
		       why);
	if (ret)
		return ret;
	l->state = state;
	ret = get_fields(o, lock_head, NFIELDS(lock_head), l, why);
	if (ret || (l->state == FPB_LOCK_UNKNOWN &&
		    !json_object_get(o, "one_writer_iops")))
		return ret;
	return get_fields(o, lock_measured, NFIELDS(lock_measured), l, why);
}

int fpb_boot_from_json(const json_t *o, struct fpb_boot *b, char *why)
{
	const json_t *lock;
	int ret;

	memset(b, 0, sizeof(*b));
	ret = check_schema(o, why);
	if (!ret)
		ret = get_fields(o, boot_head, NFIELDS(boot_head), b, why);
	if (!ret)
		ret = get_object(o, "load", boot_load, NFIELDS(boot_load), b,
				 why);
	if (ret)
		return ret;

	b->has_load = json_object_get(o, "load") != NULL;
	lock = json_object_get(o, "lock");
	b->has_lock = lock != NULL;
	return lock ? fpb_lock_evidence_from_json(lock, &b->lock, why) : 0;
}
