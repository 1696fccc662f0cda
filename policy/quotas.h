/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotas: what several replicas of Fairway before the same API servers divide
 * among them: the total, the root budget, the caps on wide LISTs and large
 * writes, and each lane's cap and budget, where there are any; but not the cap
 * of the lane of reviews.
 *
 *	settings --quotas_of--> quotas ---(replicas/)---> portions
 *	settings, portions --quotas_apply--> settings of one replica
 *
 * Amounts are as in settings.h: milli-seats, or thousandths of a token a
 * second.  A portion is never more than all of its quota.
 */
#ifndef POLICY_QUOTAS_H
#define POLICY_QUOTAS_H

#include "policy/settings.h"

enum quota_kind {
	QUOTA_TOTAL,
	QUOTA_WIDE_LISTS,
	QUOTA_LARGE_WRITES,
	QUOTA_LANE_SEATS,
	QUOTA_QPS, /* of all lanes together */
	QUOTA_LANE_QPS,
};

/* "wideListSeats", "seats/writes": by which replicas tell them apart. */
#define QUOTA_NAME_CAP 80
#define QUOTAS_MAX (4 + 2 * POLICY_LANES_MAX)

struct quota {
	enum quota_kind kind;
	uint16_t lane; /* of those of a lane */
	uint32_t unit; /* portions are multiples of it: a whole seat */
	uint32_t all;  /* what there is, for all replicas together */
	char name[QUOTA_NAME_CAP];
};

struct quotas {
	struct quota items[QUOTAS_MAX];
	uint32_t count;
};

/* How much of a quota is asked for. */
struct quota_use {
	uint32_t used;    /* seats that are taken now; of budgets 0 */
	uint32_t waiting; /* requests that wait where it could keep them */
	uint64_t spent;   /* of budgets: tokens so far */
};

static inline bool quota_is_of_seats(const struct quota *quota)
{
	return quota->kind <= QUOTA_LANE_SEATS;
}

/* Those that the settings limit. */
void quotas_of(
	const struct policy_settings *settings, struct quotas *ret_quotas);

/* The same ones in the same order, as much of each. */
bool quotas_are_same(const struct quotas *a, const struct quotas *b);

/*
 * Of each quota the part that one replica has, whatever happens: an even part
 * of `floor` thousandths, and of seats one at least.  0: there is too little
 * for so many.
 */
uint32_t quota_floor(
	const struct quota *quota, uint32_t floor, uint32_t replicas_max);

/*
 * Makes of the settings for all those of a replica with these portions, one
 * for each quota.  Reserves, which are no quota, are divided evenly.
 */
void quotas_apply(const struct quotas *quotas, const uint32_t *portions,
	uint32_t replicas_max, struct policy_settings *settings);

#endif
