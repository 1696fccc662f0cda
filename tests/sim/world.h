/* SPDX-License-Identifier: Apache-2.0 */
/*
 * World: API servers and clients in virtual time around one policy, driven as
 * the proxy drives it: capacity is told before each round of decisions, each
 * decision is carried out at once, and the next thing to happen is the first
 * event or policy_wake_at().  policy_check() runs after each step.
 *
 * Nothing here waits or reads a clock; the same seed gives the same run.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "base/heap.h"
#include "base/list.h"
#include "base/rng.h"
#include "policy/policy.h"
#include "tests/sim/kinds.h"
#include "tests/sim/tally.h"

struct world;

struct event {
	struct heap_node node;
	void (*fire)(struct world *world, struct event *event);
};

/* ---- clients ---------------------------------------------------------- */

/* client-go's limiter: strictly in order of arrival. */
struct limiter {
	uint32_t milli_qps; /* 0: none */
	uint32_t burst;
	usec_t full_at;
};

struct call;

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

enum call_state {
	CALL_IDLE,
	CALL_SLEEPING, /* until it is tried again */
	CALL_WAITING,  /* in policy */
	CALL_AT_SERVER,
	CALL_OPEN, /* a watch that was answered */
	CALL_DONE,
};

struct call {
	struct request rq;
	struct class class;
	struct client *client;
	void *owner; /* borrowed: of client->on_done */
	struct event event;
	enum call_state state;
	bool is_orphan;  /* its client died */
	bool was_opened; /* a watch that was answered */
	bool is_loop;    /* sends the next one when it is done */
	bool is_in_service;
	bool is_at_work; /* … and its answer has not begun */
	uint32_t load;   /* what it takes of the server's CPU */
	unsigned server_level;
	struct list_node node; /* in a server's queue */
	usec_t first_at;
	usec_t done_at;
	unsigned starts;
	unsigned tries;
	unsigned intents; /* times that it was to be journaled */
	bool is_pending;  /* when it was rejected */
	unsigned status; /* what the client saw */
	unsigned retry_after;
	enum verdict verdict; /* NONE: the answer was the API server's */
	uint64_t order;       /* of its last start among all starts */
};

/* ---- servers ---------------------------------------------------------- */

#define SERVER_LEVELS 3
#define LAGS 64

/* How the API server makes its Retry-After up, for each of its levels. */
struct drops {
	uint32_t count; /* since it was looked at */
	usec_t looked_at;
	int32_t retry_after;
};

struct server_level {
	const char *name; /* borrowed; NULL: none */
	uint64_t uid;
	uint32_t seats;
	uint32_t others; /* of them, held by somebody else */
	uint32_t in_use;
	bool is_reject;      /* no queue: 429 when the seats are in use */
	int32_t retry_after; /* 0: as the real one makes it up */
	struct drops drops;
	usec_t queue_max; /* then 429; 0: no end */
	usec_t lag;       /* a seat is free so long after the answer only */
	usec_t lags[LAGS];
	struct list queue;
	uint32_t most_in_use;
	uint32_t refused;
};

enum fault_kind {
	FAULT_ANSWER,
	FAULT_LOST,
	FAULT_UNSENT,
	FAULT_HANG,    /* for `hang`, and then the answer */
	FAULT_TIMEOUT, /* holds its seat for `hang`, then 504 */
};

/* What happens to the next `count` requests of a kind, or until then. */
struct fault {
	enum fault_kind what;
	unsigned count;
	usec_t until;
	struct answer answer;
	usec_t hang;
};

struct server {
	bool is_stopped;  /* SIGSTOP */
	bool is_refusing; /* connections */
	unsigned cores;
	uint32_t load;        /* milli-seats of CPU in use */
	uint32_t others_load; /* … by others than Fairway's */
	uint32_t wide_takes;  /* seats of a level, for a wide LIST */
	struct server_level levels[SERVER_LEVELS];
	unsigned level_of[KINDS];
	struct fault faults[KINDS];
	struct list stopped; /* what goes on when it does */
	bool is_probed;
	usec_t probe_at;
	struct event probe;
	uint32_t streams[CONN_CLASS_COUNT];
	uint32_t streams_max;
	uint32_t wide; /* LISTs at work */
	uint32_t most_wide;
	uint32_t in_flight; /* but for open watches */
	uint32_t most_in_flight;
	uint64_t arrived; /* attempts */
	uint64_t served;  /* … that were answered with 2xx */
};

struct world {
	struct policy_settings settings;
	struct policy *policy;
	usec_t now;
	struct rng rng;
	struct heap events;
	struct server servers[2];
	bool is_outage; /* so that it is known whom one met */
	usec_t outage_ended_at;
	struct call *calls; /* owned */
	uint32_t call_count;
	struct list free_calls;
	struct client clients[64];
	uint32_t client_count;
	uint64_t steps;
	uint64_t idle_wakes; /* policy asked to be woken for nothing */
	uint64_t starts;
	uint64_t check_every;
	uint64_t trace;                           /* hash of all decisions */
	struct histogram waits[POLICY_LANES_MAX]; /* to the first start */
	uint32_t fresh_tokens;
};

/* The default settings, for a test to change before world_new(). */
struct policy_settings world_settings(void);
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
void world_at(struct world *world, struct event *event, usec_t when,
	void (*fire)(struct world *world, struct event *event));

/* The client goes away. */
void world_cancel(struct world *world, struct call *call);

void world_run(struct world *world, usec_t time);
/* Carries out what policy decides now. */
void world_pump(struct world *world);
void world_stop_server(struct world *world, unsigned server);
void world_go_on(struct world *world, unsigned server);
/* So many seats has a level, and so many of them others. */
void world_set_seats(struct world *world, unsigned server, unsigned level,
	uint32_t seats, uint32_t others);
/* All requests at the server are lost, as when its connection breaks. */
void world_lose_all(struct world *world, unsigned server);

struct policy_stats world_stats(const struct world *world);

#endif
