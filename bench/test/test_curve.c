// SPDX-License-Identifier: GPL-2.0
/* core/curve: the curves of a run, and the law that each follows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/curve.h"
#include "fixture.h"

static void summarize(const char *name, struct fpb_rundata *run,
		      struct fpb_summary *s)
{
	fixture_load(name, run);
	assert_int_equal(fpb_summary_of_run(s, run, 0.05), 0);
}

static void forget(struct fpb_rundata *run, struct fpb_summary *s)
{
	fpb_summary_free(s);
	fpb_rundata_free(run);
}

static void each_curve_is_met_once(void **state)
{
	static const char *const names[] = {
		"cpu raw 0", "cpu fuse 0", "cpu fuse 1",
		"device raw 0", "device fuse 0", "device fuse 1",
	};
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_curve c = { .s = &s };
	char name[64];
	size_t n;

	summarize("duet", &run, &s);
	for (n = 0; fpb_curve_next(&c); n++) {
		assert_true(n < 6);
		snprintf(name, sizeof(name), "%s %s %zu", c.first->regime,
			 c.first->target, c.side);
		assert_string_equal(name, names[n]);
	}
	assert_int_equal(n, 6);
	forget(&run, &s);
}

static void fit_of(const struct fpb_summary *s, const char *regime,
		   const char *target, size_t side, struct fpb_scaling *f)
{
	struct fpb_curve c = { .s = s };

	while (fpb_curve_next(&c)) {
		if (strcmp(c.first->regime, regime) ||
		    strcmp(c.first->target, target) || c.side != side)
			continue;
		assert_int_equal(fpb_curve_fit(&c, f), 0);
		return;
	}
	fail_msg("no curve of %s %s", regime, target);
}

/* Its points are what the table shows. */
static void a_curve_goes_through_the_table(void **state)
{
	const double jobs[] = { 1, 2, 4, 8 };
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_scaling f;
	struct fpb_usl law;
	double rate[4];
	size_t i, k, n;

	summarize("duet", &run, &s);
	for (k = 0; k < 2; k++) {
		for (i = n = 0; i < s.ncells; i++)
			if (!strcmp(s.cells[i].regime, "cpu") &&
			    fpb_cell_is_raw(&s.cells[i]) == !k)
				rate[n++] = k ?
					s.sides[1].results[i].iops.value :
					s.pooled[i].iops.value;
		assert_int_equal(n, 4);
		assert_int_equal(fpb_usl_fit(jobs, rate, 4, &law), 0);
		fit_of(&s, "cpu", k ? "fuse" : "raw", k, &f);
		assert_true(fabs(f.law.one / law.one - 1) < 1e-9);
		assert_true(fabs(f.law.serial - law.serial) < 1e-9);
		assert_int_equal(f.points, 4);
		assert_int_equal(f.serial.n, 19);
	}
	forget(&run, &s);
}

/* With the lock writers take turns, without it they do not. */
static void an_exclusive_lock_is_a_serial_share(void **state)
{
	struct fpb_scaling raw, base, patched;
	struct fpb_rundata run;
	struct fpb_summary s;

	summarize("duet", &run, &s);
	fit_of(&s, "device", "raw", 0, &raw);
	fit_of(&s, "device", "fuse", 0, &base);
	fit_of(&s, "device", "fuse", 1, &patched);
	assert_true(base.serial.has_interval && base.serial.lo > 0.95);
	assert_true(raw.serial.has_interval && raw.serial.hi < 0.05);
	assert_true(patched.serial.has_interval && patched.serial.hi < 0.05);
	forget(&run, &s);
}

/* The same run, had its plan listed @numjobs in this order. */
static void load_in_order(const char *numjobs, struct fpb_rundata *run)
{
	char *text = fixture_text("run-duet/manifest.json");
	char *boots = fixture_text("run-duet/boots.jsonl");
	char *samples = fixture_text("run-duet/samples.jsonl"), *manifest;
	json_t *root = json_loads(text, 0, NULL);
	struct fpb_rundata_error err;

	json_object_set_new(json_object_get(root, "plan"), "numjobs",
			    json_loads(numjobs, 0, NULL));
	manifest = json_dumps(root, 0);
	assert_int_equal(fpb_rundata_parse(run, text_of(manifest),
					   text_of(boots), text_of(samples),
					   &err), 0);
	free(manifest);
	json_decref(root);
	free(samples);
	free(boots);
	free(text);
}

/* A plan's list of numbers of jobs may be in any order. */
static void the_order_of_the_plan_does_not_matter(void **state)
{
	struct fpb_scaling sorted, other;
	struct fpb_rundata run;
	struct fpb_summary s;

	summarize("duet", &run, &s);
	fit_of(&s, "device", "raw", 0, &sorted);
	forget(&run, &s);

	load_in_order("[8, 2, 4, 1]", &run);
	assert_int_equal(fpb_summary_of_run(&s, &run, 0.05), 0);
	assert_int_equal(s.cells[0].numjobs, 8);
	fit_of(&s, "device", "raw", 0, &other);
	assert_true(other.jobs_lo == 1 && other.jobs_hi == 8);
	assert_true(other.serial.value == sorted.serial.value);
	assert_true(other.serial.hi == sorted.serial.hi);
	forget(&run, &s);
}

/* Raw of runs of their own: each run is a replicate, of which these are few. */
static void sessions_are_replicates_of_their_own(void **state)
{
	struct fpb_rundata base, new;
	struct fpb_scaling f;
	struct fpb_summary s;

	fixture_load("apart-baseline", &base);
	fixture_load("apart-patched", &new);
	assert_int_equal(of_two(&s, &base, 0, &new, 0), 0);
	fit_of(&s, s.cells[0].regime, "raw", 0, &f);
	assert_true(f.points >= FPB_USL_POINTS);
	assert_int_equal(f.serial.n, 2);
	assert_false(f.serial.has_interval);
	fit_of(&s, s.cells[0].regime, "fuse", 1, &f);
	assert_int_equal(f.serial.n, 1);
	fpb_summary_free(&s);
	fpb_rundata_free(&new);
	fpb_rundata_free(&base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_curve_is_met_once),
		cmocka_unit_test(a_curve_goes_through_the_table),
		cmocka_unit_test(an_exclusive_lock_is_a_serial_share),
		cmocka_unit_test(the_order_of_the_plan_does_not_matter),
		cmocka_unit_test(sessions_are_replicates_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
