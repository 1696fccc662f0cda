/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop, in turns.  A turn is one pass of libevent over what is
 * ready, with one reading of the clock, and then the end of the turn:
 * functions of the program's that carry out decisions, flush what is dirty,
 * free the dead and arm the timers.
 *
 * This is the only module that reads a clock.
 */
#ifndef PROXY_LOOP_LOOP_H
#define PROXY_LOOP_LOOP_H

#include <pthread.h>
#include <stdbool.h>

#include "base/err.h"
#include "base/list.h"
#include "base/util.h"

struct event;
struct event_base;
struct loop;

typedef void loop_turn_fn(void *user);

struct loop *loop_new(struct err *err);
void loop_free(struct loop *loop);

/* The monotonic clock as it was read at the start of this turn. */
usec_t loop_now(const struct loop *loop);
/* Seconds and microseconds since 1970, for logs and certificates only. */
usec_t loop_wall_clock(void);
/* The monotonic clock as it is: for threads, which have no turns. */
usec_t loop_thread_clock(void);

/* Called at the end of each turn; embedded in what has one. */
struct loop_turn_end {
	struct list_node node;
	loop_turn_fn *fn;
	void *user;
};

void loop_add_turn_end(struct loop *loop, struct loop_turn_end *end,
	loop_turn_fn *fn, void *user);
void loop_remove_turn_end(struct loop_turn_end *end);
/* How many there were: one that spins has many. */
uint64_t loop_turns(const struct loop *loop);
/* Runs turns until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* For the modules that need libevent itself (admin HTTP, DNS). */
struct event_base *loop_base(struct loop *loop);

/* ---- timers: embedded, one shot, absolute time ------------------------ */

struct loop_timer {
	struct event *event; /* owned */
	struct loop *loop;
	void (*fn)(void *user);
	void *user;
	usec_t at;       /* USEC_NEVER: not set */
	usec_t armed_at; /* when libevent wakes us for it; may be earlier */
};

void loop_timer_init(struct loop_timer *timer, struct loop *loop,
	void (*fn)(void *user), void *user);
void loop_timer_fini(struct loop_timer *timer);
/* Moves it; one that has passed fires in the next turn. USEC_NEVER: off. */
void loop_timer_set(struct loop_timer *timer, usec_t at);

/* ---- signals ---------------------------------------------------------- */

/* `fn` runs as part of a turn, not in a signal handler. */
void loop_on_signal(struct loop *loop, int signo,
	void (*fn)(int signo, void *user), void *user);

/*
 * Starts a thread to which no signal comes: those are the loop's.  Returns
 * pthread_create()'s error, 0: none.
 */
int loop_start_thread(
	pthread_t *ret_thread, void *(*run)(void *user), void *user);

#endif
