// SPDX-License-Identifier: GPL-2.0
/* core/summary.c and core/cellresult.c: what samples come to. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/summary.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-6 * fabs(b);
}

static void summarise(const char *name, struct fpb_rundata *run,
		      struct fpb_summary *s)
{
	fixture_load(name, run);
	assert_int_equal(fpb_summary_of_run(s, run, FPB_MARGIN_DEFAULT), 0);
}

static void done(struct fpb_rundata *run, struct fpb_summary *s)
{
	fpb_summary_free(s);
	fpb_rundata_free(run);
}

/* The result of one cell of the fixtures with one regime and workload. */
static const struct fpb_cell_result *get(const struct fpb_summary *s,
					 size_t side, const char *target,
					 unsigned int numjobs)
{
	struct fpb_cell cell = s->cells[0];
	long i;

	cell.numjobs = numjobs;
	i = fpb_summary_cell(s, &cell, target);
	assert_true(i >= 0);
	return &s->sides[side].results[i];
}

/* A run of two kernels a and b, 1 job, made from numbers. */
#define ROUNDS	6

struct numbers {
	double raw[2][ROUNDS], fuse[2][ROUNDS];	/* by kernel; 0: failed */
};

static void put_sample(FILE *out, int kernel, int round, const char *target,
		       int attempt, double iops)
{
	fprintf(out, "{\"schema\": 1, \"boot\": \"b\", \"round\": %d, "
		"\"kernel\": \"%c\", \"attempt\": %d, \"seq\": 1, "
		"\"regime\": \"r\", \"target\": \"%s\", \"workload\": \"w\", "
		"\"numjobs\": 1, ", round, 'a' + kernel, attempt, target);
	if (iops > 0)
		fprintf(out, "\"status\": \"ok\", \"iops\": %f, \"ios\": 1, "
			"\"runtime_ms\": 1}\n", iops);
	else
		fputs("\"status\": \"failed\", \"reason\": \"why not\"}\n",
		      out);
}

static void put_boot(FILE *out, int kernel, int round)
{
	fprintf(out, "{\"schema\": 1, \"boot\": \"b\", \"round\": %d, "
		"\"kernel\": \"%c\", \"attempt\": 1, \"status\": \"ok\"}\n",
		round, 'a' + kernel);
}

static const char manifest[] =
	"{\"schema\": 1, \"backend\": {\"name\": \"uml\"},"
	" \"kernels\": [{\"name\": \"a\"}, {\"name\": \"b\"}],"
	" \"plan\": {\"rounds\": 6, \"numjobs\": [1], \"targets\":"
	" [\"raw\", \"fuse\"], \"regimes\": [\"r\"], \"workloads\": [\"w\"]}}";

static void load(struct fpb_rundata *run, const char *boots,
		 const char *samples)
{
	struct fpb_rundata_error err;

	if (fpb_rundata_parse(run, text_of(manifest), text_of(boots),
			      text_of(samples), &err))
		fail_msg("%s:%zu: %s", err.file, err.line, err.why);
}

static void make_run(const struct numbers *n, struct fpb_rundata *run)
{
	char *boots, *samples;
	size_t len[2];
	FILE *b = open_memstream(&boots, &len[0]);
	FILE *s = open_memstream(&samples, &len[1]);
	int kernel, round;

	for (round = 1; round <= ROUNDS; round++) {
		for (kernel = 0; kernel < 2; kernel++) {
			put_boot(b, kernel, round);
			put_sample(s, kernel, round, "raw", 1,
				   n->raw[kernel][round - 1]);
			put_sample(s, kernel, round, "fuse", 1,
				   n->fuse[kernel][round - 1]);
		}
	}
	fclose(b);
	fclose(s);
	load(run, boots, samples);
	free(samples);
	free(boots);
}

static const struct numbers doubled = {
	.raw = { { 400, 410, 420, 430, 440, 450 },
		 { 400, 410, 420, 430, 440, 450 } },
	.fuse = { { 100, 110, 120, 130, 140, 150 },
		  { 200, 220, 240, 260, 280, 300 } },
};

static double geometric(const double *v)
{
	double sum = 0;
	int i;

	for (i = 0; i < ROUNDS; i++)
		sum += log(v[i]);
	return exp(sum / ROUNDS);
}

static void ratios_pair_what_one_round_measured(void **state)
{
	const struct fpb_cell_result *base, *new;
	struct fpb_rundata run;
	struct fpb_summary s;

	make_run(&doubled, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	base = get(&s, 0, "fuse", 1);
	new = get(&s, 1, "fuse", 1);

	/* Rates differ by half from round to round; the ratio does not. */
	assert_true(near(new->vs_base.value, 2));
	assert_true(near(new->vs_base.lo, 2));
	assert_true(near(new->vs_base.hi, 2));
	assert_int_equal(new->verdict.direction, 1);
	assert_int_equal(base->verdict.direction, 0);
	assert_int_equal(base->vs_base.n, 0);
	/* Columns divide. */
	assert_true(near(new->iops.value / base->iops.value,
			 new->vs_base.value));
	assert_true(near(base->iops.value, geometric(doubled.fuse[0])));
	assert_false(new->at_par);

	assert_int_equal(s.rows.faster, 1);
	assert_int_equal(s.control.faster + s.control.slower, 0);
	assert_false(fpb_summary_unproven(&s));
	assert_int_equal(s.pooled[0].used, 12);
	assert_true(near(s.pooled[0].iops.value, geometric(doubled.raw[0])));
	done(&run, &s);
}

static void what_is_slower_is_said_to_be(void **state)
{
	struct numbers n = doubled;
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t i;

	for (i = 0; i < ROUNDS; i++)
		n.fuse[1][i] = 0.8 * n.fuse[0][i];
	make_run(&n, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_int_equal(get(&s, 1, "fuse", 1)->verdict.direction, -1);
	assert_false(get(&s, 1, "fuse", 1)->verdict.within);
	done(&run, &s);

	make_run(&n, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.3), 0);
	/* Slower it stays, though it is within 30 %. */
	assert_int_equal(get(&s, 1, "fuse", 1)->verdict.direction, -1);
	assert_true(get(&s, 1, "fuse", 1)->verdict.within);
	done(&run, &s);
}

static void parity_with_raw_needs_the_whole_interval(void **state)
{
	struct numbers n = doubled;
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t i;

	for (i = 0; i < ROUNDS; i++)
		n.fuse[1][i] = 0.98 * n.raw[1][i];
	n.fuse[0][0] = 0.5 * n.raw[0][0];
	for (i = 1; i < ROUNDS; i++)
		n.fuse[0][i] = n.raw[0][i];
	make_run(&n, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_true(get(&s, 1, "fuse", 1)->at_par);
	assert_false(get(&s, 0, "fuse", 1)->at_par);
	assert_false(get(&s, 0, "raw", 1)->at_par);
	assert_int_equal(get(&s, 0, "raw", 1)->to_raw.n, 0);
	done(&run, &s);
}

static void one_failed_sample_leaves_a_number_without_interval(void **state)
{
	struct numbers n = doubled;
	const struct fpb_cell_result *r;
	struct fpb_rundata run;
	struct fpb_summary s;

	n.fuse[1][2] = 0;
	make_run(&n, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	r = get(&s, 1, "fuse", 1);
	assert_int_equal(r->status, FPB_CELL_PARTIAL);
	assert_int_equal(r->used, 5);
	assert_int_equal(r->failed, 1);
	assert_string_equal(r->reason, "why not");
	assert_true(near(r->vs_base.value, 2));
	assert_false(r->vs_base.has_interval);
	assert_int_equal(r->verdict.direction, 0);
	/* The others' rates are those of the same five rounds. */
	assert_int_equal(get(&s, 0, "fuse", 1)->used, 6);
	assert_int_equal(get(&s, 0, "fuse", 1)->iops.n, 5);
	assert_true(near(r->iops.value / get(&s, 0, "fuse", 1)->iops.value, 2));
	done(&run, &s);
}

static void the_first_good_attempt_counts(void **state)
{
	char *samples;
	size_t len;
	FILE *out = open_memstream(&samples, &len);
	struct fpb_rundata run;
	struct fpb_summary s;

	/* Round 1: failed, then 100, then 900; round 2: twice failed. */
	put_sample(out, 0, 1, "fuse", 1, 0);
	put_sample(out, 0, 1, "fuse", 2, 100);
	put_sample(out, 0, 1, "fuse", 3, 900);
	put_sample(out, 0, 2, "fuse", 1, 0);
	put_sample(out, 0, 2, "fuse", 2, 0);
	fclose(out);
	load(&run, "", samples);
	free(samples);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_int_equal(get(&s, 0, "fuse", 1)->used, 1);
	assert_int_equal(get(&s, 0, "fuse", 1)->failed, 1);
	assert_true(near(get(&s, 0, "fuse", 1)->iops.value, 100));
	assert_int_equal(s.sides[0].rounds_done, 0);
	assert_int_equal(get(&s, 1, "fuse", 1)->status, FPB_CELL_MISSING);
	assert_int_equal(get(&s, 1, "fuse", 1)->missing, 0);
	done(&run, &s);
}

#define SAMPLE(kernel, round, seq, iops, more)				\
	"{\"schema\": 1, \"boot\": \"r1\", \"round\": " round ", " \
	"\"kernel\": \"" kernel "\", \"attempt\": 1, \"seq\": " #seq ", " \
	"\"regime\": \"r\", \"target\": \"fuse\", \"workload\": \"w\", " \
	"\"numjobs\": 1, \"status\": \"ok\", \"iops\": " #iops ", " \
	"\"ios\": 5, \"runtime_ms\": 1000" more "}\n"
#define TRY(kernel, seq, iops, more)	SAMPLE(kernel, "1", seq, iops, more)
#define ROUND(kernel, round, iops, more) SAMPLE(kernel, round, 1, iops, more)
#define DUET_OVER_A							\
	", \"duet\": {\"over\": \"a\", \"log_ratio\": 0.5, "	\
	"\"log_total\": 0.5, \"log_sd\": 0.1, \"blocks\": 5, \"lost\": 0}"

/* The first try had no seconds in common with the other kernel's. */
static void a_try_that_can_be_compared_goes_before_one_that_cannot(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;

	load(&run, "", TRY("a", 1, 100, "") TRY("b", 1, 110, "")
	     TRY("a", 1001, 200, "") TRY("b", 1001, 330, DUET_OVER_A));
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_true(near(get(&s, 1, "fuse", 1)->iops.value, 330));
	assert_true(near(get(&s, 1, "fuse", 1)->log_duet[0], 0.5));
	done(&run, &s);
}

/*
 * In round 1 the boot of a beside b's lost its sample. The one of a boot beside
 * another kernel is there, but of other seconds.
 */
static void a_round_without_a_duet_is_not_compared(void **state)
{
	const struct fpb_cell_result *r;
	char samples[ROUNDS * 1000] = "";
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t len = 0;

	for (int round = 1; round <= ROUNDS; round++)
		len += snprintf(samples + len, sizeof(samples) - len,
				ROUND("a", "%d", 100, "") ROUND("b", "%d", 50, "%s"),
				round, round, round > 1 ? DUET_OVER_A : "");
	load(&run, "", samples);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	r = get(&s, 1, "fuse", 1);
	assert_int_equal(r->used, ROUNDS);
	assert_int_equal(r->vs_base.n, ROUNDS - 1);
	assert_true(near(r->vs_base.value, exp(0.5)));
	fpb_summary_free(&s);

	/* The other way round as well. */
	assert_int_equal(of_two(&s, &run, 1, &run, 0), 0);
	r = get(&s, 1, "fuse", 1);
	assert_int_equal(r->vs_base.n, ROUNDS - 1);
	assert_true(near(r->vs_base.value, exp(-0.5)));
	done(&run, &s);
}

static void a_rate_of_zero_is_no_measurement(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;

	load(&run, "", "{\"schema\": 1, \"boot\": \"b\", \"round\": 1, "
	     "\"kernel\": \"a\", \"attempt\": 1, \"seq\": 1, \"regime\": "
	     "\"r\", \"target\": \"fuse\", \"workload\": \"w\", \"numjobs\": "
	     "1, \"status\": \"ok\", \"iops\": 0, \"ios\": 0, \"runtime_ms\": "
	     "1000}\n");
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_int_equal(get(&s, 0, "fuse", 1)->status, FPB_CELL_FAILED);
	assert_string_equal(get(&s, 0, "fuse", 1)->reason, "0 IOPS");
	done(&run, &s);
}

static const struct {
	size_t side;
	const char *target;
	unsigned int numjobs;
	enum fpb_cell_status status;
	unsigned int used, invalid, failed, skipped, missing;
} flawed[] = {
	{ 0, "raw", 1, FPB_CELL_PARTIAL, 5, 0, 1, 0, 0 },
	{ 0, "raw", 8, FPB_CELL_FAILED, 0, 0, 1, 5, 0 },
	{ 0, "fuse", 1, FPB_CELL_PARTIAL, 4, 0, 1, 0, 1 },
	{ 1, "raw", 1, FPB_CELL_OK, 6, 0, 0, 0, 0 },
	{ 1, "raw", 8, FPB_CELL_SKIPPED, 0, 0, 0, 6, 0 },
	{ 1, "fuse", 2, FPB_CELL_PARTIAL, 5, 0, 1, 0, 0 },
	{ 1, "fuse", 4, FPB_CELL_INVALID, 0, 6, 0, 0, 0 },
};

static void flawed_cells_say_what_they_lack(void **state)
{
	const struct fpb_cell_result *r;
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t i;

	summarise("flawed-cells", &run, &s);
	for (i = 0; i < NELEM(flawed); i++) {
		r = get(&s, flawed[i].side, flawed[i].target,
			flawed[i].numjobs);
		print_message("# %s %s %u: %s\n", s.sides[flawed[i].side].label,
			      flawed[i].target, flawed[i].numjobs,
			      fpb_cell_status_name(r->status));
		assert_int_equal(r->status, flawed[i].status);
		assert_int_equal(r->used, flawed[i].used);
		assert_int_equal(r->invalid, flawed[i].invalid);
		assert_int_equal(r->failed, flawed[i].failed);
		assert_int_equal(r->skipped, flawed[i].skipped);
		assert_int_equal(r->missing, flawed[i].missing);
		assert_int_equal(fpb_cell_has_number(r), r->used > 0);
		assert_true(r->iops.n <= r->used);
		assert_int_equal(r->iops.n > 0, r->used > 0);
	}
	/* Nothing to hold it against. */
	assert_int_equal(get(&s, 1, "fuse", 8)->to_raw.n, 0);
	assert_int_equal(get(&s, 1, "fuse", 4)->vs_base.n, 0);
	done(&run, &s);
}

static void a_patched_kernel_that_does_not_behave_so_is_caught(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;

	summarise("patched-behaves-unpatched", &run, &s);
	assert_false(s.sides[0].lock.contradicted);
	assert_true(s.sides[1].lock.contradicted);
	assert_int_equal(s.sides[1].lock.exclusive, 6);
	assert_true(s.sides[1].lock.ratio > 0.9 && s.sides[1].lock.ratio < 1.2);
	assert_true(fpb_summary_unproven(&s));
	done(&run, &s);

	summarise("two-kernels-two-regimes", &run, &s);
	assert_false(s.sides[1].lock.contradicted);
	assert_int_equal(s.sides[1].lock.shared, 6);
	assert_false(fpb_summary_unproven(&s));
	done(&run, &s);
}

static void raw_that_differs_leaves_the_run_unproven(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;

	summarise("raw-differs", &run, &s);
	assert_int_equal(s.control.faster, 4);
	assert_true(fpb_summary_unproven(&s));
	done(&run, &s);
}

static void three_rounds_claim_nothing(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;

	summarise("three-rounds", &run, &s);
	assert_true(get(&s, 1, "fuse", 8)->vs_base.value > 5);
	assert_false(get(&s, 1, "fuse", 8)->vs_base.has_interval);
	assert_int_equal(s.rows.compared, 4);
	assert_int_equal(s.rows.unresolved, 4);
	assert_int_equal(s.effects[1].lacking, 6);
	assert_false(s.effects[1].ratio.has_interval);
	done(&run, &s);
}

static void cells_that_an_interruption_left_out_lack_nothing(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t side, i;

	summarise("interrupted", &run, &s);
	assert_true(run.samples_cut);
	assert_int_equal(s.sides[0].rounds_done, 3);
	assert_int_equal(s.sides[1].rounds_done, 2);
	for (side = 0; side < 2; side++)
		for (i = 0; i < s.ncells; i++)
			assert_int_equal(s.sides[side].results[i].status,
					 FPB_CELL_OK);
	done(&run, &s);
}

static void every_kernel_is_held_against_the_first(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;

	summarise("three-kernels", &run, &s);
	assert_int_equal(s.nsides, 3);
	assert_int_equal(s.rows.compared, 8);
	assert_true(get(&s, 2, "fuse", 8)->vs_base.value >
		    get(&s, 1, "fuse", 8)->vs_base.value * 0.9);
	assert_int_equal(get(&s, 2, "fuse", 8)->verdict.direction, 1);
	assert_int_equal(s.sides[2].lock.expect, FPB_LOCK_UNKNOWN);
	assert_false(s.sides[2].lock.contradicted);
	done(&run, &s);
}

static void each_step_is_held_against_the_one_before(void **state)
{
	const size_t base[] = { 0, 1, 0 }, side[] = { 1, 2, 2 };
	const struct fpb_effect *e;
	struct fpb_rundata run;
	struct fpb_summary s;
	double by_step;
	size_t i;

	summarise("steps", &run, &s);
	assert_true(s.steps);
	/* Two of raw and two of fuse, and the whole of both. */
	assert_int_equal(s.neffects, 6);
	assert_int_equal(fpb_effects_count(s.cells, s.ncells, 3, true), 3);
	assert_int_equal(fpb_effects_count(s.cells, s.ncells, 3, false), 2);
	/* Two kernels have no other whole than their step. */
	assert_int_equal(fpb_effects_count(s.cells, s.ncells, 2, true), 1);
	for (i = 0; i < s.neffects; i++) {
		e = &s.effects[i];
		assert_int_equal(e->side, side[i % 3]);
		assert_int_equal(e->base, base[i % 3]);
		assert_true(fpb_summary_is_whole(&s, e) == (i % 3 == 2));
		assert_true(near(e->alpha, 0.01 / 3));
	}
	e = &s.effects[fpb_effect_is_control(&s.effects[0]) ? 3 : 0];
	assert_int_equal(e[0].verdict.direction, 0);
	assert_true(e[0].verdict.within);
	assert_int_equal(e[1].verdict.direction, 1);
	assert_int_equal(e[2].verdict.direction, 1);
	/* Of the rows, too; and in the same boot pairs. */
	by_step = get(&s, 1, "fuse", 2)->vs_base.value *
		  get(&s, 2, "fuse", 2)->vs_base.value;
	done(&run, &s);

	fixture_load("steps", &run);
	run.manifest.steps = false;
	assert_int_equal(fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT), 0);
	assert_false(s.steps);
	assert_int_equal(s.neffects, 4);
	assert_true(near(get(&s, 2, "fuse", 2)->vs_base.value, by_step));
	done(&run, &s);

	/* Two of them are a pair. */
	fixture_load("steps", &run);
	const struct fpb_contender of[] = { { &run, 0 }, { &run, 2 } };

	assert_int_equal(fpb_summary_of_kernels(&s, of, 2, 0.05), 0);
	assert_false(s.steps);
	assert_true(near(get(&s, 1, "fuse", 2)->vs_base.value, by_step));
	done(&run, &s);
}

static void one_session_a_side_claims_nothing(void **state)
{
	const struct fpb_cell_result *r;
	struct fpb_rundata base, new;
	struct fpb_summary s;

	fixture_load("apart-baseline", &base);
	fixture_load("apart-patched", &new);
	assert_int_equal(of_two(&s, &base, 0, &new, 0), 0);
	assert_false(s.paired);
	assert_string_equal(s.sides[0].label, "baseline");
	assert_string_equal(s.sides[1].label, "patched");
	r = get(&s, 1, "fuse", 8);
	assert_int_equal(r->vs_base.n, 2);
	assert_true(r->vs_base.value > 5);
	assert_false(r->vs_base.has_interval);
	assert_int_equal(s.rows.unresolved, 4);
	assert_int_equal(s.effects[1].lacking, 4);
	fpb_summary_free(&s);

	/* The same kernel on both sides needs other names. */
	assert_int_equal(of_two(&s, &new, 0, &new, 0), 0);
	assert_string_equal(s.sides[0].label, "base");
	fpb_summary_free(&s);
	fpb_rundata_free(&new);
	fpb_rundata_free(&base);
}

static void runs_of_one_kernel_are_its_sessions(void **state)
{
	struct fpb_rundata base, new;
	struct fpb_summary s;

	fixture_load("apart-baseline", &base);
	fixture_load("apart-patched", &new);
	const struct fpb_contender of[] = {
		{ &base, 0 }, { &new, 0 }, { &new, 0 }, { &base, 0 },
		{ &base, 0 }, { &new, 0 },
	};
	assert_int_equal(fpb_summary_of_kernels(&s, of, NELEM(of), 0.05), 0);
	assert_false(s.paired);
	assert_int_equal(s.nsides, 2);
	assert_int_equal(s.sides[0].nsessions, 3);
	assert_int_equal(s.sides[1].rounds, 18);
	assert_int_equal(get(&s, 1, "fuse", 8)->vs_base.n, 6);
	assert_int_equal(get(&s, 1, "fuse", 8)->verdict.direction, 1);
	assert_int_equal(s.effects[1].verdict.direction, 1);
	assert_int_equal(s.effects[1].lacking, 0);
	fpb_summary_free(&s);
	fpb_rundata_free(&new);
	fpb_rundata_free(&base);
}

static void runs_without_a_common_cell_have_no_summary(void **state)
{
	struct fpb_rundata a, b;
	struct fpb_summary s;

	make_run(&doubled, &a);
	fixture_load("apart-patched", &b);
	assert_int_equal(of_two(&s, &a, 0, &b, 0), -ENOENT);
	fpb_rundata_free(&b);
	fpb_rundata_free(&a);
}

/* A sample of a pair: its ratio is not that of the rates beside it. */
static void put_pair(FILE *out, int kernel, int round, const char *target,
		     double iops, double ratio, double log_se)
{
	fprintf(out, "{\"schema\": 1, \"boot\": \"b\", \"round\": %d, "
		"\"kernel\": \"%c\", \"attempt\": 1, \"seq\": 1, "
		"\"regime\": \"r\", \"target\": \"%s\", \"workload\": \"w\", "
		"\"numjobs\": 1, \"status\": \"ok\", \"iops\": %f, \"ios\": 1, "
		"\"runtime_ms\": 1, \"pair\": {\"with\": \"x\", "
		"\"slice_ns\": 20000000, \"guard_ns\": 2000000, \"seed\": 1, "
		"\"pairs\": 9, \"drained\": 0, \"widowed\": 0, "
		"\"ratio\": %f, \"log_se\": %f}}\n", round, 'a' + kernel,
		target, iops, ratio, log_se);
}

static void ratios_of_pairs_are_those_of_their_slices(void **state)
{
	static const double ratio[2][ROUNDS] = {
		{ 0.50, 0.51, 0.49, 0.50, 0.51, 0.49 },
		{ 1.00, 1.02, 0.98, 1.00, 1.02, 0.98 },
	};
	const struct fpb_cell_result *base, *new;
	char *samples, *boots;
	struct fpb_rundata run;
	struct fpb_summary s;
	FILE *b, *out;
	double mean = 0, ss = 0;
	size_t len[2];

	b = open_memstream(&boots, &len[0]);
	out = open_memstream(&samples, &len[1]);
	for (int round = 1; round <= ROUNDS; round++) {
		for (int kernel = 0; kernel < 2; kernel++) {
			double r = ratio[kernel][round - 1];

			put_boot(b, kernel, round);
			/* Another raw sample, as after an interruption. */
			put_pair(out, kernel, round, "raw", 100 * round, r, 0.01);
			put_pair(out, kernel, round, "fuse", 77, r, 0.01);
		}
	}
	fclose(b);
	fclose(out);
	load(&run, boots, samples);
	free(samples);
	free(boots);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	base = get(&s, 0, "fuse", 1);
	new = get(&s, 1, "fuse", 1);
	assert_true(fabs(base->to_raw.value - 0.5) < 0.005);
	assert_true(fabs(new->to_raw.value - 1) < 0.005);
	assert_true(new->at_par);

	for (int i = 0; i < ROUNDS; i++)
		mean += log(ratio[1][i]) / ROUNDS;
	for (int i = 0; i < ROUNDS; i++)
		ss += pow(log(ratio[1][i]) - mean, 2);
	assert_int_equal(new->slices.n, ROUNDS);
	assert_int_equal(new->slices.slice_ns, 20000000);
	assert_true(near(new->slices.within, 0.01));
	assert_true(near(new->slices.between, sqrt(ss / (ROUNDS - 1))));
	assert_int_equal(get(&s, 1, "raw", 1)->slices.n, 0);
	done(&run, &s);
}

static void without_pairs_the_boot_makes_the_ratio(void **state)
{
	const struct fpb_cell_result *new;
	struct fpb_rundata run;
	struct fpb_summary s;

	make_run(&doubled, &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	new = get(&s, 1, "fuse", 1);
	assert_int_equal(new->slices.n, 0);
	assert_true(near(exp(new->log_to_raw[1]), 220.0 / 410));
	done(&run, &s);
}

/* 19 boot pairs of a duet; two more were repeated, one sample is lost. */
static void a_duet_brings_its_own_ratios(void **state)
{
	const struct fpb_cell_result *r;
	struct fpb_rundata run;
	struct fpb_summary s;
	double d = 0;
	size_t i;

	summarise("duet", &run, &s);
	r = get(&s, 1, "fuse", 2);
	for (i = 0; i < 19; i++)
		d += r->log_duet[i] / 19;
	assert_true(near(r->vs_base.value, exp(d)));
	assert_int_equal(r->used, 19);
	r = get(&s, 1, "fuse", 8);
	assert_int_equal(r->lost, 1);
	assert_int_equal(r->vs_base.n, 18);
	assert_true(r->vs_base.has_interval);
	done(&run, &s);
}

static const struct fpb_effect *effect(const struct fpb_summary *s,
				       const char *regime, const char *target)
{
	size_t i;

	for (i = 0; i < s->neffects; i++)
		if (!strcmp(s->effects[i].first->regime, regime) &&
		    !strcmp(s->effects[i].first->target, target))
			return &s->effects[i];
	fail_msg("no effect in %s of %s", regime, target);
	return NULL;
}

static void each_regime_has_one_effect_and_one_control(void **state)
{
	const struct fpb_effect *cpu, *device, *control;
	struct fpb_rundata run;
	struct fpb_summary s;

	summarise("duet", &run, &s);
	assert_int_equal(s.neffects, 4);
	cpu = effect(&s, "cpu", "fuse");
	device = effect(&s, "device", "fuse");
	control = effect(&s, "device", "raw");

	/* The lost sample costs no boot pair. */
	assert_int_equal(cpu->ratio.n, 19);
	assert_int_equal(cpu->rows, 4);
	assert_int_equal(cpu->jobs_hi, 8);
	assert_true(near(cpu->alpha, 0.005));
	assert_int_equal(cpu->verdict.direction, 1);
	assert_false(cpu->total_differs);
	/* Totals were made 3 % lower there. */
	assert_true(device->total_differs);
	assert_true(device->total.hi < device->ratio.lo);

	assert_true(near(control->alpha, 0.005));
	assert_true(fpb_effect_is_control(control));
	assert_int_equal(control->verdict.direction, 0);
	assert_true(control->verdict.within);
	assert_false(fpb_summary_unproven(&s));
	done(&run, &s);
}

/* Looking after every third round finds more: the level pays for it. */
static void a_run_that_may_end_early_has_a_stricter_level(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;

	summarise("duet", &run, &s);
	fpb_summary_free(&s);
	run.manifest.until_ci_pct = 3;
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_true(near(effect(&s, "cpu", "fuse")->alpha, 0.003));
	assert_true(near(effect(&s, "device", "raw")->alpha, 0.003));
	done(&run, &s);
}

/* Rates that fall within a slice, of one kernel in one regime. */
static void a_guard_that_is_too_short_is_seen(void **state)
{
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t i;

	summarise("duet", &run, &s);
	assert_int_equal(effect(&s, "cpu", "fuse")->early[0].n, 0);
	fpb_summary_free(&s);
	for (i = 0; i < run.nsamples; i++) {
		struct fpb_sample *p = &run.samples[i];
		bool falls = !strcmp(p->kernel, "patched") &&
			     !strcmp(p->cell.regime, "device");

		p->has_pair = true;
		p->pair.log_early = (falls ? 0.1 : 0) +
				    (p->round % 2 ? 0.01 : -0.01);
	}
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	for (i = 0; i < s.neffects; i++) {
		const struct fpb_effect *e = &s.effects[i];
		bool device = !strcmp(e->first->regime, "device");

		assert_int_equal(e->early[0].n, 19);
		assert_false(fpb_effect_early_differs(&e->early[0]));
		assert_int_equal(fpb_effect_early_differs(&e->early[1]),
				 device);
		assert_true(!device || near(log(e->early[1].value),
					    0.1 + 0.01 / 19));
	}
	done(&run, &s);
}

static void the_load_is_of_the_rounds_that_count(void **state)
{
	unsigned int round = 0;
	size_t i;
	struct fpb_rundata run;
	struct fpb_summary s;

	summarise("duet", &run, &s);
	assert_int_equal(s.load.rounds, 19);
	assert_int_equal(s.load.repeated, 2);
	/* Those that were repeated had 1.7. */
	assert_true(s.load.hi < 1);
	assert_true(s.load.lo < s.load.mean && s.load.mean < s.load.hi);
	done(&run, &s);

	/* Both repeats were of one round. */
	summarise("duet", &run, &s);
	fpb_summary_free(&s);
	for (i = 0; i < run.nboots; i++) {
		if (!fpb_boot_repeated(&run.boots[i]))
			continue;
		round = round ? round : run.boots[i].round;
		run.boots[i].round = round;
	}
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_int_equal(s.load.repeated, 1);
	assert_int_equal(s.load.repeats, 2);
	done(&run, &s);

	summarise("three-rounds", &run, &s);
	assert_int_equal(s.load.rounds, 0);
	done(&run, &s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ratios_pair_what_one_round_measured),
		cmocka_unit_test(what_is_slower_is_said_to_be),
		cmocka_unit_test(parity_with_raw_needs_the_whole_interval),
		cmocka_unit_test(
			one_failed_sample_leaves_a_number_without_interval),
		cmocka_unit_test(the_first_good_attempt_counts),
		cmocka_unit_test(
			a_try_that_can_be_compared_goes_before_one_that_cannot),
		cmocka_unit_test(a_round_without_a_duet_is_not_compared),
		cmocka_unit_test(a_rate_of_zero_is_no_measurement),
		cmocka_unit_test(flawed_cells_say_what_they_lack),
		cmocka_unit_test(
			a_patched_kernel_that_does_not_behave_so_is_caught),
		cmocka_unit_test(raw_that_differs_leaves_the_run_unproven),
		cmocka_unit_test(three_rounds_claim_nothing),
		cmocka_unit_test(
			cells_that_an_interruption_left_out_lack_nothing),
		cmocka_unit_test(every_kernel_is_held_against_the_first),
		cmocka_unit_test(one_session_a_side_claims_nothing),
		cmocka_unit_test(runs_of_one_kernel_are_its_sessions),
		cmocka_unit_test(runs_without_a_common_cell_have_no_summary),
		cmocka_unit_test(ratios_of_pairs_are_those_of_their_slices),
		cmocka_unit_test(without_pairs_the_boot_makes_the_ratio),
		cmocka_unit_test(a_duet_brings_its_own_ratios),
		cmocka_unit_test(each_regime_has_one_effect_and_one_control),
		cmocka_unit_test(a_run_that_may_end_early_has_a_stricter_level),
		cmocka_unit_test(each_step_is_held_against_the_one_before),
		cmocka_unit_test(a_guard_that_is_too_short_is_seen),
		cmocka_unit_test(the_load_is_of_the_rounds_that_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
