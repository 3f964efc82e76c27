// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once on one file: fio verifies what it writes, by every
 * submission path, while the file is truncated, punched, read and mapped
 * around it. Meant for kernels with debugging: what they report fails the
 * case.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/writers.h"
#include "os/spawn.h"

/* The file: fio's jobs, the mapping, the holes, and the truncated tail. */
#define JOBS		8
#define JOB_BYTES	(1 * MIB)
#define MAP_AT		(JOBS * JOB_BYTES)
#define MAP_BYTES	(2 * MIB)
#define HOLES_AT	(MAP_AT + MAP_BYTES)
#define HOLES_BYTES	(4 * MIB)
#define TAIL_AT		(HOLES_AT + HOLES_BYTES)
#define TAIL_BYTES	(8 * MIB)

static const struct {
	const char *engine;
	const char *options[4];
} paths[] = {
	{ "libaio", { "--direct=1", "--iodepth=16" } },
	{ "io_uring", { "--direct=1", "--iodepth=16" } },
	{ "psync", { "--direct=1" } },
	{ "pvsync2", { "--direct=1" } },
	{ "libaio", { "--direct=1", "--iodepth=64",
		      "--iodepth_batch_submit=16" } },
	{ "psync", { "--direct=0" } },
	/*
	 * Not mmap: with several jobs fio 3.41 maps each job's region wrongly,
	 * on any filesystem. The mapper below stands in for it.
	 */
};

#define N_PATHS		(sizeof(paths) / sizeof(*paths))

static pid_t start_fio(struct check_context *c, const char *file, size_t i)
{
	char name[FPB_PATH_MAX + 16], engine[64], size[64], stride[64],
	     loops[32];
	const char *argv[32] = {
		c->fio, "--name=load", name, engine, size, stride, loops,
		"--numjobs=8", "--rw=randwrite", "--bs=4k", "--verify=crc32c",
		"--verify_fatal=1", "--verify_backlog=64", "--verify_dump=0",
		/* fio would save it in the working directory. */
		"--verify_state_save=0",
		"--allow_file_create=0", "--group_reporting",
		"--overwrite=0", "--fallocate=none",
	};
	struct fpb_spawn s = { .argv = argv, .log = c->log };
	int n = 19;
	pid_t pid;

	snprintf(name, sizeof(name), "--filename=%s", file);
	snprintf(engine, sizeof(engine), "--ioengine=%s", paths[i].engine);
	snprintf(size, sizeof(size), "--size=%d", (int)JOB_BYTES);
	snprintf(stride, sizeof(stride), "--offset_increment=%d",
		 (int)JOB_BYTES);
	snprintf(loops, sizeof(loops), "--loops=%d", c->full ? 20 : 1);
	for (int k = 0; k < 4 && paths[i].options[k]; k++)
		argv[n++] = paths[i].options[k];
	pid = fpb_spawn(&s);
	if (pid < 0)
		check_fail("cannot start fio: %s", strerror(-pid));
	return pid;
}

/* --- around it, each in a process of its own until it is killed ----------- */

static void truncate_tail(const char *path)
{
	for (unsigned int i = 1;; i++)
		if (truncate(path, TAIL_AT + i * 12345 % TAIL_BYTES))
			check_fail("truncate %s: %s", path, strerror(errno));
}

static void verify_hole(int fd, off_t hole, char *buf)
{
	must(pread(fd, buf, BLOCK, hole) == (ssize_t)BLOCK);
	for (size_t i = 0; i < BLOCK; i++)
		if (buf[i])
			check_fail("byte %zu of a hole is %d", i, buf[i]);
	must(pread(fd, buf, BLOCK, hole + BLOCK) == (ssize_t)BLOCK);
	if (buf[0] != 'p' || buf[BLOCK - 1] != 'p')
		check_fail("the block behind a hole was lost");
}

static void punch_holes(const char *path)
{
	const size_t len = 64 * KIB;
	char *buf = check_buffer(len), *read_buf = check_buffer(BLOCK);
	int fd = check_open(path, O_RDWR | O_DIRECT);

	memset(buf, 'p', len);
	for (unsigned int i = 0;; i++) {
		const off_t pos = HOLES_AT + i % 64 * len, hole = pos + BLOCK;
		const int mode = i % 3 ? FALLOC_FL_PUNCH_HOLE :
					 FALLOC_FL_ZERO_RANGE;

		must(pwrite(fd, buf, len, pos) == (ssize_t)len);
		must(!fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, hole, BLOCK));
		verify_hole(fd, hole, read_buf);
	}
}

static void verify_map(const unsigned char *map, int fd, unsigned char round)
{
	unsigned char byte;

	for (size_t i = 0; i < MAP_BYTES; i += 997) {
		if (map[i] != (unsigned char)(round + i / 997))
			check_fail("a mapped byte was lost");
		if (i % 31)
			continue;
		must(pread(fd, &byte, 1, MAP_AT + i) == 1);
		if (byte != map[i])
			check_fail("read(2) and the mapping differ");
	}
}

static void write_map(const char *path)
{
	int fd = check_open(path, O_RDWR);
	unsigned char *map = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE,
				  MAP_SHARED, fd, MAP_AT);

	must(map != MAP_FAILED);
	for (unsigned char round = 1;; round++) {
		for (size_t i = 0; i < MAP_BYTES; i += 997)
			map[i] = round + i / 997;
		must(!msync(map, MAP_BYTES, MS_SYNC));
		verify_map(map, fd, round);
	}
}

static void read_with(const char *path, int flags)
{
	char *buf = check_buffer(64 * KIB);
	int fd = check_open(path, O_RDONLY | flags);

	srandom(flags);
	for (;;)
		must(pread(fd, buf, 64 * KIB,
			   random() % (TAIL_AT / BLOCK) * BLOCK) > 0);
}

static void read_buffered(const char *path)
{
	read_with(path, 0);
}

static void read_direct(const char *path)
{
	read_with(path, O_DIRECT);
}

static const struct {
	const char *name;
	void (*loop)(const char *path);
} others[] = {
	{ "truncater", truncate_tail },
	{ "puncher", punch_holes },
	{ "mapper", write_map },
	{ "buffered reader", read_buffered },
	{ "direct reader", read_direct },
};

#define N_OTHERS	(sizeof(others) / sizeof(*others))

static void load(struct check_context *c)
{
	pid_t pid[N_OTHERS];
	const char *path;
	int ret;

	check_mount_fuse(c, 512, 0);
	check_fill(check_path(c, "raw", "f"), TAIL_AT + TAIL_BYTES);
	path = check_path(c, "fuse", "f");
	for (size_t k = 0; k < N_OTHERS; k++) {
		pid[k] = check_fork();
		if (!pid[k])
			others[k].loop(path);
	}
	for (size_t i = 0; i < N_PATHS; i++) {
		ret = check_wait(start_fio(c, path, i), UINT32_MAX);
		if (ret)
			check_fail("fio, %s %s: verification failed (see check.log)",
				   paths[i].engine, paths[i].options[0]);
		for (size_t k = 0; k < N_OTHERS; k++)
			check_still_runs(pid[k], others[k].name);
	}
	for (size_t k = 0; k < N_OTHERS; k++)
		check_kill(pid[k]);
	check_fact("submission_paths", N_PATHS);
	check_fact("fio_jobs", JOBS);
	check_no_daemon_io(c, "fuse");
}

const struct check_case load_cases[] = {
	{ .name = "load", .run = load,
	  .full_s = 1800,
	  .setup = "A file of 22 MiB.",
	  .workload = "fio, 8 jobs, verify=crc32c, by libaio, io_uring, psync, pvsync2, in batches and buffered in turn; around it processes that truncate, punch holes, write a mapping and read.",
	  .lock_path = "All.",
	  .validates = "fio's verification succeeds, holes are zeros and the blocks beside them are not, mapping and read(2) agree, the kernel reports nothing." },
	{ .name = NULL }
};
