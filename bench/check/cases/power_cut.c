// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel is killed under writers that note, on the host, each write that
 * was acknowledged; a second boot looks for these.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check/cases/cases.h"
#include "check/lib/mounts.h"
#include "check/lib/outcome.h"
#include "check/lib/process.h"
#include "check/lib/sizes.h"
#include "check/lib/stamp.h"
#include "check/lib/writers.h"
#include "os/clock.h"
#include "setup/mount.h"

#define WRITERS		4
#define BLOCKS_EACH	64
#define DEVICE		"/dev/loop0"

/* A line of a writer's log: this write to this block was acknowledged. */
struct acknowledged {
	uint32_t block, seq;
};

static void path_in_share(struct check_context *c, char *path,
			  const char *name, unsigned int i)
{
	must(!fpb_path(path, "%s/%s%u", c->share, name, i));
}

static int open_log(struct check_context *c, unsigned int writer, int flags)
{
	char path[FPB_PATH_MAX];

	path_in_share(c, path, "acknowledged", writer);
	return check_open(path, flags);
}

/* The disk is a file that outlives this kernel. */
static void attach_disk(struct check_context *c)
{
	char disk[FPB_PATH_MAX];
	const char *argv[] = { "losetup", DEVICE, disk, NULL };

	path_in_share(c, disk, "disk", 0);
	if (c->phase == 1) {
		int fd = check_open(disk, O_CREAT | O_WRONLY);

		must(!ftruncate(fd, 320 * MIB) && !close(fd));
	}
	c->rig = (struct fpb_rig){ .work = c->work, .log = c->log,
				   .program = c->daemon,
				   .device.path = DEVICE,
				   .device.loop_fd = -1 };
	check_command(c->log, argv, 30000);
}

static void __attribute__((noreturn))
write_and_log(struct check_context *c, const char *file, unsigned int i)
{
	int fd = check_open(file, O_WRONLY | O_DIRECT | O_DSYNC);
	int log = open_log(c, i, O_CREAT | O_WRONLY | O_APPEND);
	struct acknowledged a = { 0 };
	char *buf = check_buffer(BLOCK);

	for (;;) {
		a.block = i * BLOCKS_EACH + random() % BLOCKS_EACH;
		a.seq++;
		stamp_write(buf, &(struct stamp){ .pos = a.block * BLOCK,
						  .writer = i + 1,
						  .seq = a.seq });
		must(pwrite(fd, buf, BLOCK, a.block * BLOCK) ==
		     (ssize_t)BLOCK);
		must(write(log, &a, sizeof(a)) == sizeof(a));
		must(!fdatasync(log));
	}
}

static void set_up_mounts(struct check_context *c)
{
	char why[FPB_REASON_MAX] = "";

	fpb_rig_add_daemon(&c->rig, fpb_target_preset("fuse"));
	if (fpb_rig_disk(&c->rig, why) ||
	    fpb_rig_start(&c->rig, &c->rig.daemons[0]))
		check_fail("%s", why);
}

static void before_the_cut(struct check_context *c)
{
	const off_t enough = (c->full ? 1000 : 50) *
			     sizeof(struct acknowledged);

	set_up_mounts(c);
	check_fill(check_path(c, "raw", "f"), WRITERS * BLOCKS_EACH * BLOCK);
	sync();
	for (unsigned int i = 0; i < WRITERS; i++)
		if (!check_fork())
			write_and_log(c, check_path(c, "fuse", "f"), i);
	for (unsigned int i = 0; i < WRITERS; i++) {
		char log[FPB_PATH_MAX];
		struct stat st;

		path_in_share(c, log, "acknowledged", i);
		while (stat(log, &st) || st.st_size < enough)
			fpb_sleep_ms(10);
	}
	check_power_cut(c);
}

/* Read a writer's log: the last acknowledged write to each of its blocks. */
static uint64_t read_log(struct check_context *c, unsigned int i,
			 uint32_t *last)
{
	int log = open_log(c, i, O_RDONLY);
	struct acknowledged a;
	uint64_t n = 0;

	for (; read(log, &a, sizeof(a)) == sizeof(a); n++) {
		must(a.block / BLOCKS_EACH == i);
		last[a.block % BLOCKS_EACH] = a.seq;
	}
	close(log);
	return n;
}

/* Each block is at least as new as the log says. */
static uint64_t verify_writer(struct check_context *c, unsigned int i, int fd)
{
	uint32_t last[BLOCKS_EACH] = { 0 };
	const uint64_t n = read_log(c, i, last);
	char *buf = check_buffer(BLOCK);

	for (uint32_t k = 0; k < BLOCKS_EACH; k++) {
		const uint32_t block = i * BLOCKS_EACH + k;
		const char *wrong;
		struct stamp s;

		must(pread(fd, buf, BLOCK, block * BLOCK) == (ssize_t)BLOCK);
		wrong = stamp_read(buf, &s);
		if (wrong || s.pos != block * BLOCK)
			check_fail("block %u: %s", block,
				   wrong ? wrong : "misplaced");
		if (s.seq < last[k])
			check_fail("block %u: write %u of writer %u was acknowledged and is lost; it holds %u",
				   block, last[k], i + 1, s.seq);
	}
	return n;
}

static void mount_xfs(const char *xfs)
{
	must(!mount(DEVICE, xfs, "xfs", MS_NOATIME, NULL));
}

static void after_the_cut(struct check_context *c)
{
	static const char *const repair[] = { "xfs_repair", "-n", DEVICE,
					      NULL };
	const char *xfs = c->rig.disk;
	uint64_t n = 0;
	int fd;

	must(!fpb_path(c->rig.disk, "%s/xfs", c->work) && !fpb_mkdirs(xfs));
	/* The first mount recovers the log, as xfs_repair wants it. */
	mount_xfs(xfs);
	must(!fpb_unmount(xfs));
	check_command(c->log, repair, 60000);
	mount_xfs(xfs);
	fd = check_open(check_path(c, "raw", "f"), O_RDONLY | O_DIRECT);
	for (unsigned int i = 0; i < WRITERS; i++)
		n += verify_writer(c, i, fd);
	check_fact("acknowledged_writes", n);
	must(!close(fd) && !fpb_unmount(xfs));
}

static void guest_killed(struct check_context *c)
{
	attach_disk(c);
	if (c->phase == 1)
		before_the_cut(c);
	else
		after_the_cut(c);
}

const struct check_case power_cut_cases[] = {
	{ .name = "guest_killed", .flags = CHECK_QUICK | CHECK_POWER_CUT,
	  .run = guest_killed,
	  .setup = "XFS on a loop device over a file that outlives the kernel.",
	  .workload = "4 writers, direct and O_DSYNC, each in its own 256 KiB, log every acknowledged write outside the guest; the kernel is killed.",
	  .lock_path = "Shared.",
	  .validates = "In a new boot the log of XFS recovers, xfs_repair -n finds nothing, and every acknowledged write is there." },
	{ .name = NULL }
};
