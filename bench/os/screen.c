// SPDX-License-Identifier: GPL-2.0
#include "os/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static char *shown;			/* NULL: nothing */
static size_t height;			/* its lines on the screen now */
static size_t width;			/* of the screen when they were drawn */
static volatile sig_atomic_t continued;

static void on_continue(int sig)
{
	continued = 1;
}

/* The shell has written where we were. Once. */
static void catch_continue(void)
{
	static bool caught;
	struct sigaction sa = {
		.sa_handler = on_continue, .sa_flags = SA_RESTART,
	};

	if (!caught)
		sigaction(SIGCONT, &sa, NULL);
	caught = true;
}

bool fpb_screen_size(size_t *columns, size_t *rows)
{
	const char *term = getenv("TERM");
	struct winsize w = { 0 };

	if (!isatty(STDERR_FILENO) || !term || !*term || !strcmp(term, "dumb"))
		return false;
	ioctl(STDERR_FILENO, TIOCGWINSZ, &w);
	*columns = w.ws_col ? : 80;
	*rows = w.ws_row ? : 24;
	return true;
}

/* The terminal may be somebody else's, as after "bg". */
static bool in_foreground(void)
{
	pid_t group = tcgetpgrp(STDERR_FILENO);

	return group < 0 || group == getpgrp();
}

/*
 * In place of what is there; one write, so that nothing flickers. What may have
 * moved stays where it is, and @text follows: after a stop, and in a screen that
 * has become narrower, where some terminals wrap its lines and some do not. The
 * size is asked for each time, so that SIGWINCH need not be caught.
 */
static void draw(const char *text)
{
	char back[32] = "";
	size_t columns, rows;

	if (!fpb_screen_size(&columns, &rows))
		return;
	if (!in_foreground()) {
		height = 0;
		return;
	}
	if (height && !continued && columns >= width)
		snprintf(back, sizeof(back), "\033[%zuA\r\033[J", height);
	continued = 0;
	if (*back || *text)
		fprintf(stderr, "%s%s", back, text);
	width = columns;
	for (height = 0; *text; text++)
		height += *text == '\n';
}

void fpb_screen_show(const char *text)
{
	free(shown);
	shown = text ? strdup(text) : NULL;
	catch_continue();
	fpb_screen_restore();
}

void fpb_screen_hide(void)
{
	if (height)
		draw("");
}

void fpb_screen_restore(void)
{
	draw(shown ? shown : "");
}
