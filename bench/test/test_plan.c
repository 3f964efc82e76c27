// SPDX-License-Identifier: GPL-2.0
/*
 * core/plan*.c: each key takes what it should, refuses the rest with a
 * sentence, and a plan that was written is read back as the same plan.
 */
#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/plan.h"
#include "core/plancheck.h"
#include "core/planfile.h"
#include "core/plantime.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))
#define THIRTY_TWO \
	"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24," \
	"25,26,27,28,29,30,31,32"

static struct fpb_plan plan;

static int start(void **state)
{
	fpb_plan_default(&plan);
	return 0;
}

static void set(struct fpb_plan *p, const char *text)
{
	char why[FPB_REASON_MAX];

	if (fpb_plan_set_text(p, text, why))
		fail_msg("%s: %s", text, why);
}

/* @p written as a file and read on top of the defaults. */
static void through_text(const struct fpb_plan *p, struct fpb_plan *again)
{
	char *text = fpb_plan_text(p), why[FPB_REASON_MAX] = "";
	unsigned int line = 0;

	assert_non_null(text);
	fpb_plan_default(again);
	if (fpb_plan_parse(again, text, why, &line))
		fail_msg("line %u: %s in\n%s", line, why, text);
	free(text);
}

#define AT(field)	offsetof(struct fpb_plan, field), \
			sizeof(((struct fpb_plan *)0)->field)

/* No value is the default's, so that one not written would be noticed. */
static const struct {
	const char *text;
	size_t offset, size;
	uint64_t want;
} numbers[] = {
	{ "sweep.rounds=1", AT(rounds), 1 },
	{ "sweep.rounds=10000", AT(rounds), 10000 },
	{ "sweep.runtime=1ms", AT(runtime_ms), 1 },
	{ "sweep.runtime=2s", AT(runtime_ms), 2000 },
	{ "sweep.runtime=3", AT(runtime_ms), 3000 },
	{ "sweep.runtime=1.5s", AT(runtime_ms), 1500 },
	{ "sweep.runtime=3600", AT(runtime_ms), 3600000 },
	{ "sweep.ramp=0", AT(ramp_ms), 0 },
	{ "sweep.ramp=250ms", AT(ramp_ms), 250 },
	{ "sweep.seed=1", AT(seed), 1 },
	{ "sweep.seed=4294967295", AT(seed), UINT32_MAX },
	{ "workload randwrite-4k.bs=512", AT(workloads[0].bs), 512 },
	{ "workload randwrite-4k.bs=64k", AT(workloads[0].bs), 65536 },
	{ "workload randwrite-4k.bs=64m", AT(workloads[0].bs), 64 << 20 },
	{ "workload randwrite-4k.direct=0", AT(workloads[0].direct), 0 },
	{ "sweep.filesize=1m", AT(filesize_mib), 1 },
	{ "sweep.filesize=2g", AT(filesize_mib), 2048 },
	{ "device.size=512m", AT(device.size_mib), 512 },
	{ "device.size=8589934591g", AT(device.size_mib),
	  8589934591ULL << 10 },
	{ "device.blocksize=512", AT(device.blocksize), 512 },
	{ "device.blocksize=1k", AT(device.blocksize), 1024 },
	{ "device.blocksize=2048", AT(device.blocksize), 2048 },
	{ "device.queue_mode=0", AT(device.queue_mode), 0 },
	{ "device.submit_queues=1", AT(device.submit_queues), 1 },
	{ "device.submit_queues=256", AT(device.submit_queues), 256 },
	{ "device.queue_depth=1024", AT(device.queue_depth), 1024 },
	{ "guest.cpus=1", AT(cpus), 1 },
	{ "guest.cpus=32", AT(cpus), 32 },
	{ "guest.memory=1g", AT(memory_mib), 1024 },
	{ "guest.pin=3", AT(npin), 1 },
	{ "guest.pin=3,0", AT(npin), 2 },
	{ "guest.pin=3,0", AT(pin[0]), 3 },
	{ "guest.pin=3,0", AT(pin[1]), 0 },
	{ "guest.pin=none", AT(npin), 0 },
	{ "regime cpu.iodepth=1", AT(regimes[0].iodepth), 1 },
	{ "regime cpu.iodepth=4096", AT(regimes[0].iodepth), 4096 },
	{ "regime cpu.batch=1", AT(regimes[0].batch), 1 },
	{ "regime device.batch=4096", AT(regimes[2].batch), 4096 },
	{ "regime device.latency=0", AT(regimes[2].completion_nsec), 0 },
	{ "regime device.latency=100us", AT(regimes[2].completion_nsec),
	  100000 },
	{ "regime device.latency=1s", AT(regimes[2].completion_nsec),
	  1000000000 },
};

static uint64_t field(const struct fpb_plan *p, size_t offset, size_t size)
{
	const char *at = (const char *)p + offset;
	uint64_t wide = 0;

	/* bool, unsigned int, or 64 bits. */
	if (size == sizeof(bool))
		return *(const bool *)at;
	if (size == sizeof(unsigned int))
		return *(const unsigned int *)at;
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

static void each_number_is_taken_and_written(void **state)
{
	struct fpb_plan p, again;

	for (size_t i = 0; i < NELEM(numbers); i++) {
		fpb_plan_default(&p);
		set(&p, numbers[i].text);
		through_text(&p, &again);
		if (field(&p, numbers[i].offset, numbers[i].size) !=
		    numbers[i].want)
			fail_msg("%s: not taken", numbers[i].text);
		if (field(&again, numbers[i].offset, numbers[i].size) !=
		    numbers[i].want)
			fail_msg("%s: lost in the text", numbers[i].text);
	}
}

static const struct {
	const char *text;
	size_t offset;
	const char *want;
} names[] = {
	{ "workload randwrite-4k.rw=write", offsetof(struct fpb_plan, workloads[0].rw),
	  "write" },
	{ "workload randwrite-4k.rw=randread", offsetof(struct fpb_plan, workloads[0].rw),
	  "randread" },
	{ "workload randwrite-4k.rw=read", offsetof(struct fpb_plan, workloads[0].rw), "read" },
	{ "workload randwrite-4k.rw=randrw", offsetof(struct fpb_plan, workloads[0].rw),
	  "randrw" },
	{ "workload randwrite-4k.rw=rw", offsetof(struct fpb_plan, workloads[0].rw), "rw" },
	{ "sweep.workloads=seqread-1m",
	  offsetof(struct fpb_plan, workloads[0].name), "seqread-1M" },
	{ "sweep.workloads=fsync", offsetof(struct fpb_plan, workloads[0].name),
	  "fsync-4k" },
	{ "sweep.workloads=rename",
	  offsetof(struct fpb_plan, workloads[0].name), "rename" },
	{ "sweep.targets=fuse-copy,raw",
	  offsetof(struct fpb_plan, targets[0].mount),
	  "{fpfs} --mode=copy {source} {mnt}" },
	{ "target a.like=fuse", offsetof(struct fpb_plan, targets[2].name),
	  "a" },
	{ "target fuse.mount=bindfs {source} {mnt}",
	  offsetof(struct fpb_plan, targets[1].mount),
	  "bindfs {source} {mnt}" },
	{ "target fuse.mount=none",
	  offsetof(struct fpb_plan, targets[1].mount), "" },
	{ "target fuse.over=overlay",
	  offsetof(struct fpb_plan, targets[1].over), "overlay" },
	{ "sweep.targets=fuse-on-fuse",
	  offsetof(struct fpb_plan, targets[0].over), "fuse" },
	{ "device.fs=ext4", offsetof(struct fpb_plan, device.fs), "ext4" },
	{ "device.type=null_blk", offsetof(struct fpb_plan, device.type),
	  "null_blk" },
	{ "device.type=loop", offsetof(struct fpb_plan, device.type),
	  "loop" },
	{ "regime cpu.submit=psync",
	  offsetof(struct fpb_plan, regimes[0].submit), "psync" },
	{ "regime device.submit=libaio",
	  offsetof(struct fpb_plan, regimes[2].submit), "libaio" },
	{ "sweep.regimes=device", offsetof(struct fpb_plan, regimes[0].name),
	  "device" },
	{ "sweep.targets=fuse", offsetof(struct fpb_plan, targets[0].name),
	  "fuse" },
};

static void each_name_is_taken_and_written(void **state)
{
	struct fpb_plan p, again;

	for (size_t i = 0; i < NELEM(names); i++) {
		fpb_plan_default(&p);
		set(&p, names[i].text);
		through_text(&p, &again);
		assert_string_equal((char *)&p + names[i].offset,
				    names[i].want);
		assert_string_equal((char *)&again + names[i].offset,
				    names[i].want);
	}
}

static void a_new_regime_is_like_another(void **state)
{
	struct fpb_plan again;

	set(&plan, "regime cpu.iodepth=16");
	set(&plan, "regime uring.like=cpu");
	set(&plan, "regime uring.submit=io_uring");
	/* One that was left out is still known. */
	set(&plan, "sweep.regimes=uring");
	set(&plan, "regime slow.like=device");
	through_text(&plan, &again);
	assert_int_equal(again.nregimes, 2);
	assert_string_equal(again.regimes[0].name, "uring");
	assert_string_equal(again.regimes[0].submit, "io_uring");
	assert_int_equal(again.regimes[0].iodepth, 16);
	assert_string_equal(again.regimes[1].name, "slow");
	assert_string_equal(again.regimes[1].submit, "psync");
	assert_int_equal(again.regimes[1].completion_nsec, 1000000);
}

static void lists_keep_their_order_and_lose_their_blanks(void **state)
{
	struct fpb_plan again;

	set(&plan, "sweep.numjobs= 8 ,1,  256");
	set(&plan, "sweep.targets=fuse, raw");
	set(&plan, "sweep.regimes=device, cpu");
	through_text(&plan, &again);
	assert_int_equal(again.nnumjobs, 3);
	assert_int_equal(again.numjobs[0], 8);
	assert_int_equal(again.numjobs[1], 1);
	assert_int_equal(again.numjobs[2], 256);
	assert_int_equal(again.ntargets, 2);
	assert_string_equal(again.targets[0].name, "fuse");
	assert_string_equal(again.targets[1].name, "raw");
	assert_int_equal(again.nregimes, 2);
	assert_string_equal(again.regimes[0].name, "device");
	assert_string_equal(again.regimes[0].submit, "psync");
	assert_string_equal(again.regimes[1].name, "cpu");
	assert_int_equal(again.regimes[1].iodepth, 64);
}

static void the_longest_list_fits(void **state)
{
	struct fpb_plan again;

	set(&plan, "sweep.numjobs=" THIRTY_TWO);
	through_text(&plan, &again);
	assert_int_equal(again.nnumjobs, 32);
	assert_int_equal(again.numjobs[31], 32);
}

static void the_longest_line_that_is_written_is_read(void **state)
{
	struct fpb_plan again;

	plan.nnumjobs = FPB_PLAN_MAX_LIST;
	for (size_t i = 0; i < plan.nnumjobs; i++)
		plan.numjobs[i] = FPB_PLAN_MAX_JOBS - i;
	through_text(&plan, &again);
	assert_int_equal(again.nnumjobs, FPB_PLAN_MAX_LIST);
	assert_memory_equal(again.numjobs, plan.numjobs,
			    sizeof(plan.numjobs));
}

static const struct {
	const char *name;
	const char *text;
	const char *want;
} refused[] = {
	{ "no round", "sweep.rounds=0",
	  "rounds: \"0\": must be a number from 1 to 10000" },
	{ "too many rounds", "sweep.rounds=10001",
	  "rounds: \"10001\": must be a number from 1 to 10000" },
	{ "rounds below zero", "sweep.rounds=-1",
	  "rounds: \"-1\": must be a number from 1 to 10000" },
	{ "rounds that are no number", "sweep.rounds=six",
	  "rounds: \"six\": must be a number from 1 to 10000" },
	{ "rounds of 2^32 + 1, which would be one if cut",
	  "sweep.rounds=4294967297",
	  "rounds: \"4294967297\": must be a number from 1 to 10000" },
	{ "no value", "sweep.rounds=",
	  "rounds: \"\": must be a number from 1 to 10000" },
	{ "an empty list", "sweep.numjobs=", "numjobs: the list is empty" },
	{ "a list with nothing between commas", "sweep.numjobs=1,,2",
	  "numjobs: \"1,,2\": must be 1 to 32 entries, separated by commas" },
	{ "a list that starts with a comma", "sweep.numjobs=,1",
	  "numjobs: \",1\": must be 1 to 32 entries, separated by commas" },
	{ "one entry too many", "sweep.numjobs=" THIRTY_TWO ",33",
	  "numjobs: \"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33\": must be 1 to 32 entries, separated by commas" },
	{ "no jobs", "sweep.numjobs=1,0",
	  "numjobs: \"0\": must be a number from 1 to 256" },
	{ "too many jobs", "sweep.numjobs=257",
	  "numjobs: \"257\": must be a number from 1 to 256" },
	{ "jobs with a unit", "sweep.numjobs=1k",
	  "numjobs: \"1k\": must be a number from 1 to 256" },
	{ "jobs listed twice", "sweep.numjobs=1,8,1",
	  "numjobs: \"1\" is given twice" },
	{ "jobs listed twice in two spellings", "sweep.numjobs=1,8,01",
	  "numjobs: \"01\" is given twice" },
	{ "a target that is not known", "sweep.targets=fuse,nfs",
	  "targets: unknown target \"nfs\" (known: raw, fuse, fuse-noparallel, fuse-direct, fuse-direct-noparallel, fuse-copy, fuse-uring, overlay, fuse-on-overlay, fuse-on-fuse)" },
	{ "a target listed twice", "sweep.targets=raw,raw",
	  "targets: \"raw\" is given twice" },
	{ "a regime that is not there", "sweep.regimes=cpu,disk",
	  "regimes: unknown regime \"disk\" (known: cpu, ssd, device)" },
	{ "a regime listed twice", "sweep.regimes=cpu,cpu",
	  "regimes: \"cpu\" is given twice" },
	{ "no time to measure", "sweep.runtime=0",
	  "runtime: \"0\": must be a time from 1ms to 1h, in steps of 1ms" },
	{ "a time finer than ms", "sweep.runtime=1500us",
	  "runtime: \"1500us\": must be a time from 1ms to 1h, in steps of 1ms" },
	{ "more than an hour", "sweep.runtime=3601",
	  "runtime: \"3601\": must be a time from 1ms to 1h, in steps of 1ms" },
	{ "a ramp that is no time", "sweep.ramp=soon",
	  "ramp: \"soon\": must be a time from 0 to 1h, in steps of 1ms" },
	{ "a seed that the generator does not take", "sweep.seed=4294967296",
	  "seed: \"4294967296\": must be a number from 0 to 4294967295" },
	{ "a pattern that is not known", "workload randwrite-4k.rw=trim",
	  "rw: unknown value \"trim\" (known: randwrite, write, randread, read, randrw, rw)" },
	{ "a block below a sector", "workload randwrite-4k.bs=256",
	  "bs: \"256\": must be a size from 512 to 64m, in steps of 512" },
	{ "a block of no whole sectors", "workload randwrite-4k.bs=4097",
	  "bs: \"4097\": must be a size from 512 to 64m, in steps of 512" },
	{ "a block too large", "workload randwrite-4k.bs=128m",
	  "bs: \"128m\": must be a size from 512 to 64m, in steps of 512" },
	{ "neither yes nor no", "workload randwrite-4k.direct=yes",
	  "direct: \"yes\": must be 0 or 1" },
	{ "a file of no whole MiB", "sweep.filesize=1500k",
	  "filesize: \"1500k\": must be a size of 1m or more, in steps of 1m" },
	{ "an empty file", "sweep.filesize=0",
	  "filesize: \"0\": must be a size of 1m or more, in steps of 1m" },
	{ "a device that is not known", "device.type=nvme",
	  "type: unknown value \"nvme\" (known: auto, null_blk, loop)" },
	{ "a filesystem that is not known", "device.fs=btrfs",
	  "fs: unknown value \"btrfs\" (known: xfs, ext4)" },
	{ "a device of no size", "device.size=big",
	  "size: \"big\": must be a size of 1m or more, in steps of 1m" },
	{ "a block that null_blk does not have", "device.blocksize=8192",
	  "blocksize: \"8192\": must be 512, 1k, 2k or 4k" },
	{ "a queue mode that is gone", "device.queue_mode=1",
	  "queue_mode: \"1\": must be 0 or 2" },
	{ "too many queues", "device.submit_queues=257",
	  "submit_queues: \"257\": must be a number from 0 to 256" },
	{ "a queue that is too deep", "device.queue_depth=1025",
	  "queue_depth: \"1025\": must be a number from 0 to 1024" },
	{ "more CPUs than the guest's kernel takes", "guest.cpus=33",
	  "cpus: \"33\": must be a number from 0 to 32" },
	{ "memory without a unit is bytes", "guest.memory=2048",
	  "memory: \"2048\": must be a size of 1m or more, in steps of 1m" },
	{ "an accelerator that is not known", "guest.accel=hvf",
	  "accel: unknown value \"hvf\" (known: auto, kvm, tcg, exact, native)" },
	{ "a pin to no CPU", "guest.pin=",
	  "pin: the list is empty" },
	{ "a pin to what is no CPU", "guest.pin=0,one",
	  "pin: \"one\": must be a number from 0 to 1023, or none" },
	{ "a pin to one CPU twice", "guest.pin=1,01",
	  "pin: \"01\" is given twice" },
	{ "a depth of none", "regime cpu.iodepth=0",
	  "iodepth: \"0\": must be a number from 1 to 4096" },
	{ "a batch too large", "regime cpu.batch=4097",
	  "batch: \"4097\": must be a number from 1 to 4096" },
	{ "a path that is not known", "regime cpu.submit=mmap",
	  "submit: unknown value \"mmap\" (known: libaio, io_uring, io_wq, psync, pvsync2)" },
	{ "a latency above a second", "regime device.latency=1001ms",
	  "latency: \"1001ms\": must be a time from 0 to 1s" },
	{ "a latency that is none", "regime device.latency=low",
	  "latency: \"low\": must be a time from 0 to 1s" },
	{ "a key that regimes do not have", "regime cpu.depth=1",
	  "unknown key \"depth\" in [regime cpu] (known: like, submit, iodepth, batch, latency, slice; did you mean \"iodepth\"?)" },
	{ "a slice that is too short", "regime cpu.slice=999us",
	  "slice: \"999us\": must be a time from 1ms to 10s, in steps of 1us, or auto" },
	{ "a way to pair that is not known", "sweep.pairing=yes",
	  "pairing: unknown value \"yes\" (known: auto, paired, separate, duet)" },
	{ "a regime that is not in the plan", "regime disk.batch=1",
	  "batch: unknown regime \"disk\" (known: cpu, ssd, device); set \"like\" first to make a new one" },
	{ "a regime like none", "regime uring.like=disk",
	  "like: unknown regime \"disk\" (known: cpu, ssd, device)" },
	{ "a regime that is there made again", "regime cpu.like=device",
	  "like: regime \"cpu\" exists already" },
	{ "a regime that would be no file name", "regime a/b.like=cpu",
	  "like: \"a/b\": the name of a regime is made of letters, digits, _ and -" },
	{ "a section that is not known", "sweeps.rounds=1",
	  "unknown section \"sweeps\" (known: sweep, regime NAME, target NAME, workload NAME, device, guest; did you mean \"sweep\"?)" },
	{ "a key that is not known", "guest.ram=1g",
	  "unknown key \"ram\" in [guest] (known: cpus, memory, accel, pin, affinity, confine)" },
	{ "a key of another section", "workload randwrite-4k.rounds=1",
	  "unknown key \"rounds\" in [workload randwrite-4k] (known: like, rw, bs, direct, read_share, path, sync, files, job)" },
	{ "no section", "rounds=1",
	  "\"rounds=1\": must be SECTION.KEY=VALUE" },
	{ "no value and no sign", "sweep.rounds",
	  "\"sweep.rounds\": must be SECTION.KEY=VALUE" },
	{ "a point in the value alone", "rounds=1.5",
	  "\"rounds=1.5\": must be SECTION.KEY=VALUE" },
};

static void each_refusal_says_why_and_changes_nothing(void **state)
{
	char *before, *after;

	for (size_t i = 0; i < NELEM(refused); i++) {
		char why[FPB_REASON_MAX] = "";

		print_message("# %s\n", refused[i].name);
		fpb_plan_default(&plan);
		before = fpb_plan_text(&plan);
		assert_int_equal(fpb_plan_set_text(&plan, refused[i].text,
						   why), -EINVAL);
		assert_string_equal(why, refused[i].want);
		after = fpb_plan_text(&plan);
		assert_string_equal(before, after);
		free(before);
		free(after);
	}
}

static void a_value_of_any_length_leaves_a_sentence_that_ends(void **state)
{
	char text[2048], why[FPB_REASON_MAX];
	static const char *const keys[] = {
		"sweep.rounds=", "sweep.targets=", "sweep.numjobs=",
		"workload randwrite-4k.rw=", "device.type=", "regime cpu.submit=",
	};

	for (size_t i = 0; i < NELEM(keys); i++) {
		for (size_t len = 1; len < sizeof(text) - 32; len += 29) {
			int n = snprintf(text, sizeof(text), "%s", keys[i]);

			memset(text + n, 'x', len);
			text[n + len] = '\0';
			memset(why, '!', sizeof(why));
			assert_int_equal(fpb_plan_set_text(&plan, text, why),
					 -EINVAL);
			assert_non_null(memchr(why, '\0', sizeof(why)));
		}
	}
}

#define DASHES	"--------------------------------------------------"

static const struct {
	const char *name;
	const char *text;
	unsigned int rounds, seed;	/* wanted; 0 in the default: 14, 0 */
} files[] = {
	{ "an empty file changes nothing", "", 14, 0 },
	{ "keys of a section", "[sweep]\nrounds = 9\nseed = 4\n", 9, 4 },
	{ "a colon does as well", "[sweep]\nrounds: 9\n", 9, 0 },
	{ "no blanks are needed", "[sweep]\nrounds=9\n", 9, 0 },
	{ "comments and empty lines are skipped",
	  "# one\n\n; two\n[sweep]\n  # three\nrounds = 9 ; four\n", 9, 0 },
	{ "the last line may lack its end", "[sweep]\nrounds = 9", 9, 0 },
	{ "lines may end as on DOS", "[sweep]\r\nrounds = 9\r\n", 9, 0 },
	{ "a section may come again",
	  "[sweep]\nrounds = 9\n[guest]\ncpus = 1\n[sweep]\nseed = 4\n",
	  9, 4 },
	{ "indented keys are keys of their own",
	  "[sweep]\n  rounds = 9\n  seed = 4\n", 9, 4 },
	{ "a comment may be long",
	  "# " DASHES DASHES DASHES DASHES "\n"
	  "[sweep]\nrounds = 9\n; " DASHES DASHES DASHES DASHES "\n", 9, 0 },
	{ "what stands in a long comment is no key",
	  "[sweep]\nrounds = 9\n# " DASHES DASHES DASHES
	  "-----------------------------------------------rounds = 3\n",
	  9, 0 },
};

static void files_are_read_as_people_write_them(void **state)
{
	char why[FPB_REASON_MAX] = "";
	unsigned int line = 0;

	for (size_t i = 0; i < NELEM(files); i++) {
		fpb_plan_default(&plan);
		if (fpb_plan_parse(&plan, files[i].text, why, &line))
			fail_msg("%s: line %u: %s", files[i].name, line, why);
		if (plan.rounds != files[i].rounds ||
		    plan.seed != files[i].seed)
			fail_msg("%s: rounds %u, seed %lu", files[i].name,
				 plan.rounds, plan.seed);
	}
}

#define NEITHER	"must be [section] or key = value"

static const struct {
	const char *name;
	const char *text;
	unsigned int line;
	const char *want;
} broken[] = {
	{ "the line of a wrong value is counted from 1",
	  "[sweep]\nrounds = 0\n", 2,
	  "rounds: \"0\": must be a number from 1 to 10000" },
	{ "comments and empty lines count",
	  "\n# one\n[sweep]\n\n; two\nround = 3\n", 6,
	  "unknown key \"round\" in [sweep] (known: rounds, numjobs, targets, regimes, workloads, filesize, runtime, ramp, pairing, compare, load_limit, repeats, ...; did you mean \"rounds\"?)" },
	{ "lines that end as on DOS count once", "[sweep]\r\n\r\nrounds = x\r\n",
	  3, "rounds: \"x\": must be a number from 1 to 10000" },
	{ "of two errors the first is told",
	  "[sweep]\nrounds = 0\nseed = x\n", 2,
	  "rounds: \"0\": must be a number from 1 to 10000" },
	{ "a line without a sign", "[sweep]\nrounds 3\n", 2, NEITHER },
	{ "a line without a sign before a wrong key",
	  "[sweep]\nrounds\n[device]\ncolour = red\n", 2, NEITHER },
	{ "a line without a sign after a wrong key",
	  "[guest]\nram = 1g\n[sweep]\nrounds\n", 2,
	  "unknown key \"ram\" in [guest] (known: cpus, memory, accel, pin, affinity, confine)" },
	{ "a section that is not closed", "[guest]\n[sweep\nrounds = 3\n", 2,
	  NEITHER },
	{ "a key before any section", "rounds = 3\n", 1,
	  "unknown section \"\" (known: sweep, regime NAME, target NAME, workload NAME, device, guest)" },
	{ "a section that is not known", "[sweep]\n[sweeps]\nrounds = 3\n", 3,
	  "unknown section \"sweeps\" (known: sweep, regime NAME, target NAME, workload NAME, device, guest; did you mean \"sweep\"?)" },
	{ "a hash ends no value", "[sweep]\nrounds = 3 # three\n", 2,
	  "rounds: \"3 # three\": must be a number from 1 to 10000" },
	{ "a value does not go on in the next line",
	  "[sweep]\nnumjobs = 1,2,\n          4,8\n", 3, NEITHER },
	{ "a regime of no name", "[regime ]\nbatch = 1\n", 2,
	  "batch: unknown regime \"\" (known: cpu, ssd, device); set \"like\" first to make a new one" },
	{ "a new regime of no name", "[regime ]\nlike = cpu\n", 2,
	  "like: \"\": the name of a regime is made of letters, digits, _ and -" },
	{ "a regime that was dropped above",
	  "[sweep]\nregimes = cpu\n[regime device]\nbatch = 1\n", 4,
	  "batch: regime \"device\" is not measured: it is not in the list in [sweep]" },
	{ "a key given twice", "[sweep]\nrounds = 3\nrounds = 4\n", 3,
	  "rounds: set in line 2 already" },
	{ "a key given twice, with the same value and another section between",
	  "[sweep]\nseed = 3\n[guest]\ncpus = 1\n[sweep]\nseed = 3\n", 6,
	  "seed: set in line 2 already" },
	{ "a regime made twice",
	  "[regime x]\nlike = cpu\n[regime x]\nlike = cpu\n", 4,
	  "like: regime \"x\" exists already" },
	{ "a list that never ends", "[sweep]\nnumjobs = 1,\n", 2,
	  "sweep.numjobs: remove the comma at the end of the list, or continue it in the next line" },
	{ "a list that another key interrupts",
	  "[sweep]\nnumjobs = 1,\nrounds = 3\n", 3,
	  "must continue the list sweep.numjobs, since the line before ends with a comma" },
	{ "a list with an end in two lines", "[sweep]\nnumjobs = 1,\nnumjobs = 1\n",
	  3, "numjobs: \"1\" is given twice" },
	{ "a line longer than the reader's",
	  "[sweep]\n\nrounds =                                               "
	  "                                                                  "
	  "                                                                  "
	  "                   9\nseed = x\n", 3,
	  "the line is longer than 198 characters" },
};

static void a_long_list_goes_on_in_the_next_line(void **state)
{
	struct fpb_plan again;

	set(&plan, "sweep.workloads=all");
	assert_true(plan.nworkloads > 20);
	through_text(&plan, &again);
	assert_int_equal(again.nworkloads, plan.nworkloads);
	for (size_t i = 0; i < plan.nworkloads; i++)
		assert_string_equal(again.workloads[i].name,
				    plan.workloads[i].name);
}

static void an_error_is_told_with_its_line(void **state)
{
	for (size_t i = 0; i < NELEM(broken); i++) {
		char why[FPB_REASON_MAX] = "";
		unsigned int line = 0;

		print_message("# %s\n", broken[i].name);
		fpb_plan_default(&plan);
		assert_int_equal(fpb_plan_parse(&plan, broken[i].text, why,
						&line), -EINVAL);
		assert_string_equal(why, broken[i].want);
		assert_int_equal(line, broken[i].line);
	}
}

static void text_of_a_plan_read_again_is_the_same_text(void **state)
{
	static const char *const changes[] = {
		"sweep.rounds=3", "sweep.numjobs=7,2", "sweep.targets=fuse",
		"sweep.runtime=2s", "sweep.ramp=0", "sweep.seed=99", "workload randwrite-4k.rw=rw", "workload randwrite-4k.bs=512",
		"workload randwrite-4k.direct=0", "sweep.filesize=64m", "device.type=loop",
		"device.size=1g", "device.fs=ext4", "device.blocksize=512",
		"device.queue_mode=0", "device.submit_queues=3",
		"device.queue_depth=128",
		"guest.cpus=2", "guest.memory=4g", "guest.accel=tcg",
		"guest.pin=1,0", "regime device.batch=2",
		"regime device.latency=70us", "regime uring.like=cpu",
		"regime uring.submit=io_uring", "sweep.regimes=uring,device",
	};
	char *first, *second;
	struct fpb_plan again;

	for (size_t i = 0; i < NELEM(changes); i++)
		set(&plan, changes[i]);
	through_text(&plan, &again);
	first = fpb_plan_text(&plan);
	second = fpb_plan_text(&again);
	assert_string_equal(first, second);
	assert_string_equal(plan.workloads[0].name, again.workloads[0].name);
	free(first);
	free(second);
}

static void comments_do_not_change_a_plan(void **state)
{
	struct fpb_plan again;
	char *text, *plain, *read, why[FPB_REASON_MAX] = "";
	unsigned int line = 0;

	set(&plan, "regime uring.like=cpu");
	set(&plan, "guest.pin=1,0");
	text = fpb_plan_text_explained(&plan);
	assert_non_null(strstr(text, "; Boots of each kernel"));
	assert_non_null(strstr(text, "a number from 1 to 10000\nrounds = 14\n"));
	fpb_plan_default(&again);
	if (fpb_plan_parse(&again, text, why, &line))
		fail_msg("line %u: %s in\n%s", line, why, text);
	plain = fpb_plan_text(&plan);
	read = fpb_plan_text(&again);
	assert_string_equal(plain, read);
	free(read);
	free(plain);
	free(text);
}

/* @set: keys to change in the default; the last may be missing. */
static const struct {
	const char *name;
	const char *set[3];
	const char *want;	/* NULL: the plan can be run */
} checks[] = {
	{ "the default can be run", { NULL }, NULL },
	{ "a file that just fits on the device",
	  { "sweep.filesize=384m", "device.size=512m" }, NULL },
	{ "a file that leaves no room for XFS",
	  { "sweep.filesize=385m", "device.size=512m" },
	  "device.size: files of 385m do not fit on 512m (XFS takes 128m of it)" },
	{ "the smallest device of XFS",
	  { "sweep.filesize=64m", "device.size=300m" }, NULL },
	{ "a device too small for XFS",
	  { "sweep.filesize=64m", "device.size=299m" },
	  "device.size: XFS needs at least 300m, not 299m" },
	{ "a file that leaves no room for ext4",
	  { "sweep.filesize=385m", "device.size=512m", "device.fs=ext4" },
	  "device.size: files of 385m do not fit on 512m (ext4 takes 128m of it)" },
	{ "a block as large as the file",
	  { "sweep.filesize=1m", "sweep.workloads=randwrite-1m" }, NULL },
	{ "a block larger than the file",
	  { "sweep.filesize=1m", "sweep.workloads=randwrite-2m" },
	  "workload randwrite-2M: bs must not be larger than the file" },
	{ "direct I/O in parts of a block", { "sweep.workloads=seqread-512" },
	  "workload seqread-512: with direct I/O bs must be a multiple of device.blocksize (4096), not 512" },
	{ "the same through the page cache",
	  { "sweep.workloads=warmread-512" }, NULL },
	{ "the same on a device of such blocks",
	  { "sweep.workloads=seqread-512", "device.blocksize=512" }, NULL },
	{ "a guest that just holds the file",
	  { "guest.memory=1024m" }, NULL },
	{ "a guest that does not", { "guest.memory=1023m" },
	  "guest.memory: must be at least 1024m for a file of 512m" },
	{ "as many in a batch as in flight",
	  { "regime cpu.iodepth=4", "regime cpu.batch=4" }, NULL },
	{ "a batch larger than what is in flight",
	  { "regime cpu.iodepth=4", "regime cpu.batch=5" },
	  "regime cpu: batch=5 is more than iodepth=4" },
	{ "synchronous and deep at once", { "regime device.iodepth=2" },
	  "regime device: submit=psync needs iodepth=1, not 2" },
	{ "no ramp is fine", { "sweep.ramp=0" }, NULL },
	{ "a name that says something else", { "workload randwrite-4k.bs=8k" },
	  "workload randwrite-4k: its values cannot be changed, since its name says them: begin a new one by like = randwrite-4k" },
	{ "a preset with files of its own",
	  { "workload randwrite-4k.files=private" }, NULL },
	{ "a target that mounts nothing",
	  { "target fuse.mount=bindfs {source}" },
	  "target fuse: mount must be a command with {mnt}, the folder to mount on" },
	{ "raw XFS with a mount", { "target raw.mount=x {mnt}" },
	  "target raw: mount and over must be none: it is XFS itself" },
	{ "raw XFS over something", { "target raw.over=fuse" },
	  "target raw: mount and over must be none: it is XFS itself" },
	{ "a target over one that is not measured",
	  { "sweep.targets=raw,fuse-on-overlay" }, NULL },
	{ "a target over one of the plan's",
	  { "target a.like=fuse", "target fuse.over=a" }, NULL },
	{ "a target over what is nowhere", { "target fuse.over=disk" },
	  "target fuse: over: target \"disk\" is neither measured nor one that every plan has" },
	{ "a target over raw", { "target fuse.over=raw" },
	  "target fuse: over: must be a target that is mounted on XFS itself, not raw" },
	{ "a target over itself", { "target fuse.over=fuse" },
	  "target fuse: over: must be a target that is mounted on XFS itself, not fuse" },
	{ "a stack of three", { "target fuse.over=fuse-on-overlay" },
	  "target fuse: over: must be a target that is mounted on XFS itself, not fuse-on-overlay" },
	{ "direct I/O by a mapping",
	  { "workload w.like=mmapread", "workload w.direct=1" },
	  "workload w: path=mmap needs direct=0" },
	{ "pairs of buffered I/O",
	  { "sweep.pairing=paired", "sweep.workloads=bufwrite" },
	  "pairing=paired: workload bufwrite-4k: buffered writes cannot be paired: those to one target would be written back during the slices of the other" },
	{ "buffered I/O, paired where that can be",
	  { "sweep.pairing=auto", "sweep.workloads=bufwrite" }, NULL },
};

static void a_plan_that_cannot_be_run_is_refused(void **state)
{
	for (size_t i = 0; i < NELEM(checks); i++) {
		char why[FPB_REASON_MAX] = "";
		int ret;

		print_message("# %s\n", checks[i].name);
		fpb_plan_default(&plan);
		for (size_t k = 0; k < 3 && checks[i].set[k]; k++)
			set(&plan, checks[i].set[k]);
		ret = fpb_plan_check(&plan, why);
		if (!ret)
			ret = fpb_plan_check_guest(&plan, why);
		assert_int_equal(ret, checks[i].want ? -EINVAL : 0);
		assert_string_equal(why,
				    checks[i].want ? checks[i].want : "");
	}
}

static const struct {
	const char *set[3];
	size_t kernels;
	const char *want;		/* NULL: fine */
} endings[] = {
	{ { "sweep.rounds=1" }, 1, NULL },
	{ { "sweep.until_ci=3%" }, 2, NULL },
	{ { "sweep.until_ci=3%" }, 1,
	  "until_ci: needs two kernels or more, and a target other than raw: there is no ratio to measure" },
	{ { "sweep.until_ci=3%", "sweep.targets=raw" }, 2,
	  "until_ci: needs two kernels or more, and a target other than raw: there is no ratio to measure" },
	/* Three regimes. */
	{ { "sweep.until_ci=3%", "sweep.rounds=10" }, 2, NULL },
	{ { "sweep.until_ci=3%", "sweep.rounds=9" }, 2,
	  "until_ci: needs at least 10 rounds for the intervals of 3 effects, not 9" },
	{ { "sweep.until_ci=3%", "sweep.rounds=10" }, 3,
	  "until_ci: needs at least 11 rounds for the intervals of 6 effects, not 10" },
	{ { "sweep.until_ci=3%", "sweep.rounds=9", "sweep.regimes=cpu" }, 2,
	  NULL },
	{ { "sweep.until_ci=3%", "sweep.rounds=8", "sweep.regimes=cpu" }, 2,
	  "until_ci: needs at least 9 rounds for the interval of 1 effect, not 8" },
};

static void a_rule_that_can_never_end_a_run_is_refused(void **state)
{
	for (size_t i = 0; i < NELEM(endings); i++) {
		char why[FPB_REASON_MAX] = "";
		int ret;

		fpb_plan_default(&plan);
		for (size_t k = 0; k < 3 && endings[i].set[k]; k++)
			set(&plan, endings[i].set[k]);
		ret = fpb_plan_check_ending(&plan, endings[i].kernels, why);
		assert_string_equal(why,
				    endings[i].want ? endings[i].want : "");
		assert_int_equal(ret, endings[i].want ? -EINVAL : 0);
	}
}

static void time_and_cells_are_counted(void **state)
{
	set(&plan, "sweep.rounds=3");
	set(&plan, "sweep.numjobs=1,2,8");
	set(&plan, "sweep.runtime=900ms");
	set(&plan, "sweep.ramp=100ms");
	set(&plan, "sweep.pairing=separate");
	assert_int_equal(fpb_plan_ncells(&plan), 3 * 3 * 2);
	assert_int_equal(fpb_plan_measuring_ms(&plan, 2, 1), 3 * 2 * 18 * 1000);
	set(&plan, "sweep.regimes=cpu");
	set(&plan, "sweep.targets=fuse");
	assert_int_equal(fpb_plan_ncells(&plan), 3);
}

/* The longest plan that can be asked for, in 32 bits, would wrap. */
static void time_of_a_long_run_does_not_overflow(void **state)
{
	set(&plan, "sweep.rounds=1000");
	set(&plan, "sweep.numjobs=" THIRTY_TWO);
	set(&plan, "sweep.runtime=3600");
	set(&plan, "sweep.ramp=3600");
	set(&plan, "sweep.pairing=separate");
	assert_true(fpb_plan_measuring_ms(&plan, 8, 1) ==
		    UINT64_C(1000) * 8 * 3 * 32 * 2 * 7200000);
}

static const struct fpb_regime *cpu_regime = &plan.regimes[0];
static const struct fpb_regime *ssd_regime = &plan.regimes[1];
static const struct fpb_regime *device_regime = &plan.regimes[2];

static struct fpb_slicing slicing_of(const struct fpb_regime *r,
				     unsigned int numjobs, unsigned int kernels)
{
	struct fpb_cell cell = fpb_plan_cell(&plan, plan.ntargets - 1);

	cell.numjobs = numjobs;
	strcpy(cell.regime, r->name);
	return fpb_plan_slicing(&plan, &cell, kernels);
}

static struct fpb_slicing slicing(const struct fpb_regime *r,
				  unsigned int numjobs)
{
	return slicing_of(r, numjobs, 1);
}

#define PAIRED(r, numjobs)	(slicing(r, numjobs).lanes == 1)
#define MS(ms)			((ms) * 1000000ull)

static void what_is_paired_depends_on_what_is_waited_for(void **state)
{
	plan.cpus = 2;
	assert_true(PAIRED(cpu_regime, 2));
	/* The third waits for a CPU. */
	assert_false(PAIRED(cpu_regime, 3));
	/* Here too: so many I/Os are in flight that the device is no limit. */
	assert_true(PAIRED(ssd_regime, 2));
	assert_false(PAIRED(ssd_regime, 3));
	/* All of them wait for the device. */
	assert_true(PAIRED(device_regime, 8));
	set(&plan, "sweep.pairing=paired");
	assert_true(PAIRED(cpu_regime, 8));
	set(&plan, "sweep.pairing=separate");
	assert_false(PAIRED(cpu_regime, 1));
	assert_false(PAIRED(device_regime, 1));
}

static void a_pair_needs_raw_another_target_and_no_page_cache(void **state)
{
	plan.cpus = 2;
	set(&plan, "sweep.targets=fuse");
	assert_false(PAIRED(cpu_regime, 1));
	set(&plan, "sweep.targets=raw");
	assert_false(PAIRED(cpu_regime, 1));
	set(&plan, "sweep.targets=fuse,raw,fuse-direct");
	assert_true(PAIRED(cpu_regime, 1));
	set(&plan, "sweep.workloads=warmread,stat");
	assert_true(PAIRED(cpu_regime, 1));
	set(&plan, "sweep.workloads=bufwrite");
	assert_false(PAIRED(cpu_regime, 1));
	/* Guests keep dirty pages until the step is over. */
	assert_int_equal(slicing_of(cpu_regime, 1, 2).lanes, 2);
	strcpy(plan.workloads[0].job, "my.fio");
	assert_int_equal(slicing_of(cpu_regime, 1, 2).lanes, 0);
}

static void a_paired_job_is_long_enough_for_its_slices(void **state)
{
	plan.cpus = 2;
	set(&plan, "sweep.runtime=600ms");
	set(&plan, "sweep.pairing=paired");
	assert_int_equal(slicing(cpu_regime, 1).slice_ns, MS(20));
	assert_int_equal(slicing(cpu_regime, 1).guard_ns, MS(2));
	assert_int_equal(slicing(cpu_regime, 2).slice_ns, MS(50));
	assert_int_equal(slicing(cpu_regime, 3).slice_ns, MS(100));
	assert_int_equal(slicing(ssd_regime, 1).slice_ns, MS(100));
	assert_int_equal(slicing(ssd_regime, 3).guard_ns, MS(10));
	/* Writers behind an exclusive lock run too fast after a switch. */
	assert_int_equal(slicing(device_regime, 1).slice_ns, MS(200));
	assert_int_equal(slicing(device_regime, 1).guard_ns, MS(30));
	/* As long as both samples, or ten slices. */
	assert_int_equal(slicing(cpu_regime, 2).job_ms, 1200);
	assert_int_equal(slicing(device_regime, 2).job_ms, 2000);
	set(&plan, "regime device.slice=250ms");
	assert_int_equal(slicing(device_regime, 1).slice_ns, MS(250));
	assert_int_equal(slicing(device_regime, 2).guard_ns, MS(30));
	assert_int_equal(slicing(device_regime, 2).job_ms, 2500);
	/* The engine's limit: a quarter. */
	set(&plan, "regime device.slice=40ms");
	assert_int_equal(slicing(device_regime, 1).guard_ns, MS(10));
	set(&plan, "guest.accel=tcg");
	assert_int_equal(slicing(cpu_regime, 1).slice_ns, MS(100));
	set(&plan, "sweep.pairing=auto");
	assert_false(PAIRED(cpu_regime, 1));
	set(&plan, "guest.accel=kvm");
	assert_true(PAIRED(cpu_regime, 1));
	set(&plan, "sweep.pairing=separate");
	assert_int_equal(slicing(device_regime, 2).job_ms, 600);
}

static void io_uring_has_slices_that_outlast_its_pauses(void **state)
{
	plan.cpus = 2;
	set(&plan, "sweep.pairing=paired");
	set(&plan, "regime cpu.submit=io_uring");
	assert_int_equal(slicing(cpu_regime, 1).slice_ns, MS(200));
	assert_int_equal(slicing(cpu_regime, 1).guard_ns, MS(20));
	assert_int_equal(slicing(cpu_regime, 2).slice_ns, MS(200));
	assert_int_equal(slicing(cpu_regime, 3).slice_ns, MS(400));
	set(&plan, "regime device.submit=io_uring");
	assert_int_equal(slicing(device_regime, 8).slice_ns, MS(200));
	assert_int_equal(slicing(device_regime, 8).guard_ns, MS(30));
	set(&plan, "regime cpu.slice=50ms");
	assert_int_equal(slicing(cpu_regime, 3).slice_ns, MS(50));
}

static void kernels_together_share_the_time(void **state)
{
	struct fpb_slicing s;

	plan.cpus = 2;
	set(&plan, "sweep.runtime=700ms");
	s = slicing_of(cpu_regime, 8, 2);
	assert_int_equal(s.lanes, 2);
	assert_int_equal(s.raw_every, 4);
	/* 700 ms of each kernel's target, and a quarter of all for raw. */
	assert_int_equal(s.job_ms, 2 * 700 * 4 / 3);
	s = slicing_of(cpu_regime, 1, 2);
	assert_int_equal(s.raw_every, 8);
	assert_int_equal(s.job_ms, 2 * 700 * 8 / 7);
	/* Each kernel's raw at least once. */
	s = slicing_of(device_regime, 1, 3);
	assert_int_equal(s.job_ms, 3600);
	set(&plan, "sweep.targets=raw");
	assert_int_equal(slicing_of(cpu_regime, 1, 2).raw_every,
			 0);
	assert_int_equal(fpb_slicing_again(s, 1).slice_ns, MS(200));
	assert_int_equal(fpb_slicing_again(s, 1).job_ms, 7200);
	s = fpb_slicing_again(s, 2);
	assert_int_equal(s.slice_ns, MS(400));
	assert_int_equal(s.guard_ns, MS(60));
	assert_int_equal(s.job_ms, 14400);
}

static void groups_take_longer_than_all_at_once(void **state)
{
	uint64_t two, three;

	plan.cpus = 2;
	two = fpb_plan_measuring_ms(&plan, 2, 2);
	three = fpb_plan_measuring_ms(&plan, 3, 3);
	assert_true(fpb_plan_measuring_ms(&plan, 3, 2) == 2 * two);
	assert_true(fpb_plan_measuring_ms(&plan, 4, 3) == three + two);
}

/* Longer steps, so that raw has an eighth, and one block of each step. */
static void one_regime_gives_raw_less(void **state)
{
	const struct fpb_regime *only = &plan.regimes[0];
	struct fpb_slicing s;

	plan.cpus = 2;
	set(&plan, "sweep.regimes=cpu");
	s = slicing_of(only, 8, 2);
	assert_int_equal(s.slice_ns, MS(100));
	assert_int_equal(s.raw_every, 8);
	assert_int_equal(s.job_ms, 2000);
	/* A device's would be 4 s long. */
	set(&plan, "regime cpu.iodepth=1");
	set(&plan, "regime cpu.latency=1ms");
	assert_int_equal(slicing_of(only, 8, 2).raw_every, 4);
}

static void time_of_pairs_is_that_of_one_job(void **state)
{
	plan.cpus = 2;
	set(&plan, "sweep.rounds=3");
	set(&plan, "sweep.numjobs=1,8");
	set(&plan, "sweep.runtime=900ms");
	set(&plan, "sweep.ramp=100ms");
	/* cpu 1 in a pair, cpu 8 twice alone, device in pairs of ten slices. */
	assert_int_equal(fpb_plan_measuring_ms(&plan, 2, 1),
			 3 * 2 * (2 * (1900 + 2 * 1000) + 2 * 2100));
}

static void a_regime_with_latency_needs_one(void **state)
{
	assert_false(fpb_regime_needs_latency(cpu_regime));
	assert_true(fpb_regime_needs_latency(ssd_regime));
	assert_true(fpb_regime_needs_latency(device_regime));
}

static void who_has_many_in_flight_does_not_wait(void **state)
{
	assert_false(fpb_regime_waits(cpu_regime));
	assert_false(fpb_regime_waits(ssd_regime));
	assert_true(fpb_regime_waits(device_regime));
	/* An SSD, but one I/O at a time. */
	set(&plan, "regime device.latency=50us");
	assert_true(fpb_regime_waits(device_regime));
	/* A disk. */
	set(&plan, "regime ssd.latency=5ms");
	assert_true(fpb_regime_waits(ssd_regime));
}

/* About ten minutes on two CPUs. */
static void the_default_has_its_time(void **state)
{
	uint64_t ms;

	plan.cpus = 2;
	ms = fpb_plan_measuring_ms(&plan, 2, 2);
	assert_in_range(ms, 500000, 660000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_number_is_taken_and_written,
				       start),
		cmocka_unit_test_setup(each_name_is_taken_and_written, start),
		cmocka_unit_test_setup(a_new_regime_is_like_another, start),
		cmocka_unit_test_setup(
			lists_keep_their_order_and_lose_their_blanks, start),
		cmocka_unit_test_setup(the_longest_list_fits, start),
		cmocka_unit_test_setup(
			the_longest_line_that_is_written_is_read, start),
		cmocka_unit_test_setup(
			each_refusal_says_why_and_changes_nothing, start),
		cmocka_unit_test_setup(
			a_value_of_any_length_leaves_a_sentence_that_ends,
			start),
		cmocka_unit_test_setup(files_are_read_as_people_write_them,
				       start),
		cmocka_unit_test_setup(a_long_list_goes_on_in_the_next_line, start),
		cmocka_unit_test_setup(a_long_list_goes_on_in_the_next_line,
				       start),
		cmocka_unit_test_setup(an_error_is_told_with_its_line, start),
		cmocka_unit_test_setup(
			text_of_a_plan_read_again_is_the_same_text, start),
		cmocka_unit_test_setup(comments_do_not_change_a_plan, start),
		cmocka_unit_test_setup(a_plan_that_cannot_be_run_is_refused,
				       start),
		cmocka_unit_test_setup(
			a_rule_that_can_never_end_a_run_is_refused, start),
		cmocka_unit_test_setup(time_and_cells_are_counted, start),
		cmocka_unit_test_setup(time_of_a_long_run_does_not_overflow,
				       start),
		cmocka_unit_test_setup(
			what_is_paired_depends_on_what_is_waited_for, start),
		cmocka_unit_test_setup(
			a_pair_needs_raw_another_target_and_no_page_cache,
			start),
		cmocka_unit_test_setup(
			a_paired_job_is_long_enough_for_its_slices, start),
		cmocka_unit_test_setup(
			io_uring_has_slices_that_outlast_its_pauses, start),
		cmocka_unit_test_setup(kernels_together_share_the_time, start),
		cmocka_unit_test_setup(groups_take_longer_than_all_at_once,
				       start),
		cmocka_unit_test_setup(one_regime_gives_raw_less, start),
		cmocka_unit_test_setup(time_of_pairs_is_that_of_one_job,
				       start),
		cmocka_unit_test_setup(who_has_many_in_flight_does_not_wait,
				       start),
		cmocka_unit_test_setup(the_default_has_its_time, start),
		cmocka_unit_test_setup(a_regime_with_latency_needs_one, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
