// SPDX-License-Identifier: GPL-2.0
/* os/screen.c: what it sends to a terminal, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "os/msg.h"
#include "os/screen.h"

static int terminal, our_stderr;

static void set_width(unsigned short columns)
{
	struct winsize size = { .ws_row = 24, .ws_col = columns };

	assert_int_equal(ioctl(terminal, TIOCSWINSZ, &size), 0);
}

/* stderr is a terminal of 80 columns that passes bytes on as they are. */
static int open_terminal(void **state)
{
	struct termios raw;
	int slave;

	if (openpty(&terminal, &slave, NULL, NULL, NULL) ||
	    tcgetattr(slave, &raw))
		return -1;
	cfmakeraw(&raw);
	tcsetattr(slave, TCSANOW, &raw);
	our_stderr = dup(STDERR_FILENO);
	dup2(slave, STDERR_FILENO);
	close(slave);
	setenv("TERM", "xterm", 1);
	set_width(80);
	return 0;
}

static int close_terminal(void **state)
{
	fpb_screen_show(NULL);
	dup2(our_stderr, STDERR_FILENO);
	close(our_stderr);
	close(terminal);
	return 0;
}

static void assert_sent(const char *want)
{
	struct pollfd p = { .fd = terminal, .events = POLLIN };
	char got[1024];
	size_t n = 0;
	ssize_t more;

	/* Patient with what should come, less with what should not. */
	while (n < sizeof(got) - 1 &&
	       poll(&p, 1, n < strlen(want) ? 10000 : 20) > 0) {
		more = read(terminal, got + n, sizeof(got) - 1 - n);
		if (more <= 0)
			break;
		n += more;
	}
	got[n] = '\0';
	assert_string_equal(got, want);
}

static void lines_replace_each_other(void **state)
{
	fpb_screen_show("a\nb\n");
	assert_sent("a\nb\n");
	fpb_screen_show("c\n");
	assert_sent("\033[2A\r\033[Jc\n");
	fpb_screen_show(NULL);
	assert_sent("\033[1A\r\033[J");
	fpb_screen_show(NULL);
	assert_sent("");
}

static void messages_stand_above_them(void **state)
{
	fpb_screen_show("a\nb\n");
	assert_sent("a\nb\n");
	fpb_warn("mind the %s", "gap");
	assert_sent("\033[2A\r\033[Jfpbench: warning: mind the gap\na\nb\n");
	fpb_screen_show(NULL);
	assert_sent("\033[2A\r\033[J");
	fpb_info("the end");
	assert_sent("the end\n");
}

static void what_may_have_moved_is_left_alone(void **state)
{
	fpb_screen_show("a\n");
	raise(SIGCONT);
	fpb_screen_show("b\n");
	assert_sent("a\nb\n");
	set_width(40);
	fpb_screen_show("c\n");
	assert_sent("c\n");
	set_width(60);
	fpb_screen_show("d\n");
	assert_sent("\033[1A\r\033[Jd\n");
	raise(SIGCONT);
	fpb_screen_show(NULL);
	assert_sent("");
}

static void the_size_is_the_terminal_s(void **state)
{
	size_t columns, rows;

	set_width(123);
	assert_true(fpb_screen_size(&columns, &rows));
	assert_int_equal(columns, 123);
	assert_int_equal(rows, 24);
	set_width(0);
	assert_true(fpb_screen_size(&columns, &rows));
	assert_int_equal(columns, 80);
}

static void a_dumb_terminal_is_a_log(void **state)
{
	size_t columns, rows;

	setenv("TERM", "dumb", 1);
	assert_false(fpb_screen_size(&columns, &rows));
	fpb_screen_show("a\n");
	fpb_info("b");
	fpb_screen_show(NULL);
	assert_sent("b\n");
	unsetenv("TERM");
	assert_false(fpb_screen_size(&columns, &rows));
}

static void a_file_is_no_terminal(void **state)
{
	size_t columns, rows;
	int null = open("/dev/null", O_WRONLY);

	dup2(null, STDERR_FILENO);
	close(null);
	assert_false(fpb_screen_size(&columns, &rows));
	fpb_screen_show("a\n");
	assert_sent("");
}

#define TEST(f)	cmocka_unit_test_setup_teardown(f, open_terminal, \
						close_terminal)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_replace_each_other),
		TEST(messages_stand_above_them),
		TEST(what_may_have_moved_is_left_alone),
		TEST(the_size_is_the_terminal_s),
		TEST(a_dumb_terminal_is_a_log),
		TEST(a_file_is_no_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
