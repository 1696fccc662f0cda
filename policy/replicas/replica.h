/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replica: how several Fairways keep to what all of them together may use,
 * without a server of their own: each writes one Lease, its own, and reads
 * those of the others (docs/decisions/0016-replicas.md has the proof).
 *
 *	all = floors of so many replicas as there may be + pool
 *	portion of one = its floor + what it has in force of the pool
 *
 *	in force <= claimed in its Lease        (by itself, at any time)
 *	sum of claims seen <= pool              (to put more in force)
 *
 * What is in force may shrink at any time, and then the claim; it grows only
 * by what was claimed first and then, in a LIST asked for after that was
 * acknowledged, still fits beside the claims of all others.
 *
 *	.--> LIST --plan--> WRITE --claims more than is in force--> LIST --.
 *	|                     | nothing to grow                     grows |
 *	'---- a while --------'<------------------------------------------'
 *
 * Everything in force ends, unless renewed, at two thirds of the period after
 * which others take it for given up, counted from when the write was sent.  So
 * clocks may run up to a fifth faster or slower than true ones (MAY_DRIFT).
 *
 * Pure: it is told what was listed and written, and asked what to do.
 */
#ifndef POLICY_REPLICAS_REPLICA_H
#define POLICY_REPLICAS_REPLICA_H

#include "base/rng.h"
#include "policy/replicas/peers.h"
#include "policy/replicas/stats.h"

/* A LIST and a WRITE take this part of the period at most, then they fail. */
#define REPLICA_PATIENCE(period) ((period) / 5)

struct replica_settings {
	const char *name;   /* of the Lease; borrowed, as the next two */
	const char *holder; /* of this process; no other ever had it */
	const struct quotas *quotas;
	usec_t period; /* without a change a Lease is expired */
	uint32_t replicas_max;
	uint32_t floor; /* thousandths that are divided evenly */
};

enum replica_step {
	REPLICA_REST,  /* until replica_wake_at() */
	REPLICA_LIST,  /* then replica_listed() or replica_not_listed() */
	REPLICA_WRITE, /* then replica_written() or replica_not_written() */
};

/* What is to be written. */
struct lease_draft {
	const char *version; /* that it replaces; "": it is created */
	uint64_t generation; /* counts the drafts */
	struct lease_part parts[QUOTAS_MAX];
};

/* All members are its own: read them by replica_read_stats(). */
struct replica {
	struct replica_settings settings;
	struct rng rng;
	usec_t now; /* the latest that was told */

	enum replica_step step; /* under way; REST: none is */
	enum replica_step next; /* … at due_at */
	bool is_second_look;    /* the LIST behind a WRITE */
	usec_t asked_at;        /* that which is under way */
	usec_t due_at;
	usec_t cycle_at;

	struct peers peers;
	struct peer rival; /* another process with our name */
	bool has_rival;

	bool has_lease;
	char version[LEASE_VERSION_CAP];
	uint64_t generation;
	usec_t valid_until;
	usec_t settled_at; /* before that nothing grows */
	bool has_listed;
	usec_t listed_at;  /* when the last LIST was asked for */

	uint32_t floors[QUOTAS_MAX];
	uint32_t demands[QUOTAS_MAX]; /* as it was last told */
	uint32_t force[QUOTAS_MAX];  /* above the floor, as all of these */
	uint32_t targets[QUOTAS_MAX]; /* by what all wanted, the last time */
	uint32_t stored[QUOTAS_MAX]; /* in the Lease, as far as is known */
	/* The least that it can be, with writes that had no answer. */
	uint32_t lowest[QUOTAS_MAX];
	uint32_t draft[QUOTAS_MAX];  /* being written */

	enum replica_state state;
	usec_t since;
	usec_t started_at;
	uint64_t renewals, failures, cut_offs;
};

void replica_init(struct replica *replica,
	const struct replica_settings *settings, uint64_t seed, usec_t now);

/*
 * Other quotas from now on, borrowed, the same by their names; what is in
 * force is no more than they allow.
 */
void replica_set_quotas(
	struct replica *replica, const struct quotas *quotas, usec_t now);

/* What it could use of each, the floor included. */
void replica_set_demand(struct replica *replica, const uint32_t *demands);

/* What to do now; what is said is under way from then on. */
enum replica_step replica_next(struct replica *replica, usec_t now);
/* When to ask again if nothing happens, and what is in force may end. */
usec_t replica_wake_at(const struct replica *replica);

/* Nothing is asked any more: what is in force ends in its time. */
void replica_stop(struct replica *replica);

/*
 * All Leases of the replicas, as they were at some time between question and
 * answer: never those of a cache.
 */
void replica_listed(struct replica *replica, const struct lease_seen *leases,
	uint32_t count, usec_t now);
void replica_not_listed(struct replica *replica, usec_t now);

/*
 * Of a WRITE: what, if nothing is written of that name but `version`.  `used`
 * is what runs of each quota, the floor included, at this moment: others take
 * what is not claimed any more.
 */
void replica_draft(struct replica *replica, const uint32_t *used,
	struct lease_draft *ret_draft);
void replica_written(
	struct replica *replica, struct span version, usec_t now);
/* `is_refused`: it certainly was not written, and never will be. */
void replica_not_written(struct replica *replica, bool is_refused, usec_t now);

/* What it may use of each quota now: as many as there are. */
void replica_portions(
	struct replica *replica, uint32_t *ret_portions, usec_t now);

void replica_read_stats(struct replica *replica,
	struct replica_stats *ret_stats, usec_t now);
void replica_check(const struct replica *replica);

#endif
