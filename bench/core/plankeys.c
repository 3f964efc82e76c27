// SPDX-License-Identifier: GPL-2.0
#include "core/plankeys.h"

#include <string.h>

#include "core/filesystem.h"
#include "core/plan.h"

#define KIB	1024ULL
#define MIB	(1024 * KIB)
#define USEC	1000ULL
#define MSEC	(1000 * USEC)
#define SEC	(1000 * MSEC)

/* Where a member of @type is; of a list, and its length, too. */
#define IN(type, member) \
	.at = offsetof(struct type, member), \
	.size = sizeof(((struct type *)0)->member)
#define LIST(type, member, count) \
	.at = offsetof(struct type, member), \
	.size = sizeof(((struct type *)0)->member[0]), \
	.count_at = offsetof(struct type, count)

#define NUMBER	.kind = FPB_PLAN_NUMBER
#define BYTES	.kind = FPB_PLAN_BYTES
#define MIBS	.kind = FPB_PLAN_MIB
#define TIME	.kind = FPB_PLAN_NSEC
#define TIME_MS	.kind = FPB_PLAN_MSEC
#define PERCENT	.kind = FPB_PLAN_PERCENT
#define WORD	.kind = FPB_PLAN_WORD
#define ENUM	.kind = FPB_PLAN_ENUM
#define TEXT	.kind = FPB_PLAN_TEXT
#define KNOWN(array)	.known = FPB_NAMES(array)

static const char *const patterns[] = {
	"randwrite", "write", "randread", "read", "randrw", "rw", NULL
};
static const char *const paths[] = {
	"libaio", "io_uring", "io_wq", "psync", "pvsync2", NULL
};
/* "regime", or a path of the engine that does one I/O at a time. */
static const char *const workload_paths[] = {
	FPB_PATH_REGIME, "psync", "pvsync2", "mmap", "splice", "copy", "cold",
	"append", "smallfile", "create", "stat", "open", "readdir", "rename",
	"unlink", NULL
};
static const char *const device_types[] = { "auto", "null_blk", "loop", NULL };
static const char *const block_sizes[] = { "512", "1k", "2k", "4k", NULL };
static const char *const queue_modes[] = { "0", "2", NULL };
static const char *const no_or_yes[] = { "0", "1", NULL };
static const char *const accelerators[] = {
	"auto", "kvm", "tcg", "exact", "native", NULL
};

static const struct fpb_plan_key sweep_keys[] = {
	{ .key = "rounds", NUMBER, IN(fpb_plan, rounds), .min = 1, .max = 10000,
	  .help = "Boots of each kernel; a row's interval needs 6, an effect 9" },
	{ .key = "numjobs", NUMBER, LIST(fpb_plan, numjobs, nnumjobs),
	  .min = 1, .max = FPB_PLAN_MAX_JOBS,
	  .help = "fio jobs that run at the same time" },
	{ .key = "targets", .kind = FPB_PLAN_CHOICE, .section = "target",
	  .help = "Targets to measure; \"fpbench list\" shows them" },
	{ .key = "regimes", .kind = FPB_PLAN_CHOICE, .section = "regime",
	  .help = "Regimes to measure, in this order" },
	{ .key = "workloads", .kind = FPB_PLAN_CHOICE, .section = "workload",
	  .all = fpb_workloads_all,
	  .help = "Workloads to measure; \"fpbench list\" shows them" },
	{ .key = "filesize", MIBS, IN(fpb_plan, filesize_mib), .min = MIB,
	  .help = "Size of the file, or of all files together if each job has its own" },
	/* An hour is far more than any sample needs, and fits 32 bits. */
	{ .key = "runtime", TIME_MS, IN(fpb_plan, runtime_ms), .min = MSEC,
	  .max = 3600 * SEC, .help = "Run time per sample" },
	{ .key = "ramp", TIME_MS, IN(fpb_plan, ramp_ms), .max = 3600 * SEC,
	  .help = "Warm-up time per sample, not counted" },
	{ .key = "pairing", ENUM, IN(fpb_plan, pairing),
	  KNOWN(fpb_pairing_names),
	  .help = "auto, duet: all kernels take turns if possible; paired: raw and a target do; separate: nothing does" },
	{ .key = "compare", ENUM, IN(fpb_plan, compare),
	  KNOWN(fpb_compare_names),
	  .help = "first: compare each kernel with the first; previous: with the one before it, and the last with the first" },
	{ .key = "load_limit", NUMBER, IN(fpb_plan, load_limit_pct), .max = 100,
	  .help = "Repeat a round in which other work used more than this percentage of the CPUs; 0: never" },
	{ .key = "repeats", NUMBER, IN(fpb_plan, repeats), .max = 1000,
	  .help = "Most rounds that a run repeats because of load_limit" },
	{ .key = "until_ci", PERCENT, IN(fpb_plan, until_ci), .min = 10,
	  .max = 5000, .none = "off",
	  .help = "End the run once the interval of every effect but the control is no wider than plus or minus this percentage" },
	{ .key = "until_side", PERCENT, IN(fpb_plan, until_side), .min = 10,
	  .max = 5000, .none = "off",
	  .help = "End the run once the interval of every effect but the control lies on one side of a slowdown by this percentage" },
	{ .key = "side_risk", PERCENT, IN(fpb_plan, side_risk), .min = 1,
	  .max = 2000,
	  .help = "With until_side: chance of the wrong side, in percent" },
	{ .key = "max_time", TIME_MS, IN(fpb_plan, max_time_ms), .min = SEC,
	  .max = 7 * 24 * 3600 * SEC, .none = "off",
	  .help = "Begin no round that would end later than this after the start" },
	{ .key = "why", NUMBER, IN(fpb_plan, why), KNOWN(no_or_yes),
	  .help = "1: after the rounds, boot each kernel once more with lock statistics, and say where the time of an I/O goes" },
	/* What GSL's generator takes, and JSON's integers hold. */
	{ .key = "seed", NUMBER, IN(fpb_plan, seed), .max = UINT32_MAX,
	  .help = "Random seed of the order; 0: a new one" },
	{ .key = NULL }
};

static const struct fpb_plan_key regime_keys[] = {
	{ .key = "like", .kind = FPB_PLAN_LIKE,
	  .help = "Make a new regime as a copy of this one" },
	{ .key = "submit", WORD, IN(fpb_regime, submit), KNOWN(paths),
	  .help = "Submission path of the engine; io_wq: by the workers of io_uring" },
	{ .key = "iodepth", NUMBER, IN(fpb_regime, iodepth), .min = 1,
	  .max = 4096, .help = "I/Os in flight per job" },
	{ .key = "batch", NUMBER, IN(fpb_regime, batch), .min = 1, .max = 4096,
	  .help = "I/Os per submission; a job waits for as many completions (fio: iodepth_batch_submit, iodepth_batch_complete_min)" },
	{ .key = "latency", TIME, IN(fpb_regime, completion_nsec), .max = SEC,
	  .help = "Completion latency of the device" },
	/* The engine takes whole microseconds. */
	{ .key = "slice", TIME, IN(fpb_regime, slice_nsec), .min = MSEC,
	  .max = 10 * SEC, .step = USEC, .none = "auto",
	  .help = "Length of a slice" },
	{ .key = NULL }
};

static const struct fpb_plan_key target_keys[] = {
	{ .key = "like", .kind = FPB_PLAN_LIKE,
	  .help = "Make a new target as a copy of this one" },
	{ .key = "mount", TEXT, IN(fpb_target, mount), .none = "none",
	  .help = "Shell command that mounts the target: {source} is the folder on XFS, {mnt} the mount point, {work} an empty folder, {fpfs} the daemon fpfs" },
	{ .key = "over", TEXT, IN(fpb_target, over), .none = "none",
	  .help = "Target whose mount point is {source}; none: the folder on XFS" },
	{ .key = "expect", ENUM, IN(fpb_target, expect),
	  KNOWN(fpb_expect_names),
	  .help = "How reads and writes must be served; a sample that was served otherwise is invalid. any: do not check" },
	{ .key = NULL }
};

static const struct fpb_plan_key workload_keys[] = {
	{ .key = "like", .kind = FPB_PLAN_LIKE,
	  .help = "Make a new workload as a copy of this one" },
	{ .key = "rw", WORD, IN(fpb_workload, rw), KNOWN(patterns),
	  .help = "I/O pattern, as for fio" },
	{ .key = "bs", BYTES, IN(fpb_workload, bs), .min = 512, .max = 64 * MIB,
	  .step = 512, .help = "Block size" },
	{ .key = "direct", NUMBER, IN(fpb_workload, direct), KNOWN(no_or_yes),
	  .help = "Whether to use O_DIRECT" },
	{ .key = "read_share", NUMBER, IN(fpb_workload, read_pct), .max = 100,
	  .help = "Percentage of reads in randrw and rw" },
	{ .key = "path", WORD, IN(fpb_workload, path), KNOWN(workload_paths),
	  .help = "regime: submission path and depth of the regime; others: a path of the engine, one I/O at a time" },
	{ .key = "sync", ENUM, IN(fpb_workload, sync), KNOWN(fpb_sync_names),
	  .help = "fsync: call fsync after each write; dsync: open with O_DSYNC" },
	{ .key = "files", ENUM, IN(fpb_workload, files),
	  KNOWN(fpb_files_names),
	  .help = "shared: one file for all jobs; private: one for each" },
	{ .key = "job", TEXT, IN(fpb_workload, job), .none = "none",
	  .help = "fio job file to run instead; the other keys do not count" },
	{ .key = NULL }
};

static const struct fpb_plan_key device_keys[] = {
	{ .key = "type", WORD, IN(fpb_device_plan, type), KNOWN(device_types),
	  .help = "Block device; auto: null_blk if the kernel has it" },
	{ .key = "fs", WORD, IN(fpb_device_plan, fs),
	  .known = FPB_NAMES_OF(fpb_filesystems, name),
	  .help = "Filesystem on the device, wherever this manual says XFS" },
	{ .key = "size", MIBS, IN(fpb_device_plan, size_mib), .min = MIB,
	  .help = "Size of the device" },
	{ .key = "blocksize", BYTES, IN(fpb_device_plan, blocksize),
	  KNOWN(block_sizes), .help = "Logical block size" },
	{ .key = "queue_mode", NUMBER, IN(fpb_device_plan, queue_mode),
	  KNOWN(queue_modes),
	  .help = "Queue mode of null_blk: 0 is bio, 2 is blk-mq" },
	{ .key = "submit_queues", NUMBER, IN(fpb_device_plan, submit_queues),
	  .max = 256, .help = "Submission queues of null_blk; 0: one per CPU" },
	{ .key = "queue_depth", NUMBER, IN(fpb_device_plan, queue_depth),
	  .max = 1024,
	  .help = "I/Os that a queue of null_blk holds; 0: 1024 with guest.accel=exact, else 64" },
	{ .key = NULL }
};

static const struct fpb_plan_key guest_keys[] = {
	{ .key = "cpus", NUMBER, IN(fpb_plan, cpus), .max = 32,
	  .help = "CPUs of a guest; 0: as many as this machine has" },
	{ .key = "memory", MIBS, IN(fpb_plan, memory_mib), .min = MIB,
	  .help = "Memory of a guest" },
	{ .key = "accel", WORD, IN(fpb_plan, accel), KNOWN(accelerators),
	  .help = "QEMU's accelerator; auto: KVM if it works, else TCG; exact: one CPU in virtual time" },
	{ .key = "pin", NUMBER, LIST(fpb_plan, pin, npin), .max = 1023,
	  .none = "none", .help = "CPUs of this machine that guests run on" },
	{ .key = "affinity", ENUM, IN(fpb_plan, affinity),
	  KNOWN(fpb_affinity_names),
	  .help = "fixed: each CPU of a guest stays on one CPU of this machine, and each job on one CPU of the guest; free: they move; auto: fixed for \"fpbench run\" if the guest has no more CPUs than we may use" },
	{ .key = "confine", NUMBER, IN(fpb_plan, confine), KNOWN(no_or_yes),
	  .help = "1: boot no guest unless this machine can keep it from writing outside its folder; 0: let root in a guest write to all files of the calling user" },
	{ .key = NULL }
};

static bool preset_workload(const char *name, void *object)
{
	return fpb_workload_preset(name, object);
}

const struct fpb_plan_section fpb_plan_sections[] = {
	{ .title = "sweep", .keys = sweep_keys },
	{ .title = "regime NAME", .keys = regime_keys,
	  .at = offsetof(struct fpb_plan, regimes),
	  .size = sizeof(struct fpb_regime),
	  .count_at = offsetof(struct fpb_plan, nregimes),
	  .presets = fpb_regimes, .npresets = FPB_NREGIMES,
	  .preset_size = sizeof(struct fpb_regime) },
	{ .title = "target NAME", .keys = target_keys,
	  .at = offsetof(struct fpb_plan, targets),
	  .size = sizeof(struct fpb_target),
	  .count_at = offsetof(struct fpb_plan, ntargets),
	  .presets = fpb_targets, .npresets = FPB_NTARGETS,
	  .preset_size = sizeof(struct fpb_target) },
	{ .title = "workload NAME", .keys = workload_keys,
	  .at = offsetof(struct fpb_plan, workloads),
	  .size = sizeof(struct fpb_workload),
	  .count_at = offsetof(struct fpb_plan, nworkloads),
	  .presets = fpb_workload_families,
	  .npresets = FPB_NWORKLOAD_FAMILIES,
	  .preset_size = sizeof(struct fpb_workload_family),
	  .preset = preset_workload },
	{ .title = "device", .keys = device_keys,
	  .at = offsetof(struct fpb_plan, device) },
	{ .title = "guest", .keys = guest_keys },
	{ .title = NULL }
};
