// SPDX-License-Identifier: GPL-2.0
/*
 * User-Mode Linux: a kernel as a process of an ordinary user. The guest's root
 * is the host's, read-only, by hostfs; the agent is its init.
 */
#include "backend/backend.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/result.h"
#include "core/guestshare.h"
#include "os/cpus.h"
#include "os/file.h"

static int uml_probe(char *why)
{
#ifndef __x86_64__
	snprintf(why, FPB_REASON_MAX,
		 "User-Mode Linux with SMP exists on x86-64 only");
	return -ENOTSUP;
#endif
	return 0;
}

/*
 * The guest's memory is a file that is mapped executable: tmpfs if there is
 * room and programs may run from it, else the scratch folder.
 */
static const char *memory_dir(const struct fpb_boot_spec *s)
{
	return s->memory && fpb_file_room_mib(s->memory) > s->memory_mib ?
	       s->memory : s->scratch;
}

/*
 * The command line reaches the guest as one text that is split at spaces: no
 * path here may hold one, which is why the caller gives links in @scratch.
 */
static int uml_command(const struct fpb_boot_spec *s, struct fpb_argv *argv,
		       struct fpb_argv *env)
{
	int ret = 0;

#define ADD(...)	(ret = ret ? ret : fpb_argv_add(argv, __VA_ARGS__))
	ADD("%s", s->image);
	ADD("mem=%" PRIu64 "M", s->memory_mib);
	ADD("ncpus=%u", s->cpus);
	/* Faster than ptrace, and what SMP needs. */
	ADD("seccomp=on");
	ADD("uml_dir=%s", s->scratch);
	ADD("umid=guest");
	ADD("con0=null,fd:1");
	ADD("con=null");
	ADD("root=/dev/root");
	ADD("rootfstype=hostfs");
	ADD("rootflags=/");
	ADD("ro");
	ADD("panic=-1");
	/* No device but ours: built in, the driver makes one of 250 GB. */
	ADD("null_blk.nr_devices=0");
	/* For fuse-uring; daemons that do not ask for it are not changed. */
	ADD("fuse.enable_uring=1");
	ADD("init=%s", s->agent);
	ADD(FPB_GUEST_ENV "=hostfs:%s", s->share);
	ret = ret ? ret : fpb_argv_words(argv, s->append);
	ADD("--");
	ADD("agent");
#undef ADD
	/* Without HOME the kernel panics while it makes its socket. */
	if (!ret)
		ret = fpb_argv_add(env, "HOME=%s", s->scratch);
	if (!ret)
		ret = fpb_argv_add(env, "TMPDIR=%s", memory_dir(s));
	return ret;
}

static int is_number(const struct dirent *e)
{
	return isdigit((unsigned char)*e->d_name);
}

/* The kernel's threads are its CPUs, started in their order. */
static int pin_cpu(const char *tid, const unsigned int *cpu)
{
	int ret = fpb_cpus_keep_on(atoi(tid), cpu, 1);

	return ret == -ESRCH ? 0 : ret;
}

/*
 * A process of the guest is one of the host, which begins on the CPU of the
 * thread that made it and would stay there: it may run on any of @cpus. Those
 * that are made later, such as jobs that are measured, are left where they are
 * (pin_jobs of the engine).
 */
static int free_processes(pid_t pid, const char *tid, const unsigned int *cpus,
			  size_t n)
{
	char thread[FPB_PATH_MAX], path[FPB_PATH_MAX], *text, *rest, *end;
	int ret = fpb_path(thread, "/proc/%d/task/%s", (int)pid, tid) ? :
		  fpb_path(path, "%s/children", thread) ? :
		  fpb_file_read(path, &text, NULL);
	pid_t child;

	/* A thread that has just ended has none. */
	if (ret)
		return access(thread, F_OK) ? 0 : ret;
	for (rest = text; (child = strtol(rest, &end, 10)) > 0; rest = end)
		fpb_cpus_keep_on(child, cpus, n);
	free(text);
	return 0;
}

static int uml_pin(pid_t pid, const unsigned int *cpus, size_t n)
{
	char path[FPB_PATH_MAX];
	struct dirent **threads;
	int count, ret = fpb_path(path, "/proc/%d/task", (int)pid);

	if (ret)
		return ret;
	count = scandir(path, &threads, is_number, versionsort);
	if (count < 0)
		return -errno;
	for (int i = 0; i < count; i++) {
		const char *tid = threads[i]->d_name;

		/* First, since it is what this machine may lack. */
		if (!ret)
			ret = free_processes(pid, tid, cpus, n) ? :
			      pin_cpu(tid, &cpus[i % n]);
		free(threads[i]);
	}
	free(threads);
	return ret;
}

/* Its interrupts and page faults are signals of the process. */
static void uml_debug(pid_t pid, const struct fpb_boot_spec *s, char *text)
{
	snprintf(text, FPB_REASON_MAX,
		 "gdb -ex 'handle SIGSEGV SIGALRM SIGUSR1 SIGIO nostop noprint' -p %d",
		 (int)pid);
}

/* Native code, but each system call costs a way out of the guest. */
static const struct fpb_accel uml_accels[] = {
	{ "native", "User-Mode Linux", .relative = true, .patience = 1 },
	{ 0 }
};

const struct fpb_backend fpb_backend_uml = {
	.name = "uml",
	.summary = "User-Mode Linux, as any user",
	.guest = true,
	.memory_is_file = true,
	.image = "linux",
	.kernels = "",
	.accels = uml_accels,
	.probe = uml_probe,
	.device = "null_blk",
	.command = uml_command,
	.pin = uml_pin,
	.debug = uml_debug,
};
