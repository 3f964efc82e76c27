// SPDX-License-Identifier: GPL-2.0
#include "guest/kernelbuild.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "core/result.h"
#include "os/msg.h"
#include "os/place.h"
#include "os/spawn.h"
#include "os/stop.h"

/* A whole kernel on a slow machine. */
#define BUILD_MS	(4u * 3600 * 1000)
#define OPTIONS_MS	60000

#define ARCH_MAX	32
#define KERNELS		"bench/kernels/"
#define PACKAGES	"bench/deps/packages.sh"

/* All that the scripts read; the last ones are for other scripts to set. */
static const char *const variables[] = {
	"KERNEL=", "ARCH=", "VARIANT=", "CONFIG=", "KSRC=", "BASE=", "NEW=",
	"SERIES=", "STEPS=", "NAME=", "EXTRA=", "NOSERIES=",
	"SOURCE_DEB=", "WHOLE_CONFIG=", "CARRY=",
};
#define VARIABLES	(sizeof(variables) / sizeof(*variables))
#define FOR_USERS	(VARIABLES - 3)

bool fpb_kernelbuild_knows(const char *variable)
{
	for (size_t i = 0; i < FOR_USERS; i++)
		if (!strncmp(variable, variables[i], strlen(variables[i])))
			return true;
	return false;
}

void fpb_kernelbuild_list(char *text)
{
	size_t n = 0;

	*text = '\0';
	for (size_t i = 0; i < FOR_USERS && n < FPB_REASON_MAX; i++)
		n += snprintf(text + n, FPB_REASON_MAX - n, "%s%.*s",
			      i ? ", " : "", (int)strlen(variables[i]) - 1,
			      variables[i]);
}

/* The scripts that build kernels without being told more. */
static const struct {
	const char *kernel, *script;
} defaults[] = {
	{ "baseline", KERNELS "build.sh" },
	{ "patched", KERNELS "build.sh" },
	{ "check-baseline", "bench/check/kernels.sh" },
	{ "check-patched", "bench/check/kernels.sh" },
};

static const char *default_script(const char *kernel)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(*defaults); i++)
		if (!strcmp(defaults[i].kernel, kernel))
			return defaults[i].script;
	return NULL;
}

bool fpb_kernelbuild_is_default(const char *name)
{
	return default_script(name);
}

/* What the last one of these says; "": not set. */
static const char *value(const struct fpb_kernelbuild *b, const char *name)
{
	const char *found = "";

	for (const char *const *v = b->variables; v && *v; v++)
		if (!strncmp(*v, name, strlen(name)))
			found = *v + strlen(name);
	return found;
}

static bool is_debian(const struct fpb_kernelbuild *b)
{
	return !strcmp(value(b, "KERNEL="), "debian");
}

/* What its kernels are called ends with it. */
static const char *arch_of(const struct fpb_backend *b)
{
	return b && *b->kernels ? b->kernels + 1 : "uml";
}

static bool needs_qemu(const struct fpb_kernelbuild *b)
{
	const char *arch = value(b, "ARCH=");

	return is_debian(b) ||
	       !strncmp(*arch ? arch : arch_of(b->backend), "x86", 3);
}

/*
 * A command line that unsets all variables, sets those of @b, and runs the
 * script at @path. @arch is room for a word in it. For free(); NULL: out of
 * memory.
 */
static const char **command(const struct fpb_kernelbuild *b, const char *path,
			    const char *arg, const char *more,
			    char arch[ARCH_MAX])
{
	size_t n = 0, argc = 0;
	const char **argv;

	while (b->variables && b->variables[n])
		n++;
	argv = calloc(VARIABLES + n + 6, sizeof(*argv));
	if (!argv)
		return NULL;
	argv[argc++] = "env";
	for (size_t i = 0; i < VARIABLES; i++)
		argv[argc++] = variables[i];
	snprintf(arch, ARCH_MAX, "ARCH=%s", arch_of(b->backend));
	argv[argc++] = arch;
	for (size_t i = 0; i < n; i++)
		argv[argc++] = b->variables[i];
	argv[argc++] = path;
	argv[argc++] = arg;
	argv[argc] = more;
	return argv;
}

/* The result of a script that has said why, if it failed. */
static int result(const char *script, int ret, int status)
{
	if (ret == -EINTR)
		return FPB_EXIT_INTERRUPTED;
	if (ret) {
		fpb_err("cannot run %s: %s", script, strerror(-ret));
		return FPB_EXIT_SKIPPED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : FPB_EXIT_FAILED;
}

static int run(const struct fpb_kernelbuild *b, const char *name,
	       const char *arg)
{
	char path[FPB_PATH_MAX], arch[ARCH_MAX];
	struct fpb_spawn spawn = { .log = b->log, .our_stderr = !b->log };
	int status = 0, ret = fpb_place_data(path, name);

	spawn.argv = command(b, path, arg, NULL, arch);
	if (!ret)
		ret = spawn.argv ? fpb_spawn_status(&spawn, BUILD_MS, &status) :
				   -ENOMEM;
	free((void *)spawn.argv);
	return result(name, ret, status);
}

static const char *script(const struct fpb_kernelbuild *b)
{
	return is_debian(b) ? KERNELS "debian-kernel.sh" :
	       default_script(b->kernel ? b->kernel : "baseline");
}

int fpb_kernelbuild_make(const struct fpb_kernelbuild *b)
{
	int ret;

	fpb_stop_catch();
	ret = run(b, PACKAGES, "kernels");
	if (!ret && needs_qemu(b))
		ret = run(b, PACKAGES, "qemu");
	return ret ? ret : run(b, script(b), b->dir);
}

int fpb_kernelbuild_options(const struct fpb_kernelbuild *b, char **text)
{
	char path[FPB_PATH_MAX], arch[ARCH_MAX];
	const char **argv;
	int status = 0, ret = fpb_place_data(path, script(b));

	argv = command(b, path, "--options", b->dir, arch);
	if (!ret)
		ret = argv ? fpb_spawn_ask(argv, OPTIONS_MS, text, &status) :
			     -ENOMEM;
	free(argv);
	return result(script(b), ret, status);
}
