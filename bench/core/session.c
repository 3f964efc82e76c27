// SPDX-License-Identifier: GPL-2.0
#include "core/session.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/jsontext.h"
#include "core/names.h"

#define SCHEMA	2
/* Of a line, for jansson to write and to read. */
#define FORMAT \
	"{si ss si sb sI si si si sI ss ss si si si si si sf so so so}"

static const char *const kinds[] = {
	[FPB_SESSION_SIZING] = "sizing",
	[FPB_SESSION_IDENTICAL] = "identical",
	[FPB_SESSION_PLANTED] = "planted",
	NULL
};

/* --- from a summary --------------------------------------------------------- */

static struct fpb_finding finding(const struct fpb_estimate *e,
				  struct fpb_verdict verdict,
				  unsigned int numjobs)
{
	return (struct fpb_finding){
		.numjobs = numjobs, .n = e->n, .value = e->value,
		.has_interval = e->has_interval, .lo = e->lo, .hi = e->hi,
		.verdict = verdict,
	};
}

static void take_row(struct fpb_session *x, const struct fpb_summary *s,
		     size_t cell)
{
	const struct fpb_cell_result *r = &s->sides[1].results[cell];

	if (!fpb_cell_is_raw(&s->cells[cell]) && x->nrows < FPB_SESSION_ROWS)
		x->rows[x->nrows++] = finding(&r->vs_base, r->verdict,
					      s->cells[cell].numjobs);
}

static int take_effect(struct fpb_session *x, const struct fpb_summary *s,
		       size_t effect)
{
	const size_t rounds = s->sides[0].rounds;
	double *log = malloc((rounds + 1) * sizeof(*log));
	ssize_t n = log ? fpb_summary_pairs(s, effect, log) : -ENOMEM;

	x->effect = finding(&s->effects[effect].ratio,
			    s->effects[effect].verdict, 0);
	if (n > 0 && n <= FPB_SESSION_PAIRS) {
		memcpy(x->pairs, log, n * sizeof(*log));
		x->npairs = n;
	}
	free(log);
	return n < 0 ? n : 0;
}

int fpb_session_take(struct fpb_session *x, const struct fpb_summary *s)
{
	size_t i, side;

	x->samples = x->lost = 0;
	x->nrows = x->npairs = 0;
	x->effect = (struct fpb_finding){ 0 };
	x->repeated = s->load.repeated;
	x->foreign_cpus = s->load.mean;
	for (i = 0; i < s->ncells; i++) {
		for (side = 0; side < s->nsides; side++) {
			x->samples += s->sides[side].results[i].used;
			x->lost += s->sides[side].results[i].lost;
		}
		take_row(x, s, i);
	}
	for (i = 0; i < s->neffects; i++)
		if (!fpb_effect_is_control(&s->effects[i]))
			return take_effect(x, s, i);
	return 0;
}

/* --- to JSON ---------------------------------------------------------------- */

/* Five places are more than a session knows, and keep the line short. */
static double rounded(double v)
{
	return round(v * 1e5) / 1e5;
}

static json_t *finding_json(const struct fpb_finding *f)
{
	json_t *o = json_object();

	if (f->numjobs)
		json_object_set_new(o, "numjobs", json_integer(f->numjobs));
	json_object_set_new(o, "n", json_integer(f->n));
	if (f->n)
		json_object_set_new(o, "value", json_real(rounded(f->value)));
	if (!f->n || !f->has_interval)
		return o;
	json_object_set_new(o, "lo", json_real(rounded(f->lo)));
	json_object_set_new(o, "hi", json_real(rounded(f->hi)));
	json_object_set_new(o, "verdict", json_string(
		fpb_direction_name(f->verdict.direction)));
	json_object_set_new(o, "within", json_boolean(f->verdict.within));
	return o;
}

json_t *fpb_session_to_json(const struct fpb_session *x)
{
	json_t *rows = json_array(), *pairs = json_array();

	for (size_t i = 0; i < x->nrows; i++)
		json_array_append_new(rows, finding_json(&x->rows[i]));
	for (size_t i = 0; i < x->npairs; i++)
		json_array_append_new(pairs, json_real(rounded(x->pairs[i])));
	return json_pack(FORMAT,
			 "schema", SCHEMA, "kind", kinds[x->kind],
			 "percent", (int)x->percent, "load", (int)x->load,
			 "seed", (json_int_t)x->seed, "block", (int)x->block,
			 "loops", (int)x->loops,
			 "rounds", (int)x->rounds,
			 "run_seed", (json_int_t)x->run_seed,
			 "date", x->date, "kernel", x->kernel,
			 "cpus", (int)x->cpus, "status", x->status,
			 "samples", (int)x->samples, "lost", (int)x->lost,
			 "repeated", (int)x->repeated,
			 "foreign_cpus", rounded(x->foreign_cpus),
			 "effect", finding_json(&x->effect), "rows", rows,
			 "pairs", pairs);
}

/* --- from JSON -------------------------------------------------------------- */

static int bad(char *why, const char *what)
{
	snprintf(why, FPB_REASON_MAX, "%s", what);
	return -EINVAL;
}

static int find_verdict(const char *word, struct fpb_verdict *v)
{
	for (v->direction = -1; v->direction <= 1; v->direction++)
		if (!strcmp(word, fpb_direction_name(v->direction)))
			return 0;
	return -EINVAL;
}

static int get_finding(json_t *o, struct fpb_finding *f, char *why)
{
	const char *verdict = "";
	int n, numjobs = 0, within = 0;
	json_error_t e;

	*f = (struct fpb_finding){ 0 };
	if (json_unpack_ex(o, &e, 0, "{si s?i}", "n", &n, "numjobs", &numjobs))
		return bad(why, e.text);
	f->has_interval = n > 0 && json_object_get(o, "lo");
	if ((n > 0 && json_unpack_ex(o, &e, 0, "{sF}", "value", &f->value)) ||
	    (f->has_interval &&
	     json_unpack_ex(o, &e, 0, "{sF sF ss sb}", "lo", &f->lo, "hi",
			    &f->hi, "verdict", &verdict, "within", &within)))
		return bad(why, e.text);
	if (n < 0 || numjobs < 0 || (n > 0 && f->value <= 0) ||
	    (f->has_interval && !(f->lo > 0 && f->lo <= f->hi)) ||
	    find_verdict(verdict, &f->verdict))
		return bad(why, "invalid value in effect or rows");
	f->n = n;
	f->numjobs = numjobs;
	f->verdict.within = within;
	return 0;
}

static int get_rows(json_t *rows, struct fpb_session *x, char *why)
{
	json_t *o;
	size_t i;
	int ret = 0;

	if (json_array_size(rows) > FPB_SESSION_ROWS)
		return bad(why, "too many rows");
	json_array_foreach(rows, i, o) {
		ret = ret ? ret : get_finding(o, &x->rows[i], why);
		x->nrows = i + 1;
	}
	return ret;
}

static int get_pairs(json_t *pairs, struct fpb_session *x, char *why)
{
	json_t *o;
	size_t i;

	if (json_array_size(pairs) > FPB_SESSION_PAIRS)
		return bad(why, "too many pairs");
	json_array_foreach(pairs, i, o) {
		if (!json_is_number(o))
			return bad(why, "a pair is not a number");
		x->pairs[x->npairs++] = json_number_value(o);
	}
	return 0;
}

static int check(const struct fpb_session *x, int kind, char *why)
{
	if (kind < 0)
		return bad(why, "an unknown kind of session");
	if (!x->rounds)
		return bad(why, "a plan without rounds");
	if (x->percent >= 100 || !x->block ||
	    (x->percent > 0) != (kind == FPB_SESSION_PLANTED))
		return bad(why, "invalid percent or block");
	return 0;
}

static int from_json(json_t *o, struct fpb_session *x, char *why)
{
	const struct fpb_names names = FPB_NAMES(kinds);
	const char *kind, *date, *kernel;
	json_t *effect, *rows, *pairs;
	json_int_t seed, run_seed;
	json_error_t e;
	int schema, load, k;

	*x = (struct fpb_session){ 0 };
	if (json_unpack(o, "{si}", "schema", &schema) || schema != SCHEMA)
		return bad(why, "an unknown schema");
	if (json_unpack_ex(o, &e, 0, FORMAT,
			   "schema", &schema, "kind", &kind,
			   "percent", &x->percent, "load", &load,
			   "seed", &seed, "block", &x->block,
			   "loops", &x->loops, "rounds", &x->rounds,
			   "run_seed", &run_seed,
			   "date", &date, "kernel", &kernel,
			   "cpus", &x->cpus, "status", &x->status,
			   "samples", &x->samples, "lost", &x->lost,
			   "repeated", &x->repeated,
			   "foreign_cpus", &x->foreign_cpus,
			   "effect", &effect, "rows", &rows, "pairs", &pairs))
		return bad(why, e.text);
	k = fpb_names_find(names, kind);
	x->kind = k;
	x->load = load;
	x->seed = seed;
	x->run_seed = run_seed;
	snprintf(x->date, sizeof(x->date), "%s", date);
	snprintf(x->kernel, sizeof(x->kernel), "%s", kernel);
	return check(x, k, why) ? : get_finding(effect, &x->effect, why) ? :
	       get_rows(rows, x, why) ? : get_pairs(pairs, x, why);
}

/* --- files ------------------------------------------------------------------ */

bool fpb_session_same(const struct fpb_session *a, const struct fpb_session *b)
{
	return a->kind == b->kind && a->percent == b->percent &&
	       a->load == b->load && a->seed == b->seed && a->block == b->block;
}

static int check_new(const struct fpb_sessions *all,
		     const struct fpb_session *x, char *why)
{
	if (all->n && all->at[0].rounds != x->rounds) {
		snprintf(why, FPB_REASON_MAX,
			 "this session has %u rounds, %.150s:%zu has %u",
			 x->rounds, all->at[0].file, all->at[0].line,
			 all->at[0].rounds);
		return -EINVAL;
	}
	/* What a loop costs on its machine is found out by each part. */
	if (x->kind == FPB_SESSION_SIZING)
		return 0;
	for (size_t i = 0; i < all->n; i++)
		if (fpb_session_same(&all->at[i], x)) {
			snprintf(why, FPB_REASON_MAX,
				 "duplicate of %.150s:%zu", all->at[i].file,
				 all->at[i].line);
			return -EEXIST;
		}
	return 0;
}

static int add_line(struct fpb_sessions *all, const char *file, size_t line,
		    const char *text, size_t len, char *why)
{
	struct fpb_session x, *more;
	json_t *o = fpb_json_line_parse(text, len, why);
	int ret = o ? from_json(o, &x, why) : -EINVAL;

	json_decref(o);
	x.file = file;
	x.line = line;
	ret = ret ? ret : check_new(all, &x, why);
	if (ret)
		return ret;
	more = reallocarray(all->at, all->n + 1, sizeof(*more));
	if (!more) {
		bad(why, "not enough memory");
		return -ENOMEM;
	}
	all->at = more;
	all->at[all->n++] = x;
	return 0;
}

int fpb_sessions_add(struct fpb_sessions *all, const char *file,
		     const char *text, size_t *line, char *why)
{
	size_t len;
	int ret = 0;

	for (*line = 1; *text; (*line)++, text += len + 1) {
		len = strcspn(text, "\n");
		ret = text[len] ? add_line(all, file, *line, text, len, why) :
				  bad(why, "the line was cut short");
		if (ret)
			break;
	}
	return ret;
}
