// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once on one file: fio verifies what it writes, by every
 * submission path, while the file is truncated, punched, read and mapped
 * around it. Meant for kernels with debugging: a splat fails the case.
 */
#include "check/lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/spawn.h"

/* Who works where in the file. */
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
	/* Not mmap: with several jobs fio 3.41's maps each job's region wrongly,
	 * on any filesystem. The mapper below is for that. */
};

#define N_PATHS	(sizeof(paths) / sizeof(*paths))

static pid_t fio_verify(struct check *c, const char *file, size_t i)
{
	char name[FPB_PATH_MAX + 16], engine[64], size[64], stride[64],
	     loops[32];
	const char *argv[32] = {
		c->fio, "--name=load", name, engine, size, stride, loops,
		"--numjobs=8", "--rw=randwrite", "--bs=4k", "--verify=crc32c",
		"--verify_fatal=1", "--verify_backlog=64", "--verify_dump=0",
		/* It would lie in whatever folder we were started in. */
		"--verify_state_save=0",
		"--allow_file_create=0", "--group_reporting",
		"--overwrite=0", "--fallocate=none",
	};
	struct fpb_spawn s = { .argv = argv, .log = c->log, .keep_fd = -1,
			       .stdout_fd = -1 };
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

/* --- around it; each until it is killed ------------------------------------------- */

static pid_t truncater(const char *path)
{
	pid_t pid = helper();

	if (pid)
		return pid;
	for (unsigned int i = 1;; i++)
		if (truncate(path, TAIL_AT + i * 12345 % TAIL_BYTES))
			check_fail("truncate: %s", strerror(errno));
}

static pid_t puncher(const char *path)
{
	pid_t pid = helper();
	char *buf = aligned(64 * KIB), *zeros = aligned(BLOCK);
	int fd;

	if (pid)
		return pid;
	fd = open_or_fail(path, O_RDWR | O_DIRECT);
	memset(buf, 'p', 64 * KIB);
	for (unsigned int i = 0;; i++) {
		off_t at_ = HOLES_AT + i % 64 * 64 * KIB;
		int mode = i % 3 ? FALLOC_FL_PUNCH_HOLE :
				   FALLOC_FL_ZERO_RANGE;

		must(pwrite(fd, buf, 64 * KIB, at_) == (ssize_t)(64 * KIB));
		must(!fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, at_ + BLOCK,
				BLOCK));
		must(pread(fd, zeros, BLOCK, at_ + BLOCK) == (ssize_t)BLOCK);
		for (size_t k = 0; k < BLOCK; k++)
			if (zeros[k])
				check_fail("byte %zu of a hole is %d", k,
					   zeros[k]);
		must(pread(fd, zeros, BLOCK, at_ + 2 * BLOCK) ==
		     (ssize_t)BLOCK);
		if (zeros[0] != 'p' || zeros[BLOCK - 1] != 'p')
			check_fail("what is behind a hole was lost");
	}
}

static pid_t mapper(const char *path)
{
	pid_t pid = helper();
	unsigned char *m;
	int fd;

	if (pid)
		return pid;
	fd = open_or_fail(path, O_RDWR);
	m = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 MAP_AT);
	must(m != MAP_FAILED);
	for (unsigned char round = 1;; round++) {
		unsigned char back;

		for (size_t i = 0; i < MAP_BYTES; i += 997)
			m[i] = round + i / 997;
		must(!msync(m, MAP_BYTES, MS_SYNC));
		for (size_t i = 0; i < MAP_BYTES; i += 997) {
			if (m[i] != (unsigned char)(round + i / 997))
				check_fail("a mapped byte was lost");
			if (i % 31)
				continue;
			must(pread(fd, &back, 1, MAP_AT + i) == 1);
			if (back != m[i])
				check_fail("read(2) and the mapping differ");
		}
	}
}

static pid_t reader(const char *path, unsigned int seed)
{
	pid_t pid = helper();
	char *buf;
	int fd;

	if (pid)
		return pid;
	buf = aligned(64 * KIB);
	srandom(seed);
	fd = open_or_fail(path, O_RDONLY | (seed % 2 ? O_DIRECT : 0));
	for (;;)
		must(pread(fd, buf, 64 * KIB,
			   random() % (TAIL_AT / BLOCK) * BLOCK) > 0);
}

static void load(struct check *c)
{
	char file[FPB_PATH_MAX];
	pid_t around[5], pid;
	int ret;

	rig_plain(c, 512);
	file_fill(at(c, "raw", "f"), TAIL_AT + TAIL_BYTES);
	must(!fpb_path(file, "%s", at(c, "fuse", "f")));
	around[0] = truncater(file);
	around[1] = puncher(file);
	around[2] = mapper(file);
	around[3] = reader(file, 0);
	around[4] = reader(file, 1);
	for (size_t i = 0; i < N_PATHS; i++) {
		pid = fio_verify(c, file, i);
		ret = helper_wait(pid, UINT32_MAX);
		if (ret)
			check_fail("fio, %s %s: verification failed (see check.log)",
				   paths[i].engine, paths[i].options[0]);
		for (int k = 0; k < 5; k++)
			if (helper_wait(around[k], 0) != -ETIMEDOUT)
				check_fail("helper %d ended early", k);
	}
	for (int k = 0; k < 5; k++)
		helper_kill(around[k]);
	check_fact("submission_paths", N_PATHS);
	check_fact("fio_jobs", JOBS);
	rig_was_passthrough(c, "fuse");
}

const struct check_case load_cases[] = {
	{ .name = "load", .run = load,
	  .quick_s = 180, .full_s = 1800,
	  .setup = "A file of 22 MiB.",
	  .workload = "fio, 8 jobs, verify=crc32c, by libaio, io_uring, psync, pvsync2, batches and buffered in turn; around it a truncater, a puncher of holes, a mapper and two readers.",
	  .lock_path = "All.",
	  .validates = "fio's verification, that holes are zeros and what is beside them is not, that mapping and read agree; no complaint by the kernel." },
	{ .name = NULL }
};
