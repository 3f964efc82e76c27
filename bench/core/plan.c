// SPDX-License-Identifier: GPL-2.0
#include "core/plan.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parse.h"
#include "core/target.h"
#include "core/units.h"

#define MIB	(1024 * 1024)

/* Slices of pairs, and how many of them one job has at least. */
#define SHORT_SLICE_NS	20000000
#define MIDDLE_SLICE_NS	50000000
#define LONG_SLICE_NS	100000000
#define MIN_SLICES	10

static const struct fpb_regime default_regimes[] = {
	/*
	 * As in the cover letter: deep queues on a device that completes at
	 * once, so the cost of an I/O is what limits. Batches, because a
	 * system call is dear in User-Mode Linux and would hide the rest.
	 */
	{ "cpu", "libaio", 64, 64, 0, 0 },
	/*
	 * Writers that wait for each I/O, on a device with latency: what
	 * limits is how many may be in flight at once.
	 */
	{ "device", "psync", 1, 1, 1000000, 0 },
};
#define NDEFAULT_REGIMES	(sizeof(default_regimes) / sizeof(*default_regimes))

void fpb_plan_default(struct fpb_plan *p)
{
	*p = (struct fpb_plan){
		/* 6 is the least that has a 95 % interval. */
		.rounds = 6,
		.numjobs = { 1, 2, 3, 4, 5, 6, 7, 8 },
		.nnumjobs = 8,
		.targets = { "raw", "fuse" },
		.ntargets = 2,
		.nregimes = 2,
		.workload = { .name = "randwrite-4k", .rw = "randwrite",
			      .bs = 4096, .direct = true, .size_mib = 512 },
		.runtime_ms = 600,
		.ramp_ms = 100,
		.device = { .type = "auto", .size_mib = 2048,
			    .blocksize = 4096, .queue_mode = 2 },
		.memory_mib = 2048,
		.accel = "auto",
	};
	memcpy(p->regimes, default_regimes, sizeof(default_regimes));
}

/* --- values ---------------------------------------------------------------- */

/* Splits @value at commas into trimmed names, none empty or there twice. */
static int parse_names(const char *value, char out[][FPB_NAME_MAX], size_t *n,
		       char *why)
{
	size_t count = 0;

	while (*value) {
		size_t len = strcspn(value, ",");
		const char *end = value + len;

		while (len && isspace((unsigned char)*value)) {
			value++;
			len--;
		}
		while (len && isspace((unsigned char)value[len - 1]))
			len--;
		if (!len || len >= FPB_NAME_MAX ||
		    count == FPB_PLAN_MAX_LIST) {
			snprintf(why, FPB_REASON_MAX,
				 "\"%s\" is no list of at most %d names",
				 value, FPB_PLAN_MAX_LIST);
			return -EINVAL;
		}
		memcpy(out[count], value, len);
		out[count][len] = '\0';
		for (size_t i = 0; i < count; i++) {
			if (!strcmp(out[i], out[count])) {
				snprintf(why, FPB_REASON_MAX,
					 "\"%s\" is there twice", out[i]);
				return -EINVAL;
			}
		}
		count++;
		value = *end ? end + 1 : end;
	}
	if (!count) {
		snprintf(why, FPB_REASON_MAX, "the list is empty");
		return -EINVAL;
	}
	*n = count;
	return 0;
}

static int parse_uint(const char *value, uint64_t min, uint64_t max,
		      uint64_t *out, char *why)
{
	if (!fpb_parse_u64(value, out) && *out >= min && *out <= max)
		return 0;
	snprintf(why, FPB_REASON_MAX,
		 "\"%s\" is no number from %" PRIu64 " to %" PRIu64, value,
		 min, max);
	return -EINVAL;
}

static int set_uint(unsigned int *out, const char *value, uint64_t min,
		    uint64_t max, char *why)
{
	uint64_t v;

	if (parse_uint(value, min, max, &v, why))
		return -EINVAL;
	*out = (unsigned int)v;
	return 0;
}

static int set_mib(uint64_t *out, const char *value, char *why)
{
	uint64_t bytes;

	if (fpb_parse_size(value, &bytes) || bytes < MIB || bytes % MIB) {
		snprintf(why, FPB_REASON_MAX,
			 "\"%s\" is no size in whole MiB, such as 512m or 2g",
			 value);
		return -EINVAL;
	}
	*out = bytes / MIB;
	return 0;
}

static int set_msec(uint64_t *out, const char *value, char *why)
{
	uint64_t nsec;

	if (fpb_parse_time(value, &nsec) || nsec % 1000000 ||
	    nsec > 3600000000000ULL) {
		snprintf(why, FPB_REASON_MAX,
			 "\"%s\" is no time in whole ms, such as 900ms or 2s",
			 value);
		return -EINVAL;
	}
	*out = nsec / 1000000;
	return 0;
}

static int set_bool(bool *out, const char *value, char *why)
{
	if (!strcmp(value, "1") || !strcmp(value, "0")) {
		*out = *value == '1';
		return 0;
	}
	snprintf(why, FPB_REASON_MAX, "\"%s\" is neither 0 nor 1", value);
	return -EINVAL;
}

/* @known ends with NULL. */
static int set_name(char *out, const char *value, const char *const *known,
		    char *why)
{
	int n;

	for (size_t i = 0; known[i]; i++) {
		if (!strcmp(known[i], value)) {
			snprintf(out, FPB_NAME_MAX, "%s", value);
			return 0;
		}
	}
	n = snprintf(why, FPB_REASON_MAX, "\"%s\" is not known (known:",
		     value);
	for (size_t i = 0; known[i] && n < FPB_REASON_MAX; i++)
		n += snprintf(why + n, FPB_REASON_MAX - n, "%s %s",
			      i ? "," : "", known[i]);
	if (n < FPB_REASON_MAX)
		snprintf(why + n, FPB_REASON_MAX - n, ")");
	return -EINVAL;
}

/* --- keys ------------------------------------------------------------------ */

static int set_rounds(struct fpb_plan *p, const char *value, char *why)
{
	return set_uint(&p->rounds, value, 1, 1000, why);
}

/* Splits @value at commas into numbers, none there twice. */
static int parse_uints(const char *value, unsigned int min, unsigned int max,
		       unsigned int *out, size_t *n, char *why)
{
	char names[FPB_PLAN_MAX_LIST][FPB_NAME_MAX];
	unsigned int v[FPB_PLAN_MAX_LIST];

	if (parse_names(value, names, n, why))
		return -EINVAL;
	for (size_t i = 0; i < *n; i++) {
		if (set_uint(&v[i], names[i], min, max, why))
			return -EINVAL;
		/* "8" and "08" are two names, but one cell. */
		for (size_t k = 0; k < i; k++) {
			if (v[k] == v[i]) {
				snprintf(why, FPB_REASON_MAX,
					 "\"%s\" is there twice", names[i]);
				return -EINVAL;
			}
		}
	}
	memcpy(out, v, *n * sizeof(*v));
	return 0;
}

static int set_numjobs(struct fpb_plan *p, const char *value, char *why)
{
	size_t n;

	if (parse_uints(value, 1, FPB_PLAN_MAX_JOBS, p->numjobs, &n, why))
		return -EINVAL;
	p->nnumjobs = n;
	return 0;
}

static int set_targets(struct fpb_plan *p, const char *value, char *why)
{
	const char *known[FPB_PLAN_MAX_LIST];
	char names[FPB_PLAN_MAX_LIST][FPB_NAME_MAX], checked[FPB_NAME_MAX];
	size_t n = 0;

	while (fpb_targets[n].name) {
		known[n] = fpb_targets[n].name;
		n++;
	}
	known[n] = NULL;

	if (parse_names(value, names, &n, why))
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		if (set_name(checked, names[i], known, why))
			return -EINVAL;
	memcpy(p->targets, names, n * sizeof(*names));
	p->ntargets = n;
	return 0;
}

static const struct fpb_regime *
find_regime(const struct fpb_regime *r, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(r[i].name, name))
			return &r[i];
	return NULL;
}

/* Keeps those that are named, in that order. */
static int set_regimes(struct fpb_plan *p, const char *value, char *why)
{
	char names[FPB_PLAN_MAX_LIST][FPB_NAME_MAX];
	struct fpb_regime chosen[FPB_PLAN_MAX_LIST];
	size_t n;

	if (parse_names(value, names, &n, why))
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		const struct fpb_regime *r = find_regime(p->regimes,
							 p->nregimes, names[i]);

		if (!r) {
			snprintf(why, FPB_REASON_MAX,
				 "there is no regime \"%s\"", names[i]);
			return -EINVAL;
		}
		chosen[i] = *r;
	}
	memcpy(p->regimes, chosen, n * sizeof(*chosen));
	p->nregimes = n;
	return 0;
}

static int set_runtime(struct fpb_plan *p, const char *value, char *why)
{
	return set_msec(&p->runtime_ms, value, why);
}

static int set_ramp(struct fpb_plan *p, const char *value, char *why)
{
	return set_msec(&p->ramp_ms, value, why);
}

static const char *const pairing_names[] = {
	[FPB_PAIRING_AUTO]	= "auto",
	[FPB_PAIRING_PAIRED]	= "paired",
	[FPB_PAIRING_SEPARATE]	= "separate",
	NULL
};

const char *fpb_pairing_name(enum fpb_pairing pairing)
{
	return pairing_names[pairing];
}

static int set_pairing(struct fpb_plan *p, const char *value, char *why)
{
	char name[FPB_NAME_MAX];

	if (set_name(name, value, pairing_names, why))
		return -EINVAL;
	p->pairing = FPB_PAIRING_AUTO;
	while (strcmp(pairing_names[p->pairing], name))
		p->pairing++;
	return 0;
}

static int set_seed(struct fpb_plan *p, const char *value, char *why)
{
	uint64_t v;

	/* What GSL's generator takes, and JSON's integers hold. */
	if (parse_uint(value, 0, UINT32_MAX, &v, why))
		return -EINVAL;
	p->seed = v;
	return 0;
}

static int set_device_type(struct fpb_plan *p, const char *value, char *why)
{
	static const char *const known[] = { "auto", "null_blk", "loop",
					     NULL };

	return set_name(p->device.type, value, known, why);
}

static int set_device_size(struct fpb_plan *p, const char *value, char *why)
{
	return set_mib(&p->device.size_mib, value, why);
}

static int set_blocksize(struct fpb_plan *p, const char *value, char *why)
{
	uint64_t bytes;

	if (!fpb_parse_size(value, &bytes) &&
	    (bytes == 512 || bytes == 1024 || bytes == 2048 ||
	     bytes == 4096)) {
		p->device.blocksize = bytes;
		return 0;
	}
	snprintf(why, FPB_REASON_MAX,
		 "\"%s\" is none of 512, 1024, 2048, 4096", value);
	return -EINVAL;
}

static int set_queue_mode(struct fpb_plan *p, const char *value, char *why)
{
	static const char *const known[] = { "0", "2", NULL };
	char mode[FPB_NAME_MAX];

	if (set_name(mode, value, known, why))
		return -EINVAL;
	p->device.queue_mode = *mode - '0';
	return 0;
}

static int set_submit_queues(struct fpb_plan *p, const char *value, char *why)
{
	return set_uint(&p->device.submit_queues, value, 0, 256, why);
}

static void name_workload(struct fpb_workload *w)
{
	char bs[FPB_UNITS_MAX];

	snprintf(w->name, sizeof(w->name), "%.20s-%s", w->rw,
		 fpb_format_bs(w->bs, bs));
}

static int set_rw(struct fpb_plan *p, const char *value, char *why)
{
	static const char *const known[] = { "randwrite", "write", "randread",
					     "read", "randrw", "rw", NULL };

	if (set_name(p->workload.rw, value, known, why))
		return -EINVAL;
	name_workload(&p->workload);
	return 0;
}

static int set_bs(struct fpb_plan *p, const char *value, char *why)
{
	uint64_t bytes;

	if (!fpb_parse_size(value, &bytes) && bytes >= 512 &&
	    bytes % 512 == 0 && bytes <= 64 * MIB) {
		p->workload.bs = bytes;
		name_workload(&p->workload);
		return 0;
	}
	snprintf(why, FPB_REASON_MAX,
		 "\"%s\" is no block size from 512 to 64m", value);
	return -EINVAL;
}

static int set_direct(struct fpb_plan *p, const char *value, char *why)
{
	return set_bool(&p->workload.direct, value, why);
}

static int set_file_size(struct fpb_plan *p, const char *value, char *why)
{
	return set_mib(&p->workload.size_mib, value, why);
}

static int set_cpus(struct fpb_plan *p, const char *value, char *why)
{
	return set_uint(&p->cpus, value, 0, 32, why);
}

static int set_memory(struct fpb_plan *p, const char *value, char *why)
{
	return set_mib(&p->memory_mib, value, why);
}

static int set_accel(struct fpb_plan *p, const char *value, char *why)
{
	static const char *const known[] = { "auto", "kvm", "tcg", "native",
					     NULL };

	return set_name(p->accel, value, known, why);
}

static int set_pin(struct fpb_plan *p, const char *value, char *why)
{
	size_t n = 0;

	if (strcmp(value, "none") &&
	    parse_uints(value, 0, 1023, p->pin, &n, why))
		return -EINVAL;
	p->npin = n;
	return 0;
}

static const struct {
	const char *section, *key;
	int (*set)(struct fpb_plan *p, const char *value, char *why);
} keys[] = {
	{ "sweep", "rounds", set_rounds },
	{ "sweep", "numjobs", set_numjobs },
	{ "sweep", "targets", set_targets },
	{ "sweep", "regimes", set_regimes },
	{ "sweep", "runtime", set_runtime },
	{ "sweep", "ramp", set_ramp },
	{ "sweep", "pairing", set_pairing },
	{ "sweep", "seed", set_seed },
	{ "workload", "rw", set_rw },
	{ "workload", "bs", set_bs },
	{ "workload", "direct", set_direct },
	{ "workload", "size", set_file_size },
	{ "device", "type", set_device_type },
	{ "device", "size", set_device_size },
	{ "device", "blocksize", set_blocksize },
	{ "device", "queue_mode", set_queue_mode },
	{ "device", "submit_queues", set_submit_queues },
	{ "guest", "cpus", set_cpus },
	{ "guest", "memory", set_memory },
	{ "guest", "accel", set_accel },
	{ "guest", "pin", set_pin },
};

#define NKEYS	(sizeof(keys) / sizeof(keys[0]))

static int set_slice(struct fpb_regime *r, const char *value, char *why)
{
	uint64_t nsec;

	if (!strcmp(value, "auto")) {
		r->slice_nsec = 0;
		return 0;
	}
	/* What the engine takes: whole microseconds. */
	if (!fpb_parse_time(value, &nsec) && nsec >= 1000000 &&
	    nsec <= 10000000000 && nsec % 1000 == 0) {
		r->slice_nsec = nsec;
		return 0;
	}
	snprintf(why, FPB_REASON_MAX,
		 "\"%s\" is neither auto nor a time from 1ms to 10s", value);
	return -EINVAL;
}

/* "like": a new regime. It has to be said, or a slip of the pen makes one. */
static int add_regime(struct fpb_plan *p, const char *name, const char *like,
		      char *why)
{
	const struct fpb_regime *r = find_regime(p->regimes, p->nregimes, like);

	if (!r)
		r = find_regime(default_regimes, NDEFAULT_REGIMES, like);
	if (!r)
		snprintf(why, FPB_REASON_MAX, "there is no regime \"%s\"",
			 like);
	else if (find_regime(p->regimes, p->nregimes, name))
		snprintf(why, FPB_REASON_MAX, "regime \"%s\" is there already",
			 name);
	/* It becomes part of file names. */
	else if (!*name || name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_-")] ||
		 strlen(name) >= FPB_NAME_MAX)
		snprintf(why, FPB_REASON_MAX,
			 "\"%.40s\" is no name for a regime (letters, digits, _ and -)",
			 name);
	else if (p->nregimes == FPB_PLAN_MAX_LIST)
		snprintf(why, FPB_REASON_MAX, "more than %d regimes",
			 FPB_PLAN_MAX_LIST);
	else {
		struct fpb_regime new = *r;

		strcpy(new.name, name);
		p->regimes[p->nregimes++] = new;
		return 0;
	}
	return -EINVAL;
}

/* "[regime NAME]": changes a regime of the plan, or makes one. */
static int set_regime_key(struct fpb_plan *p, const char *name,
			  const char *key, const char *value, char *why)
{
	static const char *const paths[] = { "libaio", "io_uring", "psync",
					     "pvsync2", NULL };
	const struct fpb_regime *found = find_regime(p->regimes, p->nregimes,
						     name);
	struct fpb_regime *r;
	uint64_t nsec;

	if (!strcmp(key, "like"))
		return add_regime(p, name, value, why);
	if (!found) {
		snprintf(why, FPB_REASON_MAX,
			 "there is no regime \"%s\" (\"like = cpu\" before this makes one)",
			 name);
		return -EINVAL;
	}
	r = p->regimes + (found - p->regimes);
	if (!strcmp(key, "submit"))
		return set_name(r->submit, value, paths, why);
	if (!strcmp(key, "iodepth"))
		return set_uint(&r->iodepth, value, 1, 4096, why);
	if (!strcmp(key, "batch"))
		return set_uint(&r->batch, value, 1, 4096, why);
	if (!strcmp(key, "latency")) {
		if (!fpb_parse_time(value, &nsec) && nsec <= 1000000000) {
			r->completion_nsec = nsec;
			return 0;
		}
		snprintf(why, FPB_REASON_MAX,
			 "\"%s\" is no latency of at most 1s, such as 100us",
			 value);
		return -EINVAL;
	}
	if (!strcmp(key, "slice"))
		return set_slice(r, value, why);
	snprintf(why, FPB_REASON_MAX,
		 "unknown key \"%s\" in [regime %s] (known: like, submit, iodepth, batch, latency, slice)",
		 key, name);
	return -EINVAL;
}

int fpb_plan_set(struct fpb_plan *p, const char *section, const char *key,
		 const char *value, char *why)
{
	char said[FPB_REASON_MAX];
	bool section_known = false;
	int n = 0, ret;

	if (!strncmp(section, "regime ", 7)) {
		ret = set_regime_key(p, section + 7, key, value, said);
		if (ret)
			snprintf(why, FPB_REASON_MAX, "%s: %.200s", key, said);
		return ret;
	}
	for (size_t i = 0; i < NKEYS; i++) {
		if (strcmp(keys[i].section, section))
			continue;
		section_known = true;
		if (strcmp(keys[i].key, key))
			continue;
		ret = keys[i].set(p, value, said);
		if (ret)
			snprintf(why, FPB_REASON_MAX, "%s: %.200s", key, said);
		return ret;
	}
	if (!section_known) {
		snprintf(why, FPB_REASON_MAX,
			 "unknown section \"%.60s\" (known: sweep, workload, device, guest, regime NAME)",
			 section);
		return -EINVAL;
	}
	n = snprintf(why, FPB_REASON_MAX, "unknown key \"%.60s\" in [%s] (known:",
		     key, section);
	for (size_t i = 0; i < NKEYS; i++)
		if (!strcmp(keys[i].section, section))
			n += snprintf(why + n, FPB_REASON_MAX - n, " %s",
				      keys[i].key);
	snprintf(why + n, FPB_REASON_MAX - n, ")");
	return -EINVAL;
}

int fpb_plan_set_text(struct fpb_plan *p, const char *text, char *why)
{
	char copy[FPB_REASON_MAX], *dot, *eq;

	if (strlen(text) < sizeof(copy)) {
		strcpy(copy, text);
		eq = strchr(copy, '=');
		dot = strchr(copy, '.');
		if (eq && dot && dot < eq) {
			*dot = *eq = '\0';
			return fpb_plan_set(p, copy, dot + 1, eq + 1, why);
		}
	}
	snprintf(why, FPB_REASON_MAX,
		 "\"%.100s\" is not SECTION.KEY=VALUE", text);
	return -EINVAL;
}

/* --- the file ---------------------------------------------------------------- */

struct ini_context {
	struct fpb_plan *plan;
	const char *text;	/* what is left to read */
	unsigned int line;	/* read last, from 1 */
	unsigned int failed;	/* the line that @why is about; 0: none */
	char *why;
};

/*
 * Hands one line to inih, without its indent: inih takes an indented line for
 * more of the value above, and would set the same key again to that alone.
 * Nor may a line be cut: its rest would be taken for a line of its own. (A line
 * that fills @size to the end makes newer versions look for that rest.)
 */
static char *next_line(char *buf, int size, void *stream)
{
	struct ini_context *c = stream;
	const char *start = c->text + strspn(c->text, " \t\r\f\v");
	size_t len = strcspn(start, "\n");

	if (!*c->text)
		return NULL;
	c->line++;
	c->text = start + len + (start[len] == '\n');
	if (*start == '#' || *start == ';') {
		len = 0;
	} else if (len >= (size_t)size - 1) {
		if (!c->failed) {
			c->failed = c->line;
			snprintf(c->why, FPB_REASON_MAX,
				 "the line is longer than %d characters",
				 size - 2);
		}
		len = 0;
	}
	memcpy(buf, start, len);
	buf[len] = '\0';
	return buf;
}

static int on_key(void *user, const char *section, const char *name,
		  const char *value)
{
	struct ini_context *c = user;

	/* inih goes on after an error; the first one is what we report. */
	if (c->failed)
		return 1;
	if (!fpb_plan_set(c->plan, section, name, value, c->why))
		return 1;
	c->failed = c->line;
	return 0;
}

int fpb_plan_parse(struct fpb_plan *p, const char *text, char *why,
		   unsigned int *line)
{
	struct ini_context c = { .plan = p, .text = text, .why = why };
	int ret = ini_parse_stream(next_line, &c, on_key, &c);

	if (!ret && !c.failed)
		return 0;
	*line = ret > 0 ? (unsigned int)ret : c.failed;
	/* inih also stops at lines that it cannot read, and says no reason. */
	if (c.failed && c.failed <= *line)
		*line = c.failed;
	else
		snprintf(why, FPB_REASON_MAX,
			 "neither [section] nor key = value");
	return -EINVAL;
}

int fpb_plan_check_guest(const struct fpb_plan *p, char *why)
{
	/* A guest that swaps or kills its writers measures nothing. */
	if (p->workload.size_mib + 512 > p->memory_mib) {
		snprintf(why, FPB_REASON_MAX,
			 "a file of %" PRIu64 " MiB in memory needs a guest of at least %" PRIu64 " MiB",
			 p->workload.size_mib, p->workload.size_mib + 512);
		return -EINVAL;
	}
	return 0;
}

/* fio would limit both by itself, and the regime would not be what it says. */
static int check_regime(const struct fpb_regime *r, char *why)
{
	bool sync = !strcmp(r->submit, "psync") ||
		    !strcmp(r->submit, "pvsync2");

	if (sync && r->iodepth > 1) {
		snprintf(why, FPB_REASON_MAX,
			 "regime %s: submit=%s has one I/O in flight, not iodepth=%u",
			 r->name, r->submit, r->iodepth);
		return -EINVAL;
	}
	if (r->batch > r->iodepth) {
		snprintf(why, FPB_REASON_MAX,
			 "regime %s: a batch of %u is more than the %u I/Os in flight",
			 r->name, r->batch, r->iodepth);
		return -EINVAL;
	}
	return 0;
}

int fpb_plan_check(const struct fpb_plan *p, char *why)
{
	uint64_t bytes = p->workload.size_mib * MIB;

	/* XFS keeps a log and its structures on the device too. */
	if (p->device.size_mib < 300 ||
	    p->workload.size_mib + 128 > p->device.size_mib) {
		snprintf(why, FPB_REASON_MAX,
			 "a file of %" PRIu64 " MiB does not fit on a device of %" PRIu64 " MiB (128 MiB go to XFS, which wants 300 MiB at least)",
			 p->workload.size_mib, p->device.size_mib);
		return -EINVAL;
	}
	if (p->workload.bs > bytes) {
		snprintf(why, FPB_REASON_MAX,
			 "the block size is larger than the file");
		return -EINVAL;
	}
	if (p->workload.direct && p->workload.bs % p->device.blocksize) {
		snprintf(why, FPB_REASON_MAX,
			 "direct I/O of %" PRIu64 " bytes on a device with blocks of %u",
			 p->workload.bs, p->device.blocksize);
		return -EINVAL;
	}
	if (!p->runtime_ms) {
		snprintf(why, FPB_REASON_MAX, "runtime must not be 0");
		return -EINVAL;
	}
	if (p->pairing == FPB_PAIRING_PAIRED && !p->workload.direct) {
		snprintf(why, FPB_REASON_MAX,
			 "buffered I/O of one side leaves its dirty pages to the other: pairing = paired needs direct = 1");
		return -EINVAL;
	}
	for (size_t i = 0; i < p->nregimes; i++)
		if (check_regime(&p->regimes[i], why))
			return -EINVAL;
	return 0;
}

char *fpb_plan_text(const struct fpb_plan *p)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	/* Before they are chosen from. */
	for (const struct fpb_regime *r = p->regimes;
	     r < p->regimes + p->nregimes; r++) {
		fprintf(f, "[regime %s]\n", r->name);
		if (!find_regime(default_regimes, NDEFAULT_REGIMES, r->name))
			fprintf(f, "like = %s\n", default_regimes[0].name);
		fprintf(f, "submit = %s\niodepth = %u\n"
			"batch = %u\nlatency = %" PRIu64 "ns\n",
			r->submit, r->iodepth, r->batch, r->completion_nsec);
		if (r->slice_nsec)
			fprintf(f, "slice = %" PRIu64 "ns\n", r->slice_nsec);
		fputc('\n', f);
	}
	fprintf(f, "[sweep]\nrounds = %u\nnumjobs = ", p->rounds);
	for (size_t i = 0; i < p->nnumjobs; i++)
		fprintf(f, "%s%u", i ? "," : "", p->numjobs[i]);
	fputs("\ntargets = ", f);
	for (size_t i = 0; i < p->ntargets; i++)
		fprintf(f, "%s%s", i ? "," : "", p->targets[i]);
	fputs("\nregimes = ", f);
	for (size_t i = 0; i < p->nregimes; i++)
		fprintf(f, "%s%s", i ? "," : "", p->regimes[i].name);
	fprintf(f, "\nruntime = %" PRIu64 "ms\nramp = %" PRIu64 "ms\n"
		"seed = %lu\npairing = %s\n",
		p->runtime_ms, p->ramp_ms, p->seed, pairing_names[p->pairing]);
	fprintf(f, "\n[workload]\nrw = %s\nbs = %" PRIu64 "\ndirect = %d\n"
		"size = %" PRIu64 "m\n",
		p->workload.rw, p->workload.bs, p->workload.direct,
		p->workload.size_mib);
	fprintf(f, "\n[device]\ntype = %s\nsize = %" PRIu64 "m\n"
		"blocksize = %u\nqueue_mode = %u\nsubmit_queues = %u\n",
		p->device.type, p->device.size_mib, p->device.blocksize,
		p->device.queue_mode, p->device.submit_queues);
	fprintf(f, "\n[guest]\ncpus = %u\nmemory = %" PRIu64 "m\n"
		"accel = %s\npin = %s", p->cpus, p->memory_mib, p->accel,
		p->npin ? "" : "none");
	for (size_t i = 0; i < p->npin; i++)
		fprintf(f, "%s%u", i ? "," : "", p->pin[i]);
	fputc('\n', f);
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}

size_t fpb_plan_ncells(const struct fpb_plan *p)
{
	return p->nregimes * p->nnumjobs * p->ntargets;
}

static bool has_raw(const struct fpb_plan *p)
{
	for (size_t i = 0; i < p->ntargets; i++)
		if (fpb_target_find(p->targets[i])->data == FPB_DATA_NO_DAEMON)
			return true;
	return false;
}

/* More jobs than CPUs, and nothing but CPUs to wait for. */
static bool crowded(const struct fpb_plan *p, const struct fpb_regime *r,
		    unsigned int numjobs)
{
	return !fpb_regime_needs_latency(r) && numjobs > p->cpus;
}

/* Each vCPU is a thread that waits for a CPU, and busy all the time. */
static bool emulated(const struct fpb_plan *p)
{
	return !strcmp(p->accel, "tcg");
}

bool fpb_plan_pairs(const struct fpb_plan *p, const struct fpb_regime *r,
		    unsigned int numjobs)
{
	if (p->pairing == FPB_PAIRING_SEPARATE || !p->workload.direct ||
	    p->ntargets < 2 || !has_raw(p))
		return false;
	return p->pairing == FPB_PAIRING_PAIRED ||
	       !(crowded(p, r, numjobs) || emulated(p));
}

uint64_t fpb_plan_slice_ns(const struct fpb_plan *p,
			   const struct fpb_regime *r, unsigned int numjobs)
{
	if (r->slice_nsec)
		return r->slice_nsec;
	/*
	 * Jobs without a CPU of their own wait for one before they drain;
	 * writers may wait for each other, and a slice holds few I/Os, as it
	 * does on emulated CPUs.
	 */
	if (fpb_regime_needs_latency(r) || crowded(p, r, numjobs) ||
	    emulated(p))
		return LONG_SLICE_NS;
	/* With a CPU to spare, nothing else that runs is in the way. */
	return numjobs < p->cpus ? SHORT_SLICE_NS : MIDDLE_SLICE_NS;
}

uint64_t fpb_plan_guard_ns(uint64_t slice_ns)
{
	return slice_ns / 10000 * 1000;
}

uint64_t fpb_plan_job_ms(const struct fpb_plan *p, const struct fpb_regime *r,
			 unsigned int numjobs)
{
	uint64_t slices_ms;

	if (!fpb_plan_pairs(p, r, numjobs))
		return p->runtime_ms;
	slices_ms = MIN_SLICES * fpb_plan_slice_ns(p, r, numjobs) / 1000000;
	return slices_ms > 2 * p->runtime_ms ? slices_ms : 2 * p->runtime_ms;
}

uint64_t fpb_plan_measuring_ms(const struct fpb_plan *p, size_t kernels)
{
	uint64_t ms = 0;
	size_t jobs;

	for (const struct fpb_regime *r = p->regimes;
	     r < p->regimes + p->nregimes; r++) {
		for (size_t j = 0; j < p->nnumjobs; j++) {
			/* raw's samples come with the others'. */
			jobs = p->ntargets -
			       fpb_plan_pairs(p, r, p->numjobs[j]);
			ms += jobs * (fpb_plan_job_ms(p, r, p->numjobs[j]) +
				      p->ramp_ms);
		}
	}
	return p->rounds * kernels * ms;
}

bool fpb_regime_needs_latency(const struct fpb_regime *r)
{
	return r->completion_nsec > 0;
}
