/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients of a world (policy/world/world.h): in closed and open loops, with client-go's
 * limiter and its retries, or with somebody who is told when one is done.
 * policy_check() runs after each step.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "policy/world/world.h"
#include "tests/sim/kinds.h"
#include "tests/sim/tally.h"

/* client-go's limiter: strictly in order of arrival. */
struct limiter {
	uint32_t milli_qps; /* 0: none */
	uint32_t burst;
	usec_t full_at;
};

struct client {
	enum kind kind;
	const char *namespace;
	enum request_source source;
	enum credential credential;
	bool is_replayable; /* the journal may have its removals */
	bool has_intent;    /* … and has an earlier one */
	uint64_t identity;
	uint64_t peer;
	usec_t think;     /* closed loop: between two requests */
	usec_t every;     /* open loop: not 0 */
	usec_t timeout;   /* its patience; 0: none */
	usec_t opens_for; /* a watch ends by itself; 0: never */
	uint32_t left;    /* requests that it still sends */
	unsigned tries;   /* with Retry-After; 0: no end (client-go: 11) */
	bool is_stopped;  /* sends nothing for now */
	struct limiter *limiter; /* borrowed; NULL: none */
	/* Who is told when one is done, in place of the loop. */
	void (*on_done)(struct world *world, struct call *call);
	struct tally tally;
	struct event event;
};

/* The default settings, for a test to change before world_new(). */
struct policy_settings world_settings(void);
/* NULL: these. */
struct world *world_new(const struct policy_settings *settings, uint64_t seed);
void world_free(struct world *world);

/* `workers` requests of one client at a time, `left` in all. */
struct client *world_loop(
	struct world *world, enum kind kind, unsigned workers, uint32_t left);
/* One each `every`, whatever becomes of the ones before. */
struct client *world_flow(struct world *world, enum kind kind, usec_t every);
/* A client that sends by world_send() only. */
struct client *world_client(struct world *world, enum kind kind);
/* One request now; it stays as it ended. */
struct call *world_send(struct world *world, struct client *client);
/* Sends again, with so many workers, after `is_stopped`. */
void world_start_workers(
	struct world *world, struct client *client, unsigned workers);
/* A call that waits for world_submit(), and goes to on_done(). */
struct call *world_call(
	struct world *world, struct client *client, void *owner);
/* One request of it now, as one of `client`'s. */
void world_submit(
	struct world *world, struct call *call, struct client *client);
/* It is over, or will be: its owner hears no more of it. */
void world_abandon(struct world *world, struct call *call);

#endif
