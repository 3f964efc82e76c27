// SPDX-License-Identifier: GPL-2.0
#include "setup/device.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/result.h"
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

/* --- null_blk --------------------------------------------------------------- */

/* A guest's init has done this already. */
static int null_blk_load(const char *log, char *why)
{
	const char *const load[] = { "modprobe", "null_blk", "nr_devices=0",
				     NULL };
	char reason[FPB_REASON_MAX] = "this kernel has no " NULLB;

	if (access(NULLB, F_OK))
		fpb_spawn_run_why(load, log, 10000, reason);
	if (access(NULLB, F_OK))
		mount("configfs", CONFIGFS, "configfs", 0, NULL);
	if (!access(NULLB, F_OK))
		return 0;
	snprintf(why, FPB_REASON_MAX, "null_blk failed to load: %.200s",
		 reason);
	return -ENODEV;
}

/* Two devices of a process differ by their labels; see cmd_clean.c. */
static int in_folder(const struct fpb_device *d, const char *folder,
		     char *path)
{
	return fpb_path(path, "%s/" FPB_DEVICE "%s%d", folder,
			d->label ? d->label : "", (int)getpid());
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

static int null_blk_add(struct fpb_device *d, char *why)
{
	const struct {
		const char *key;
		uint64_t value;
	} settings[] = {
		{ "size", d->size_mib },
		{ "blocksize", d->blocksize },
		{ "memory_backed", 1 },
		{ "queue_mode", d->queue_mode },
		{ "submit_queues", d->submit_queues },
		{ "hw_queue_depth", d->queue_depth ? : 64 },
		/* 0: complete where it was submitted; 2: from a timer. */
		{ "irqmode", d->completion_nsec ? 2 : 0 },
		{ "completion_nsec", d->completion_nsec },
		{ "power", 1 },
	};
	char dir[FPB_PATH_MAX];
	int ret = null_blk_load(d->log, why);

	if (ret)
		return ret;
	ret = in_folder(d, NULLB, dir);
	if (!ret && mkdir(dir, 0755))
		ret = -errno;
	if (ret) {
		snprintf(why, FPB_REASON_MAX, "cannot create %.100s: %s", dir,
			 strerror(-ret));
		return ret;
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		ret = null_blk_set(dir, settings[i].key, settings[i].value,
				   why);
		if (ret) {
			rmdir(dir);
			return ret;
		}
	}
	return in_folder(d, "/dev", d->path);
}

static void null_blk_remove(struct fpb_device *d)
{
	char dir[FPB_PATH_MAX];

	if (!in_folder(d, NULLB, dir) && rmdir(dir))
		fpb_err("cannot remove %s: %s", dir, strerror(errno));
}

/* --- loop ------------------------------------------------------------------- */

static int loop_attach(struct fpb_device *d, int file)
{
	struct loop_config config = {
		.fd = file,
		.block_size = d->blocksize,
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
		      fpb_path(d->path, "/dev/loop%d", nr);
		if (ret)
			break;
		loop = open(d->path, O_RDWR | O_CLOEXEC);
		if (loop < 0) {
			ret = -errno;
			break;
		}
		ret = ioctl(loop, LOOP_CONFIGURE, &config) ? -errno : 0;
		if (ret)
			close(loop);
		else
			d->loop_fd = loop;
	}
	close(ctl);
	return ret;
}

static int loop_add(struct fpb_device *d, char *why)
{
	int file, ret;

	ret = fpb_path(d->backing, "/dev/shm/" FPB_DEVICE "-%s%d.img",
		       d->label ? d->label : "", (int)getpid());
	if (ret)
		return ret;
	file = open(d->backing, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (file < 0) {
		ret = -errno;
		snprintf(why, FPB_REASON_MAX, "cannot create %.100s: %s",
			 d->backing, strerror(-ret));
		return ret;
	}
	ret = ftruncate(file, (off_t)d->size_mib * 1024 * 1024) ? -errno : 0;
	if (!ret)
		ret = loop_attach(d, file);
	close(file);
	if (ret) {
		snprintf(why, FPB_REASON_MAX,
			 "cannot make a loop device of %.100s: %s", d->backing,
			 strerror(-ret));
		unlink(d->backing);
	}
	return ret;
}

static void loop_remove(struct fpb_device *d)
{
	/* Autoclear: the last close detaches it. */
	close(d->loop_fd);
	if (unlink(d->backing))
		fpb_err("cannot remove %s: %s", d->backing, strerror(errno));
}

/* --- either ----------------------------------------------------------------- */

static const struct type {
	const char *name;
	bool has_latency;
	int (*add)(struct fpb_device *d, char *why);
	void (*remove)(struct fpb_device *d);
} types[] = {
	{ "null_blk", true, null_blk_add, null_blk_remove },
	{ "loop", false, loop_add, loop_remove },
	{ 0 }
};

/* NULL if there is none of that name. */
static const struct type *find(const char *name)
{
	const struct type *t;

	for (t = types; t->name; t++)
		if (!strcmp(t->name, name))
			return t;
	return NULL;
}

bool fpb_device_has_latency(const char *type)
{
	const struct type *t = find(type);

	return t && t->has_latency;
}

int fpb_device_add(struct fpb_device *d, char *why)
{
	const struct type *t = find(d->type);

	if (t)
		return t->add(d, why);
	snprintf(why, FPB_REASON_MAX, "unknown type of device: %.100s",
		 d->type);
	return -EINVAL;
}

void fpb_device_remove(struct fpb_device *d)
{
	find(d->type)->remove(d);
}

/* What Documentation/block/stat.rst has about reads and writes. */
struct stat_of {
	unsigned long long sectors, ms;	/* of 512 bytes; summed over I/Os */
};

static int read_stat(const struct fpb_device *d, struct stat_of *in,
		     struct stat_of *out)
{
	const char *name = strrchr(d->path, '/');
	char path[FPB_PATH_MAX], *text;
	int ret = name ? 0 : -ENODEV;

	if (!ret)
		ret = fpb_path(path, "/sys/class/block/%s/stat", name + 1) ? :
		      fpb_file_read(path, &text, NULL);
	if (ret)
		return ret;
	if (sscanf(text, "%*u %*u %llu %llu %*u %*u %llu %llu", &in->sectors,
		   &in->ms, &out->sectors, &out->ms) != 4)
		ret = -EINVAL;
	free(text);
	return ret;
}

int fpb_device_bytes(const struct fpb_device *d, uint64_t *read,
		     uint64_t *written)
{
	struct stat_of in, out;
	int ret = read_stat(d, &in, &out);

	if (!ret) {
		*read = in.sectors * 512;
		*written = out.sectors * 512;
	}
	return ret;
}

int fpb_device_in_flight(const struct fpb_device *d, uint64_t *ns)
{
	struct stat_of in, out;
	int ret = read_stat(d, &in, &out);

	if (!ret)
		*ns = (in.ms + out.ms) * 1000000;
	return ret;
}
