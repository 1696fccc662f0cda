/* SPDX-License-Identifier: Apache-2.0 */
/*
 * World: API servers in virtual time around one policy, driven as the proxy
 * drives it: capacity is told before each round of decisions, each decision is
 * carried out at once, and the next thing to happen is the first event or
 * policy_wake_at().
 *
 * Who sends is somebody else's: the clients of tests/sim/, or a recording that
 * `fairway simulate` plays.  They take a call, fill it, submit it, and are told
 * what became of it.
 *
 *	world_take -> (filled) -> world_enter --START--> at the server
 *	                              |                      |
 *	                              +---- on_done <--------+
 *
 * Nothing here waits or reads a clock; the same seed gives the same run.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "base/heap.h"
#include "base/list.h"
#include "base/rng.h"
#include "policy/policy.h"
#include "policy/world/histogram.h"

#define MSEC USEC_PER_MSEC
#define SECOND USEC_PER_SEC
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

struct client;
struct world;

struct event {
	struct heap_node node;
	void (*fire)(struct world *world, struct event *event);
};

/* ---- requests ---------------------------------------------------------- */

/* What a request costs at the API server when it is alone there. */
struct work {
	uint64_t bytes;  /* of the answer */
	unsigned status; /* of it; 0: 200 */
	usec_t service;  /* to its head */
	uint32_t load;  /* milli-seats of CPU */
	/* From the answer's head to its end, with the seat held. */
	usec_t transfer;
	uint32_t transfer_load;
	/* It takes exactly so long, and not up to a quarter more. */
	bool is_exact;
};

enum call_state {
	CALL_IDLE,
	CALL_SLEEPING, /* until it is tried again */
	CALL_WAITING,  /* in policy */
	CALL_AT_SERVER,
	CALL_OPEN, /* a watch that was answered */
	CALL_DONE,
};

/* One request, and what became of it. */
struct call {
	/* Filled by who sends it, before world_enter(). */
	struct request rq;
	struct class class;
	struct work work;
	unsigned kind;    /* below WORLD_KINDS: which level, which faults */
	usec_t opens_for; /* a watch ends by itself; 0: never */
	struct client *client; /* borrowed, as the next: theirs alone */
	void *owner;
	/* Of who sends it too, and of nobody else. */
	bool is_orphan;  /* its client died */
	bool was_opened; /* a watch that was answered */
	bool is_loop;    /* sends the next one when it is done */
	usec_t first_at;
	usec_t done_at;
	unsigned tries;

	/* The world's. */
	struct event event; /* while it is idle or sleeps: theirs */
	enum call_state state;
	bool is_in_service;
	bool is_at_work; /* … and its answer has not begun */
	uint32_t load;   /* what it takes of the server's CPU */
	unsigned server_level;
	struct list_node node; /* in a server's queue */
	unsigned starts;
	unsigned intents; /* times that it was to be journaled */
	bool is_pending;  /* when it was rejected */
	unsigned status;  /* what the client saw */
	unsigned retry_after;
	enum verdict verdict; /* NONE: the answer was the API server's */
	uint64_t order;       /* of its last start among all starts */
};

/* ---- servers ---------------------------------------------------------- */

#define WORLD_KINDS 32
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
	unsigned level_of[WORLD_KINDS];
	struct fault faults[WORLD_KINDS];
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

/* ---- the world --------------------------------------------------------- */

/* Who sends is told; any but on_done may be NULL. */
struct world_events {
	/* It goes to the server for the first time. */
	void (*on_start)(struct world *world, struct call *call);
	/* A watch has begun. */
	void (*on_open)(struct world *world, struct call *call);
	/* There is an answer, or there will be none.  The call is theirs. */
	void (*on_done)(struct world *world, struct call *call);
};

struct world {
	struct policy_settings settings;
	struct policy *policy;
	const struct world_events *on; /* borrowed */
	void *user;                    /* theirs */
	usec_t now;
	struct rng rng;
	struct heap events;
	struct server servers[2];
	struct call *calls; /* owned */
	uint32_t call_count;
	struct list free_calls;
	/* Clients, where tests/sim/ made some. */
	struct client *clients; /* owned by them */
	uint32_t client_count;
	bool is_outage; /* so that it is known whom one met */
	usec_t outage_ended_at;
	uint64_t steps;
	uint64_t idle_wakes; /* policy asked to be woken for nothing */
	uint64_t starts;
	uint64_t check_every; /* steps: policy_check() runs then; 0: never */
	uint64_t trace;       /* hash of all decisions */
	struct histogram waits[POLICY_LANES_MAX]; /* to the first start */
	uint32_t fresh_tokens;
};

/* So many calls are there at one time. */
struct world *world_open(const struct policy_settings *settings, uint64_t seed,
	uint32_t calls, const struct world_events *on);
void world_close(struct world *world);

/* A call, all zero; there is one, if not more are out than there are. */
struct call *world_take(struct world *world);
void world_give_back(struct world *world, struct call *call);
/* `call->rq` and the rest is filled: it comes in now. */
void world_enter(struct world *world, struct call *call);
/* The client goes away. */
void world_cancel(struct world *world, struct call *call);

void world_at(struct world *world, struct event *event, usec_t when,
	void (*fire)(struct world *world, struct event *event));
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
