/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A set of kernels to run jobs in: chosen from what the user asked for, settled
 * on what this machine can do, then booted, one after the other or several at
 * the same time. Each subcommand that boots kernels uses it:
 *
 *	fpb_guests_choose(), then changes to plan; fpb_guests_settle();
 *	fpb_guests_boot() or fpb_guests_run(); fpb_guests_free()
 *
 * Unless said otherwise, functions return an exit status of os/msg.h, and
 * print a message if it is not FPB_EXIT_OK.
 */
#ifndef FPB_GUESTS_H
#define FPB_GUESTS_H

#include "guest/guest.h"
#include "guest/kernel.h"
#include "guest/programs.h"
#include "guest/scratch.h"

/* What the user asked for; texts are borrowed, NULL stands for the default. */
struct fpb_guests_wish {
	const char *command;		/* of this program, for messages */
	const char *backend;
	char *const *kernels;		/* as for fpb_kernel_parse(); or NULL */
	const char *const *defaults;	/* then these; NULL-terminated */
	size_t max_kernels;		/* 0: FPB_MAX_KERNELS */
	const char *label;		/* what to call the running kernel */
	const char *fio, *engine, *daemon;
	const char *silence, *timeout;	/* times, such as "60s" */
	bool plan_only;			/* this machine need not be able to */
	bool twice;			/* one kernel, under two names */
	/* Each kernel with each of these filesystems, "NAME=COMMAND"; or NULL */
	char *const *fs;
};

struct fpb_guests {
	const struct fpb_backend *backend;
	struct fpb_programs programs;
	struct fpb_kernel kernels[FPB_MAX_KERNELS];
	size_t nkernels;
	uint64_t silence_ms;		/* 0: settled to the default */
	uint64_t timeout_ms;		/* 0: none */
	struct fpb_plan plan;		/* the caller's; settled here */
	/* Kernels at the same time: the first one and others; 1: in turn. */
	size_t alive;

	struct fpb_scratch scratch;	/* once it is settled */

	/* Private. */
	unsigned int booted;
};

/* Finds backend, kernels and programs. @s is zeroed first, but for the plan. */
int fpb_guests_choose(struct fpb_guests *s, const struct fpb_guests_wish *w);

/*
 * Settles what the plan leaves to the machine: the device, CPUs, and the
 * accelerator, which may boot a kernel. Makes the scratch folder.
 */
int fpb_guests_settle(struct fpb_guests *s);
/* The same without the accelerator: boots nothing, changes nothing. */
int fpb_guests_settle_plan(struct fpb_guests *s);

/* By how much the deadlines of its guests are stretched, once @s is settled. */
unsigned int fpb_guests_patience(const struct fpb_guests *s);

/*
 * Settles how many kernels are alive at the same time: all, or as many as the
 * machine has memory for, if the plan wants it (pairing auto or duet; of an @old
 * plan duet alone) and their clocks are the host's; else says why not. A run
 * that began so must go on so: FPB_EXIT_USAGE if no two fit.
 */
int fpb_guests_settle_together(struct fpb_guests *s, bool old);
/*
 * How many guests can run at the same time, by the CPUs and the memory that this
 * machine has; at least 1. They do not wait for each other. Once @s is settled.
 */
unsigned int fpb_guests_at_once(const struct fpb_guests *s);

/*
 * Settles which CPU of this machine each CPU of a guest stays on while it
 * measures, unless the plan says so or there are not enough. An @old plan that
 * did not is left as it is.
 */
void fpb_guests_settle_affinity(struct fpb_guests *s, bool old);

/*
 * Makes a guest for @k that will do @job in the folder @dir; all borrowed. @job
 * gets the kernel's filesystem.
 */
struct fpb_guest fpb_guests_guest(const struct fpb_guests *s,
				  const struct fpb_kernel *k,
				  struct fpb_job *job, const char *dir);

/* Programs and plan of @s for a job. */
struct fpb_job fpb_guests_job(const struct fpb_guests *s);

/* Boots one guest and waits for its end. */
int fpb_guests_boot(struct fpb_guests *s, struct fpb_guest *g);

/* Guests to boot, @alive of them at the same time. */
struct fpb_guests_queue {
	unsigned int alive;
	/* The next one to boot, borrowed until it is over; NULL: no more. */
	struct fpb_guest *(*next)(void *user);
	/*
	 * Optional. It is over, or could not be started; @error is 0, or the -errno of
	 * fpb_guest_start() or of its on_event(). FPB_EXIT_OK goes on, any
	 * other exit status ends the guests that are left. The default is
	 * FPB_EXIT_FAILED after an error, else fpb_guest_status().
	 */
	int (*done)(struct fpb_guest *g, int error, void *user);
	void *user;
};

/* FPB_EXIT_OK, FPB_EXIT_INTERRUPTED, or what done() returned. */
int fpb_guests_run(struct fpb_guests *s, const struct fpb_guests_queue *q);

/* Also after a failed fpb_guests_choose(). */
void fpb_guests_free(struct fpb_guests *s);

#endif
