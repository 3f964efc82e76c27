// SPDX-License-Identifier: GPL-2.0
/*
 * Latencies, from I/Os to verdicts, on made-up runs: what is planted is found,
 * where nothing is planted nothing is. Fixed seeds; the counts are printed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>

#include "core/summary.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define ROUNDS		19
#define MEDIAN_NS	100e3
/* Deviations of the logarithm: of I/Os, and between boots. */
#define SIGMA		0.3
#define BOOT_SIGMA	0.03

static const double shares[FPB_QUANTILES] = { 0.5, 0.99, 0.999 };

static gsl_rng *rng;

static void make_plan(struct fpb_rundata *run, unsigned int rounds)
{
	struct fpb_rundata_error err;
	char text[512];

	snprintf(text, sizeof(text), "{\"schema\": 1, \"backend\": {\"name\": "
		 "\"uml\"}, \"kernels\": [{\"name\": \"a\"}, {\"name\": "
		 "\"b\"}], \"plan\": {\"numjobs\": [1, 4], \"targets\": "
		 "[\"raw\", \"fuse\"], \"workloads\": [\"w\"], \"regimes\": "
		 "[\"r\"], \"rounds\": %u}}", rounds);
	if (fpb_rundata_parse(run, text_of(text), text_of(""), text_of(""),
			      &err))
		fail_msg("%s", err.why);
	run->samples = calloc(2 * run->manifest.ncells * rounds,
			      sizeof(*run->samples));
	assert_non_null(run->samples);
}

/* As fio counts: 64 buckets for each power of two, and their middle. */
static double in_bucket(double ns)
{
	double width = exp2(floor(log2(ns)) - 6);

	return (floor(ns / width) + 0.5) * width;
}

/* The latencies of @n I/Os, sorted, of which a part is delayed. */
static void draw_ios(double *ns, size_t n, double boot, double delayed)
{
	size_t i;

	for (i = 0; i < n; i++) {
		ns[i] = MEDIAN_NS * exp(boot + gsl_ran_gaussian(rng, SIGMA));
		if (gsl_rng_uniform(rng) < delayed)
			ns[i] += 200e3;
	}
	gsl_sort(ns, 1, n);
}

/* The same three quantiles without the I/Os: order statistics are beta. */
static void draw_quantiles(double *ns, size_t n, double boot)
{
	int q;

	for (q = 0; q < FPB_QUANTILES; q++) {
		double k = ceil(shares[q] * n);
		double u = gsl_ran_beta(rng, k, n + 1 - k);

		ns[q] = MEDIAN_NS * exp(boot + gsl_cdf_gaussian_Pinv(u, SIGMA));
	}
}

static void put(struct fpb_rundata *run, const char *kernel, unsigned int round,
		const struct fpb_cell *cell, size_t ios,
		const double ns[FPB_QUANTILES])
{
	struct fpb_sample *s = &run->samples[run->nsamples++];

	*s = (struct fpb_sample){
		.round = round, .attempt = 1, .cell = *cell, .iops = 1000,
		.ios = ios, .lat_p50_ns = in_bucket(ns[FPB_P50]),
		.lat_p99_ns = in_bucket(ns[FPB_P99]),
		.lat_p999_ns = in_bucket(ns[FPB_P999]),
	};
	strcpy(s->kernel, kernel);
}

static double boot_noise(void)
{
	return gsl_ran_gaussian(rng, BOOT_SIGMA);
}

/* Kernel b delays a part of the I/Os through FUSE. */
static void make_delayed(struct fpb_rundata *run, size_t ios, double delayed)
{
	double *all = malloc(ios * sizeof(*all)), ns[FPB_QUANTILES];
	unsigned int round, kernel;
	size_t i;
	int q;

	assert_non_null(all);
	make_plan(run, ROUNDS);
	for (round = 1; round <= ROUNDS; round++) {
		for (kernel = 0; kernel < 2; kernel++) {
			double boot = boot_noise();

			for (i = 0; i < run->manifest.ncells; i++) {
				const struct fpb_cell *c =
					&run->manifest.cells[i];

				draw_ios(all, ios, boot, kernel &&
					 !fpb_cell_is_raw(c) ? delayed : 0);
				for (q = 0; q < FPB_QUANTILES; q++)
					ns[q] = all[(size_t)ceil(shares[q] *
								 ios) - 1];
				put(run, kernel ? "b" : "a", round, c, ios, ns);
			}
		}
	}
	free(all);
}

static const struct fpb_effect *effect(const struct fpb_summary *s, bool raw)
{
	size_t i;

	for (i = 0; fpb_effect_is_control(&s->effects[i]) != raw; i++)
		;
	return &s->effects[i];
}

static const struct fpb_cell_result *row(const struct fpb_summary *s,
					 unsigned int side, bool raw)
{
	long i = fpb_summary_cell(s, &s->cells[0], raw ? "raw" : "fuse");

	return &s->sides[side].results[i];
}

static void a_delay_of_few_ios_shows_in_the_tail_alone(void **state)
{
	const struct fpb_latency_effect *l;
	struct fpb_rundata run;
	struct fpb_summary s;
	int q;

	make_delayed(&run, 20000, 0.01);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	l = effect(&s, false)->latency;
	for (q = 0; q < FPB_QUANTILES; q++)
		print_message("# 1 %% delayed by 200 us: %s %.3f [%.3f, %.3f]\n",
			      fpb_quantile_name(q), l[q].ratio.value,
			      l[q].ratio.lo, l[q].ratio.hi);
	assert_int_equal(l[FPB_P50].rows, 2);
	assert_int_equal(l[FPB_P50].verdict.direction, 0);
	assert_true(l[FPB_P50].verdict.within);
	assert_int_equal(l[FPB_P999].verdict.direction, 1);
	assert_true(l[FPB_P999].ratio.value > 1.2);
	/* Three quantiles share 1 %. */
	assert_true(fabs(l[FPB_P999].alpha - 0.01 / 3) < 1e-12);
	assert_int_equal(row(&s, 1, false)->latency[FPB_P999].verdict.direction,
			 1);
	assert_int_equal(row(&s, 1, false)->latency[FPB_P50].verdict.direction,
			 0);
	/* The control has neither. */
	l = effect(&s, true)->latency;
	for (q = 0; q < FPB_QUANTILES; q++)
		assert_int_equal(l[q].verdict.direction, 0);
	/* Rates did not change. */
	assert_int_equal(effect(&s, false)->verdict.direction, 0);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

static void too_few_ios_tell_no_tail(void **state)
{
	const struct fpb_latency_effect *l;
	struct fpb_rundata run;
	struct fpb_summary s;

	make_delayed(&run, 5000, 0.01);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	l = effect(&s, false)->latency;
	assert_int_equal(l[FPB_P999].rows, 0);
	assert_int_equal(l[FPB_P999].rows_few, 2);
	assert_int_equal(l[FPB_P999].ratio.n, 0);
	assert_int_equal(l[FPB_P99].rows, 2);
	assert_true(l[FPB_P99].ratio.has_interval);
	/* It has no share of the level either. */
	assert_true(fabs(l[FPB_P99].alpha - 0.01 / 2) < 1e-12);
	assert_true(row(&s, 1, false)->latency[FPB_P999].few);
	assert_int_equal(row(&s, 1, false)->latency[FPB_P999].ns.n, 0);
	assert_int_equal(row(&s, 1, false)->latency[FPB_P999].vs_base.n, 0);
	assert_int_equal(row(&s, 1, false)->latency[FPB_P50].vs_base.n, ROUNDS);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

/* Whether any effect, or any row, is claimed to differ. */
static void count(const struct fpb_summary *s, unsigned int *effects,
		  unsigned int *rows)
{
	bool some = false, some_row = false;
	size_t i;
	int q;

	for (q = 0; q < FPB_QUANTILES; q++) {
		some |= effect(s, false)->latency[q].verdict.direction != 0;
		for (i = 0; i < s->ncells; i++)
			if (!fpb_cell_is_raw(&s->cells[i]))
				some_row |= s->sides[1].results[i].latency[q]
					    .verdict.direction != 0;
	}
	*effects += some;
	*rows += some_row;
}

static unsigned int bound(double share, unsigned int n)
{
	return share * n + 3 * sqrt(share * (1 - share) * n);
}

/* With noise of boots, and without: then buckets are all that differs. */
static void identical_kernels_have_the_same_latencies(void **state)
{
	static const struct {
		double scale;
		unsigned int runs;
	} scenes[] = { { 1, 200 }, { 0, 100 } };
	unsigned int i, round, kernel, effects, rows;
	double ns[FPB_QUANTILES];
	struct fpb_rundata run;
	struct fpb_summary s;
	size_t c, k;

	make_plan(&run, ROUNDS);
	for (k = 0; k < NELEM(scenes); k++) {
		const unsigned int runs = scenes[k].runs;

		effects = rows = 0;
		for (i = 0; i < runs; i++) {
			run.nsamples = 0;
			for (round = 1; round <= ROUNDS; round++)
				for (kernel = 0; kernel < 2; kernel++)
					for (c = 0; c < run.manifest.ncells;
					     c++) {
						draw_quantiles(ns, 20000,
							scenes[k].scale *
							boot_noise());
						put(&run, kernel ? "b" : "a",
						    round,
						    &run.manifest.cells[c],
						    20000, ns);
					}
			assert_int_equal(fpb_summary_of_run(&s, &run, 0.05),
					 0);
			count(&s, &effects, &rows);
			fpb_summary_free(&s);
		}
		print_message("# identical: %u of %u runs with an effect, %u with a row\n",
			      effects, runs, rows);
		assert_true(effects <= bound(0.01, runs));
		/* Each quantile's rows have 5 %. */
		assert_true(rows <= bound(FPB_QUANTILES * 0.05, runs));
	}
	fpb_rundata_free(&run);
}

/* A B B A A B, as of a machine that boots between them. */
static void sessions_are_compared_by_their_means(void **state)
{
	static const unsigned int order[] = { 0, 1, 1, 0, 0, 1 };
	struct fpb_contender of[NELEM(order)];
	struct fpb_rundata run[NELEM(order)];
	const struct fpb_latency_effect *l;
	struct fpb_summary s;
	unsigned int round;
	size_t i, c;

	for (i = 0; i < NELEM(order); i++) {
		make_plan(&run[i], 3);
		for (round = 1; round <= 3; round++)
			for (c = 0; c < run[i].manifest.ncells; c++) {
				double ns[FPB_QUANTILES];

				draw_quantiles(ns, 20000, (order[i] ? 0.2 : 0) +
					       0.1 * boot_noise());
				put(&run[i], order[i] ? "b" : "a", round,
				    &run[i].manifest.cells[c], 20000, ns);
			}
		of[i] = (struct fpb_contender){ &run[i], order[i] };
	}
	assert_int_equal(fpb_summary_of_kernels(&s, of, NELEM(order), 0.05), 0);
	l = &effect(&s, false)->latency[FPB_P50];
	assert_int_equal(l->ratio.n, 6);
	assert_true(fabs(log(l->ratio.value) - 0.2) < 0.03);
	assert_int_equal(l->verdict.direction, 1);
	assert_int_equal(row(&s, 1, false)->latency[FPB_P50].vs_base.n, 6);
	fpb_summary_free(&s);
	for (i = 0; i < NELEM(order); i++)
		fpb_rundata_free(&run[i]);
}

/* Kernel b needs a tenth more, in a daemon; the samples of raw are of the same jobs. */
static void cpu_time_is_compared_and_split(void **state)
{
	static const double ns[FPB_QUANTILES];
	const struct fpb_latency_effect *l;
	struct fpb_rundata run;
	struct fpb_summary s;
	unsigned int round, kernel;

	make_plan(&run, ROUNDS);
	for (round = 1; round <= ROUNDS; round++) {
		for (kernel = 0; kernel < 2; kernel++) {
			for (size_t i = 0; i < run.manifest.ncells; i++) {
				const struct fpb_cell *c = &run.manifest.cells[i];
				const double noise = exp(boot_noise());
				struct fpb_sample *t;

				put(&run, kernel ? "b" : "a", round, c, 1000, ns);
				t = &run.samples[run.nsamples - 1];
				t->has_cpu = !fpb_cell_is_raw(c);
				t->cpu = (struct fpb_sample_cpu){
					.app_ns = 4000e3 * noise,
					.daemon_ns = (kernel ? 1500e3 : 800e3) * noise,
					.all_ns = (kernel ? 7700e3 : 7000e3) * noise,
					.ios = 1000,
				};
			}
		}
	}
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	l = &effect(&s, false)->latency[FPB_CPU];
	assert_int_equal(l->rows, 2);
	assert_true(fabs(log(l->ratio.value) - log(1.1)) < 0.02);
	assert_int_equal(l->verdict.direction, 1);
	/* Nothing else was measured that it could share its level with. */
	assert_true(fabs(l->alpha - 0.01) < 1e-12);
	assert_int_equal(effect(&s, true)->latency[FPB_CPU].rows, 0);
	for (int i = 0; i < FPB_CPU_PARTS; i++)
		print_message("# part %d: %.0f ns\n", i,
			      row(&s, 1, false)->cpu_ns[i]);
	assert_true(fabs(row(&s, 0, false)->cpu_ns[FPB_CPU_APP] / 4000 - 1) < 0.05);
	assert_true(fabs(row(&s, 1, false)->cpu_ns[FPB_CPU_DAEMON] / 1500 - 1) < 0.05);
	assert_true(fabs(row(&s, 1, false)->cpu_ns[FPB_CPU_KERNEL] / 2200 - 1) < 0.05);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
}

static void ten_ios_must_lie_beyond_a_quantile(void **state)
{
	assert_false(fpb_quantile_known(FPB_P50, 19));
	assert_true(fpb_quantile_known(FPB_P50, 20));
	assert_false(fpb_quantile_known(FPB_P99, 999));
	assert_true(fpb_quantile_known(FPB_P99, 1000));
	assert_false(fpb_quantile_known(FPB_P999, 9999));
	assert_true(fpb_quantile_known(FPB_P999, 10000));
}

/* One bucket further in every sample is what fio cannot tell from none. */
static void a_bucket_is_no_difference(void **state)
{
	struct fpb_estimate e = {
		.n = 19, .value = 0.015, .has_interval = true,
		.lo = 0.014, .hi = 0.016,
	};

	assert_int_equal(fpb_latency_verdict(&e, 0.05).direction, 0);
	assert_true(fpb_latency_verdict(&e, 0.05).within);
	e.value = e.hi = 0.017;
	assert_int_equal(fpb_latency_verdict(&e, 0.05).direction, 1);
	assert_string_equal(fpb_latency_direction(1), "worse");
	assert_string_equal(fpb_latency_direction(-1), "better");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_delay_of_few_ios_shows_in_the_tail_alone),
		cmocka_unit_test(too_few_ios_tell_no_tail),
		cmocka_unit_test(cpu_time_is_compared_and_split),
		cmocka_unit_test(identical_kernels_have_the_same_latencies),
		cmocka_unit_test(sessions_are_compared_by_their_means),
		cmocka_unit_test(ten_ios_must_lie_beyond_a_quantile),
		cmocka_unit_test(a_bucket_is_no_difference),
	};
	int ret;

	rng = gsl_rng_alloc(gsl_rng_mt19937);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	gsl_rng_free(rng);
	return ret;
}
