// SPDX-License-Identifier: GPL-2.0
/* core/lockstat.c, core/why.c, report/why.c: from what was counted to what is said. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/planfile.h"
#include "core/rundata.h"
#include "fixture.h"
#include "report/json.h"
#include "report/text.h"
#include "report/why.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

/* --- /proc/lock_stat --------------------------------------------------------- */

#define HEAD \
	"lock_stat version 0.4\n" \
	"-----------------------------------------------------------------\n" \
	"                              class name    con-bounces    contentions   waittime-min   waittime-max waittime-total   waittime-avg    acq-bounces   acquisitions   holdtime-min   holdtime-max holdtime-total   holdtime-avg\n" \
	"-----------------------------------------------------------------\n\n"

#define POINT(name, count, where) \
	"               " name "             " count "          [<00000000aaaaaaaa>] " where "\n"

/* Two filesystems' inodes, a directory's, and a lock with one kind of holder. */
static const char two_inodes[] = HEAD
	"          &sb->s_type->i_mutex_key#14-W:           10             20       10000.00       20000.00      300000.00       15000.00             30             40           1.00           2.00        5000.00           3.00\n"
	"          &sb->s_type->i_mutex_key#14-R:            0              1       10000.00       10000.00       10000.50       10000.50              3              4           1.00           2.00        5000.00           3.00\n"
	"          -----------------------------\n"
	POINT("&sb->s_type->i_mutex_key#14", "2", "fuse_file_write_iter+0x10/0x20")
	POINT("&sb->s_type->i_mutex_key#14", "19", "fuse_passthrough_write_iter+0x9c/0x1c0")
	POINT("&sb->s_type->i_mutex_key#14", "3", "fuse_setattr+0x10/0x20")
	"          -----------------------------\n"
	POINT("&sb->s_type->i_mutex_key#14", "21", "holder+0x1/0x2")
	"\n.................................................................\n\n"
	"              &ovl_i_mutex_key[depth]:            1              1          5.00           5.00           5.00           5.00              1              1           0.00           0.00           0.00           0.00\n"
	"              --------------------------\n"
	POINT("&ovl_i_mutex_key[depth]", "99", "xfs_ilock+0x10/0x20 [xfs]")
	"              --------------------------\n"
	POINT("&ovl_i_mutex_key[depth]", "1", "xfs_ilock+0x10/0x20 [xfs]")
	"\n.................................................................\n\n"
	"              &type->i_mutex_dir_key#2-R:            1              1          5.00           5.00        7000.00           5.00              1              1           0.00           0.00           0.00           0.00\n"
	"                      (a::b).lock:            1              1          5.00           5.00        6999.99           5.00              1              1           0.00           0.00           0.00           0.00\n";

static void waits_for_inodes_are_summed_up(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_lockstat s;

	assert_int_equal(fpb_lockstat_parse(two_inodes, &s, why), 0);
	assert_string_equal(s.inode.name, "&sb->s_type->i_mutex_key#14");
	/* Not who held it, and not of the class that was waited for less. */
	assert_string_equal(s.inode.where, "fuse_passthrough_write_iter");
	assert_int_equal(s.inode.ns, 310000500 + 5000);
	assert_string_equal(s.other.name, "&type->i_mutex_dir_key#2");
	assert_int_equal(s.other.ns, 7000000);
}

static void nobody_may_have_waited(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_lockstat s;

	assert_int_equal(fpb_lockstat_parse(HEAD, &s, why), 0);
	assert_int_equal(s.inode.ns, 0);
	assert_string_equal(s.inode.where, "");
	assert_string_equal(s.other.name, "");
}

static void what_counts_no_more_is_refused(void **state)
{
	char why[FPB_REASON_MAX];
	struct fpb_lockstat s;

	assert_int_equal(fpb_lockstat_parse("", &s, why), -EINVAL);
	assert_int_equal(fpb_lockstat_parse("schedstat\n", &s, why), -EINVAL);
	assert_int_equal(fpb_lockstat_parse(HEAD " a: 1 1 5.00 5.00 -5.00\n",
					    &s, why), -EINVAL);
	assert_int_equal(fpb_lockstat_parse("lock_stat version 0.4\n"
		"*WARNING* lock debugging disabled!! - possibly due to a lockdep warning\n",
		&s, why), -EINVAL);
	assert_non_null(strstr(why, "disabled"));
}

/* --- parts ------------------------------------------------------------------- */

/* 1000 I/Os of one job that take 100 us each, times in us for each I/O. */
static struct fpb_why cell(const char *target, unsigned int iodepth)
{
	struct fpb_why w = {
		.kernel = "baseline", .cell = { "cpu", "", "randwrite-4k", 1 },
		.iodepth = iodepth, .ios = 1000, .iops = 10000,
		.lat_mean_ns = 99000,
	};

	strcpy(w.cell.target, target);
	return w;
}

#define US(n)	((n) * 1000000ull)	/* of 1000 I/Os */

static const struct {
	const char *name;
	unsigned int iodepth;
	bool latency;
	/* In us for each I/O. */
	unsigned int lock, in_flight, user, kernel, daemon, threads, runnable;
	unsigned int raw_kernel;	/* 0: there is no raw */
	double want[FPB_WHY_PARTS];	/* lock, device, fuse, below, ... */
	double rest, overlap;
} splits[] = {
	{ "a write waits for the lock", 1, true, 70, 20, 1, 4, 0, 0, 0, 3,
	  { 70, 20, 1, 3, 0, 1, 0 }, 5, 0 },
	{ "the device is slow", 1, true, 0, 95, 1, 4, 0, 0, 0, 3,
	  { 0, 95, 1, 3, 0, 1, 0 }, 0, 0 },
	{ "work in fuse", 64, false, 0, 50, 10, 90, 0, 0, 0, 20,
	  { 0, 0, 70, 20, 0, 10, 0 }, 0, 0 },
	{ "work below it", 64, false, 0, 50, 10, 90, 0, 0, 0, 80,
	  { 0, 0, 10, 80, 0, 10, 0 }, 0, 0 },
	{ "raw may take more", 1, false, 0, 0, 0, 100, 0, 0, 0, 200,
	  { 0, 0, 0, 100, 0, 0, 0 }, 0, 0 },
	{ "without raw it is all the kernel's", 1, false, 0, 0, 0, 100, 0, 0, 0,
	  0, { 0, 0, 100, 0, 0, 0, 0 }, 0, 0 },
	{ "work in the daemon, which writes itself", 1, false, 0, 0, 1, 4, 80,
	  15, 0, 10, { 0, 0, 19, 10, 70, 1, 0 }, 0, 0 },
	{ "work in a daemon that does not", 1, false, 0, 0, 1, 84, 9, 0, 0, 10,
	  { 0, 0, 74, 10, 9, 1, 0 }, 6, 0 },
	{ "threads that work beside the job do not count", 64, false, 0, 0, 10,
	  60, 0, 50, 0, 30, { 0, 0, 60, 30, 0, 10, 0 }, 0, 0 },
	{ "a CPU that others use", 1, false, 0, 0, 10, 30, 0, 0, 60, 20,
	  { 0, 0, 10, 20, 0, 10, 60 }, 0, 0 },
	{ "to wait for a lock without a CPU is to wait for the lock", 1, false,
	  60, 0, 10, 30, 0, 0, 50, 20, { 60, 0, 10, 20, 0, 10, 0 }, 0, 0 },
	{ "to spin for a lock is to wait for it", 1, false, 60, 0, 10, 90, 0, 0,
	  0, 20, { 60, 0, 10, 20, 0, 10, 0 }, 0, 0 },
	{ "what raw does is no spinning", 1, false, 60, 0, 10, 90, 0, 0,
	  0, 50, { 60, 0, 0, 30, 0, 10, 0 }, 0, 20 },
	{ "without raw any of it may be", 1, false, 60, 0, 10, 90, 0, 0,
	  0, 0, { 60, 0, 30, 0, 0, 10, 0 }, 0, 60 },
	{ "of many in flight one is waited for", 32, true, 0, 3000, 10, 30, 0, 0,
	  0, 20, { 0, 60, 10, 20, 0, 10, 0 }, 0, 0 },
	{ "a device that completes at once is CPU time", 1, false, 0, 40, 10,
	  90, 0, 0, 0, 90, { 0, 0, 0, 90, 0, 10, 0 }, 0, 0 },
	{ "a sleep that nobody counts", 1, false, 0, 0, 10, 30, 0, 0, 0, 20,
	  { 0, 0, 10, 20, 0, 10, 0 }, 60, 0 },
};

static bool near(double a, double b)
{
	return fabs(a - b) < 1e-6;
}

static void each_cause_is_its_part(void **state)
{
	for (size_t i = 0; i < NELEM(splits); i++) {
		struct fpb_why w = cell("fuse", splits[i].iodepth);
		struct fpb_why raw = cell("raw", splits[i].iodepth);
		struct fpb_why_split s;

		w.latency = splits[i].latency;
		w.locks.inode.ns = US(splits[i].lock);
		w.in_flight = US(splits[i].in_flight);
		w.app_user = US(splits[i].user);
		w.app_kernel = US(splits[i].kernel);
		w.daemon_user = US(splits[i].daemon);
		w.runnable = US(splits[i].runnable);
		w.all = w.app_user + w.app_kernel + w.daemon_user +
			US(splits[i].threads);
		raw.iops = 1000;
		raw.app_kernel = raw.all = US(splits[i].raw_kernel);
		fpb_why_split(&w, splits[i].raw_kernel ? &raw : NULL, &s);
		if (!near(s.total_ns, 100000) ||
		    !near(s.rest_ns, splits[i].rest * 1000) ||
		    !near(s.overlap_ns, splits[i].overlap * 1000))
			fail_msg("%s: %g, rest %g, overlap %g", splits[i].name,
				 s.total_ns, s.rest_ns, s.overlap_ns);
		for (int k = 0; k < FPB_WHY_PARTS; k++)
			if (!near(s.ns[k], splits[i].want[k] * 1000))
				fail_msg("%s: %s is %g, not %g", splits[i].name,
					 fpb_why_part_name(k), s.ns[k] / 1000,
					 splits[i].want[k]);
	}
}

static void all_of_raw_is_below_fuse(void **state)
{
	struct fpb_why w = cell("raw", 1);
	struct fpb_why_split s;

	w.app_kernel = w.all = US(90);
	fpb_why_split(&w, &w, &s);
	assert_true(near(s.ns[FPB_WHY_BELOW], 90000));
	fpb_why_split(&w, NULL, &s);
	assert_true(near(s.ns[FPB_WHY_BELOW], 90000));
	assert_true(s.ns[FPB_WHY_FUSE] == 0);
}

static void raw_is_of_the_same_boot_and_cell(void **state)
{
	struct fpb_why all[] = { cell("raw", 1), cell("raw", 1), cell("raw", 1),
				 cell("fuse", 1), cell("raw", 1) };

	strcpy(all[0].kernel, "patched");
	strcpy(all[1].cell.regime, "device");
	all[2].cell.numjobs = 2;
	assert_ptr_equal(fpb_why_raw(all, NELEM(all), &all[3]), &all[4]);
	assert_null(fpb_why_raw(all, 4, &all[3]));
}

/* --- what to run ------------------------------------------------------------- */

static const struct {
	const char *numjobs;
	unsigned int cpus, cpu, device;	/* jobs in the regimes cpu and ssd, and in device */
} jobs[] = {
	{ "1,2,3,8", 2, 2, 8 }, { "8,1,4", 2, 1, 8 }, { "4,8", 2, 4, 8 },
	{ "8,4", 2, 4, 8 }, { "1,2,4", 8, 4, 4 }, { "1", 2, 1, 1 },
};

static void one_number_of_jobs_is_run(void **state)
{
	struct fpb_step steps[64];
	char why[FPB_REASON_MAX];
	struct fpb_plan p;

	for (size_t i = 0; i < NELEM(jobs); i++) {
		fpb_plan_default(&p);
		assert_int_equal(fpb_plan_set(&p, "sweep", "numjobs",
					      jobs[i].numjobs, why), 0);
		p.cpus = jobs[i].cpus;
		/* Three regimes, two targets. */
		assert_int_equal(fpb_why_steps(&p, steps), 6);
		for (int k = 0; k < 6; k++) {
			const struct fpb_cell *c = &steps[k].cell;
			const unsigned int want = strcmp(c->regime, "device") ?
				jobs[i].cpu : jobs[i].device;

			if (c->numjobs != want)
				fail_msg("%s: %s has %u", jobs[i].numjobs,
					 c->regime, c->numjobs);
			assert_int_equal(steps[k].seq, k + 1);
			assert_int_equal(steps[k].slicing.lanes, 0);
			assert_int_equal(steps[k].slicing.job_ms, 3000);
		}
	}
}

/* --- lines ------------------------------------------------------------------- */

static void a_line_is_read_as_it_was_written(void **state)
{
	struct fpb_why w = cell("fuse", 64), got;
	char why[FPB_REASON_MAX] = "";
	json_t *o;

	w.latency = true;
	w.app_user = 1;
	w.app_kernel = 2;
	w.daemon_user = 3;
	w.daemon_kernel = 4;
	w.all = 5;
	w.runnable = 6;
	w.in_flight = 7;
	w.locks.inode = (struct fpb_lock_wait){ "a", "b", 8 };
	w.locks.other = (struct fpb_lock_wait){ "c", "d", 9 };
	o = fpb_why_to_json(&w);
	assert_non_null(o);
	if (fpb_why_from_json(o, &got, why))
		fail_msg("%s", why);
	json_decref(o);
	assert_memory_equal(&got, &w, sizeof(w));
}

static const struct {
	const char *key;
	const char *value;		/* JSON; NULL: the key is not there */
} wrong[] = {
	{ "schema", "2" }, { "kernel", NULL }, { "numjobs", "0" },
	{ "iodepth", "0" }, { "ios", "0" }, { "iops", "0" },
	{ "iops", "1e13" }, { "all_ns", "-1" }, { "runnable_ns", "1.5" },
	{ "i_rwsem", "{}" }, { "other_lock", "null" },
	{ "i_rwsem", "{\"class\": \"\", \"where\": \"\", \"ns\": -1}" },
};

static void what_cannot_be_is_refused(void **state)
{
	const struct fpb_why w = cell("fuse", 1);
	char why[FPB_REASON_MAX];
	struct fpb_why got;

	for (size_t i = 0; i < NELEM(wrong); i++) {
		json_t *o = fpb_why_to_json(&w);

		if (wrong[i].value)
			json_object_set_new(o, wrong[i].key,
				json_loads(wrong[i].value, JSON_DECODE_ANY,
					   NULL));
		else
			json_object_del(o, wrong[i].key);
		if (fpb_why_from_json(o, &got, why) != -EINVAL)
			fail_msg("%s: taken", wrong[i].key);
		json_decref(o);
	}
}

static char *line_of(const struct fpb_why *w)
{
	json_t *o = fpb_why_to_json(w);
	char *text = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	return text;
}

/* A run, and what these lines add to it: 0 or an error. */
static int add(struct fpb_rundata *run, const struct fpb_why *lines, size_t n,
	       struct fpb_rundata_error *err)
{
	struct fpb_rundata_file files[FPB_RUNDATA_FILES];
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;
	int ret;

	for (size_t i = 0; i < n; i++) {
		text = line_of(&lines[i]);
		fprintf(out, "%s\n", text);
		free(text);
	}
	for (int i = 0; i < FPB_RUNDATA_FILES - 1; i++) {
		files[i] = run->files[i];
		files[i].bytes = strdup(run->files[i].bytes);
	}
	text = fpb_memstream_close(&m);
	files[FPB_RUNDATA_FILES - 1] = (struct fpb_rundata_file){
		FPB_FILE_WHY, text, strlen(text),
	};
	fpb_rundata_free(run);
	ret = fpb_rundata_take(run, files, err);
	for (int i = 0; ret && i < FPB_RUNDATA_FILES; i++)
		free(files[i].bytes);
	return ret;
}

static void a_file_is_about_the_kernels_of_its_run(void **state)
{
	struct fpb_why lines[] = { cell("raw", 1), cell("raw", 1) };
	struct fpb_rundata_error err;
	struct fpb_rundata run;

	fixture_load("duet", &run);
	assert_int_equal(add(&run, lines, 2, &err), -EINVAL);
	assert_int_equal(err.line, 2);
	assert_non_null(strstr(err.why, "the same cell as in line 1"));
	fpb_rundata_free(&run);

	strcpy(lines[1].kernel, "another");
	fixture_load("duet", &run);
	assert_int_equal(add(&run, lines, 2, &err), -EINVAL);
	assert_int_equal(err.line, 2);
	assert_string_equal(err.file, "why.jsonl");
	fpb_rundata_free(&run);
}

/* --- what is said ------------------------------------------------------------ */

static struct fpb_why waiting(void)
{
	struct fpb_why w = cell("fuse", 1);

	strcpy(w.cell.regime, "device");
	w.cell.numjobs = 8;
	w.iops = 660;
	w.latency = true;
	w.locks.inode = (struct fpb_lock_wait){
		"&sb->s_type->i_mutex_key#14", "fuse_passthrough_write_iter",
		10500000000ull
	};
	w.in_flight = 1070000000;
	w.app_user = w.all = 20000000;
	return w;
}

static void check_sentence(const struct fpb_why *w, const char *want)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	char *text;

	fpb_why_write(out, w, NULL, "device", "baseline", "randwrite");
	text = fpb_memstream_close(&m);
	assert_string_equal(text, want);
	free(text);
}

static void the_largest_part_comes_first(void **state)
{
	struct fpb_why w = waiting();

	check_sentence(&w, "device, 8 jobs, baseline: a write takes 12.12 ms: "
		"87 % waiting for i_rwsem (fuse_passthrough_write_iter), "
		"9 % at the device, 4 % not explained.");
	w.locks.inode.ns = 0;
	w.locks.other = (struct fpb_lock_wait){ "&ip->i_lock", "f", 2000000000 };
	check_sentence(&w, "device, 8 jobs, baseline: a write takes 12.12 ms: "
		"9 % at the device, 91 % not explained (tasks waited 16 % for &ip->i_lock).");
}

static void what_was_counted_twice_is_said(void **state)
{
	struct fpb_why w = cell("fuse", 64);

	w.locks.inode.ns = US(60);
	w.app_kernel = w.all = US(90);
	check_sentence(&w, "device, 1 job, baseline: a write takes 100 us (64 in flight): "
		"60 % waiting for i_rwsem, 40 % CPU in the kernel; "
		"50 % was counted twice, as by tasks that spin for a lock.");
}

static char *report(const struct fpb_report_with *with,
		    int (*write)(FILE *out, const struct fpb_summary *s,
				 const struct fpb_report_with *with),
		    const struct fpb_why *lines, size_t n)
{
	struct fpb_rundata_error err;
	struct fpb_rundata run;
	struct fpb_summary s;
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);

	fixture_load("duet", &run);
	assert_int_equal(add(&run, lines, n, &err), 0);
	assert_int_equal(fpb_summary_of_run(&s, &run, FPB_MARGIN_DEFAULT), 0);
	assert_int_equal(write(out, &s, with), 0);
	fpb_summary_free(&s);
	fpb_rundata_free(&run);
	return fpb_memstream_close(&m);
}

static void reports_have_a_line_for_each_kernel(void **state)
{
	const struct fpb_report_with with = { .notes = false };
	struct fpb_why lines[] = { cell("raw", 64), cell("fuse", 64),
				   cell("raw", 64), cell("fuse", 64) };
	json_t *root, *o;
	char *text;

	for (int i = 2; i < 4; i++)
		strcpy(lines[i].kernel, "patched");
	for (int i = 0; i < 4; i++)
		lines[i].app_kernel = lines[i].all = US(60 + 10 * i);
	text = report(&with, fpb_report_text, lines, NELEM(lines));
	if (!strstr(text,
		"Why, by boots with lock statistics, which make a kernel slower:\n"
		"cpu, 1 job, baseline: a write takes 100 us (64 in flight): 60 % CPU below\n"
		"  fuse, 10 % CPU in fuse, 30 % not explained.\n"))
		fail_msg("%s", strstr(text, "Why") ? : "nothing");
	free(text);

	text = report(&with, fpb_report_json, lines, NELEM(lines));
	root = json_loads(text, 0, NULL);
	o = json_object_get(root, "why");
	free(text);
	assert_int_equal(json_array_size(o), 2);
	assert_string_equal(fpb_json_text(json_array_get(o, 1), "kernel"),
			    "patched");
	assert_true(near(json_real_value(fpb_json_at(json_array_get(o, 1),
					 "parts_ns.cpu_below")), 80000));
	json_decref(root);
}

static void most_runs_have_not_looked(void **state)
{
	const struct fpb_report_with with = { .notes = true };
	char *text = report(&with, fpb_report_text, NULL, 0);

	assert_null(strstr(text, "Why"));
	free(text);
	text = report(&with, fpb_report_json, NULL, 0);
	assert_null(strstr(text, "\"why\""));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_for_inodes_are_summed_up),
		cmocka_unit_test(nobody_may_have_waited),
		cmocka_unit_test(what_counts_no_more_is_refused),
		cmocka_unit_test(each_cause_is_its_part),
		cmocka_unit_test(all_of_raw_is_below_fuse),
		cmocka_unit_test(raw_is_of_the_same_boot_and_cell),
		cmocka_unit_test(one_number_of_jobs_is_run),
		cmocka_unit_test(a_line_is_read_as_it_was_written),
		cmocka_unit_test(what_cannot_be_is_refused),
		cmocka_unit_test(a_file_is_about_the_kernels_of_its_run),
		cmocka_unit_test(the_largest_part_comes_first),
		cmocka_unit_test(what_was_counted_twice_is_said),
		cmocka_unit_test(reports_have_a_line_for_each_kernel),
		cmocka_unit_test(most_runs_have_not_looked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
