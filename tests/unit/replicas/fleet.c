/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/replicas/fleet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"

#define MILLION ((uint64_t)1000000)
#define LOOK (FLEET_PERIOD / 64)

/* ---- clocks ------------------------------------------------------------- */

static usec_t local_time(const struct fleet *fleet, const struct node *node)
{
	return node->offset + fleet->now / MILLION * node->rate +
		fleet->now % MILLION * node->rate / MILLION;
}

/* The first true time at which its clock shows `local`, or later. */
static usec_t true_time(const struct node *node, usec_t local)
{
	usec_t since = usec_since(local, node->offset);

	if (local == USEC_NEVER)
		return USEC_NEVER;
	return since / node->rate * MILLION +
		(since % node->rate * MILLION + node->rate - 1) / node->rate;
}

/* ---- the store ---------------------------------------------------------- */

static struct stored_lease *find_lease(struct fleet *fleet, const char *name)
{
	for (unsigned i = 0; i < FLEET_LEASES; i++) {
		struct stored_lease *lease = &fleet->leases[i];

		if (lease->is_there && !strcmp(lease->name, name))
			return lease;
	}
	return NULL;
}

static struct stored_lease *free_lease(struct fleet *fleet)
{
	for (unsigned i = 0; i < FLEET_LEASES; i++) {
		if (!fleet->leases[i].is_there)
			return &fleet->leases[i];
	}
	return NULL;
}

/* As the API server: what is replaced has to be as it was. */
static void store_write(struct fleet *fleet, struct message *message)
{
	struct stored_lease *lease = find_lease(fleet, message->lease.name);
	uint64_t uid = lease ? lease->uid : fleet->version + 1;

	message->is_conflict = message->replaces
		? !lease || lease->version != message->replaces
		: lease != NULL;
	if (message->is_conflict)
		return;
	if (!lease)
		lease = free_lease(fleet);
	if (!lease) {
		message->is_conflict = true;
		return;
	}
	*lease = message->lease;
	lease->is_there = true;
	lease->uid = uid;
	lease->version = message->version = ++fleet->version;
	message->is_done = true;
}

void fleet_delete(struct fleet *fleet, unsigned lease)
{
	fleet->leases[lease % FLEET_LEASES].is_there = false;
}

void fleet_spoil(struct fleet *fleet, unsigned lease)
{
	struct stored_lease *spoilt = &fleet->leases[lease % FLEET_LEASES];

	spoilt->is_readable = false;
	spoilt->version = ++fleet->version;
}

/* ---- messages ----------------------------------------------------------- */

static struct message *new_message(struct fleet *fleet)
{
	for (unsigned i = 0; i < FLEET_MESSAGES; i++) {
		if (!fleet->messages[i].is_used)
			return &fleet->messages[i];
	}
	CHECK_UNREACHABLE();
}

static usec_t some_delay(struct fleet *fleet, const struct node *node)
{
	return fleet->now + 1 + rng_below(&fleet->rng, node->delay_max + 1);
}

static bool is_lost(struct fleet *fleet, unsigned percent)
{
	return rng_below(&fleet->rng, 100) < percent;
}

/* What is told of it with a WRITE. */
static void find_used(struct fleet *fleet, unsigned at, uint32_t *ret_used)
{
	const struct node *node = &fleet->nodes[at];

	for (uint32_t i = 0; i < fleet->quotas.count; i++)
		ret_used[i] = fleet->run_time
			? node->running * SEAT
			: (uint32_t)u64_min(node->demands[i],
				  fleet_portion(fleet, at, i));
}

static void fill_write(
	struct fleet *fleet, unsigned at, struct message *message)
{
	struct node *node = &fleet->nodes[at];
	struct lease_draft draft;
	uint32_t used[QUOTAS_MAX];

	find_used(fleet, at, used);
	replica_draft(&node->replica, used, &draft);
	message->replaces = strtoull(draft.version, NULL, 10);
	snprintf(message->lease.name, sizeof(message->lease.name), "%s",
		node->name);
	snprintf(message->lease.holder, sizeof(message->lease.holder), "%s",
		node->holder);
	message->lease.is_readable = true;
	memcpy(message->lease.parts, draft.parts,
		fleet->quotas.count * sizeof(*draft.parts));
}

static void ask(struct fleet *fleet, unsigned at, enum replica_step step)
{
	struct node *node = &fleet->nodes[at];
	struct message *message = new_message(fleet);
	usec_t patience = REPLICA_PATIENCE(FLEET_PERIOD);

	*message = (struct message){
		.is_used = true,
		.node = at,
		.question = ++fleet->question,
		.at = some_delay(fleet, node),
		.step = step,
	};
	if (step == REPLICA_WRITE)
		fill_write(fleet, at, message);
	node->question = message->question;
	node->give_up_at =
		true_time(node, local_time(fleet, node) + patience);
	if (is_lost(fleet, node->lost_questions))
		message->is_used = false;
}

static void reach_store(struct fleet *fleet, struct message *message)
{
	const struct node *node = &fleet->nodes[message->node];

	if (message->step == REPLICA_WRITE)
		store_write(fleet, message);
	else
		memcpy(message->leases, fleet->leases,
			sizeof(message->leases));
	message->is_answer = true;
	message->at = some_delay(fleet, node);
	if (is_lost(fleet, node->lost_answers))
		message->is_used = false;
}

static void hear_list(
	struct fleet *fleet, struct node *node, const struct message *message)
{
	struct lease_seen seen[FLEET_LEASES];
	char versions[FLEET_LEASES][24], uids[FLEET_LEASES][24];
	uint32_t count = 0;

	for (unsigned i = 0; i < FLEET_LEASES; i++) {
		const struct stored_lease *lease = &message->leases[i];

		if (!lease->is_there)
			continue;
		snprintf(versions[count], sizeof(versions[count]), "%" PRIu64,
			lease->version);
		snprintf(uids[count], sizeof(uids[count]), "u%" PRIu64,
			lease->uid);
		seen[count] = (struct lease_seen){
			.uid = span_str(uids[count]),
			.name = span_str(lease->name),
			.holder = span_str(lease->holder),
			.version = span_str(versions[count]),
			.is_readable = lease->is_readable,
			.parts = lease->parts,
		};
		count++;
	}
	replica_listed(
		&node->replica, seen, count, local_time(fleet, node));
}

static void hear_write(
	struct fleet *fleet, struct node *node, const struct message *message)
{
	usec_t now = local_time(fleet, node);
	char version[24];

	snprintf(version, sizeof(version), "%" PRIu64, message->version);
	if (message->is_done)
		replica_written(&node->replica, span_str(version), now);
	else
		replica_not_written(&node->replica, true, now);
}

static void reach_node(struct fleet *fleet, struct message *message)
{
	struct node *node = &fleet->nodes[message->node];

	if (node->is_frozen) {
		/* In its socket, until it goes on. */
		message->at = fleet->now + USEC_PER_MSEC * 100;
		return;
	}
	message->is_used = false;
	if (!node->is_alive || node->question != message->question)
		return;
	node->question = 0;
	if (message->step == REPLICA_WRITE)
		hear_write(fleet, node, message);
	else
		hear_list(fleet, node, message);
}

/* ---- nodes -------------------------------------------------------------- */

static void give_up(struct fleet *fleet, struct node *node)
{
	usec_t now = local_time(fleet, node);

	node->question = 0;
	if (node->replica.step == REPLICA_WRITE)
		replica_not_written(&node->replica, false, now);
	else
		replica_not_listed(&node->replica, now);
}

static usec_t node_wakes_at(const struct node *node)
{
	usec_t at;

	if (!node->is_alive || node->is_frozen)
		return USEC_NEVER;
	at = u64_min(node->look_at,
		true_time(node, replica_wake_at(&node->replica)));
	return node->question ? u64_min(at, node->give_up_at) : at;
}

static void wake(struct fleet *fleet, unsigned at)
{
	struct node *node = &fleet->nodes[at];
	enum replica_step step;

	if (node->question && fleet->now >= node->give_up_at)
		give_up(fleet, node);
	if (fleet->now >= node->look_at) {
		replica_set_demand(&node->replica, node->demands);
		node->look_at = fleet->now + LOOK;
	}
	step = replica_next(&node->replica, local_time(fleet, node));
	if (step != REPLICA_REST)
		ask(fleet, at, step);
	replica_check(&node->replica);
}

void fleet_start(struct fleet *fleet, unsigned at)
{
	struct node *node = &fleet->nodes[at];
	struct replica_settings settings = {
		.name = node->name,
		.holder = node->holder,
		.quotas = &fleet->quotas,
		.period = FLEET_PERIOD,
		.replicas_max = fleet->replicas_max,
		.floor = 250,
	};

	CHECK(!node->is_alive);
	node->is_alive = true;
	node->is_frozen = false;
	node->question = 0;
	snprintf(node->holder, sizeof(node->holder), "fw-%u_%u", at,
		++node->lives);
	replica_init(&node->replica, &settings, ++fleet->seed,
		local_time(fleet, node));
	replica_set_demand(&node->replica, node->demands);
	node->look_at = fleet->run_time ? fleet->now : USEC_NEVER;
}

void fleet_kill(struct fleet *fleet, unsigned node)
{
	fleet->nodes[node].is_alive = false;
}

void fleet_freeze(struct fleet *fleet, unsigned node, bool is_frozen)
{
	fleet->nodes[node].is_frozen = is_frozen;
}

void fleet_want(struct fleet *fleet, unsigned at, uint32_t seats)
{
	struct node *node = &fleet->nodes[at];

	for (uint32_t i = 0; i < fleet->quotas.count; i++)
		node->demands[i] = (uint32_t)u64_min(
			(uint64_t)seats * SEAT, fleet->quotas.items[i].all);
	if (node->is_alive && !fleet->run_time)
		replica_set_demand(&node->replica, node->demands);
}

void fleet_cut(struct fleet *fleet, unsigned at, bool is_cut)
{
	struct node *node = &fleet->nodes[at];

	node->lost_questions = node->lost_answers = is_cut ? 100 : 0;
}

/* ---- requests ----------------------------------------------------------- */

static void end_runs(struct fleet *fleet, struct node *node)
{
	for (uint32_t i = node->running; i-- > 0;) {
		if (node->runs[i] <= fleet->now)
			node->runs[i] = node->runs[--node->running];
	}
}

static void serve(struct fleet *fleet, unsigned at)
{
	struct node *node = &fleet->nodes[at];
	uint64_t may = u64_min(node->demands[0], fleet_portion(fleet, at, 0));

	end_runs(fleet, node);
	while (fleet->run_time && node->running < may / SEAT)
		node->runs[node->running++] = fleet->now + 1 +
			rng_below(&fleet->rng, fleet->run_time);
}

static usec_t run_ends_at(const struct node *node)
{
	usec_t at = USEC_NEVER;

	for (uint32_t i = 0; i < node->running; i++)
		at = u64_min(at, node->runs[i]);
	return at;
}

static void check_runs(struct fleet *fleet)
{
	uint32_t all = 0;

	for (unsigned i = 0; i < FLEET_NODES; i++)
		all += fleet->nodes[i].running;
	fleet->most_run = (uint32_t)u64_max(fleet->most_run, all);
	if (all > fleet->quotas.items[0].all / SEAT)
		fleet->is_over = true;
}

/* ---- as a whole --------------------------------------------------------- */

struct fleet *fleet_new(uint64_t seed, uint32_t replicas_max)
{
	struct fleet *fleet = xcalloc(1, sizeof(*fleet));

	rng_init(&fleet->rng, seed);
	fleet->seed = seed * 1000;
	fleet->replicas_max = replicas_max;
	fleet->quotas.count = 2;
	fleet->quotas.items[0] = (struct quota){
		.kind = QUOTA_TOTAL,
		.unit = SEAT,
		.all = 64 * SEAT,
		.name = "total",
	};
	fleet->quotas.items[1] = (struct quota){
		.kind = QUOTA_QPS,
		.unit = 1,
		.all = 50 * 1000 + 7,
		.name = "qps",
	};
	for (unsigned i = 0; i < FLEET_NODES; i++) {
		struct node *node = &fleet->nodes[i];

		snprintf(node->name, sizeof(node->name), "fw-%u", i);
		node->rate = MILLION;
		node->offset = (i + 1) * 1000 * USEC_PER_SEC;
		node->delay_max = 5 * USEC_PER_MSEC;
	}
	return fleet;
}

void fleet_free(struct fleet *fleet)
{
	free(fleet);
}

uint32_t fleet_portion(struct fleet *fleet, unsigned at, uint32_t quota)
{
	struct node *node = &fleet->nodes[at];
	uint32_t portions[QUOTAS_MAX];

	if (!node->is_alive || node->is_frozen)
		return 0;
	replica_portions(&node->replica, portions, local_time(fleet, node));
	return portions[quota];
}

struct replica_stats fleet_stats(struct fleet *fleet, unsigned at)
{
	struct node *node = &fleet->nodes[at];
	struct replica_stats stats;

	replica_read_stats(
		&node->replica, &stats, local_time(fleet, node));
	return stats;
}

static void check(struct fleet *fleet)
{
	for (uint32_t i = 0; i < fleet->quotas.count; i++) {
		uint64_t sum = 0;

		for (unsigned j = 0; j < FLEET_NODES; j++)
			sum += fleet_portion(fleet, j, i);
		if (sum > fleet->quotas.items[i].all)
			fleet->is_over = true;
	}
}

static usec_t next_event(const struct fleet *fleet)
{
	usec_t at = USEC_NEVER;

	for (unsigned i = 0; i < FLEET_MESSAGES; i++) {
		if (fleet->messages[i].is_used)
			at = u64_min(at, fleet->messages[i].at);
	}
	for (unsigned i = 0; i < FLEET_NODES; i++) {
		at = u64_min(at, node_wakes_at(&fleet->nodes[i]));
		at = u64_min(at, run_ends_at(&fleet->nodes[i]));
	}
	return at;
}

static void happen(struct fleet *fleet)
{
	for (unsigned i = 0; i < FLEET_MESSAGES; i++) {
		struct message *message = &fleet->messages[i];

		if (!message->is_used || message->at > fleet->now)
			continue;
		if (message->is_answer)
			reach_node(fleet, message);
		else
			reach_store(fleet, message);
		check(fleet);
	}
	for (unsigned i = 0; i < FLEET_NODES; i++) {
		if (node_wakes_at(&fleet->nodes[i]) > fleet->now)
			continue;
		wake(fleet, i);
		check(fleet);
	}
	for (unsigned i = 0; i < FLEET_NODES; i++)
		serve(fleet, i);
	check_runs(fleet);
}

void fleet_run(struct fleet *fleet, usec_t time)
{
	usec_t until = fleet->now + time, at;

	while ((at = next_event(fleet)) <= until) {
		fleet->now = u64_max(fleet->now, at);
		fleet->events++;
		happen(fleet);
	}
	fleet->now = until;
	check(fleet);
}
