// SPDX-License-Identifier: GPL-2.0
/* run/archive.c: what is written can be read; what nobody wrote so is refused. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/result.h"
#include "os/file.h"
#include "run/archive.h"
#include "run/zst.h"

#define NELEM(a)	(sizeof(a) / sizeof((a)[0]))

static char dir[] = "/tmp/fpb-test-archive-XXXXXX";
static char path[64], other[64];

static int start(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/a.tar.zst", dir);
	snprintf(other, sizeof(other), "%s/b.tar.zst", dir);
	return 0;
}

static int end(void **state)
{
	return fpb_remove_tree(dir);
}

/* --- who reads -------------------------------------------------------------- */

/* All that was read, as "name=bytes;". */
static char got[4096];

static int look(const char *name, void *user)
{
	if (!strcmp(name, "refused"))
		return -EINVAL;
	return strncmp(name, "skip", 4) != 0;
}

static int take(const char *name, char *bytes, size_t len, void *user)
{
	assert_int_equal(strlen(bytes), len);
	snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s=%.20s;",
		 name, bytes);
	free(bytes);
	return 0;
}

static const struct fpb_archive_reader reader = { .look = look, .take = take };

static int read_path(const char *file, char *why)
{
	*got = '\0';
	*why = '\0';
	return fpb_archive_read(file, &reader, why);
}

/* --- written by us ---------------------------------------------------------- */

static void make(const char *file, const char *last)
{
	struct fpb_archive_writer *w;
	char *large = malloc(1 << 20);
	uint64_t x = 1;

	/* Nothing that compresses well: several blocks of zstd. */
	for (size_t i = 0; i < 1 << 20; i++) {
		x = x * 6364136223846793005ull + 1442695040888963407ull;
		large[i] = 'a' + (x >> 33) % 26;
	}
	assert_int_equal(fpb_archive_create(&w, file, "top", 1e9), 0);
	assert_int_equal(fpb_archive_add(w, "a", "1", 1), 0);
	assert_int_equal(fpb_archive_add(w, "b/c", "", 0), 0);
	assert_int_equal(fpb_archive_add(w, "large", large, 1 << 20), 0);
	assert_int_equal(fpb_archive_add(w, last, "22", 2), 0);
	assert_int_equal(fpb_archive_close(w), 0);
	free(large);
}

static void what_was_written_is_read(void **state)
{
	char why[FPB_REASON_MAX];

	make(path, "z");
	assert_int_equal(read_path(path, why), 0);
	assert_memory_equal(got, "a=1;b/c=;large=", 15);
	assert_non_null(strstr(got, ";z=22;"));
	make(path, "skipped");
	assert_int_equal(read_path(path, why), 0);
	assert_null(strstr(got, "skipped"));
}

static void the_same_files_give_the_same_bytes(void **state)
{
	char *a, *b;
	size_t m, n;

	make(path, "z");
	make(other, "z");
	assert_int_equal(fpb_file_read(path, &a, &m), 0);
	assert_int_equal(fpb_file_read(other, &b, &n), 0);
	assert_int_equal(m, n);
	assert_memory_equal(a, b, n);
	free(a);
	free(b);
}

static void what_is_too_large_is_not_written(void **state)
{
	struct fpb_archive_writer *w;

	assert_int_equal(fpb_archive_create(&w, path, "top", 0), 0);
	/* Its size is looked at first. */
	assert_int_equal(fpb_archive_add(w, "a", "",
					 FPB_ARCHIVE_FILE_BYTES + 1), -E2BIG);
	assert_int_equal(fpb_archive_close(w), -E2BIG);
}

static void a_full_disk_is_an_error(void **state)
{
	struct fpb_archive_writer *w;
	int ret = fpb_archive_create(&w, "/dev/full", "top", 0);

	assert_int_equal(ret, 0);
	fpb_archive_add(w, "a", "1", 1);
	assert_int_equal(fpb_archive_close(w), -ENOSPC);
}

/* --- damaged ---------------------------------------------------------------- */

/* Any byte that is another one, and any length that is shorter. */
static void damage_is_noticed(void **state)
{
	char why[FPB_REASON_MAX], *bytes;
	size_t len, noticed = 0, tried = 0;
	FILE *out;

	make(path, "z");
	assert_int_equal(fpb_file_read(path, &bytes, &len), 0);
	for (size_t at = 4; at < len; at += 4999) {
		bytes[at] ^= 1;
		out = fopen(other, "w");
		fwrite(bytes, 1, len, out);
		fclose(out);
		bytes[at] ^= 1;
		tried++;
		*why = '\0';
		noticed += read_path(other, why) == -EBADMSG &&
			   !strcmp(why, "it is damaged or cut short");
		if (noticed < tried)
			print_message("# %zu: %s\n", at, why);
	}
	assert_true(tried > 50);
	assert_int_equal(noticed, tried);
	for (size_t cut = 1; cut < len - 4; cut = cut * 3 + 1) {
		out = fopen(other, "w");
		fwrite(bytes, 1, len - cut, out);
		fclose(out);
		assert_int_equal(read_path(other, why), -EBADMSG);
	}
	free(bytes);
}

static void what_is_no_archive_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "x", "\x28\xb5\x2f", "{\"schema\": 1}\n",
	};
	char why[FPB_REASON_MAX];

	for (size_t i = 0; i < NELEM(texts); i++) {
		assert_int_equal(fpb_file_write(path, texts[i]), 0);
		assert_int_equal(read_path(path, why), -ENOENT);
		assert_string_equal(why, "not an archive of \"fpbench pack\"");
	}
	assert_int_equal(read_path("/tmp/fpb-test-nothing-there", why),
			 -ENOENT);
	assert_string_equal(why, "No such file or directory");
}

/* zstd's own, but no tar in it; or no file in that. */
static void other_zstd_files_are_refused(void **state)
{
	static const char text[2048] = "all kinds of things";
	char why[FPB_REASON_MAX];
	struct fpb_archive_writer *w;
	struct fpb_zst *z;
	FILE *out = fopen(path, "w");

	z = fpb_zst_writer(out);
	assert_int_equal(fpb_zst_write(z, text, sizeof(text)), 0);
	assert_int_equal(fpb_zst_end(z), 0);
	fpb_zst_free(z);
	fclose(out);
	assert_int_equal(read_path(path, why), -ENOENT);
	assert_string_equal(why, "not an archive of \"fpbench pack\"");

	assert_int_equal(fpb_archive_create(&w, path, "top", 0), 0);
	assert_int_equal(fpb_archive_close(w), 0);
	assert_int_equal(read_path(path, why), -ENOENT);
	assert_string_equal(why, "not an archive of \"fpbench pack\"");
}

/* --- hostile ---------------------------------------------------------------- */

struct entry {
	const char *name;
	unsigned int type;		/* 0: a regular file */
	const char *hard, *soft;	/* what it links to */
	int64_t size;			/* other than it has */
};

static la_ssize_t write_zst(struct archive *tar, void *user, const void *bytes,
			    size_t len)
{
	return fpb_zst_write(user, bytes, len) ? -1 : (la_ssize_t)len;
}

static void put_entry(struct archive *tar, const struct entry *like)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, like->name);
	archive_entry_set_filetype(e, like->type ? like->type : AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, like->size);
	if (like->hard)
		archive_entry_set_hardlink(e, like->hard);
	if (like->soft)
		archive_entry_set_symlink(e, like->soft);
	assert_int_equal(archive_write_header(tar, e), ARCHIVE_OK);
	archive_entry_free(e);
}

/* As a stranger makes one. Sizes are only claimed. */
static void forge(const struct entry *entries, size_t n)
{
	FILE *out = fopen(path, "w");
	struct fpb_zst *z = fpb_zst_writer(out);
	struct archive *tar = archive_write_new();

	archive_write_set_format_pax(tar);
	archive_write_add_filter_none(tar);
	/* What is written is there, although it never comes to an end. */
	archive_write_set_bytes_per_block(tar, 0);
	archive_write_open(tar, z, NULL, write_zst, NULL);
	for (size_t i = 0; i < n; i++)
		put_entry(tar, &entries[i]);
	archive_write_fail(tar);
	archive_write_free(tar);
	assert_int_equal(fpb_zst_end(z), 0);
	fpb_zst_free(z);
	fclose(out);
}

static const struct {
	struct entry e[2];
	int error;
	const char *why;
} hostile[] = {
	{ { { .name = "/etc/passwd" } }, -ENOENT, "it has a file named \"/etc/passwd\"" },
	{ { { .name = "top/../x" } }, -ENOENT, "it has a file named \"top/../x\"" },
	{ { { .name = "../x" } }, -ENOENT, "it has a file named \"../x\"" },
	{ { { .name = "top/a/.." } }, -ENOENT, "it has a file named \"top/a/..\"" },
	{ { { .name = "./top/a" } }, -ENOENT, "it has a file named \"./top/a\"" },
	{ { { .name = "top//a" } }, -ENOENT, "it has a file named \"top//a\"" },
	{ { { .name = "a" } }, -ENOENT, "it has \"a\", which no run has" },
	{ { { .name = "top/a" }, { .name = "pot/b" } }, -ENOENT,
	  "it has \"pot/b\", which no run has" },
	{ { { .name = "top/refused" } }, -ENOENT,
	  "it has \"top/refused\", which no run has" },
	{ { { .name = "top/a\033[2J/../b" } }, -ENOENT,
	  "it has a file named \"top/a?[2J/../b\"" },
	{ { { .name = "top/b" }, { .name = "top/a" } }, -ENOENT,
	  "\"top/a\" is out of order or twice" },
	{ { { .name = "top/a" }, { .name = "top/a" } }, -ENOENT,
	  "\"top/a\" is out of order or twice" },
	{ { { .name = "top/a", .type = AE_IFLNK, .soft = "/etc/passwd" } }, -ENOENT,
	  "it has \"top/a\", which is not a regular file" },
	{ { { .name = "top/a" }, { .name = "top/b", .hard = "top/a" } }, -ENOENT,
	  "it has \"top/b\", which is not a regular file" },
	{ { { .name = "top/a", .type = AE_IFCHR } }, -ENOENT,
	  "it has \"top/a\", which is not a regular file" },
	{ { { .name = "top/a", .type = AE_IFBLK } }, -ENOENT,
	  "it has \"top/a\", which is not a regular file" },
	{ { { .name = "top/a", .type = AE_IFIFO } }, -ENOENT,
	  "it has \"top/a\", which is not a regular file" },
	{ { { .name = "top/d", .type = AE_IFDIR } }, -ENOENT, NULL },
	{ { { .name = "top/a", .size = 1ll << 40 } }, -E2BIG,
	  "\"top/a\" is larger than 256 MiB" },
	{ { { .name = "top/a", .size = 1 << 20 } }, -EBADMSG,
	  "it is damaged or cut short" },
};

static void what_pack_would_not_write_is_refused(void **state)
{
	char why[FPB_REASON_MAX];
	int ret;

	for (size_t i = 0; i < NELEM(hostile); i++) {
		print_message("# %zu: %s\n", i, hostile[i].why ?
			      hostile[i].why : "");
		forge(hostile[i].e, hostile[i].e[1].name ? 2 : 1);
		ret = read_path(path, why);
		print_message("# %s\n", why);
		assert_int_equal(ret, hostile[i].error);
		if (hostile[i].why)
			assert_string_equal(why, hostile[i].why);
	}
}

/* A few bytes that are 5 GiB of zeros. */
static void a_bomb_is_not_read_to_its_end(void **state)
{
	static const char zeros[1 << 16];
		char why[FPB_REASON_MAX], name[32];
	const struct entry one = { .name = name, .size = 200 << 20 };
	FILE *out = fopen(path, "w");
	struct fpb_zst *z = fpb_zst_writer(out);
	struct archive *tar = archive_write_new();

	archive_write_set_format_pax_restricted(tar);
	archive_write_add_filter_none(tar);
	archive_write_open(tar, z, NULL, write_zst, NULL);
	for (int i = 0; i < 22; i++) {
		snprintf(name, sizeof(name), "top/skip%02d", i);
		put_entry(tar, &one);
		for (int k = 0; k < (200 << 20) / (1 << 16); k++)
			archive_write_data(tar, zeros, sizeof(zeros));
	}
	archive_write_close(tar);
	archive_write_free(tar);
	assert_int_equal(fpb_zst_end(z), 0);
	fpb_zst_free(z);
	fclose(out);
	assert_int_equal(read_path(path, why), -E2BIG);
	assert_string_equal(why, "it is larger than 4096 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_written_is_read),
		cmocka_unit_test(the_same_files_give_the_same_bytes),
		cmocka_unit_test(what_is_too_large_is_not_written),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(damage_is_noticed),
		cmocka_unit_test(what_is_no_archive_is_refused),
		cmocka_unit_test(other_zstd_files_are_refused),
		cmocka_unit_test(what_pack_would_not_write_is_refused),
		cmocka_unit_test(a_bomb_is_not_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, start, end);
}
