/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/apf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/hash.h"
#include "tests/kubesim/apf_config.h"

/* What a request is thought to take until it has been seen to end. */
#define ESTIMATED_USEC 3000.0

struct apf {
	unsigned total;
	struct list sets; /* struct apf_set, owned, the current one first */
};

static struct apf_set *current_set(const struct apf *apf)
{
	struct list_node *node = list_first(&apf->sets);

	CHECK(node);
	return CONTAINER_OF(node, struct apf_set, node);
}

struct apf *apf_new(unsigned total, const cJSON *config, struct err *err)
{
	struct apf *apf = xcalloc(1, sizeof(*apf));

	apf->total = total;
	list_init(&apf->sets);
	if (apf_configure(apf, config, err) == 0)
		return apf;
	free(apf);
	return NULL;
}

void apf_free(struct apf *apf)
{
	if (!apf)
		return;
	LIST_EACH (node, &apf->sets) {
		struct apf_set *set = CONTAINER_OF(node, struct apf_set, node);

		CHECK(set->users == 0);
		list_remove(node);
		apf_set_free(set);
	}
	free(apf);
}

static void drop_unused_sets(struct apf *apf)
{
	LIST_EACH (node, &apf->sets) {
		struct apf_set *set = CONTAINER_OF(node, struct apf_set, node);

		if (set->users || set == current_set(apf))
			continue;
		list_remove(node);
		apf_set_free(set);
	}
}

int apf_configure(struct apf *apf, const cJSON *config, struct err *err)
{
	struct apf_set *set = apf_set_new(apf->total, config, err);

	if (!set)
		return -1;
	list_push_front(&apf->sets, &set->node);
	drop_unused_sets(apf);
	return 0;
}

static unsigned active_queues(const struct apf_level *level)
{
	unsigned active = 0;

	for (unsigned i = 0; i < level->queue_count; i++)
		active += level->queues[i].executing > 0 ||
			!list_is_empty(&level->queues[i].waiting);
	return active;
}

/* Virtual time runs as fast as one of the active queues is served. */
static void level_advance(struct apf_level *level, usec_t now)
{
	unsigned active = active_queues(level);
	unsigned wanted = level->in_use;

	for (unsigned i = 0; i < level->queue_count; i++)
		wanted += level->queues[i].waiting_width;
	if (wanted > level->seats)
		wanted = level->seats;
	if (active)
		level->r +=
			(double)usec_since(now, level->r_at) * wanted / active;
	level->r_at = now;
}

static unsigned limit_width(const struct apf_level *level, unsigned width)
{
	unsigned max = (level->seats * 15 + 99) / 100;

	if (level->queues_requests && level->seats / level->hand < max)
		max = level->seats / level->hand;
	if (max < 1)
		max = 1;
	if (width > max)
		width = max;
	return width ? width : 1;
}

static void count_drop(struct apf_level *level, usec_t now)
{
	level->rejected++;
	dropped_record(&level->dropped, now);
}

static void take_seat(struct apf_seat *seat, usec_t now)
{
	seat->state = APF_SEATED;
	seat->seated_at = now;
	seat->level->in_use += seat->width;
	seat->level->dispatched++;
}

/* Shuffle sharding: the least loaded queue of the flow's hand. */
static struct apf_queue *choose_queue(
	struct apf_level *level, uint64_t flow_hash)
{
	unsigned hand[APF_MAX_HAND];
	struct apf_queue *best = NULL;

	for (unsigned i = 0; i < level->hand; i++) {
		uint64_t left = level->queue_count - i;
		unsigned card = (unsigned)(flow_hash % left);
		struct apf_queue *queue;
		unsigned place = i;

		flow_hash /= left;
		/* The card counts among those that are not dealt yet; the
		 * hand is kept sorted. */
		for (unsigned k = 0; k < i; k++) {
			if (hand[k] > card) {
				place = k;
				break;
			}
			card++;
		}
		for (unsigned k = i; k > place; k--)
			hand[k] = hand[k - 1];
		hand[place] = card;
		queue = &level->queues[card];
		if (!best ||
			queue->waiting_width + queue->executing <
				best->waiting_width + best->executing)
			best = queue;
	}
	return best;
}

static uint64_t flow_hash_of(const struct apf_schema *schema,
	const struct request *req, const struct identity *user)
{
	struct hash_key key = { .k0 = 1, .k1 = 2 };
	uint64_t hash = hash_span(&key, 0, span_str(schema->name));

	switch (schema->distinguisher) {
	case APF_BY_NOTHING:
		break;
	case APF_BY_USER:
		return hash_span(&key, hash, span_str(user->user));
	case APF_BY_NAMESPACE:
		return hash_span(&key, hash, span_str(req->ns));
	}
	return hash;
}

static void queue_append(
	struct apf_level *level, struct apf_queue *queue, struct apf_seat *seat)
{
	if (list_is_empty(&queue->waiting) && !queue->executing)
		queue->next_r = level->r; /* no credit for having been idle */
	seat->queue = queue;
	seat->state = APF_QUEUED;
	seat->arrival_r = level->r;
	queue->waiting_width += seat->width;
	level->waiting++;
	list_push_back(&queue->waiting, &seat->node);
}

static void queue_remove(struct apf_seat *seat)
{
	list_remove(&seat->node);
	seat->queue->waiting_width -= seat->width;
	seat->level->waiting--;
}

static void start_queued(struct apf_seat *seat, usec_t now)
{
	struct apf_queue *queue = seat->queue;

	queue_remove(seat);
	queue->executing++;
	queue->next_r += ESTIMATED_USEC * seat->width;
	take_seat(seat, now);
}

/* The waiting request that would be finished first, if it fits. */
static struct apf_seat *level_next(struct apf_level *level, usec_t now)
{
	struct apf_seat *best = NULL;
	double best_finish = 0;

	if (!level->waiting)
		return NULL;
	for (unsigned i = 0; i < level->queue_count; i++) {
		const struct apf_queue *queue = &level->queues[i];
		struct list_node *node = list_first(&queue->waiting);
		struct apf_seat *seat;
		double finish;

		if (!node)
			continue;
		seat = CONTAINER_OF(node, struct apf_seat, node);
		finish = queue->next_r + ESTIMATED_USEC * seat->width;
		if (!best || finish < best_finish) {
			best = seat;
			best_finish = finish;
		}
	}
	CHECK(best);
	/* One that does not fit lets nobody pass. */
	if (level->in_use && level->in_use + best->width > level->seats)
		return NULL;
	if (!level->seats)
		return NULL;
	level_advance(level, now);
	start_queued(best, now);
	return best;
}

struct apf_seat *apf_next(struct apf *apf, usec_t now)
{
	LIST_EACH (node, &apf->sets) {
		struct apf_set *set = CONTAINER_OF(node, struct apf_set, node);

		for (unsigned i = 0; i < set->level_count; i++) {
			struct apf_seat *seat =
				level_next(&set->levels[i], now);

			if (seat)
				return seat;
		}
	}
	return NULL;
}

static enum apf_verdict enter_rejecting(
	struct apf_level *level, struct apf_seat *seat, usec_t now)
{
	if (level->in_use + seat->width > level->seats) {
		count_drop(level, now);
		return APF_REJECT;
	}
	level->set->users++;
	take_seat(seat, now);
	return APF_RUN;
}

static enum apf_verdict enter_queueing(struct apf_level *level,
	struct apf_seat *seat, uint64_t flow_hash, usec_t now)
{
	struct apf_queue *queue = choose_queue(level, flow_hash);

	level_advance(level, now);
	if (level->in_use >= level->seats &&
		queue->waiting.count >= level->length_limit) {
		count_drop(level, now);
		return APF_REJECT;
	}
	level->set->users++;
	queue_append(level, queue, seat);
	if (level->waiting == 1 && level_next(level, now))
		return APF_RUN;
	return APF_WAIT;
}

enum apf_verdict apf_enter(struct apf *apf, const struct request *req,
	const struct identity *user, unsigned width, struct apf_seat *seat,
	usec_t now)
{
	const struct apf_schema *schema =
		apf_set_match(current_set(apf), req, user);
	struct apf_level *level;

	CHECK(seat->state == APF_OUTSIDE);
	*seat = (struct apf_seat){ 0 };
	if (!schema) /* a configuration without a catch-all */
		return APF_RUN;
	level = schema->level;
	seat->level = level;
	seat->schema_uid = schema->uid;
	if (level->exempt) {
		seat->width = width ? width : 1;
		level->set->users++;
		take_seat(seat, now);
		return APF_RUN;
	}
	seat->width = limit_width(level, width);
	if (!level->queues_requests)
		return enter_rejecting(level, seat, now);
	return enter_queueing(
		level, seat, flow_hash_of(schema, req, user), now);
}

/* The queue is charged what the request really took. */
static void settle(struct apf_seat *seat, usec_t now)
{
	struct apf_queue *queue = seat->queue;
	double took = (double)usec_since(now, seat->seated_at);
	struct list_node *node = list_first(&queue->waiting);
	double head_r = 0;

	queue->executing--;
	queue->next_r += (took - ESTIMATED_USEC) * seat->width;
	/* It cannot save up: its head arrived only then. */
	if (node)
		head_r = CONTAINER_OF(node, struct apf_seat, node)->arrival_r;
	if (queue->next_r < head_r)
		queue->next_r = head_r;
}

void apf_leave(struct apf *apf, struct apf_seat *seat, usec_t now)
{
	struct apf_level *level = seat->level;

	switch (seat->state) {
	case APF_OUTSIDE:
		return;
	case APF_QUEUED:
		level_advance(level, now);
		queue_remove(seat);
		break;
	case APF_SEATED:
		level_advance(level, now);
		level->in_use -= seat->width;
		if (seat->queue)
			settle(seat, now);
		break;
	}
	seat->state = APF_OUTSIDE;
	seat->queue = NULL;
	level->set->users--;
	if (level->set != current_set(apf)) {
		/* The level may go: its names must not be needed again. */
		seat->level = NULL;
		seat->schema_uid = NULL;
		drop_unused_sets(apf);
	}
}

void apf_time_out(struct apf *apf, struct apf_seat *seat, usec_t now)
{
	CHECK(seat->state == APF_QUEUED);
	count_drop(seat->level, now);
	seat->level->timed_out++;
	apf_leave(apf, seat, now);
}

unsigned apf_retry_after(const struct apf_seat *seat)
{
	return seat->level ? seat->level->dropped.retry_after : 1;
}

usec_t apf_wait_limit(const struct apf_seat *seat)
{
	return seat->level->wait_limit;
}

const char *apf_level_uid(const struct apf_seat *seat)
{
	return seat->level ? seat->level->uid : NULL;
}

static cJSON *level_report(const struct apf_level *level)
{
	cJSON *item = cJSON_CreateObject();

	json_set_str(item, "name", level->name);
	json_set_str(item, "uid", level->uid);
	json_set_num(item, "seats", level->seats);
	json_set_num(item, "inUse", level->in_use);
	json_set_num(item, "waiting", level->waiting);
	json_set_num(item, "dispatched", (double)level->dispatched);
	json_set_num(item, "rejected", (double)level->rejected);
	json_set_num(item, "timedOut", (double)level->timed_out);
	json_set_num(item, "retryAfter", level->dropped.retry_after);
	return item;
}

cJSON *apf_report(const struct apf *apf)
{
	const struct apf_set *set = current_set(apf);
	cJSON *doc = cJSON_CreateObject();
	cJSON *levels = cJSON_AddArrayToObject(doc, "levels");
	cJSON *schemas = cJSON_AddArrayToObject(doc, "schemas");

	for (unsigned i = 0; i < set->level_count; i++)
		cJSON_AddItemToArray(levels, level_report(&set->levels[i]));
	for (unsigned i = 0; i < set->schema_count; i++) {
		cJSON *item = json_dup(set->schemas[i].rule);

		json_set_str(item, "uid", set->schemas[i].uid);
		cJSON_AddItemToArray(schemas, item);
	}
	return doc;
}

void apf_check(const struct apf *apf)
{
	LIST_EACH (node, &apf->sets) {
		const struct apf_set *set =
			CONTAINER_OF(node, struct apf_set, node);

		for (unsigned i = 0; i < set->level_count; i++) {
			const struct apf_level *level = &set->levels[i];
			size_t waiting = 0;

			for (unsigned k = 0; k < level->queue_count; k++) {
				list_check(&level->queues[k].waiting);
				waiting += level->queues[k].waiting.count;
			}
			CHECK(waiting == level->waiting);
		}
	}
}
