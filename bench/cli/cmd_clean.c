// SPDX-License-Identifier: GPL-2.0
/*
 * fpbench clean: what a harness that was killed could not take back itself.
 * Nothing that a living one uses: each holds a lock in its scratch folder.
 * Nothing that is not ours: mounts below our scratch folders, devices and trace
 * instances with our name and the number of a process that is gone.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <unistd.h>

#include "cli/cmd.h"
#include "guest/scratch.h"
#include "setup/device.h"
#include "setup/mount.h"
#include "setup/requests.h"
#include "os/msg.h"

static unsigned int removed, failed;

static void tell_of(const char *verb, const char *done, const char *what, int error)
{
	if (error) {
		fpb_err("cannot %s %s: %s", verb, what, strerror(error));
		failed++;
	} else {
		printf("%s %s\n", done, what);
		removed++;
	}
}

static void tell(const char *what, int error)
{
	tell_of("remove", "removed", what, error);
}

/* Last mounted first: a FUSE mount has an XFS below it. */
static void unmount_below(const char *dir)
{
	struct fpb_mounted m;
	int error = 0;

	while (!error && fpb_mount_last(dir, true, &m)) {
		if (umount2(m.where, UMOUNT_NOFOLLOW) &&
		    umount2(m.where, MNT_DETACH | UMOUNT_NOFOLLOW))
			error = errno;
		tell_of("unmount", "unmounted", m.where, error);
	}
}

static void clean_scratch(const char *dir)
{
	char path[FPB_PATH_MAX];
	int fd;

	if (fpb_path(path, "%s/" FPB_SCRATCH_LOCK, dir))
		return;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return;
	}
	unmount_below(dir);
	tell(dir, -fpb_remove_tree(dir));
	if (fd >= 0)
		close(fd);
}

/* Calls @fn for each entry of @dir that starts with @prefix. */
static void each_entry(const char *dir, const char *prefix,
		       void (*fn)(const char *path))
{
	char path[FPB_PATH_MAX];
	struct dirent **names;
	int n = scandir(dir, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.' &&
		    !strncmp(names[i]->d_name, prefix, strlen(prefix)) &&
		    !fpb_path(path, "%s/%s", dir, names[i]->d_name))
			fn(path);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* The process whose number is at the end of the name has gone. */
static bool owner_gone(const char *path)
{
	const char *p = path + strlen(path);
	char *end;
	long pid;

	if (strlen(path) > 4 && !strcmp(p - 4, ".img"))
		p -= 4;
	while (p > path && isdigit((unsigned char)p[-1]))
		p--;
	pid = strtol(p, &end, 10);
	return pid > 0 && kill(pid, 0) && errno == ESRCH;
}

static void clean_null_blk(const char *path)
{
	if (owner_gone(path))
		tell(path, rmdir(path) ? errno : 0);
}

/* Beside them are folders for guests' memory, whose numbers are users. */
static void clean_image(const char *path)
{
	if (strlen(path) > 4 && !strcmp(path + strlen(path) - 4, ".img") &&
	    owner_gone(path))
		tell(path, unlink(path) ? errno : 0);
}

/* One that is in use, or not empty, stays. */
static void clean_memory(void)
{
	char path[FPB_PATH_MAX];

	if (!fpb_scratch_memory_clean(path))
		tell(path, 0);
}

/* That counted the requests to a daemon. */
static void clean_trace(const char *path)
{
	if (owner_gone(path))
		tell(path, -fpb_requests_remove(path));
}

static void clean_below(const char *tmp)
{
	char root[FPB_PATH_MAX];

	if (!fpb_scratch_root_in(tmp, root) && fpb_scratch_root_claim(root))
		each_entry(root, "", clean_scratch);
}

static int clean(void)
{
	char tmp[FPB_PATH_MAX];

	if (fpb_scratch_tmp(tmp))
		failed++;
	else if (strcmp(tmp, FPB_SCRATCH_TMP))
		clean_below(tmp);
	/* What was killed may have had another TMPDIR than we have. */
	clean_below(FPB_SCRATCH_TMP);
	each_entry("/sys/kernel/config/nullb", FPB_DEVICE, clean_null_blk);
	each_entry("/dev/shm", FPB_DEVICE "-", clean_image);
	clean_memory();
	each_entry(FPB_REQUESTS_DIR, FPB_REQUESTS_NAME, clean_trace);
	if (!removed && !failed)
		puts("nothing to remove");
	return failed ? FPB_EXIT_FAILED : FPB_EXIT_OK;
}

FPB_CMD(clean)
{
	struct poptOption table[] = { POPT_AUTOHELP POPT_TABLEEND };
	struct fpb_opts opts = { .command = self, .table = table };
	int ret = fpb_opts_parse(&opts, argc, argv) ? FPB_EXIT_USAGE : clean();

	fpb_opts_free(&opts);
	return ret;
}
