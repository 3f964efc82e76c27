// SPDX-License-Identifier: GPL-2.0
#include "core/target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/memstream.h"

const char *const fpb_expect_names[] = {
	[FPB_EXPECT_ANY]		= "any",
	[FPB_EXPECT_PASSTHROUGH]	= "passthrough",
	[FPB_EXPECT_DAEMON]		= "daemon",
	NULL
};

#define FPFS	"{fpfs}"

/* daemon/fpfs.8 explains the modes. */
const struct fpb_target fpb_targets[FPB_NTARGETS] = {
	{ .name = FPB_TARGET_RAW },
	{ "fuse", FPFS " --mode=passthrough {source} {mnt}",
	  .expect = FPB_EXPECT_PASSTHROUGH },
	{ "fuse-noparallel",
	  FPFS " --mode=passthrough-noparallel {source} {mnt}",
	  .expect = FPB_EXPECT_PASSTHROUGH },
	{ "fuse-direct", FPFS " --mode=direct {source} {mnt}",
	  .expect = FPB_EXPECT_DAEMON },
	{ "fuse-direct-noparallel",
	  FPFS " --mode=direct-noparallel {source} {mnt}",
	  .expect = FPB_EXPECT_DAEMON },
	{ "fuse-copy", FPFS " --mode=copy {source} {mnt}",
	  .expect = FPB_EXPECT_DAEMON },
	{ "fuse-uring", FPFS " --mode=direct --transport=uring {source} {mnt}",
	  .expect = FPB_EXPECT_DAEMON },
	{ FPB_TARGET_OVERLAY,
	  .mount = "cd {work} && mkdir lower " FPB_TARGET_UPPER " work && "
	  "mount -t overlay -o lowerdir=lower,upperdir=" FPB_TARGET_UPPER
	  ",workdir=work overlay {mnt} || "
	  "{ grep -qw overlay /proc/filesystems || exit 3; exit 1; }" },
	{ "fuse-on-overlay", FPFS " --mode=passthrough {source} {mnt}",
	  .over = FPB_TARGET_OVERLAY, .expect = FPB_EXPECT_PASSTHROUGH },
	{ "fuse-on-fuse", FPFS " --mode=passthrough {source} {mnt}",
	  .over = "fuse", .expect = FPB_EXPECT_PASSTHROUGH },
};

const struct fpb_target *fpb_target_preset(const char *name)
{
	for (size_t i = 0; i < FPB_NTARGETS; i++)
		if (!strcmp(fpb_targets[i].name, name))
			return &fpb_targets[i];
	return NULL;
}

bool fpb_target_is_ours(const struct fpb_target *t)
{
	return strstr(t->mount, FPFS);
}

/* One word for the shell. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
	fputc('\'', out);
}

static void put_fpfs(FILE *out, const struct fpb_target_words *w)
{
	put_quoted(out, w->fpfs);
	fputs(" -f", out);
	if (w->options) {
		fputs(" -o ", out);
		put_quoted(out, w->options);
	}
}

/* How long the word in braces at @text is that was filled in; 0: none is. */
static size_t put_word(FILE *out, const char *text,
		       const struct fpb_target_words *w)
{
	const struct {
		const char *word, *value;
	} words[] = {
		{ "{source}", w->source }, { "{mnt}", w->mnt },
		{ "{work}", w->work }, { "{name}", w->name },
		{ FPFS, w->fpfs },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t len = strlen(words[i].word);

		if (strncmp(text, words[i].word, len))
			continue;
		if (words[i].value == w->fpfs)
			put_fpfs(out, w);
		else
			fputs(words[i].value, out);
		return len;
	}
	return 0;
}

char *fpb_target_command(const struct fpb_target *t,
			 const struct fpb_target_words *w)
{
	struct fpb_memstream m;
	FILE *out = fpb_memstream_open(&m);
	const char *text = t->mount;
	size_t len;

	if (!out)
		return NULL;
	/* The shell's pid is the daemon's then. */
	if (!strncmp(text, FPFS, strlen(FPFS)))
		fputs("exec ", out);
	while (*text) {
		len = put_word(out, text, w);
		if (!len)
			fputc(*text, out);
		text += len ? : 1;
	}
	return fpb_memstream_close(&m);
}

int fpb_target_check(const struct fpb_target *t, char *why)
{
	const bool raw = !strcmp(t->name, FPB_TARGET_RAW);

	if (raw && (*t->mount || *t->over))
		snprintf(why, FPB_REASON_MAX,
			 "target raw: mount and over must be none: it is XFS itself");
	else if (!raw && !strstr(t->mount, "{mnt}"))
		snprintf(why, FPB_REASON_MAX,
			 "target %s: mount must be a command with {mnt}, the folder to mount on",
			 t->name);
	else
		return 0;
	return -EINVAL;
}
