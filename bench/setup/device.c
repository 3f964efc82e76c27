// SPDX-License-Identifier: GPL-2.0
/* The block device below everything, backed by memory. */
#include "setup/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/msg.h"
#include "os/spawn.h"

#define CONFIGFS	"/sys/kernel/config"
#define NULLB		CONFIGFS "/nullb"

/* Loaded or built in; or modprobe would find the module, which -n rehearses. */
static bool null_blk_possible(void)
{
	const char *const rehearse[] = { "modprobe", "-n", "-q", "null_blk",
					 NULL };

	return !access(NULLB, F_OK) || !access("/sys/module/null_blk", F_OK) ||
	       !fpb_spawn_run(rehearse, NULL, 10000);
}

const char *fpb_device_default(void)
{
	return null_blk_possible() ? "null_blk" : "loop";
}

bool fpb_device_has_latency(const char *type)
{
	return !strcmp(type, "null_blk");
}

/* --- null_blk --------------------------------------------------------------- */

/* What a guest's init has done already. mkdir tells whether it worked. */
static void null_blk_load(void)
{
	const char *const load[] = { "modprobe", "null_blk", "nr_devices=0",
				     NULL };

	if (access(NULLB, F_OK))
		fpb_spawn_run(load, NULL, 10000);
	if (access(NULLB, F_OK))
		mount("configfs", CONFIGFS, "configfs", 0, NULL);
}

static int null_blk_dir(char *dir)
{
	return fpb_path(dir, NULLB "/" FPB_DEVICE "%d", (int)getpid());
}

static int null_blk_set(const char *dir, const char *key, uint64_t value,
			char *why)
{
	char path[FPB_PATH_MAX], text[32];
	int ret;

	snprintf(text, sizeof(text), "%" PRIu64, value);
	ret = fpb_path(path, "%s/%s", dir, key);
	if (!ret)
		ret = fpb_file_poke(path, text);
	if (ret)
		snprintf(why, FPB_REASON_MAX, "cannot set %.100s to %s: %s",
			 path, text, strerror(-ret));
	return ret;
}

static int null_blk_add(struct fpb_rig *r, char *why)
{
	const struct {
		const char *key;
		uint64_t value;
	} settings[] = {
		{ "size", r->size_mib },
		{ "blocksize", r->blocksize },
		{ "memory_backed", 1 },
		{ "queue_mode", r->queue_mode },
		{ "submit_queues", r->submit_queues },
		/* 0: complete where it was submitted; 2: from a timer. */
		{ "irqmode", r->completion_nsec ? 2 : 0 },
		{ "completion_nsec", r->completion_nsec },
		{ "power", 1 },
	};
	char dir[FPB_PATH_MAX];
	int ret = null_blk_dir(dir);

	null_blk_load();
	if (!ret && mkdir(dir, 0755))
		ret = -errno;
	if (ret) {
		snprintf(why, FPB_REASON_MAX, "cannot create %.100s: %s", dir,
			 ret == -ENOENT ? "null_blk is not loaded" :
			 strerror(-ret));
		return ret == -ENOENT ? -ENODEV : ret;
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		ret = null_blk_set(dir, settings[i].key, settings[i].value,
				   why);
		if (ret) {
			rmdir(dir);
			return ret;
		}
	}
	return fpb_path(r->device, "/dev/" FPB_DEVICE "%d", (int)getpid());
}

static void null_blk_remove(void)
{
	char dir[FPB_PATH_MAX];

	if (!null_blk_dir(dir) && rmdir(dir))
		fpb_err("cannot remove %s: %s", dir, strerror(errno));
}

/* --- loop ------------------------------------------------------------------- */

static int loop_attach(struct fpb_rig *r, int file)
{
	struct loop_config config = {
		.fd = file,
		.block_size = r->blocksize,
		.info.lo_flags = LO_FLAGS_DIRECT_IO | LO_FLAGS_AUTOCLEAR,
	};
	int ctl, loop, nr, ret = -EBUSY;

	ctl = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (ctl < 0)
		return errno == ENOENT ? -ENODEV : -errno;
	/* Another process can take the free number first: ask again. */
	for (int i = 0; ret == -EBUSY && i < 16; i++) {
		nr = ioctl(ctl, LOOP_CTL_GET_FREE);
		ret = nr < 0 ? -errno :
		      fpb_path(r->device, "/dev/loop%d", nr);
		if (ret)
			break;
		loop = open(r->device, O_RDWR | O_CLOEXEC);
		if (loop < 0) {
			ret = -errno;
			break;
		}
		ret = ioctl(loop, LOOP_CONFIGURE, &config) ? -errno : 0;
		if (ret)
			close(loop);
		else
			r->loop_fd = loop;
	}
	close(ctl);
	return ret;
}

static int loop_add(struct fpb_rig *r, char *why)
{
	int file, ret;

	ret = fpb_path(r->backing, "/dev/shm/" FPB_DEVICE "-%d.img",
		       (int)getpid());
	if (ret)
		return ret;
	file = open(r->backing, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (file < 0) {
		ret = -errno;
		snprintf(why, FPB_REASON_MAX, "cannot create %.100s: %s",
			 r->backing, strerror(-ret));
		return ret;
	}
	ret = ftruncate(file, (off_t)r->size_mib * 1024 * 1024) ? -errno : 0;
	if (!ret)
		ret = loop_attach(r, file);
	close(file);
	if (ret) {
		snprintf(why, FPB_REASON_MAX,
			 "cannot make a loop device of %.100s: %s", r->backing,
			 strerror(-ret));
		unlink(r->backing);
	}
	return ret;
}

static void loop_remove(struct fpb_rig *r)
{
	/* Autoclear: the last close detaches it. */
	close(r->loop_fd);
	if (unlink(r->backing))
		fpb_err("cannot remove %s: %s", r->backing, strerror(errno));
}

int fpb_device_add(struct fpb_rig *r, char *why)
{
	return !strcmp(r->device_type, "loop") ? loop_add(r, why) :
						 null_blk_add(r, why);
}

void fpb_device_remove(struct fpb_rig *r)
{
	if (!strcmp(r->device_type, "loop"))
		loop_remove(r);
	else
		null_blk_remove();
}
