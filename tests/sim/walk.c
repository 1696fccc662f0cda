/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/walk.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/hash.h"
#include "tests/sim/oracle.h"
#include "tests/sim/variation.h"

#define SLOTS 64
/* Short, so that it is met. */
#define ANSWER_TIMEOUT (2 * USEC_PER_SEC)

enum slot_state {
	SLOT_FREE,
	SLOT_WAITING,  /* policy decides */
	SLOT_RUNNING,  /* started */
	SLOT_ANSWERED, /* and passed on */
};

struct slot {
	struct request rq;
	struct class class;
	enum slot_state state;
	bool is_cancelled; /* while it ran */
	bool is_drained;   /* … and its end is awaited */
	bool is_journaled; /* policy wanted it to be */
	bool is_durable;   /* … and was told that it is */
};

struct walk {
	struct policy_settings original;
	/* The one in use, and room for the next. */
	struct policy_settings settings[2];
	unsigned in_use;
	struct policy *policy;
	usec_t now;
	usec_t latest; /* `now` may go back; policy's does not */
	uint64_t trace;
	uint32_t free_streams[2][CONN_CLASS_COUNT];
	struct slot slots[SLOTS];
	struct watched watched[SLOTS]; /* the same, for the oracle */
	struct oracle oracle;
};

/* ---- what there is ---------------------------------------------------- */

/* A table: clang-format would tear it apart. */
/* clang-format off */
#define RESOURCE(g, r) \
	.is_resource = true, .group = SPAN_INIT(g), .resource = SPAN_INIT(r)

static const struct class CLASSES[] = {
	{ .verb = VERB_PATCH, RESOURCE("", "pods"), .effect = EFFECT_REMOVES,
		.guards = GUARD_UID, .is_repeatable = true, .is_pure = true },
	{ .verb = VERB_PATCH, RESOURCE("", "pods"), .effect = EFFECT_REMOVES },
	{ .verb = VERB_DELETE, RESOURCE("", "pods") },
	{ .verb = VERB_UPDATE, RESOURCE("argoproj.io", "workflows") },
	{ .verb = VERB_CREATE, RESOURCE("", "configmaps") },
	{ .verb = VERB_CREATE, RESOURCE("", "events") },
	{ .verb = VERB_GET, RESOURCE("", "pods") },
	{ .verb = VERB_LIST, RESOURCE("", "pods") },
	{ .verb = VERB_LIST, RESOURCE("", "nodes"), .has_limit = true },
	{ .verb = VERB_UPDATE, RESOURCE("coordination.k8s.io", "leases") },
	{ .verb = VERB_WATCH, RESOURCE("", "pods"), .is_long_running = true },
	{ .verb = VERB_WATCH, RESOURCE("", "pods"), .is_long_running = true,
		.initial_events = true },
	{ .verb = VERB_CREATE, RESOURCE("", "pods"),
		.subresource = SPAN_INIT("eviction") },
	{ .verb = VERB_GET, .path = SPAN_INIT("/healthz") },
};
/* clang-format on */

static const struct span NAMESPACES[] = { SPAN_INIT("a"), SPAN_INIT("b"),
	SPAN_INIT("c"), SPAN_INIT("d") };

static void make_small(struct policy_settings *settings, unsigned endpoints)
{
	policy_settings_default(settings);
	settings->endpoint_count = endpoints;
	settings->requests_max = 40;
	settings->flows_max = 8;
	settings->levels_max = endpoints + 3;
	settings->identities_max = 4;
	settings->sizes_max = 4;
	settings->held_bytes_max = 200000;
	settings->retry.answer_timeout = ANSWER_TIMEOUT;
	settings->held_bytes_small = 50000;
	settings->total.is_adaptive = endpoints == 2;
	settings->total.initial = 4 * SEAT;
	settings->root_bucket = (struct bucket_settings){ true, 50000, 20 };
	for (uint32_t i = 0; i < settings->lane_count; i++) {
		struct lane_settings *lane = &settings->lanes[i];

		lane->queue_requests_max = 12;
		lane->queue_bytes_max = 100000;
		if (lane->flow_bucket.is_limited)
			lane->flow_bucket.burst = 3;
	}
	settings->lanes[4].seats_max = 2 * SEAT;
	settings->lanes[5].flow_bucket =
		(struct bucket_settings){ true, 20000, 2 };
}

struct walk *walk_new(uint64_t seed, unsigned endpoints)
{
	struct walk *walk = xcalloc(1, sizeof(*walk));

	make_small(&walk->original, endpoints);
	walk->settings[0] = walk->original;
	walk->now = walk->latest = 1000 * USEC_PER_SEC;
	walk->policy = policy_new(&walk->settings[0], seed, walk->now);
	oracle_init(&walk->oracle, walk->policy);
	return walk;
}

/* ---- what is looked at after each event ------------------------------- */

static void look(struct walk *walk)
{
	policy_check(walk->policy);
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *slot = &walk->slots[i];
		struct watched *one = &walk->watched[i];

		if (slot->state == SLOT_FREE)
			*one = (struct watched){ 0 };
		else if (!one->rq)
			*one = (struct watched){
				.rq = &slot->rq,
				.submitted_at = slot->rq.submitted_at,
			};
	}
	oracle_note(&walk->oracle, walk->watched, SLOTS);
}

/* ---- decisions -------------------------------------------------------- */

static void trace(struct walk *walk, uint64_t a, uint64_t b, uint64_t c)
{
	const struct hash_key key = { 3, 4 };
	uint64_t parts[4] = { walk->trace, a, b, c };

	walk->trace = hash_bytes(&key, parts, sizeof(parts));
}

/* Its client is gone, or no answer came in time. */
static void carry_out_abort(struct walk *walk, struct slot *slot)
{
	usec_t limit = walk->settings[walk->in_use].retry.answer_timeout;
	bool is_late = walk->latest >= usec_add(slot->rq.started_at, limit);
	struct outcome outcome = { .kind = OUTCOME_BROKEN };

	CHECK(slot->state == SLOT_RUNNING || slot->state == SLOT_ANSWERED);
	CHECK(is_late ||
		(slot->is_cancelled && !slot->is_drained &&
			!slot->is_journaled && !slot->is_durable));
	if (slot->state == SLOT_RUNNING)
		outcome.kind = OUTCOME_LOST;
	if (policy_finish(walk->policy, &slot->rq, &outcome, walk->now)) {
		CHECK(!slot->is_cancelled && slot->state == SLOT_RUNNING);
		CHECK(slot->rq.source == SOURCE_REPLAY ||
			removal_is_guarded(&slot->class));
		slot->state = SLOT_WAITING;
	} else {
		slot->state = SLOT_FREE;
	}
}

static void carry_out(struct walk *walk, const struct decision *decision)
{
	struct slot *slot = decision->rq
		? CONTAINER_OF(decision->rq, struct slot, rq)
		: NULL;
	uint32_t *free_streams;

	trace(walk, (uint64_t)decision->kind,
		slot ? (uint64_t)(slot - walk->slots) : SLOTS,
		(uint64_t)decision->verdict);
	switch (decision->kind) {
	case DECISION_START:
		CHECK(slot->state == SLOT_WAITING);
		slot->state = SLOT_RUNNING;
		free_streams = &walk->free_streams[decision->endpoint]
						  [decision->conn_class];
		CHECK(*free_streams > 0);
		--*free_streams;
		oracle_started(&walk->oracle, walk->watched, SLOTS, &slot->rq);
		break;
	case DECISION_REJECT:
		CHECK(slot->state == SLOT_WAITING);
		CHECK(decision->verdict != VERDICT_NONE);
		CHECK((decision->retry_after > 0) ==
			verdict_info(decision->verdict)->is_not_executed);
		CHECK(decision->is_pending == slot->is_durable);
		slot->state = SLOT_FREE;
		break;
	case DECISION_JOURNAL:
		CHECK(slot->state == SLOT_WAITING);
		CHECK(slot->rq.is_replayable && !slot->is_journaled);
		CHECK(slot->rq.source == SOURCE_CLIENT);
		slot->is_journaled = true;
		break;
	case DECISION_ABORT:
		carry_out_abort(walk, slot);
		break;
	case DECISION_DRAIN:
		CHECK(slot->is_cancelled && !slot->is_drained);
		slot->is_drained = true;
		break;
	case DECISION_PROBE:
		break;
	}
}

static void decide(struct walk *walk, unsigned at_most)
{
	struct decision decision;

	for (unsigned i = 0; i < at_most; i++) {
		if (!policy_next(walk->policy, walk->now, &decision)) {
			CHECK(policy_wake_at(walk->policy) > walk->now);
			oracle_idle(&walk->oracle, walk->watched, SLOTS);
			return;
		}
		carry_out(walk, &decision);
		look(walk);
	}
}

/* ---- events ----------------------------------------------------------- */

static struct slot *slot_in(struct walk *walk, unsigned first, unsigned states)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		struct slot *slot = &walk->slots[(first + i) % SLOTS];

		if (states & 1u << slot->state)
			return slot;
	}
	return NULL;
}

#define WAITING (1u << SLOT_WAITING)
#define RUNNING (1u << SLOT_RUNNING)
#define ANSWERED (1u << SLOT_ANSWERED)

static void submit(struct walk *walk, uint8_t which, uint8_t how)
{
	static const uint32_t BYTES[] = { 0, 100, 5000, 20000, 90000, 150000 };
	struct slot *slot = slot_in(walk, 0, 1u << SLOT_FREE);
	uint32_t bytes = BYTES[how % ARRAY_SIZE(BYTES)];

	if (!slot)
		return;
	*slot = (struct slot){ .state = SLOT_WAITING };
	slot->class = CLASSES[which % ARRAY_SIZE(CLASSES)];
	slot->class.namespace = NAMESPACES[how % 4];
	slot->class.name = NAMESPACES[which % 4];
	slot->rq = (struct request){
		.class = &slot->class,
		.user_agent =
			which % 32 == 31 ? SPAN("fairway-sweep") : SPAN_NONE,
		.identity = how % 7,
		.peer = 1 + how % 3,
		.affinity = which,
		.body_len = bytes,
		.held_bytes = bytes,
		.is_body_kept = how % 16 != 15,
		.is_replayable = slot->class.is_pure,
		/* Of a removal; what never ends is none. */
		.has_intent = how % 32 == 5 && !slot->class.is_long_running,
		.credential = (enum credential)(which % 3),
		.source = which % 5 == 4 ? SOURCE_REPLAY : SOURCE_CLIENT,
		.deadline = how % 8 == 7 ? walk->now + which * USEC_PER_SEC / 8
					 : USEC_NEVER,
	};
	slot->is_durable = slot->rq.has_intent;
	policy_submit(walk->policy, &slot->rq, walk->now);
}

static void answered(struct walk *walk, uint8_t which, uint8_t how)
{
	static const unsigned STATUSES[] = { 200, 201, 429, 429, 429, 500, 502,
		503, 504, 409, 404, 401, 403, 200 };
	struct slot *slot = slot_in(walk, which, RUNNING);
	struct answer answer = {
		.status = STATUSES[how % ARRAY_SIZE(STATUSES)],
		.retry_after = (int32_t)(how % 5) - 1,
		.level_uid = how % 3 ? 500 + how % 5 : 0,
		.is_plain_text = how % 4 != 0,
		.body = how % 11 ? SPAN("Too many") : SPAN("is shutting down"),
	};

	if (!slot)
		return;
	policy_sent(walk->policy, &slot->rq, walk->now);
	slot->state = policy_answered(walk->policy, &slot->rq, &answer,
			      walk->now) == PASS_ON
		? SLOT_ANSWERED
		: SLOT_WAITING;
	CHECK(!slot->is_cancelled || slot->state == SLOT_ANSWERED);
}

static void finish(struct walk *walk, uint8_t which, uint8_t how)
{
	struct slot *slot = slot_in(walk, which, RUNNING | ANSWERED);
	struct outcome outcome = { .bytes = how * 10000u };

	if (!slot)
		return;
	if (slot->state == SLOT_ANSWERED)
		outcome.kind = how % 4 ? OUTCOME_COMPLETE : OUTCOME_BROKEN;
	else
		outcome.kind = how % 2 ? OUTCOME_LOST : OUTCOME_UNSENT;
	if (how % 3)
		policy_sent(walk->policy, &slot->rq, walk->now);
	if (policy_finish(walk->policy, &slot->rq, &outcome, walk->now)) {
		CHECK(!slot->is_cancelled && slot->state == SLOT_RUNNING);
		slot->state = SLOT_WAITING;
	} else {
		CHECK(slot->is_cancelled || slot->state == SLOT_ANSWERED);
		slot->state = SLOT_FREE;
	}
}

static void cancel(struct walk *walk, uint8_t which)
{
	struct slot *slot = slot_in(walk, which, WAITING | RUNNING | ANSWERED);

	if (!slot)
		return;
	if (policy_cancel(walk->policy, &slot->rq, walk->now)) {
		CHECK(slot->state == SLOT_WAITING);
		slot->state = SLOT_FREE;
	} else {
		CHECK(slot->state != SLOT_WAITING);
		slot->is_cancelled = true;
	}
}

/* The disk has answered, perhaps twice: it was full, and is not any more. */
static void journaled(struct walk *walk, uint8_t which, uint8_t how)
{
	struct slot *slot = slot_in(walk, which, WAITING | RUNNING | ANSWERED);

	if (!slot || !slot->is_journaled)
		return;
	slot->is_durable |= how % 4 != 0;
	policy_journaled(walk->policy, &slot->rq, how % 4 != 0, walk->now);
}

static void initialised(struct walk *walk, uint8_t which)
{
	struct slot *slot = slot_in(walk, which, ANSWERED);

	if (slot && slot->class.verb == VERB_WATCH)
		policy_initialised(walk->policy, &slot->rq, walk->now);
}

static void advance(struct walk *walk, uint8_t which, uint8_t how)
{
	static const usec_t STEPS[] = { 0, 1, 100, 2000, 10000, 100000, 500000,
		1000000 };
	usec_t wake_at = policy_wake_at(walk->policy);

	if (how == 255)
		walk->now += which * USEC_PER_SEC / 8;
	else if (how == 254)
		walk->now -= which * USEC_PER_MSEC;
	else if (how % 3 == 0 && wake_at != USEC_NEVER)
		walk->now = wake_at;
	else
		walk->now += STEPS[which % ARRAY_SIZE(STEPS)];
	walk->latest = u64_max(walk->latest, walk->now);
}

static void capacity(struct walk *walk, uint8_t which, uint8_t how)
{
	unsigned endpoint = which % walk->original.endpoint_count;
	enum conn_class class =
		(enum conn_class)(which / 16 % CONN_CLASS_COUNT);
	unsigned count = how % 8;

	walk->free_streams[endpoint][class] = count;
	policy_capacity(walk->policy, endpoint, class, count, walk->now);
}

static void health(struct walk *walk, uint8_t which, uint8_t how)
{
	/* Mostly alive, or there is nothing to see. */
	static const enum health_kind KINDS[] = { HEALTH_PROBE_OK,
		HEALTH_PROBE_OK, HEALTH_ALIVE, HEALTH_PROBE_FAILED,
		HEALTH_PROBE_TIMEOUT, HEALTH_CONNECTED, HEALTH_CONNECT_FAILED,
		HEALTH_CONN_LOST, HEALTH_GOAWAY, HEALTH_PROBE_OK,
		HEALTH_APPEARED, HEALTH_APPEARED, HEALTH_VANISHED };

	policy_health(walk->policy, which % walk->original.endpoint_count,
		KINDS[how % ARRAY_SIZE(KINDS)], walk->now);
}

static void set_mode(struct walk *walk, uint8_t how)
{
	/* Seldom, and back again soon. */
	policy_set_mode(walk->policy,
		how == 255           ? POLICY_PAUSE
			: how == 254 ? POLICY_DRAIN
				     : POLICY_RUN,
		walk->now);
}

/* One lane in eight events, and back again: all others are as usual. */
static void pause_lane(struct walk *walk, uint8_t which, bool is_paused)
{
	const struct policy_settings *settings = &walk->settings[walk->in_use];
	uint16_t lane = (uint16_t)(which % settings->lane_count);

	if (settings->lanes[lane].kind != LANE_EXEMPT)
		policy_pause_lane(walk->policy, lane, is_paused, walk->now);
}

/* Half of the time back to what it was at first. */
static void reconfigure(struct walk *walk, uint8_t which, uint8_t how)
{
	const struct policy_settings *from = &walk->settings[walk->in_use];
	struct policy_settings *to = &walk->settings[!walk->in_use];
	struct renumbering renumbering;

	*to = walk->original;
	if (how % 4)
		settings_vary(to, which, how);
	policy_reconfigure(walk->policy, to, &renumbering, walk->now);
	oracle_reconfigured(&walk->oracle, from, to, walk->watched, SLOTS);
	walk->in_use = !walk->in_use;
}

void walk_step(struct walk *walk, uint8_t what, uint8_t which, uint8_t how)
{
	switch (what % 16) {
	case 0:
	case 1:
	case 2:
	case 3:
		submit(walk, which, how);
		break;
	case 4:
	case 5:
		answered(walk, which, how);
		break;
	case 6:
		finish(walk, which, how);
		break;
	case 7:
	case 8:
		cancel(walk, which);
		break;
	case 9:
		advance(walk, which, how);
		break;
	case 10:
	case 11:
		capacity(walk, which, how);
		break;
	case 12:
		if (how % 2)
			health(walk, which, how / 2);
		else if (which % 2)
			initialised(walk, how);
		else if (which % 4)
			journaled(walk, how, which / 4);
		else if (which % 8 == 0)
			reconfigure(walk, how, (uint8_t)(how ^ which));
		else if (which % 16 == 4)
			pause_lane(walk, which / 16 + how / 8, how % 8 == 0);
		else
			set_mode(walk, how);
		break;
	default:
		decide(walk, 1 + how % 16);
		break;
	}
	look(walk);
}

static bool is_drained_left(const struct walk *walk)
{
	for (unsigned i = 0; i < SLOTS; i++) {
		if (walk->slots[i].is_drained &&
			walk->slots[i].state != SLOT_FREE)
			return true;
	}
	return false;
}

uint64_t walk_end(struct walk *walk)
{
	uint64_t result = walk->trace;
	struct policy_stats stats;

	for (unsigned i = 0; i < SLOTS; i++)
		cancel(walk, (uint8_t)i);
	decide(walk, 4 * SLOTS);
	/* Nothing that is awaited then is awaited for ever. */
	for (unsigned i = 0; i < SLOTS && is_drained_left(walk); i++) {
		walk->now = walk->latest += ANSWER_TIMEOUT;
		decide(walk, 4 * SLOTS);
	}
	for (unsigned i = 0; i < SLOTS; i++)
		CHECK(walk->slots[i].state == SLOT_FREE);
	policy_check(walk->policy);
	policy_read_stats(walk->policy, &stats);
	CHECK(!stats.flows && !stats.held_bytes);
	policy_free(walk->policy);
	free(walk);
	return result;
}
