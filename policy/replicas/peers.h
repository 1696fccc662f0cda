/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Peers: what one replica knows of the others, from their Leases.
 *
 * A Lease says what its replica claims: what is above its floor, at most, of
 * what it may use.  A peer counts, by its last claims, until its Lease has
 * stood unchanged for a whole period on the clock of who looks, from when the
 * answer came that first showed it so, to when a later question was asked.  No
 * time that another wrote is compared with our own.
 *
 *	listed, changed -> observed_at = when the answer came
 *	asked at >= observed_at + period -> expired: claims nothing
 *	not listed any more, or with another uid -> lost, for a period
 *
 * A Lease that cannot be read claims everything: nobody grows beside it.  So
 * does one that is lost: it may have claimed more since it was last seen, and
 * its owner may not know that it is gone.
 */
#ifndef POLICY_REPLICAS_PEERS_H
#define POLICY_REPLICAS_PEERS_H

#include <stdbool.h>

#include "base/span.h"
#include "policy/quotas.h"

/* Leases that are remembered, expired ones included. */
#define PEERS_MAX 32
#define LEASE_NAME_CAP 254
#define LEASE_VERSION_CAP 32
#define LEASE_UID_CAP 64

/* What a replica says of each quota; in no unit smaller than the quota's. */
struct lease_part {
	uint32_t demand;
	uint32_t claim; /* above the floor */
};

/* A Lease as it is listed; all is borrowed. */
struct lease_seen {
	struct span name;
	struct span uid;     /* another one was created anew */
	struct span holder;  /* which process wrote it */
	struct span version; /* its resourceVersion */
	bool is_readable;    /* else `parts` say nothing */
	const struct lease_part *parts; /* one for each quota */
};

struct peer {
	char name[LEASE_NAME_CAP];
	char uid[LEASE_UID_CAP];
	char version[LEASE_VERSION_CAP]; /* "": it was never seen */
	usec_t observed_at;
	usec_t lost_at;
	bool is_lost;
	bool is_listed;
	bool is_readable;
	bool is_expired;
	bool is_outdated; /* the parts are of other quotas: read them again */
	struct lease_part parts[QUOTAS_MAX];
};

struct peers {
	struct peer items[PEERS_MAX]; /* in the order of their names */
	uint32_t count;
	/* There was no room: what they claim is not known. */
	bool is_full;
};

/*
 * What a LIST said that was asked at `asked_at` and came at `now`; `own` is a
 * name that is passed over.
 */
void peers_note(struct peers *peers, const struct lease_seen *leases,
	uint32_t count, struct span own, uint32_t quotas, usec_t period,
	usec_t asked_at, usec_t now);

/* One Lease by itself, known by `peer` from earlier ones; zeroed: not yet. */
void peer_note(struct peer *peer, const struct lease_seen *seen,
	uint32_t quotas, usec_t period, usec_t asked_at, usec_t now);

/* It counts among those that want something. */
bool peer_is_asking(const struct peer *peer);

/* Of those that count. */
uint32_t peers_live(const struct peers *peers);
/* … and whose claims are not known. */
uint32_t peers_unreadable(const struct peers *peers);
/* What they claim together of a quota; UINT64_MAX: it cannot be known. */
uint64_t peers_claim(const struct peers *peers, uint32_t quota);

/* Other quotas: `from[i]` is the old number of the i-th, or UINT32_MAX. */
void peers_renumber(
	struct peers *peers, const uint32_t *from, uint32_t count);

void peers_check(const struct peers *peers);

#endif
