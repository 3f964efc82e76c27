// SPDX-License-Identifier: GPL-2.0
#include "os/place.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int fpb_place_self(char *path)
{
	ssize_t n = readlink("/proc/self/exe", path, FPB_PATH_MAX - 1);

	if (n < 0)
		return -errno;
	path[n] = '\0';
	return n < FPB_PATH_MAX - 1 ? 0 : -ENAMETOOLONG;
}

int fpb_place_beside(char *path, const char *name)
{
	char self[FPB_PATH_MAX];
	int ret = fpb_place_self(self);

	if (ret)
		return ret;
	*strrchr(self, '/') = '\0';
	return fpb_path(path, "%s/%s", self, name);
}

int fpb_place_data(char *path, const char *name)
{
	char link[FPB_PATH_MAX], *full;
	int ret = fpb_place_beside(link, "data");

	if (ret)
		return ret;
	/* As messages should name it. */
	full = realpath(link, NULL);
	ret = full ? fpb_path(path, "%s/%s", full, name) : -errno;
	free(full);
	return ret ? ret : access(path, F_OK) ? -errno : 0;
}

void fpb_place_home(void)
{
	const struct passwd *user = getenv("HOME") ? NULL :
						     getpwuid(geteuid());

	if (user)
		setenv("HOME", user->pw_dir, 0);
}

bool fpb_place_is_tree(void)
{
	char path[FPB_PATH_MAX];

	return !fpb_place_beside(path, "kernels") && !access(path, F_OK);
}

/* As cache_dir() of bench/deps/lib.sh has it. */
static int cache(char *path, const char *name)
{
	const char *own = getenv("FPBENCH_CACHE");
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

	if (own && *own)
		return fpb_path(path, "%s/%s", own, name);
	if (xdg && *xdg)
		return fpb_path(path, "%s/fpbench/%s", xdg, name);
	return home && *home ? fpb_path(path, "%s/.cache/fpbench/%s", home,
					name) : -ENOENT;
}

/*
 * What is in it is run, so that it must be this user's or root's, and not for everybody
 * to write. A group that shares it may.
 */
static bool others_write_to_cache(void)
{
	char path[FPB_PATH_MAX];
	struct stat sb;

	if (cache(path, "") || stat(path, &sb))
		return false;
	return (sb.st_uid && sb.st_uid != geteuid()) || sb.st_mode & 02;
}

int fpb_place_kernels(char *path)
{
	int ret;

	if (fpb_place_is_tree())
		return fpb_place_beside(path, "kernels");
	ret = cache(path, "kernels");
	return ret ? ret : others_write_to_cache() ? -EPERM : 0;
}
