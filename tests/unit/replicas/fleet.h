/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fleet: replicas, each with a clock of its own, and the store that has
 * their Leases, in virtual time.
 *
 *	node --question--> (as long as it takes, or lost) --> store
 *	     <--answer---- (as long as it takes, or lost) <--
 *
 * A question that its node has given up may still reach the store.  After each
 * event what all of them may use together is held against what there is; a
 * process that is dead or stands still uses nothing new.  With `run_time` each
 * starts requests, as many as it wants and may, and what runs is held against
 * what there is, too: what one has let go of goes on until it ends.  What it
 * wants is then told as Fairway does it, now and then.
 */
#ifndef TESTS_UNIT_REPLICAS_FLEET_H
#define TESTS_UNIT_REPLICAS_FLEET_H

#include <stdbool.h>

#include "base/rng.h"
#include "policy/replicas/replica.h"

#define FLEET_NODES 5
#define FLEET_LEASES 16
#define FLEET_MESSAGES 256
#define FLEET_RUNS 64
#define FLEET_PERIOD (15 * USEC_PER_SEC)

struct stored_lease {
	bool is_there;
	char name[16];
	char holder[24];
	uint64_t uid, version;
	bool is_readable;
	struct lease_part parts[QUOTAS_MAX];
};

struct node {
	bool is_alive;
	bool is_frozen;
	char name[16];
	char holder[24];
	struct replica replica;
	/* Its clock: so many millionths of the true one, and an offset. */
	uint64_t rate;
	usec_t offset;
	/* Chance in percent that a question, or an answer, is lost. */
	unsigned lost_questions, lost_answers;
	usec_t delay_max;
	uint64_t question; /* under way; 0: none */
	usec_t give_up_at; /* true time */
	uint32_t demands[QUOTAS_MAX];
	usec_t look_at; /* with requests: then its demand is told */
	usec_t runs[FLEET_RUNS]; /* when each ends */
	uint32_t running;
	unsigned lives; /* processes that it has had */
};

struct message {
	bool is_used;
	bool is_answer;
	unsigned node;
	uint64_t question;
	usec_t at;
	enum replica_step step;
	/* WRITE: what, in place of which version. */
	struct stored_lease lease;
	uint64_t replaces; /* 0: it is created */
	/* Answers. */
	bool is_done, is_conflict;
	uint64_t version;
	struct stored_lease leases[FLEET_LEASES];
};

struct fleet {
	usec_t now; /* true time */
	struct rng rng;
	struct quotas quotas;
	uint32_t replicas_max;
	usec_t run_time;   /* of the longest request; 0: there are none */
	uint32_t most_run; /* at one time, of all nodes together */
	struct node nodes[FLEET_NODES];
	struct stored_lease leases[FLEET_LEASES];
	struct message messages[FLEET_MESSAGES];
	uint64_t version, question, seed;
	uint64_t events;
	bool is_over; /* more was in use, or ran, than there is */
};

struct fleet *fleet_new(uint64_t seed, uint32_t replicas_max);
void fleet_free(struct fleet *fleet);

/* A new process of that node. */
void fleet_start(struct fleet *fleet, unsigned node);
void fleet_kill(struct fleet *fleet, unsigned node);
void fleet_freeze(struct fleet *fleet, unsigned node, bool is_frozen);
/* In whole seats of the first quota. */
void fleet_want(struct fleet *fleet, unsigned node, uint32_t seats);
void fleet_cut(struct fleet *fleet, unsigned node, bool is_cut);
/* Somebody else deletes a Lease, or spoils what it says. */
void fleet_delete(struct fleet *fleet, unsigned lease);
void fleet_spoil(struct fleet *fleet, unsigned lease);

/* Until then, all that happens. */
void fleet_run(struct fleet *fleet, usec_t time);
/* What a node may use of a quota now. */
uint32_t fleet_portion(
	struct fleet *fleet, unsigned node, uint32_t quota);
struct replica_stats fleet_stats(struct fleet *fleet, unsigned node);

#endif
