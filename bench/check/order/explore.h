/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All schedules of a few tasks, each of which stops after every step. A
 * schedule is named by a letter for each step: "AAB" lets the first task take
 * two steps, then the second one.
 *
 * How many steps a task takes need not be known: a schedule is found by running
 * another one up to a point and letting another task go on there. Those with
 * the fewest preemptions come first: steps of another task while the last one
 * could have gone on. So the first schedule that fails is a minimal one.
 */
#ifndef CHECK_ORDER_EXPLORE_H
#define CHECK_ORDER_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>

#define ORDER_STEPS	64		/* of a schedule, at most */

struct order_explore;

/*
 * With @only, the schedules that begin like that are one: it is run, and then
 * each task to its end. NULL: all. Returns NULL if memory is short.
 */
struct order_explore *order_explore_new(const char *only);
void order_explore_free(struct order_explore *e);

/* Begin the next schedule. False: none is left. */
bool order_explore_next(struct order_explore *e);

/*
 * The task to take a step now, of those in the bits of @able, which could.
 * -ENOENT if @able is 0: the schedule is complete. -ESTALE if the schedule
 * names a task that cannot take a step here, -EOVERFLOW if it has too many
 * steps, -ENOMEM.
 */
int order_explore_choose(struct order_explore *e, unsigned int able);

/*
 * The step that was chosen last cannot be taken: the task waits for another.
 * No schedule begins with the steps so far.
 */
void order_explore_infeasible(struct order_explore *e);

/* The steps so far. */
const char *order_explore_name(const struct order_explore *e);

/* Of those that were begun: all, and the infeasible ones. */
size_t order_explore_schedules(const struct order_explore *e);
size_t order_explore_infeasibles(const struct order_explore *e);

#endif
