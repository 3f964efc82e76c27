// SPDX-License-Identifier: GPL-2.0
/*
 * Init of the initramfs that a packaged kernel needs, which has its drivers as
 * modules: loads what /modules lists, in that order, makes the root that the
 * command line names and becomes its init. Linked statically; there is nothing
 * else in the initramfs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROOT	"/root"

static char cmdline[4096];

/* The kernel's panic says no more than that init died: say why first. */
static void __attribute__((noreturn, format(printf, 1, 2)))
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf(": %s\n", strerror(errno));
	fflush(stdout);
	exit(1);
}

static void read_cmdline(void)
{
	FILE *f;

	mkdir("/proc", 0755);
	if (mount("proc", "/proc", "proc", 0, NULL))
		die("initramfs: cannot mount /proc");
	f = fopen("/proc/cmdline", "re");
	if (!f || !fgets(cmdline, sizeof(cmdline), f))
		die("initramfs: cannot read /proc/cmdline");
	fclose(f);
	cmdline[strcspn(cmdline, "\n")] = '\0';
	umount("/proc");
}

/* The next word of the command line that starts with @key, or NULL. */
static char *next_word(char **text, const char *key)
{
	char *word;

	while ((word = strsep(text, " ")))
		if (!strncmp(word, key, strlen(key)))
			return word + strlen(key);
	return NULL;
}

static char *parameter(const char *key)
{
	char *text = strdup(cmdline), *word = next_word(&text, key);

	if (!word) {
		errno = EINVAL;
		die("initramfs: no %s on the command line", key);
	}
	return word;
}

/* "fuse.enable_uring=1" is for the module fuse: "enable_uring=1 ". */
static void module_options(const char *path, char *options, size_t size)
{
	const char *name = strrchr(path, '/') + 1;
	char key[64], *text = strdup(cmdline), *word;
	size_t n = 0;

	snprintf(key, sizeof(key), "%.*s.", (int)strcspn(name, "."), name);
	*options = '\0';
	while ((word = next_word(&text, key)))
		n += snprintf(options + n, n < size ? size - n : 0, "%s ",
			      word);
}

/*
 * ENODEV: what is there for some CPUs only, such as crc32c_intel, beside a
 * module that does for all.
 */
static void load(const char *path)
{
	char options[1024];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	module_options(path, options, sizeof(options));
	if (fd < 0 || (syscall(SYS_finit_module, fd, options, 0) &&
		       errno != EEXIST && errno != ENODEV))
		die("initramfs: cannot load %s", path);
	close(fd);
}

static void load_all(void)
{
	char path[256];
	FILE *f = fopen("/modules", "re");

	if (!f)
		die("initramfs: /modules");
	while (fgets(path, sizeof(path), f)) {
		path[strcspn(path, "\n")] = '\0';
		load(path);
	}
	fclose(f);
}

int main(int argc __attribute__((unused)), char **argv)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	read_cmdline();
	load_all();
	mkdir(ROOT, 0755);
	if (mount(parameter("root="), ROOT, parameter("rootfstype="),
		  MS_RDONLY, parameter("rootflags=")))
		die("initramfs: cannot mount the root");
	/* The initramfs stays below: it is small, and so is this program. */
	if (chdir(ROOT) || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		die("initramfs: cannot go to the root");
	argv[0] = parameter("init=");
	execv(argv[0], argv);
	die("initramfs: cannot run %s", argv[0]);
}
