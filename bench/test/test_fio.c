// SPDX-License-Identifier: GPL-2.0
/*
 * core/fio.c: what a job file asks of fio, and what fio's own JSON (recorded,
 * its file names changed) is understood to say.
 */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/fio.h"
#include "core/planfile.h"
#include "fixture.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define ENGINE		"/usr/lib/fpbench/engine.so"
#define FILE_PATH	"/mnt/fpb/file"

static struct fpb_plan plan;

static int start(void **state)
{
	fpb_plan_default(&plan);
	return 0;
}

static void set(const char *text)
{
	char why[FPB_REASON_MAX];

	if (fpb_plan_set_text(&plan, text, why))
		fail_msg("%s: %s", text, why);
}

static struct fpb_step step_of(const char *regime, unsigned int numjobs)
{
	struct fpb_step s = {
		.cell = { .target = "fuse", .numjobs = numjobs },
		.slicing = { .job_ms = plan.runtime_ms },
	};

	snprintf(s.cell.regime, sizeof(s.cell.regime), "%s", regime);
	strcpy(s.cell.workload, plan.workloads[0].name);
	return s;
}

static char *job_of(const char *regime, unsigned int numjobs)
{
	struct fpb_step step = step_of(regime, numjobs);

	return fpb_fio_job(&plan, &step, ENGINE, FILE_PATH, NULL, NULL);
}

static char *slices_job(unsigned int lanes, unsigned int lane)
{
	static const struct fpb_fio_sides sides = {
		.raw = "/mnt/raw/file", .slices = "/run/fio/007",
	};
	struct fpb_step step = step_of("cpu", 2);

	step.lane = lane;
	step.seed = 4242;
	step.clock_offset_ns = -7;
	step.slicing = (struct fpb_slicing){
		.lanes = lanes, .raw_every = lanes > 1 ? 8 : 0,
		.slice_ns = 20000000, .guard_ns = 2000000, .job_ms = 1234,
	};
	return fpb_fio_job(&plan, &step, ENGINE, FILE_PATH, &sides, NULL);
}

/* The number of the line that is @line, from 1; 0: there is none. */
static int line_of(const char *text, const char *line)
{
	size_t len = strlen(line);
	int nr = 1;

	for (; *text; text = strchr(text, '\n') + 1, nr++)
		if (!strncmp(text, line, len) && text[len] == '\n')
			return nr;
	return 0;
}

static size_t times_in(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

/* Of a plan in which no value is the default. */
static const struct {
	const char *name;
	const char *line;
} lines[] = {
	{ "the job has the workload's name", "[own]" },
	{ "the engine is ours", "ioengine=external:" ENGINE },
	{ "the regime's submission path", "submit=psync" },
	{ "the target's file", "filename=" FILE_PATH },
	{ "the workload's pattern", "rw=write" },
	{ "its block size in bytes", "bs=8192" },
	{ "its way past the page cache", "direct=0" },
	{ "its file in MiB", "size=64m" },
	{ "the regime's depth", "iodepth=16" },
	{ "what is submitted at once", "iodepth_batch_submit=4" },
	{ "what is waited for", "iodepth_batch_complete_min=4" },
	{ "what is reaped at once", "iodepth_batch_complete_max=4" },
	{ "the cell's jobs", "numjobs=5" },
	{ "each on a CPU of its own", "pin_jobs=1" },
	{ "processes, not threads", "thread=0" },
	{ "one figure over all jobs", "group_reporting=1" },
	{ "time ends a sample, not the file", "time_based=1" },
	{ "how long", "runtime=1500ms" },
	{ "what is left out before", "ramp_time=250ms" },
	{ "writes stay inside the file", "overwrite=1" },
	{ "fio allocates nothing", "fallocate=none" },
	{ "fio drops no cache", "invalidate=0" },
	{ "jobs draw different blocks", "randrepeat=0" },
	{ "no time goes into buffers", "refill_buffers=0" },
	{ "fio does not look for disks", "disk_util=0" },
	{ "fio soon sees that it is over", "bwavgtime=50" },
	{ "by either of its timers", "iopsavgtime=50" },
};

static void a_job_asks_for_what_the_plan_says(void **state)
{
	char *text;

	set("workload own.like=randwrite");
	set("workload own.rw=write");
	set("workload own.bs=8k");
	set("workload own.direct=0");
	set("sweep.workloads=own");
	set("sweep.filesize=64m");
	set("sweep.runtime=1500ms");
	set("sweep.ramp=250ms");
	set("regime cpu.submit=psync");
	set("regime cpu.iodepth=16");
	set("regime cpu.batch=4");
	set("guest.affinity=fixed");
	text = job_of("cpu", 5);
	for (size_t i = 0; i < NELEM(lines); i++)
		if (!line_of(text, lines[i].line))
			fail_msg("%s: no line \"%s\" in\n%s", lines[i].name,
				 lines[i].line, text);
	free(text);
}

/* Two batches more than are marked, of 4096 bytes each. */
static void a_job_with_marks_ends_behind_them(void **state)
{
	struct fpb_step step = step_of("cpu", 1);
	char *text;

	step.mark_ios = 8000;
	step.mark_after = 1600;
	text = fpb_fio_job(&plan, &step, ENGINE, FILE_PATH, NULL, NULL);
	assert_true(line_of(text, "mark_ios=8000"));
	assert_true(line_of(text, "mark_after=1600"));
	assert_true(line_of(text, "io_size=39845888"));
	assert_null(strstr(text, "time_based"));
	free(text);
}

static void jobs_move_if_the_guests_cpus_do(void **state)
{
	char *text;

	set("guest.affinity=free");
	text = job_of("cpu", 2);
	assert_null(strstr(text, "pin_jobs"));
	free(text);
}

static void no_option_is_given_twice(void **state)
{
	char *text = job_of("cpu", 8), option[64];

	for (const char *p = strchr(text, '\n') + 1; *p;
	     p = strchr(p, '\n') + 1) {
		snprintf(option, sizeof(option), "\n%.*s=",
			 (int)strcspn(p, "="), p);
		if (times_in(text, option) != 1)
			fail_msg("%s is there %zu times", option,
				 times_in(text, option));
	}
	free(text);
}

/* fio knows them only once the engine is loaded. */
static void options_of_the_engine_follow_the_engine(void **state)
{
	char *text = job_of("cpu", 8);

	assert_true(line_of(text, "[randwrite-4k]") <
		    line_of(text, "ioengine=external:" ENGINE));
	assert_true(line_of(text, "ioengine=external:" ENGINE) <
		    line_of(text, "submit=libaio"));
	free(text);
}

static void no_job_is_a_thread(void **state)
{
	char *text = job_of("device", 8);

	assert_int_equal(times_in(text, "thread"), 1);
	assert_true(line_of(text, "thread=0"));
	free(text);
}

static void all_jobs_share_one_file(void **state)
{
	char *text = job_of("cpu", 8);

	assert_int_equal(times_in(text, "filename="), 1);
	assert_int_equal(times_in(text, "["), 1);
	free(text);
}

static void a_cell_has_the_values_of_its_own_regime(void **state)
{
	char *text = job_of("device", 1);

	assert_true(line_of(text, "submit=psync"));
	assert_true(line_of(text, "iodepth=1"));
	free(text);
	text = job_of("cpu", 1);
	assert_true(line_of(text, "submit=libaio"));
	assert_true(line_of(text, "iodepth=64"));
	free(text);
}

static void a_regime_that_is_not_planned_has_no_job(void **state)
{
	assert_null(job_of("gpu", 1));
}

static json_t *recorded(const char *name)
{
	char *text = fixture_text(name);
	json_t *fio = json_loads(text, 0, NULL);

	if (!fio)
		fail_msg("%s is no JSON", name);
	free(text);
	return fio;
}

static void assert_near(double got, double want)
{
	if (fabs(got - want) > 1e-6)
		fail_msg("%.9g, not %.9g", got, want);
}

static void a_group_of_two_writers_is_one_sample(void **state)
{
	json_t *fio = recorded("fio-3.41-randwrite-2-jobs.json");
	char why[FPB_REASON_MAX] = "";
	struct fpb_sample s = { 0 };

	assert_int_equal(fpb_fio_result(fio, false, &s, why), 0);
	assert_string_equal(why, "");
	assert_near(s.iops, 688549.668874);
	assert_int_equal(s.ios, 103971);
	assert_int_equal(s.runtime_ms, 151);
	assert_near(s.lat_mean_ns, 2656.650431);
	assert_near(s.lat_p50_ns, 1112);
	assert_near(s.lat_p99_ns, 2640);
	assert_near(s.lat_p999_ns, 313344);
	assert_near(s.cpu_usr_pct, 11.666667);
	assert_near(s.cpu_sys_pct, 36);
	json_decref(fio);
}

static void mixed_io_is_added_and_timed_by_its_larger_part(void **state)
{
	json_t *fio = recorded("fio-3.41-randrw-1-job.json");
	char why[FPB_REASON_MAX];
	struct fpb_sample s = { 0 };

	assert_int_equal(fpb_fio_result(fio, false, &s, why), 0);
	assert_int_equal(s.ios, 77450 + 19416);
	assert_near(s.iops, 512913.907285 + 128582.781457);
	/* Four reads to a write: the reads'. */
	assert_near(s.lat_p999_ns, 90624);
	json_decref(fio);
}

static void an_error_of_fio_is_named_even_after_some_io(void **state)
{
	json_t *fio = recorded("fio-3.41-write-no-space.json");
	char why[FPB_REASON_MAX];
	struct fpb_sample s = { 0 };

	assert_int_equal(fpb_fio_result(fio, false, &s, why), -EINVAL);
	assert_string_equal(why,
			    "fio reported error 28 (No space left on device)");
	json_decref(fio);
}

static void no_io_is_no_sample(void **state)
{
	json_t *fio = recorded("fio-3.41-randwrite-2-jobs.json");
	json_t *job = json_array_get(json_object_get(fio, "jobs"), 0);
	char why[FPB_REASON_MAX];
	struct fpb_sample s = { 0 };

	json_object_set_new(json_object_get(job, "write"), "total_ios",
			    json_integer(0));
	assert_int_equal(fpb_fio_result(fio, false, &s, why), -EINVAL);
	assert_string_equal(why, "fio did no I/O");
	json_decref(fio);
}

/* Else the first job's rate would pass for that of all. */
static void jobs_that_are_not_grouped_are_refused(void **state)
{
	json_t *fio = recorded("fio-3.41-randwrite-2-jobs-not-grouped.json");
	char why[FPB_REASON_MAX];
	struct fpb_sample s = { 0 };

	assert_int_equal(fpb_fio_result(fio, false, &s, why), -EINVAL);
	assert_string_equal(why,
			    "fio's JSON has 2 jobs in it, not one group");
	json_decref(fio);
}

static const struct {
	const char *name;
	const char *json;
} jobless[] = {
	{ "an empty object", "{}" },
	{ "no job in the list", "{\"jobs\": []}" },
	{ "jobs that are no list", "{\"jobs\": {\"read\": {}}}" },
	{ "a job without figures", "{\"jobs\": [{\"error\": 0}]}" },
	{ "a job that only read", "{\"jobs\": [{\"read\": {}}]}" },
	{ "a list", "[]" },
};

static void json_without_a_job_is_refused(void **state)
{
	for (size_t i = 0; i < NELEM(jobless); i++) {
		json_t *fio = json_loads(jobless[i].json, 0, NULL);
		char why[FPB_REASON_MAX] = "";
		struct fpb_sample s = { 0 };

		print_message("# %s\n", jobless[i].name);
		assert_int_equal(fpb_fio_result(fio, false, &s, why), -EINVAL);
		assert_string_equal(why, "fio's JSON has no job in it");
		json_decref(fio);
	}
}

/* One number of fio's is @json instead; NULL: it is not there. */
static const struct {
	const char *in, *key, *json;
} numbers[] = {
	{ "read", "iops", NULL },
	{ "read", "iops", "null" },
	{ "read", "iops", "\"512913.9\"" },
	{ "read", "iops", "-1" },
	{ "read", "iops", "1e13" },
	{ "read", "runtime", "\"150ms\"" },
	{ "read", "total_ios", "-5" },
	{ "write", "iops", NULL },
	{ "write", "runtime", NULL },
	{ "write", "total_ios", "[]" },
	{ "", "usr_cpu", NULL },
	{ "", "sys_cpu", "{}" },
	{ "", "error", NULL },
	{ "", "error", "1e11" },
	{ "", "error", "\"5\"" },
};

/* Reads and writes: without one of its rates the sum would be too small. */
static void a_number_that_is_none_is_refused(void **state)
{
	for (size_t i = 0; i < NELEM(numbers); i++) {
		const char *in = numbers[i].in, *key = numbers[i].key;
		json_t *fio = recorded("fio-3.41-randrw-1-job.json");
		json_t *o = json_array_get(json_object_get(fio, "jobs"), 0);
		char why[FPB_REASON_MAX] = "", want[FPB_REASON_MAX];
		struct fpb_sample s = { 0 };

		snprintf(want, sizeof(want), "fio's JSON: %s%s%s: must be %s",
			 in, *in ? "." : "", key, strcmp(key, "error") ?
			 "a number from 0 to 1000000000000" : "an integer");
		print_message("# %s, not %s\n", want, numbers[i].json ? : "");
		if (*in)
			o = json_object_get(o, in);
		assert_int_equal(json_object_del(o, key), 0);
		if (numbers[i].json)
			json_object_set_new(o, key, json_loads(numbers[i].json,
						JSON_DECODE_ANY, NULL));
		assert_int_equal(fpb_fio_result(fio, false, &s, why), -EINVAL);
		assert_string_equal(why, want);
		json_decref(fio);
	}
}

static void slices_are_one_job_on_both_paths(void **state)
{
	char *text = slices_job(1, 0);
	int engine = line_of(text, "ioengine=external:" ENGINE);

	assert_int_equal(line_of(text, "[randwrite-4k]"), 1);
	assert_true(line_of(text, "filename=" FILE_PATH));
	/* fio knows the engine's options only in its section. */
	assert_true(line_of(text, "pair=/mnt/raw/file") > engine);
	assert_true(line_of(text, "pair_slices=/run/fio/007") > engine);
	assert_true(line_of(text, "pair_slice=20000us") > engine);
	assert_true(line_of(text, "pair_guard=2000us") > engine);
	assert_true(line_of(text, "pair_seed=4242") > engine);
	assert_true(line_of(text, "runtime=1234ms"));
	assert_int_equal(times_in(text, "pair_lane"), 0);
	free(text);
}

static void kernels_in_the_same_seconds_have_lanes(void **state)
{
	char *text = slices_job(2, 1);

	assert_true(line_of(text, "pair_lanes=2"));
	assert_true(line_of(text, "pair_lane=1"));
	assert_true(line_of(text, "pair_raw_every=8"));
	assert_true(line_of(text, "pair_clock_offset=-7"));
	free(text);
}

/* The file on the other side is another one, by its number. */
static void a_daemon_of_others_may_have_files_of_its_own(void **state)
{
	char *text = slices_job(1, 0);

	assert_int_equal(times_in(text, "pair_same"), 0);
	free(text);
	set("target fuse.mount=bindfs -f {source} {mnt}");
	text = slices_job(1, 0);
	assert_int_equal(times_in(text, "pair_same=0"), 1);
	free(text);
}

/* What is used up lasts as long on both sides. */
static void raw_has_more_files_to_unlink(void **state)
{
	char *text;

	set("sweep.workloads=unlink");
	text = slices_job(1, 0);
	assert_true(line_of(text, "meta_files=800"));
	assert_true(line_of(text, "meta_files_pair=8000"));
	free(text);
}

static void without_a_pair_there_is_no_word_of_it(void **state)
{
	char *text = job_of("cpu", 2);

	assert_null(strstr(text, "pair"));
	free(text);
}

/* As fio 3.41 writes it, shortened. */
static const char two_sides[] =
	"{\"jobs\": [{\"error\": 0,"
	" \"read\": {\"total_ios\": 0, \"iops\": 0},"
	" \"write\": {\"total_ios\": 100, \"iops\": 50, \"runtime\": 2000,"
	"  \"lat_ns\": {\"mean\": 5},"
	"  \"prios\": ["
	"   {\"prioclass\": 0, \"prio\": 1, \"lat_ns\": {\"mean\": 20,"
	"    \"percentile\": {\"50.000000\": 21, \"99.000000\": 22,"
	"    \"99.900000\": 23}}},"
	"   {\"prioclass\": 0, \"prio\": 0, \"lat_ns\": {\"mean\": 10,"
	"    \"percentile\": {\"50.000000\": 11, \"99.000000\": 12,"
	"    \"99.900000\": 13}}}]}}]}";

static void each_side_has_its_own_latencies(void **state)
{
	json_t *fio = json_loads(two_sides, 0, NULL);
	struct fpb_sample s = { .lat_mean_ns = 5 };

	assert_non_null(fio);
	fpb_fio_side(fio, 0, &s);
	assert_true(s.lat_mean_ns == 10 && s.lat_p50_ns == 11 &&
		    s.lat_p99_ns == 12 && s.lat_p999_ns == 13);
	fpb_fio_side(fio, 1, &s);
	assert_true(s.lat_mean_ns == 20 && s.lat_p999_ns == 23);
	/* None is better than those of both together. */
	json_object_del(json_object_get(json_array_get(json_object_get(fio,
			"jobs"), 0), "write"), "prios");
	fpb_fio_side(fio, 1, &s);
	assert_true(s.lat_mean_ns == 0 && s.lat_p50_ns == 0);
	json_decref(fio);
}

/* The line is that of the file. */
static void what_is_no_json_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text;
		int line;
	} texts[] = {
		{ "", 1 }, { "fio: error\n", 1 }, { "{\n\"jobs\": [\n", 3 },
		{ "fio: a\nfio: b\n{\n\"jobs\": x }", 4 },
	};
	char why[FPB_REASON_MAX];
	json_t *o = fpb_fio_parse("fio: a word\n{ \"jobs\": [] }", why);

	assert_non_null(json_object_get(o, "jobs"));
	json_decref(o);
	for (size_t i = 0; i < NELEM(texts); i++) {
		assert_null(fpb_fio_parse(texts[i].text, why));
		if (atoi(why) != texts[i].line || !strstr(why, ": "))
			fail_msg("%s: %s", texts[i].text, why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_json_is_named_with_its_line),
		cmocka_unit_test_setup(a_job_asks_for_what_the_plan_says,
				       start),
		cmocka_unit_test_setup(a_job_with_marks_ends_behind_them, start),
		cmocka_unit_test_setup(jobs_move_if_the_guests_cpus_do, start),
		cmocka_unit_test_setup(no_option_is_given_twice, start),
		cmocka_unit_test_setup(options_of_the_engine_follow_the_engine,
				       start),
		cmocka_unit_test_setup(no_job_is_a_thread, start),
		cmocka_unit_test_setup(all_jobs_share_one_file, start),
		cmocka_unit_test_setup(a_cell_has_the_values_of_its_own_regime,
				       start),
		cmocka_unit_test_setup(a_regime_that_is_not_planned_has_no_job,
				       start),
		cmocka_unit_test(a_group_of_two_writers_is_one_sample),
		cmocka_unit_test(
			mixed_io_is_added_and_timed_by_its_larger_part),
		cmocka_unit_test(an_error_of_fio_is_named_even_after_some_io),
		cmocka_unit_test(no_io_is_no_sample),
		cmocka_unit_test(jobs_that_are_not_grouped_are_refused),
		cmocka_unit_test(json_without_a_job_is_refused),
		cmocka_unit_test(a_number_that_is_none_is_refused),
		cmocka_unit_test_setup(slices_are_one_job_on_both_paths, start),
		cmocka_unit_test_setup(kernels_in_the_same_seconds_have_lanes, start),
		cmocka_unit_test_setup(
			a_daemon_of_others_may_have_files_of_its_own, start),
		cmocka_unit_test_setup(raw_has_more_files_to_unlink, start),
		cmocka_unit_test_setup(without_a_pair_there_is_no_word_of_it,
				       start),
		cmocka_unit_test(each_side_has_its_own_latencies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
