/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/replicas/replica.h"

#include <string.h>

#include "base/check.h"
#include "policy/replicas/division.h"

/* Renewals in a period, and how far it may get without one. */
#define CYCLE(period) ((period) / 8)
#define VALID(period) ((period) * 2 / 3)

const char *replica_state_name(enum replica_state state)
{
	static const char *const names[REPLICA_STATE_COUNT] = {
		"joining",
		"member",
		"cut-off",
		"nameless",
	};

	return names[state];
}

static const struct quota *quota_at(const struct replica *replica, uint32_t i)
{
	return &replica->settings.quotas->items[i];
}

static uint32_t quota_count(const struct replica *replica)
{
	return replica->settings.quotas->count;
}

/* ---- time and state ----------------------------------------------------- */

static bool is_valid(const struct replica *replica)
{
	return replica->has_lease && replica->now < replica->valid_until;
}

static bool is_settled(const struct replica *replica)
{
	return replica->has_listed && replica->now >= replica->settled_at;
}

static enum replica_state find_state(const struct replica *replica)
{
	if (replica->has_rival)
		return REPLICA_NAMELESS;
	if (is_valid(replica))
		return is_settled(replica) ? REPLICA_MEMBER : REPLICA_JOINING;
	if (!replica->renewals && usec_since(replica->now,
		    replica->started_at) < replica->settings.period)
		return REPLICA_JOINING;
	return REPLICA_CUT_OFF;
}

static void note_state(struct replica *replica)
{
	enum replica_state state = find_state(replica);

	if (state != replica->state)
		replica->since = replica->now;
	replica->state = state;
}

static bool has_force(const struct replica *replica)
{
	for (uint32_t i = 0; i < quota_count(replica); i++) {
		if (replica->force[i])
			return true;
	}
	return false;
}

/* Down to the floor. */
static void let_go(struct replica *replica)
{
	if (has_force(replica))
		replica->cut_offs++;
	memset(replica->force, 0, sizeof(replica->force));
}

static void advance(struct replica *replica, usec_t now)
{
	replica->now = u64_max(replica->now, now);
	if (!is_valid(replica))
		let_go(replica);
	note_state(replica);
}

/* About so long: replicas must not go in step. */
static usec_t spread(struct replica *replica, usec_t time)
{
	return time - time / 8 + rng_below(&replica->rng, time / 4 + 1);
}

static void do_next(struct replica *replica, enum replica_step step, usec_t at)
{
	replica->step = REPLICA_REST;
	replica->next = step;
	replica->due_at = at;
	replica->is_second_look = false;
}

static void end_cycle(struct replica *replica)
{
	usec_t cycle = CYCLE(replica->settings.period);

	do_next(replica, REPLICA_LIST,
		usec_add(replica->cycle_at, spread(replica, cycle)));
}

static void try_again(struct replica *replica)
{
	usec_t pause = CYCLE(replica->settings.period) / 2;

	replica->failures++;
	do_next(replica, REPLICA_LIST,
		usec_add(replica->now, spread(replica, pause)));
}

/* ---- what there is ------------------------------------------------------- */

static uint32_t replicas_now(const struct replica *replica)
{
	return peers_live(&replica->peers) + 1;
}

/* Those that nobody sees may be there, too, and have their floors. */
static uint32_t pool_of(const struct replica *replica, uint32_t i)
{
	uint64_t floors = u64_max(
		replica->settings.replicas_max, replicas_now(replica));
	uint32_t all = quota_at(replica, i)->all;

	floors *= replica->floors[i];
	return floors < all ? (uint32_t)(all - floors) : 0;
}

static uint32_t room_of(const struct replica *replica, uint32_t i)
{
	uint64_t others = peers_claim(&replica->peers, i);
	uint32_t pool = pool_of(replica, i);

	return others < pool ? (uint32_t)(pool - others) : 0;
}

static uint32_t above_floor(const struct replica *replica, uint32_t i,
	uint32_t amount)
{
	return amount > replica->floors[i] ? amount - replica->floors[i] : 0;
}

/* Its part by what all want, in the order of their names. */
static uint32_t target_of(const struct replica *replica, uint32_t i)
{
	const struct peers *peers = &replica->peers;
	uint32_t wants[PEERS_MAX + 1], parts[PEERS_MAX + 1];
	uint32_t count = 0, own = UINT32_MAX;

	for (uint32_t j = 0; j <= peers->count; j++) {
		const struct peer *peer = &peers->items[j];

		if (own == UINT32_MAX &&
			(j == peers->count ||
				strcmp(replica->settings.name, peer->name) <
					0)) {
			own = count;
			wants[count++] = above_floor(
				replica, i, replica->demands[i]);
		}
		if (j < peers->count && peer_is_asking(peer))
			wants[count++] = above_floor(
				replica, i, peer->parts[i].demand);
	}
	division_make(pool_of(replica, i), quota_at(replica, i)->unit, wants,
		count, parts);
	return parts[own];
}

/* ---- claims ------------------------------------------------------------- */

static void plan_one(struct replica *replica, uint32_t i)
{
	uint32_t *force = &replica->force[i];
	uint64_t claim = 0;

	if (is_settled(replica)) {
		uint32_t target = replica->targets[i] = target_of(replica, i);

		*force = (uint32_t)u64_min(*force, target);
		claim = u64_min(target, room_of(replica, i));
	}
	replica->draft[i] = (uint32_t)u64_max(claim, *force);
}

/*
 * A Lease that is new claims nothing: others are to see it for a period first,
 * or one that is deleted could be missed by all.
 */
static void plan(struct replica *replica)
{
	for (uint32_t i = 0; i < quota_count(replica); i++) {
		if (replica->has_lease)
			plan_one(replica, i);
		else
			replica->draft[i] = 0;
	}
}

/* More may be claimed, for what still runs. */
static uint64_t claimed(const struct replica *replica, uint32_t i)
{
	return u64_min(replica->targets[i],
		u64_min(replica->stored[i], replica->lowest[i]));
}

static void grow_one(struct replica *replica, uint32_t i)
{
	uint64_t may = u64_min(claimed(replica, i), room_of(replica, i));

	may -= may % quota_at(replica, i)->unit;
	replica->force[i] = (uint32_t)u64_max(replica->force[i], may);
}

static void grow(struct replica *replica)
{
	if (!is_valid(replica) || !is_settled(replica))
		return;
	for (uint32_t i = 0; i < quota_count(replica); i++)
		grow_one(replica, i);
}

/* ---- LIST --------------------------------------------------------------- */

static void lose_lease(struct replica *replica)
{
	replica->has_lease = false;
	replica->version[0] = '\0';
	memset(replica->stored, 0, sizeof(replica->stored));
	memset(replica->lowest, 0, sizeof(replica->lowest));
	let_go(replica);
}

/*
 * Our own, but not as we know it: a write that had no answer was made, or
 * somebody has edited it.
 */
static void take_stored(
	struct replica *replica, const struct lease_seen *seen)
{
	for (uint32_t i = 0; i < quota_count(replica); i++) {
		uint32_t claim = seen->is_readable ? seen->parts[i].claim : 0;
		uint32_t *lowest = &replica->lowest[i];

		replica->stored[i] = claim;
		*lowest = (uint32_t)u64_min(*lowest, claim);
		replica->force[i] =
			(uint32_t)u64_min(replica->force[i], claim);
	}
}

static void note_own(struct replica *replica, const struct lease_seen *seen)
{
	bool is_known = span_eq_str(seen->version, replica->version);

	replica->has_rival = false;
	if (seen->version.len >= sizeof(replica->version)) {
		lose_lease(replica);
		return;
	}
	if (!replica->has_lease) {
		/* It was created, by a write that had no answer. */
		replica->has_lease = true;
		replica->settled_at = u64_max(replica->settled_at,
			usec_add(replica->now, replica->settings.period));
	}
	memcpy(replica->version, seen->version.ptr, seen->version.len);
	replica->version[seen->version.len] = '\0';
	if (!is_known)
		take_stored(replica, seen);
}

/* Another process has it; what it claims is what it claimed until it expires. */
static void note_rival(struct replica *replica, const struct lease_seen *seen)
{
	if (replica->has_lease)
		lose_lease(replica);
	if (!replica->has_rival)
		memset(&replica->rival, 0, sizeof(replica->rival));
	replica->has_rival = true;
	peer_note(&replica->rival, seen, quota_count(replica),
		replica->settings.period, replica->asked_at, replica->now);
}

static const struct lease_seen *find_own(const struct replica *replica,
	const struct lease_seen *leases, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (span_eq_str(leases[i].name, replica->settings.name))
			return &leases[i];
	}
	return NULL;
}

static void note_name(struct replica *replica,
	const struct lease_seen *leases, uint32_t count)
{
	const struct lease_seen *own = find_own(replica, leases, count);

	if (!own) {
		replica->has_rival = false;
		if (replica->has_lease)
			lose_lease(replica);
	} else if (span_eq_str(own->holder, replica->settings.holder)) {
		note_own(replica, own);
	} else {
		note_rival(replica, own);
	}
}

/*
 * Who has not looked for long may have missed one that came and was deleted;
 * its owner may still not know.
 */
static void note_gap(struct replica *replica)
{
	usec_t period = replica->settings.period;

	if (!replica->has_listed ||
		usec_since(replica->now, replica->listed_at) > VALID(period))
		replica->settled_at = u64_max(replica->settled_at,
			usec_add(replica->now, period));
	replica->has_listed = true;
	replica->listed_at = replica->asked_at;
}

/* The Lease of a rival is ours to take when it has expired. */
static bool may_write(const struct replica *replica)
{
	return !replica->has_rival || replica->rival.is_expired;
}

void replica_listed(struct replica *replica, const struct lease_seen *leases,
	uint32_t count, usec_t now)
{
	bool was_second = replica->is_second_look;

	CHECK(replica->step == REPLICA_LIST);
	advance(replica, now);
	note_gap(replica);
	peers_note(&replica->peers, leases, count,
		span_str(replica->settings.name), quota_count(replica),
		replica->settings.period, replica->asked_at, replica->now);
	note_name(replica, leases, count);
	grow(replica);
	if (was_second || !may_write(replica)) {
		end_cycle(replica);
	} else {
		plan(replica);
		do_next(replica, REPLICA_WRITE, replica->now);
	}
	note_state(replica);
}

void replica_not_listed(struct replica *replica, usec_t now)
{
	CHECK(replica->step == REPLICA_LIST);
	advance(replica, now);
	try_again(replica);
}

/* ---- WRITE -------------------------------------------------------------- */

/* What still runs of what it had more is not free for others. */
static uint32_t still_used(
	const struct replica *replica, uint32_t i, uint32_t used)
{
	uint32_t unit = quota_at(replica, i)->unit;
	uint64_t above = above_floor(replica, i, used);

	above = (above + unit - 1) / unit * unit;
	return (uint32_t)u64_min(above, replica->stored[i]);
}

void replica_draft(struct replica *replica, const uint32_t *used,
	struct lease_draft *ret_draft)
{
	CHECK(replica->step == REPLICA_WRITE);
	ret_draft->version = replica->has_rival ? replica->rival.version
						: replica->version;
	ret_draft->generation = ++replica->generation;
	for (uint32_t i = 0; i < quota_count(replica); i++) {
		uint32_t *draft = &replica->draft[i];

		CHECK(*draft >= replica->force[i]);
		*draft = (uint32_t)u64_max(
			*draft, still_used(replica, i, used[i]));
		ret_draft->parts[i] = (struct lease_part){
			/* Who may not grow yet has nothing kept for it. */
			.demand = is_settled(replica) ? replica->demands[i]
						      : 0,
			.claim = *draft,
		};
	}
}

static bool claims_more(const struct replica *replica)
{
	for (uint32_t i = 0; i < quota_count(replica); i++) {
		if (claimed(replica, i) > replica->force[i])
			return true;
	}
	return false;
}

void replica_written(struct replica *replica, struct span version, usec_t now)
{
	bool is_new = !replica->has_lease && !replica->has_rival;
	usec_t period = replica->settings.period;

	CHECK(replica->step == REPLICA_WRITE);
	advance(replica, now);
	if (span_is_empty(version) ||
		version.len >= sizeof(replica->version)) {
		replica_not_written(replica, false, now);
		return;
	}
	replica->has_lease = true;
	replica->has_rival = false;
	memcpy(replica->version, version.ptr, version.len);
	replica->version[version.len] = '\0';
	memcpy(replica->stored, replica->draft, sizeof(replica->stored));
	memcpy(replica->lowest, replica->draft, sizeof(replica->lowest));
	replica->valid_until = usec_add(replica->asked_at, VALID(period));
	if (is_new)
		replica->settled_at = u64_max(replica->settled_at,
			usec_add(replica->now, period));
	replica->renewals++;
	end_cycle(replica);
	note_state(replica);
	if (is_settled(replica) && claims_more(replica)) {
		do_next(replica, REPLICA_LIST, replica->now);
		replica->is_second_look = true;
	}
}

void replica_not_written(struct replica *replica, bool is_refused, usec_t now)
{
	CHECK(replica->step == REPLICA_WRITE);
	advance(replica, now);
	for (uint32_t i = 0; !is_refused && i < quota_count(replica); i++)
		replica->lowest[i] = (uint32_t)u64_min(
			replica->lowest[i], replica->draft[i]);
	try_again(replica);
}

/* ---- as a whole --------------------------------------------------------- */

static void set_floors(struct replica *replica)
{
	for (uint32_t i = 0; i < quota_count(replica); i++)
		replica->floors[i] = quota_floor(quota_at(replica, i),
			replica->settings.floor,
			replica->settings.replicas_max);
}

void replica_init(struct replica *replica,
	const struct replica_settings *settings, uint64_t seed, usec_t now)
{
	memset(replica, 0, sizeof(*replica));
	replica->settings = *settings;
	CHECK(settings->replicas_max && settings->period >= 8);
	rng_init(&replica->rng, seed);
	replica->now = replica->started_at = replica->since = now;
	replica->next = REPLICA_LIST;
	replica->due_at = now;
	set_floors(replica);
}

/* ---- other quotas -------------------------------------------------------- */

static void renumber(uint32_t *amounts, const uint32_t *from, uint32_t count)
{
	uint32_t old[QUOTAS_MAX];

	memcpy(old, amounts, sizeof(old));
	for (uint32_t i = 0; i < count; i++)
		amounts[i] = from[i] < QUOTAS_MAX ? old[from[i]] : 0;
}

static uint32_t find_quota(const struct quotas *quotas, const char *name)
{
	for (uint32_t i = 0; i < quotas->count; i++) {
		if (!strcmp(quotas->items[i].name, name))
			return i;
	}
	return UINT32_MAX;
}

/*
 * No more than there is now, in units that are now.  What is claimed stays: a
 * claim is never too much.
 */
static void fit(struct replica *replica)
{
	for (uint32_t i = 0; i < quota_count(replica); i++) {
		uint32_t *force = &replica->force[i];

		*force = (uint32_t)u64_min(*force, pool_of(replica, i));
		*force -= *force % quota_at(replica, i)->unit;
		replica->draft[i] =
			(uint32_t)u64_max(replica->draft[i], *force);
	}
}

void replica_set_quotas(
	struct replica *replica, const struct quotas *quotas, usec_t now)
{
	uint32_t from[QUOTAS_MAX];

	advance(replica, now);
	for (uint32_t i = 0; i < quotas->count; i++)
		from[i] = find_quota(
			replica->settings.quotas, quotas->items[i].name);
	renumber(replica->demands, from, quotas->count);
	renumber(replica->force, from, quotas->count);
	renumber(replica->stored, from, quotas->count);
	renumber(replica->lowest, from, quotas->count);
	renumber(replica->targets, from, quotas->count);
	renumber(replica->draft, from, quotas->count);
	peers_renumber(&replica->peers, from, quotas->count);
	replica->settings.quotas = quotas;
	set_floors(replica);
	fit(replica);
}

void replica_set_demand(struct replica *replica, const uint32_t *demands)
{
	memcpy(replica->demands, demands,
		quota_count(replica) * sizeof(*demands));
}

enum replica_step replica_next(struct replica *replica, usec_t now)
{
	advance(replica, now);
	if (replica->step != REPLICA_REST || replica->now < replica->due_at)
		return REPLICA_REST;
	replica->step = replica->next;
	replica->asked_at = replica->now;
	if (replica->step == REPLICA_LIST && !replica->is_second_look)
		replica->cycle_at = replica->now;
	return replica->step;
}

void replica_stop(struct replica *replica)
{
	do_next(replica, REPLICA_REST, USEC_NEVER);
}

usec_t replica_wake_at(const struct replica *replica)
{
	usec_t at = replica->step == REPLICA_REST ? replica->due_at
						  : USEC_NEVER;

	if (has_force(replica))
		at = u64_min(at, replica->valid_until);
	return at;
}

void replica_portions(
	struct replica *replica, uint32_t *ret_portions, usec_t now)
{
	advance(replica, now);
	for (uint32_t i = 0; i < quota_count(replica); i++)
		ret_portions[i] = replica->floors[i] + replica->force[i];
}

void replica_read_stats(struct replica *replica,
	struct replica_stats *ret_stats, usec_t now)
{
	uint32_t there = replicas_now(replica);
	size_t size = quota_count(replica) * sizeof(replica->floors[0]);

	memset(ret_stats, 0, sizeof(*ret_stats));
	replica_portions(replica, ret_stats->portions, now);
	ret_stats->state = replica->state;
	ret_stats->since = replica->since;
	ret_stats->valid_until = replica->valid_until;
	ret_stats->peers = there - 1;
	if (there > replica->settings.replicas_max || replica->peers.is_full)
		ret_stats->too_many = there;
	ret_stats->unreadable = peers_unreadable(&replica->peers);
	memcpy(ret_stats->floors, replica->floors, size);
	memcpy(ret_stats->demands, replica->demands, size);
	ret_stats->renewals = replica->renewals;
	ret_stats->failures = replica->failures;
	ret_stats->cut_offs = replica->cut_offs;
}

void replica_check(const struct replica *replica)
{
	peers_check(&replica->peers);
	for (uint32_t i = 0; i < quota_count(replica); i++) {
		const struct quota *quota = quota_at(replica, i);
		uint32_t force = replica->force[i];

		CHECK(force <= replica->stored[i]);
		CHECK(force <= replica->lowest[i]);
		CHECK(replica->floors[i] + (uint64_t)force <= quota->all);
		CHECK(!force || is_valid(replica));
	}
}
