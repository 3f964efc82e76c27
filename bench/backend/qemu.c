// SPDX-License-Identifier: GPL-2.0
/*
 * QEMU: an x86-64 kernel in a machine of its own, by KVM or, many times
 * slower, by TCG. The guest's root is the host's, read-only, over 9p, and not
 * over virtiofs: that is a FUSE filesystem, so the code under test would serve
 * the very programs that test it.
 */
#include "backend/backend.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/result.h"
#include "core/guestshare.h"
#include "os/cpus.h"
#include "os/file.h"
#include "os/spawn.h"

#define QEMU	"qemu-system-x86_64"
/* Larger messages than the kernel's: fewer ways out of the guest. */
#define P9	"trans=virtio,version=9p2000.L,msize=262144"

static int qemu_probe(char *why)
{
	if (fpb_spawn_find(QEMU))
		return 0;
	snprintf(why, FPB_REASON_MAX,
		 QEMU " is not installed (Debian package qemu-system-x86)");
	return -ENOENT;
}

static int kvm_probe(char *why)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		snprintf(why, FPB_REASON_MAX, "/dev/kvm: %s",
			 strerror(errno));
		return -ENODEV;
	}
	close(fd);
	return 0;
}

/* The mark of the boot protocol: QEMU says nothing useful without it. */
static int check_image(const char *path)
{
	char mark[4] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (pread(fd, mark, sizeof(mark), 0x202) != sizeof(mark) ||
	    memcmp(mark, "HdrS", sizeof(mark)))
		ret = -ENOEXEC;
	close(fd);
	return ret;
}

/* What an accelerator is told, and what it tells the kernel; by its name. */
struct way {
	const char *name, *accel, *cpu, *parameters;
	bool exact;			/* see struct fpb_accel */
};

/* Emulated CPUs share one clock; checking it costs. */
#define ONE_CLOCK	" tsc=reliable no_timer_check"

static const struct way ways[] = {
	{ "kvm", "kvm", "host", "", false },
	{ "tcg", "tcg,thread=multi", "max", ONE_CLOCK, false },
	/* The same addresses in each boot. */
	{ "exact", "tcg,thread=single", "max", ONE_CLOCK
	  " nokaslr randomize_kstack_offset=off norandmaps", true },
};

static const struct way *way_of(const struct fpb_boot_spec *s)
{
	const struct way *w = ways;

	while (strcmp(w->name, s->accel))
		w++;
	return w;
}

/* The host's over 9p, or the initrd. */
static int add_root(const struct fpb_boot_spec *s, const struct way *w,
		    char *text, size_t size)
{
	const int n = w->exact ? snprintf(text, size, "rdinit=" FPB_GUEST_INIT) :
		snprintf(text, size, "root=root rootfstype=9p rootflags=" P9
			 ",cache=loose ro init=%s", s->agent);

	return n < (int)size ? 0 : -E2BIG;
}

/* What the kernel is told, as one text; see uml.c on spaces. */
static int add_parameters(const struct fpb_boot_spec *s, const struct way *w,
			  struct fpb_argv *argv)
{
	char root[FPB_PATH_MAX + 128];

	return add_root(s, w, root, sizeof(root)) ? :
	       fpb_argv_add(argv, "console=ttyS0 panic=-1 oops=panic%s %s"
			    " null_blk.nr_devices=0 fuse.enable_uring=1 "
			    FPB_GUEST_ENV "=9p:" P9 " %s -- agent",
			    w->parameters, root, s->append);
}

static int qemu_command(const struct fpb_boot_spec *s, struct fpb_argv *argv,
			struct fpb_argv *env)
{
	const struct way *w = way_of(s);
	int ret = check_image(s->image);

#define ADD(...)	(ret = ret ? ret : fpb_argv_add(argv, __VA_ARGS__))
	ADD(QEMU);
	/* Threads have names, so that they can be told apart for pinning. */
	ADD("-name"), ADD("fpbench,debug-threads=on");
	ADD("-nodefaults"), ADD("-no-user-config");
	ADD("-machine"), ADD("pc");
	ADD("-accel"), ADD("%s", w->accel);
	ADD("-cpu"), ADD("%s", w->cpu);
	if (w->exact) {
		/* 1 ns is an instruction; when all wait, the clock leaps. */
		ADD("-icount"), ADD("shift=0,sleep=off");
		ADD("-rtc"), ADD("base=2026-01-01,clock=vm");
		ADD("-seed"), ADD("%lu", s->seed);
	}
	if (s->plugin)
		ADD("-plugin"), ADD("%s", s->plugin);
	ADD("-smp"), ADD("%u", s->cpus);
	ADD("-m"), ADD("%" PRIu64 "M", s->memory_mib);
	/* A panic reboots at once, and a reboot is the end. */
	ADD("-no-reboot");
	ADD("-display"), ADD("none");
	ADD("-serial"), ADD("stdio");
	if (!w->exact) {
		ADD("-fsdev");
		ADD("local,id=root,path=/,security_model=none,multidevs=remap,readonly=on");
		ADD("-device"), ADD("virtio-9p-pci,fsdev=root,mount_tag=root");
	}
	ADD("-fsdev");
	ADD("local,id=share,path=%s,security_model=none", s->share);
	ADD("-device");
	ADD("virtio-9p-pci,fsdev=share,mount_tag=" FPB_GUEST_TAG);
	ADD("-kernel"), ADD("%s", s->image);
	if (s->initrd)
		ADD("-initrd"), ADD("%s", s->initrd);
	if (s->debug)
		ADD("-gdb"), ADD("unix:%s/gdb,server=on,wait=off", s->scratch);
	ADD("-append");
#undef ADD
	return ret ? ret : add_parameters(s, w, argv);
}

/* The thread's CPU of the guest ("CPU 3/KVM"), or -1. */
static int guest_cpu(pid_t pid, const char *tid)
{
	char path[FPB_PATH_MAX], *text;
	int cpu = -1;

	if (fpb_path(path, "/proc/%d/task/%s/comm", (int)pid, tid) ||
	    fpb_file_read(path, &text, NULL))
		return -1;
	if (sscanf(text, "CPU %d/", &cpu) != 1)
		cpu = -1;
	free(text);
	return cpu;
}

static int qemu_pin(pid_t pid, const unsigned int *cpus, size_t n)
{
	char path[FPB_PATH_MAX];
	struct dirent *e;
	int ret = fpb_path(path, "/proc/%d/task", (int)pid), cpu;
	DIR *d = ret ? NULL : opendir(path);

	while (d && !ret && (e = readdir(d))) {
		cpu = guest_cpu(pid, e->d_name);
		if (cpu < 0)
			continue;
		ret = fpb_cpus_keep_on(atoi(e->d_name), &cpus[cpu % n], 1);
	}
	if (d)
		closedir(d);
	return d ? ret : -ESRCH;
}

static void qemu_debug(pid_t pid, const struct fpb_boot_spec *s, char *text)
{
	snprintf(text, FPB_REASON_MAX,
		 "gdb -ex 'target remote %.150s/gdb' [vmlinux]", s->scratch);
}

static const struct fpb_accel qemu_accels[] = {
	{ "kvm", "KVM", .patience = 1, .probe = kvm_probe },
	{ "tcg", "TCG", .relative = true, .patience = 10 },
	{ "exact", "TCG on one CPU in virtual time", .relative = true,
	  .patience = 10, .exact = true },
	{ 0 }
};

const struct fpb_backend fpb_backend_qemu = {
	.name = "qemu",
	.summary = "an x86-64 machine in QEMU, as any user; KVM if it works",
	.guest = true,
	.image = "bzImage",
	.kernels = "-x86-64",
	.accels = qemu_accels,
	.probe = qemu_probe,
	.device = "null_blk",
	.command = qemu_command,
	.pin = qemu_pin,
	.debug = qemu_debug,
};
