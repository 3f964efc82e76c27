// SPDX-License-Identifier: GPL-2.0
#include "os/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t asked;

static void on_signal(int sig)
{
	asked = 1;
}

void fpb_stop_catch(void)
{
	/* No SA_RESTART: sleeps and waits return and see the flag. */
	struct sigaction sa = { .sa_handler = on_signal };

	struct sigaction old;

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	/* nohup(1) asks to be left alone. */
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool fpb_stop_asked(void)
{
	return asked;
}

void fpb_stop(void)
{
	asked = 1;
}
