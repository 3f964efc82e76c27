// SPDX-License-Identifier: GPL-2.0
#include "guest/kernel.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/buildfile.h"
#include "core/planfile.h"
#include "os/msg.h"

/* As much as there is room for in the name of a boot. */
#define NAME_LEN	48
#define BUILD_FILE	"/build.json"

int fpb_kernel_build(const char *dir, json_t **build, char *why)
{
	char path[FPB_PATH_MAX], wrong[FPB_REASON_MAX], *text = NULL;
	size_t len;
	int ret = fpb_path(path, "%s" BUILD_FILE, dir) ? :
		  fpb_file_read(path, &text, &len);

	*build = NULL;
	/* Or the folder is none, but a file beside the kernels. */
	if (ret == -ENOENT || ret == -ENOTDIR)
		return 0;
	if (ret)
		snprintf(wrong, sizeof(wrong), " %s", strerror(-ret));
	else
		*build = fpb_buildfile_parse(text, len, wrong);
	free(text);
	if (*build)
		return 0;
	snprintf(why, FPB_REASON_MAX, BUILD_FILE ":%s", wrong);
	return ret ? ret : -EINVAL;
}

/*
 * Kernels of others may have no build.json, or one that says less. One that is damaged
 * could have said how many CPUs there may be, and what lock there must be.
 */
static int take_build(struct fpb_kernel *k)
{
	const char *expect = NULL;
	char why[FPB_REASON_MAX];
	int cpus = 0;

	if (fpb_kernel_build(k->dir, &k->build, why)) {
		fpb_err("kernel %s: %s%s", k->name, k->dir, why);
		fpb_hint("rebuild the kernel; if fpbench did not build it, remove that file");
		return -EINVAL;
	}
	json_unpack(k->build, "{s?s s?i}", "expect_lock", &expect, "cpus",
		    &cpus);
	k->cpus = cpus > 0 ? cpus : 0;
	if (expect && k->expect == FPB_LOCK_UNKNOWN)
		k->expect = fpb_lock_find(expect);
	return 0;
}

static int parse_expect(struct fpb_kernel *k, const char *expect)
{
	k->expect = fpb_lock_find(expect);
	if (k->expect != FPB_LOCK_UNKNOWN)
		return 0;
	fpb_err("kernel %s: expect=%s: must be shared or exclusive", k->name,
		expect);
	return -EINVAL;
}

static int parse_name(struct fpb_kernel *k, const char *name, const char *text)
{
	if (*name && strlen(name) <= NAME_LEN &&
	    !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
			 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")]) {
		strcpy(k->name, name);
		return 0;
	}
	fpb_err("kernel %s: a name consists of at most 48 letters, digits, \".\", \"_\" and \"-\"",
		text);
	return -EINVAL;
}

/* 0 if there is an image for @b in the kernel's folder. */
static int find_image(const struct fpb_kernel *k, const struct fpb_backend *b)
{
	char path[FPB_PATH_MAX];
	int ret = fpb_path(path, "%s/%s", k->dir, b->image);

	return ret ? ret : access(path, R_OK) ? -errno : 0;
}

/* In the folder of the kernels that were built. */
static int find_built(struct fpb_kernel *k, const struct fpb_backend *b,
		      const char *name, const char *kernels)
{
	int ret = fpb_path(k->dir, "%s/%s", kernels, name);

	if (ret || !find_image(k, b))
		return ret;
	ret = fpb_path(k->dir, "%s/%s%s", kernels, name, b->kernels);
	return ret ? ret : find_image(k, b);
}

bool fpb_kernel_is_built(const struct fpb_backend *b, const char *name,
			 const char *kernels)
{
	struct fpb_kernel k;

	return !find_built(&k, b, name, kernels);
}

/* @dir: a folder, or the name of a kernel that was built; NULL: its own. */
static int find_dir(struct fpb_kernel *k, const struct fpb_backend *b,
		    const char *dir, const char *kernels)
{
	int ret = dir ? fpb_path(k->dir, "%s", dir) ? : find_image(k, b) : -1;
	char *full;

	if (ret && !(dir && strchr(dir, '/')))
		ret = find_built(k, b, dir ? dir : k->name, kernels);
	full = ret ? NULL : realpath(k->dir, NULL);

	if (!ret)
		ret = full ? fpb_path(k->dir, "%s", full) : -errno;
	free(full);
	if (!ret)
		return 0;
	fpb_err("kernel %s: no %s in %s: %s", k->name, b->image, k->dir,
		strerror(-ret));
	fpb_hint("\"fpbench kernels --backend=%s\" builds baseline and patched",
		 b->name);
	return -EINVAL;
}

/*
 * The guest takes what follows "--" as arguments of its init, which is ours,
 * and the whole command line as one line of text.
 */
static int parse_append(struct fpb_kernel *k, const char *append)
{
	char words[FPB_APPEND_MAX + 2];
	const char *why = NULL;

	snprintf(words, sizeof(words), " %s ", append);
	if (!append[strspn(append, " ")])
		why = "must not be empty";
	else if (strlen(append) >= sizeof(k->append))
		why = "is too long";
	else if (strstr(words, " -- "))
		why = "must not contain \"--\"";
	for (const char *c = append; !why && *c; c++)
		if (iscntrl((unsigned char)*c))
			why = "must be one line of text";
	if (why) {
		fpb_err("kernel %s: append= %s", k->name, why);
		return -EINVAL;
	}
	strcpy(k->append, append);
	return 0;
}

static int parse_fs(struct fpb_kernel *k, const char *command)
{
	static const char section[] = "target " FPB_TARGET_FS;
	char why[FPB_REASON_MAX];
	struct fpb_plan p;

	/* As a plan takes it, since a plan hands it to the guest. */
	fpb_plan_default(&p);
	if (fpb_plan_set(&p, section, "like", "fuse", why) ||
	    fpb_plan_set(&p, section, "mount", command, why) ||
	    fpb_target_check(fpb_plan_target(&p, FPB_TARGET_FS), why)) {
		fpb_err("kernel %s: fs=: %s", k->name, why);
		return -EINVAL;
	}
	strcpy(k->fs, command);
	return 0;
}

/* Cuts @text before @option and returns what follows it; NULL: not there. */
static char *cut_option(char *text, const char *option)
{
	char *at = strstr(text, option);

	if (!at)
		return NULL;
	*at = '\0';
	return at + strlen(option);
}

int fpb_kernel_parse(struct fpb_kernel *k, const struct fpb_backend *b,
		     const char *text, const char *kernels)
{
	char copy[FPB_PATH_MAX], *dir, *expect, *append, *fs;

	*k = (struct fpb_kernel){ 0 };
	if (fpb_path(copy, "%s", text)) {
		fpb_err("--kernel %s: too long", text);
		return -EINVAL;
	}
	fs = cut_option(copy, ",fs=");
	append = cut_option(copy, ",append=");
	expect = cut_option(copy, ",expect=");
	dir = cut_option(copy, "=");
	if (parse_name(k, copy, text) || (expect && parse_expect(k, expect)) ||
	    (append && parse_append(k, append)) || (fs && parse_fs(k, fs)) ||
	    find_dir(k, b, dir, kernels))
		return -EINVAL;
	return take_build(k);
}

int fpb_kernel_running(struct fpb_kernel *k, const char *name)
{
	struct utsname u;

	uname(&u);
	*k = (struct fpb_kernel){
		.build = json_pack("{ss ss s[]}", "release", u.release,
				   "source", u.version, "patches"),
	};
	return parse_name(k, name, name);
}

int fpb_kernel_planned(struct fpb_kernel *k, const char *name)
{
	*k = (struct fpb_kernel){ 0 };
	return parse_name(k, name, name);
}

int fpb_kernel_with_fs(struct fpb_kernel *k, const struct fpb_kernel *old,
		       const char *name, const char *command)
{
	*k = *old;
	if (parse_name(k, name, name) || parse_fs(k, command))
		return -EINVAL;
	json_incref(k->build);
	return 0;
}

static bool is_variant(const json_t *build, const char *variant)
{
	const char *is = json_string_value(json_object_get(build, "variant"));

	return is && !strcmp(is, variant);
}

/* But for the configuration. */
static bool same_source(const json_t *a, const json_t *b)
{
	static const char *const keys[] = {
		"arch", "version", "source", "source_sha256", "patches",
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		const json_t *x = json_object_get(a, keys[i]);
		const json_t *y = json_object_get(b, keys[i]);

		if (x != y && !json_equal(x, y))
			return false;
	}
	return json_object_get(a, "source");
}

int fpb_kernel_variant(const struct fpb_kernel *k, const struct fpb_backend *b,
		       const char *variant, const char *kernels,
		       struct fpb_kernel *found)
{
	char why[FPB_REASON_MAX];
	struct dirent *e;
	DIR *d = opendir(kernels);
	int ret = -ENOENT;

	while (ret && d && (e = readdir(d))) {
		*found = *k;
		found->build = NULL;
		if (*e->d_name == '.' ||
		    fpb_path(found->dir, "%s/%s", kernels, e->d_name) ||
		    find_image(found, b))
			continue;
		if (fpb_kernel_build(found->dir, &found->build, why))
			fpb_warn("leaving out a kernel: %s%s", found->dir, why);
		if (is_variant(found->build, variant) &&
		    same_source(found->build, k->build))
			ret = 0;
		else
			fpb_kernel_free(found);
	}
	if (d)
		closedir(d);
	return ret;
}

void fpb_kernel_free(struct fpb_kernel *k)
{
	json_decref(k->build);
	k->build = NULL;
}
