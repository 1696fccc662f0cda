/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/loop/loop.h"

#include <event2/event.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/check.h"

/*
 * libevent waits and calls back in one function, so the clock cannot be read
 * in between: the first who asks in a turn reads it for all.
 */
struct turn_clock {
	usec_t now;
	bool is_known;
};

struct loop {
	struct event_base *base;
	struct turn_clock *clock; /* apart: loop_now() has a const loop */
	struct list turn_ends;
	uint64_t turns;
	struct list signals;
	bool is_stopped;
};

struct loop_signal {
	struct list_node node;
	struct event *event;
	void (*fn)(int signo, void *user);
	void *user;
};

static usec_t read_clock(clockid_t id)
{
	struct timespec ts;

	CHECK(clock_gettime(id, &ts) == 0);
	return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

struct loop *loop_new(struct err *err)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;
	struct loop *loop;

	if (config) {
		/* One thread: no locks, and no look at the environment. */
		event_config_set_flag(config,
			EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
		base = event_base_new_with_config(config);
		event_config_free(config);
	}
	if (!base) {
		err_set(err, "cannot make an event loop");
		return NULL;
	}
	loop = xcalloc(1, sizeof(*loop));
	loop->base = base;
	loop->clock = xcalloc(1, sizeof(*loop->clock));
	list_init(&loop->turn_ends);
	list_init(&loop->signals);
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	LIST_EACH (node, &loop->signals) {
		struct loop_signal *sig =
			CONTAINER_OF(node, struct loop_signal, node);

		list_remove(node);
		event_free(sig->event);
		free(sig);
	}
	/* Questions that were given up end only now (resolver.h). */
	event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	event_base_free(loop->base);
	free(loop->clock);
	free(loop);
}

usec_t loop_now(const struct loop *loop)
{
	struct turn_clock *clock = loop->clock;

	if (!clock->is_known) {
		clock->now = read_clock(CLOCK_MONOTONIC);
		clock->is_known = true;
	}
	return clock->now;
}

usec_t loop_thread_clock(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

usec_t loop_wall_clock(void)
{
	return read_clock(CLOCK_REALTIME);
}

void loop_add_turn_end(struct loop *loop, struct loop_turn_end *end,
	loop_turn_fn *fn, void *user)
{
	*end = (struct loop_turn_end){ .fn = fn, .user = user };
	list_push_back(&loop->turn_ends, &end->node);
}

void loop_remove_turn_end(struct loop_turn_end *end)
{
	list_remove(&end->node);
}

uint64_t loop_turns(const struct loop *loop)
{
	return loop->turns;
}

static void end_turn(struct loop *loop)
{
	loop->turns++;
	LIST_EACH (node, &loop->turn_ends) {
		struct loop_turn_end *end =
			CONTAINER_OF(node, struct loop_turn_end, node);

		end->fn(end->user);
	}
}

void loop_run(struct loop *loop)
{
	loop->is_stopped = false;
	/* What was done before the first event may have to be flushed. */
	loop->clock->is_known = false;
	end_turn(loop);
	while (!loop->is_stopped) {
		loop->clock->is_known = false;
		/* 1: nothing to wait for, ever. */
		if (event_base_loop(loop->base, EVLOOP_ONCE) != 0)
			break;
		end_turn(loop);
	}
}

void loop_stop(struct loop *loop)
{
	loop->is_stopped = true;
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

/* ---- timers ----------------------------------------------------------- */

static void timer_arm(struct loop_timer *timer)
{
	usec_t wait = usec_since(timer->at, loop_now(timer->loop));
	struct timeval tv = {
		.tv_sec = (time_t)(wait / USEC_PER_SEC),
		.tv_usec = (suseconds_t)(wait % USEC_PER_SEC),
	};

	timer->armed_at = timer->at;
	CHECK(event_add(timer->event, &tv) == 0);
}

static void timer_fired(struct loop_timer *timer)
{
	timer->armed_at = USEC_NEVER;
	if (timer->at == USEC_NEVER)
		return;
	/* It was moved back in the meantime, or libevent was early. */
	if (timer->at > loop_now(timer->loop)) {
		timer_arm(timer);
		return;
	}
	timer->at = USEC_NEVER;
	timer->fn(timer->user);
}

static void on_timer(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	timer_fired(user);
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop,
	void (*fn)(void *user), void *user)
{
	*timer = (struct loop_timer){
		.loop = loop,
		.fn = fn,
		.user = user,
		.at = USEC_NEVER,
		.armed_at = USEC_NEVER,
	};
	timer->event = evtimer_new(loop->base, on_timer, timer);
	CHECK(timer->event);
}

void loop_timer_fini(struct loop_timer *timer)
{
	if (timer->event)
		event_free(timer->event);
	timer->event = NULL;
	timer->at = timer->armed_at = USEC_NEVER;
}

void loop_timer_set(struct loop_timer *timer, usec_t at)
{
	timer->at = at;
	/* One that fires too early is armed again: cheaper than moving it. */
	if (at < timer->armed_at)
		timer_arm(timer);
}

/* ---- signals ---------------------------------------------------------- */

static void on_signal(evutil_socket_t signo, short what, void *user)
{
	struct loop_signal *sig = user;

	(void)what;
	sig->fn((int)signo, sig->user);
}

void loop_on_signal(struct loop *loop, int signo,
	void (*fn)(int signo, void *user), void *user)
{
	struct loop_signal *sig = xcalloc(1, sizeof(*sig));

	sig->fn = fn;
	sig->user = user;
	sig->event = evsignal_new(loop->base, signo, on_signal, sig);
	CHECK(sig->event && event_add(sig->event, NULL) == 0);
	list_push_back(&loop->signals, &sig->node);
}

int loop_start_thread(
	pthread_t *ret_thread, void *(*run)(void *user), void *user)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(ret_thread, NULL, run, user);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}
