// SPDX-License-Identifier: GPL-2.0
/* Unit tests of opts.c and mount_helper.c. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include <cmocka.h>

#include "../mount_helper.h"
#include "../opts.h"

/* Keep what the parser says off the test's output. */
void fpfs_err(const char *fmt, ...);
void fpfs_err(const char *fmt, ...)
{
}

static int parse(struct fpfs_opts *o, const char *line)
{
	static char copy[512];
	char *argv[32] = { "fpfs" };
	int argc = 1;

	strcpy(copy, line);
	for (argv[argc] = strtok(copy, " "); argv[argc];
	     argv[argc] = strtok(NULL, " "))
		argc++;
	return fpfs_command_line_parse(o, argc, argv);
}

static void defaults(void **state)
{
	struct fpfs_opts o;

	assert_int_equal(parse(&o, "/src /mnt"), 0);
	assert_string_equal(o.mode->name, "passthrough");
	assert_true(o.mode->passthrough && o.mode->parallel);
	assert_int_equal(o.ready_fd, -1);
	assert_false(o.foreground || o.uring || o.debug);
	assert_true(o.attr_timeout == 1 && o.entry_timeout == 1);
	assert_string_equal(o.mount_opts, "");
	assert_string_equal(o.source, "/src");
	assert_string_equal(o.mountpoint, "/mnt");
	fpfs_opts_free(&o);
}

static void every_mode_is_known(void **state)
{
	static const struct {
		const char *name;
		bool passthrough, direct_io, parallel;
	} want[] = {
		{ "passthrough", true, false, true },
		{ "passthrough-noparallel", true, false, false },
		{ "direct", false, true, true },
		{ "direct-noparallel", false, true, false },
		{ "copy", false, false, false },
	};
	struct fpfs_opts o;
	char line[80];
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		snprintf(line, sizeof(line), "--mode=%s a b", want[i].name);
		assert_int_equal(parse(&o, line), 0);
		assert_int_equal(o.mode->passthrough, want[i].passthrough);
		assert_int_equal(o.mode->direct_io, want[i].direct_io);
		assert_int_equal(o.mode->parallel, want[i].parallel);
		fpfs_opts_free(&o);
	}
}

static void locks_are_the_sources_but_by_uring(void **state)
{
	static const struct {
		const char *line;
		int ret;
		enum fpfs_lock_scope locks;
	} want[] = {
		{ "a b", 0, FPFS_LOCKS_SOURCE },
		{ "--locks=strict a b", 0, FPFS_LOCKS_STRICT },
		{ "-olocks=local a b", 0, FPFS_LOCKS_LOCAL },
		{ "--transport=uring a b", 0, FPFS_LOCKS_LOCAL },
		{ "--transport=uring --locks=local a b", 0, FPFS_LOCKS_LOCAL },
		{ "--locks=source --transport=uring a b", -EINVAL,
		  FPFS_LOCKS_SOURCE },
		{ "--locks=here a b", -EINVAL, FPFS_LOCKS_UNSET },
	};
	struct fpfs_opts o;
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(*want); i++) {
		assert_int_equal(parse(&o, want[i].line), want[i].ret);
		assert_int_equal(o.locks, want[i].locks);
		fpfs_opts_free(&o);
	}
}

static void mount_options_are_sorted(void **state)
{
	struct fpfs_opts o;

	assert_int_equal(parse(&o, "a b -o ro,mode=copy,fsname=x,timeout=2.5 "
				   "-o allow_other,attr_timeout=3,"
				   "transport=uring"), 0);
	assert_string_equal(o.mount_opts, "ro,fsname=x,allow_other");
	assert_string_equal(o.mode->name, "copy");
	assert_true(o.attr_timeout == 3 && o.entry_timeout == 2.5);
	assert_true(o.uring);
	fpfs_opts_free(&o);
}

static void wrong_arguments_are_refused(void **state)
{
	static const char *const wrong[] = {
		"", "a", "a b c", "--mode=fast a b", "--mode= a b",
		"--transport=pigeon a b", "--timeout=soon a b",
		"--timeout=-1 a b", "--timeout=nan a b", "--timeout=1x a b",
		"--ready-fd=-1 a b", "--ready-fd=one a b", "--threads=1 a b",
		"--threads=65 a b", "-o threads=1 a b",
		"-o etx4 a b", "-o rox a b", "-o mode a b", "-o options=x a b",
		"--no-such a b",
	};
	struct fpfs_opts o;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (!parse(&o, wrong[i]))
			fail_msg("taken: %s", wrong[i]);
		fpfs_opts_free(&o);
	}
}

static int parse_as(struct fpfs_opts *o, char *name, char *list)
{
	char *argv[] = { name, "/src", "/mnt", "-o", list, NULL };

	return fpfs_command_line_parse(o, 5, argv);
}

static void a_helper_takes_what_mount_gives(void **state)
{
	struct fpfs_opts o;

	assert_int_equal(parse_as(&o, "/sbin/mount.fuse.fpfs",
				  "rw,noauto,x-systemd.after=a,_netdev,"
				  "allow_other,mode=copy"), 0);
	assert_string_equal(o.mount_opts, "dev,suid,rw,allow_other");
	assert_string_equal(o.mode->name, "copy");
	assert_false(o.remount || o.foreground);
	fpfs_opts_free(&o);
	/* Only mount(8) passes such things on. */
	assert_int_not_equal(parse_as(&o, "fpfs", "noauto"), 0);
	fpfs_opts_free(&o);
	assert_int_not_equal(parse_as(&o, "mount.fpfs", "nonsense"), 0);
	fpfs_opts_free(&o);
}

static void a_source_may_have_another_name(void **state)
{
	struct fpfs_opts o;

	assert_int_equal(parse_as(&o, "mount.fuse.fpfs",
				  "source=/data,subtype=,allow_other"), 0);
	assert_string_equal(o.source, "/data");
	assert_string_equal(o.name, "/src");
	assert_true(o.plain_type);
	assert_string_equal(o.mount_opts, "dev,suid,allow_other");
	fpfs_opts_free(&o);
	assert_int_equal(parse_as(&o, "mount.fuse.fpfs", "subtype=x"), 0);
	assert_string_equal(o.source, "/src");
	assert_null(o.name);
	assert_false(o.plain_type);
	assert_string_equal(o.mount_opts, "dev,suid,subtype=x");
	fpfs_opts_free(&o);
}

static void a_remount_has_flags(void **state)
{
	struct fpfs_opts o;

	assert_int_equal(parse_as(&o, "mount.fuse.fpfs",
				  "rw,nosuid,relatime,user_id=0,remount,"
				  "noexec,exec,ro"), 0);
	assert_true(o.remount);
	assert_int_equal(o.mount_flags, MS_RDONLY | MS_NOSUID);
	fpfs_opts_free(&o);
}

static void help_and_version_need_no_directories(void **state)
{
	struct fpfs_opts o;

	assert_int_equal(parse(&o, "--help"), 0);
	assert_true(o.help);
	fpfs_opts_free(&o);
	assert_int_equal(parse(&o, "--version"), 0);
	assert_true(o.version);
	fpfs_opts_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_mode_is_known),
		cmocka_unit_test(locks_are_the_sources_but_by_uring),
		cmocka_unit_test(mount_options_are_sorted),
		cmocka_unit_test(wrong_arguments_are_refused),
		cmocka_unit_test(a_helper_takes_what_mount_gives),
		cmocka_unit_test(a_source_may_have_another_name),
		cmocka_unit_test(a_remount_has_flags),
		cmocka_unit_test(help_and_version_need_no_directories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
