/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/reviews.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/exchange/errand.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/review_text.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/identity/user_info.h"
#include "proxy/observe/log.h"

enum {
	NO_TTL_MAX = 2 * USEC_PER_SEC,
	/* As long as the longest hold of the lanes. */
	STALE = 600 * USEC_PER_SEC,
};

static usec_t reviews_now(const struct reviews *reviews)
{
	return server_now(reviews->server);
}

/* ---- what is remembered -------------------------------------------------- */

static struct review *find(const struct reviews *reviews, const uint64_t key[2])
{
	struct map_node *node = map_first(&reviews->by_key, key[0]);

	for (; node; node = map_next(node)) {
		struct review *review =
			CONTAINER_OF(node, struct review, by_key);

		if (node->hash == key[0] && review->key[1] == key[1])
			return review;
	}
	return NULL;
}

static void drop(struct review *review)
{
	struct reviews *reviews = review->reviews;

	CHECK(list_is_empty(&review->waiters) && !review->errand);
	map_remove(&reviews->by_key, &review->by_key);
	list_remove(&review->node);
	user_info_unref(review->user);
	free(review);
}

static void make_room(struct reviews *reviews)
{
	while (reviews->by_key.count >= reviews->settings.entries_max) {
		struct list_node *node = list_first(&reviews->known);

		if (!node)
			return;
		drop(CONTAINER_OF(node, struct review, node));
		reviews->stats.pushed_out++;
	}
}

static struct review *review_new(struct reviews *reviews, enum review_kind kind,
	const uint64_t key[2])
{
	struct review *review = xcalloc(1, sizeof(*review));

	make_room(reviews);
	review->reviews = reviews;
	review->kind = kind;
	memcpy(review->key, key, sizeof(review->key));
	list_init(&review->waiters);
	map_insert(&reviews->by_key, &review->by_key, key[0]);
	return review;
}

static void set_state(struct review *review, enum review_state state)
{
	struct reviews *reviews = review->reviews;

	review->state = state;
	list_remove(&review->node);
	list_push_back(state == REVIEW_ASKING ? &reviews->asking
					      : &reviews->known,
		&review->node);
}

/* ---- asking -------------------------------------------------------------- */

static bool is_full(const struct reviews *reviews, const struct exchange *asker)
{
	size_t count = 0;

	if (reviews->asking.count >= REVIEWS_ASKING_MAX)
		return true;
	if (reviews->asking.count < REVIEWS_OF_PEER_MAX)
		return false;
	LIST_EACH (node, &reviews->asking) {
		const struct review *review =
			CONTAINER_OF(node, struct review, node);

		count += review->peer == asker->rq.peer;
	}
	return count >= REVIEWS_OF_PEER_MAX;
}

static enum review_result result_of(
	const struct review *review, struct user_info **ret_user)
{
	if (!review->is_yes)
		return REVIEW_NO;
	if (ret_user)
		*ret_user = user_info_ref(review->user);
	return REVIEW_YES;
}

/* Old, but good enough for a lane. */
static bool is_usable(const struct review *review, usec_t now)
{
	return review->kind == REVIEW_TOKEN && review->has_been_known &&
		review->is_yes && now < usec_add(review->known_at, STALE);
}

/* What is asked, should it have to be. */
struct question {
	enum review_kind kind;
	uint64_t key[2];
	struct span token;
	const struct user_info *who;
	const struct access *access;
};

static void write_body(const struct question *question, struct buf *ret_body)
{
	switch (question->kind) {
	case REVIEW_TOKEN:
		review_write_token(question->token, ret_body);
		return;
	case REVIEW_ACCESS:
		review_write_access(
			question->who, question->access, ret_body);
		return;
	case REVIEW_KIND_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

static struct span path_of(enum review_kind kind)
{
	switch (kind) {
	case REVIEW_TOKEN:
		return SPAN("/apis/authentication.k8s.io/v1/tokenreviews");
	case REVIEW_ACCESS:
		return SPAN("/apis/authorization.k8s.io/v1/"
			    "subjectaccessreviews");
	case REVIEW_KIND_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

static errand_fn on_done;

/* False: Fairway has no credentials now. */
static bool ask(struct review *review, const struct question *question,
	const struct exchange *asker)
{
	struct reviews *reviews = review->reviews;
	struct errand_request request = {
		.asker = asker,
		.method = SPAN("POST"),
		.target = path_of(question->kind),
		.content_type = SPAN("application/json"),
		.user_agent = SPAN("fairway-review"),
		.patience = reviews->settings.timeout,
	};
	struct buf body = BUF_INIT;

	if (span_is_empty(server_own_authorization(reviews->server)))
		return false;
	set_state(review, REVIEW_ASKING);
	review->asked_at = reviews_now(reviews);
	review->peer = asker->rq.peer;
	write_body(question, &body);
	request.body = buf_span(&body);
	review->errand =
		errand_send(reviews->server, &request, on_done, review);
	explicit_bzero(body.data, body.cap);
	buf_fini(&body);
	return true;
}

static void count(struct reviews *reviews, enum review_kind kind,
	enum review_lookup lookup)
{
	reviews->stats.lookups[kind][lookup]++;
}

/* It is not known, or not well enough: it is asked, or is being asked. */
static enum review_result wait_for(struct reviews *reviews,
	struct review *review, const struct question *question,
	const struct exchange *asker, struct review_waiter *waiter)
{
	if (review && review->state == REVIEW_ASKING) {
		count(reviews, question->kind, REVIEW_LOOKUP_JOINED);
		list_push_back(&review->waiters, &waiter->node);
		return REVIEW_WAIT;
	}
	if (is_full(reviews, asker)) {
		count(reviews, question->kind, REVIEW_LOOKUP_FULL);
		return REVIEW_FULL;
	}
	count(reviews, question->kind, REVIEW_LOOKUP_MISS);
	if (!review)
		review = review_new(reviews, question->kind, question->key);
	if (!ask(review, question, asker)) {
		reviews->stats.ends[review->kind][REVIEW_END_FAILED]++;
		drop(review);
		return REVIEW_FAILED;
	}
	list_push_back(&review->waiters, &waiter->node);
	return REVIEW_WAIT;
}

/* Its old answer will do, and a new one is asked for if that can be. */
static enum review_result use_stale(struct review *review,
	const struct question *question, const struct exchange *asker,
	struct user_info **ret_user)
{
	struct reviews *reviews = review->reviews;

	count(reviews, question->kind, REVIEW_LOOKUP_STALE);
	if (review->state == REVIEW_KNOWN && !is_full(reviews, asker))
		(void)ask(review, question, asker);
	return result_of(review, ret_user);
}

static enum review_result look_up(struct reviews *reviews,
	const struct question *question, const struct exchange *asker,
	struct review_waiter *waiter, struct user_info **ret_user)
{
	struct review *review = find(reviews, question->key);
	usec_t now = reviews_now(reviews);

	if (review && review->state == REVIEW_KNOWN && now < review->until) {
		count(reviews, question->kind, REVIEW_LOOKUP_HIT);
		set_state(review, REVIEW_KNOWN);
		return result_of(review, ret_user);
	}
	if (review && is_usable(review, now))
		return use_stale(review, question, asker, ret_user);
	return wait_for(reviews, review, question, asker, waiter);
}

enum review_result reviews_token(struct reviews *reviews, struct span token,
	const struct exchange *asker, struct review_waiter *waiter,
	struct user_info **ret_user)
{
	const struct hash_key *key = &reviews->server->settings.key;
	struct question question = {
		.kind = REVIEW_TOKEN,
		.key = { hash_span(key, 41, token), hash_span(key, 42, token) },
		.token = token,
	};

	return look_up(reviews, &question, asker, waiter, ret_user);
}

static uint64_t access_hash(const struct hash_key *key, uint64_t earlier,
	const struct user_info *who, const struct access *access)
{
	const struct span parts[] = { access->verb, access->group,
		access->resource, access->subresource, access->ns,
		access->name };

	return hash_spans(key, user_info_hash(who, key, earlier), parts,
		ARRAY_SIZE(parts));
}

enum review_result reviews_access(struct reviews *reviews,
	const struct user_info *who, const struct access *access,
	const struct exchange *asker, struct review_waiter *waiter)
{
	const struct hash_key *key = &reviews->server->settings.key;
	struct question question = {
		.kind = REVIEW_ACCESS,
		.key = { access_hash(key, 43, who, access),
			access_hash(key, 44, who, access) },
		.who = who,
		.access = access,
	};

	return look_up(reviews, &question, asker, waiter, NULL);
}

void review_unwait(struct review_waiter *waiter)
{
	list_remove(&waiter->node);
}

/* ---- the answer ---------------------------------------------------------- */

/* Takes what was answered. */
static int read_answer(
	struct review *review, unsigned status, struct span body)
{
	struct user_info *user = NULL;
	bool is_yes = false;

	if (status != 201)
		return -1;
	switch (review->kind) {
	case REVIEW_TOKEN:
		if (review_read_token(body, &user) != 0)
			return -1;
		is_yes = user != NULL;
		break;
	case REVIEW_ACCESS:
		if (review_read_access(body, &is_yes) != 0)
			return -1;
		break;
	case REVIEW_KIND_COUNT:
		CHECK_UNREACHABLE();
	}
	user_info_unref(review->user);
	review->user = user;
	review->is_yes = is_yes;
	return 0;
}

static void note_known(struct review *review)
{
	struct reviews *reviews = review->reviews;
	usec_t now = reviews_now(reviews), ttl = reviews->settings.ttl;

	review->has_been_known = true;
	review->known_at = now;
	review->until = usec_add(
		now, review->is_yes ? ttl : u64_min(ttl, NO_TTL_MAX));
	set_state(review, REVIEW_KNOWN);
}

/* Who waits is told when nothing more is done with the review itself. */
static void take_waiters(struct review *review, struct list *ret_waiting)
{
	struct list_node *node;

	list_init(ret_waiting);
	while ((node = list_pop_front(&review->waiters)))
		list_push_back(ret_waiting, node);
}

static void tell(
	struct list *waiting, enum review_result result, struct user_info *user)
{
	struct list_node *node;

	while ((node = list_pop_front(waiting))) {
		struct review_waiter *waiter =
			CONTAINER_OF(node, struct review_waiter, node);

		waiter->on_result(waiter, result, user);
	}
}

static void end_unknown(struct review *review, enum review_end end)
{
	struct reviews *reviews = review->reviews;
	usec_t now = reviews_now(reviews);
	struct list waiting;

	reviews->stats.ends[review->kind][end]++;
	take_waiters(review, &waiting);
	if (is_usable(review, now)) {
		/* Not again with the very next request. */
		review->until = usec_add(now, NO_TTL_MAX);
		set_state(review, REVIEW_KNOWN);
	} else {
		drop(review);
	}
	tell(&waiting, REVIEW_FAILED, NULL);
}

/* Who asks may be anybody. */
static void log_failure(
	struct review *review, unsigned status, enum review_end end)
{
	struct reviews *reviews = review->reviews;
	uint64_t left_out;
	enum log_level level = log_pace_note(&reviews->failures_said,
		LOG_LEVEL_WARN, reviews_now(reviews), &left_out);

	log_event(reviews->server->log, level, "a review failed",
		LOG_FIELDS(LOG_STR("kind", review_kind_name(review->kind)),
			LOG_STR("result", review_end_name(end)),
			LOG_UINT("status", status),
			LOG_UINT("left_out", left_out)));
}

static bool is_out_of_time(const struct review *review)
{
	const struct reviews *reviews = review->reviews;

	return reviews_now(reviews) >=
		usec_add(review->asked_at, reviews->settings.timeout);
}

static void end(struct review *review, unsigned status, struct span body)
{
	struct reviews *reviews = review->reviews;
	enum review_end failure = !status && is_out_of_time(review)
		? REVIEW_END_TIMEOUT
		: REVIEW_END_FAILED;
	struct user_info *user;
	struct list waiting;
	bool is_yes;

	review->errand = NULL;
	if (read_answer(review, status, body) != 0) {
		log_failure(review, status, failure);
		end_unknown(review, failure);
		return;
	}
	is_yes = review->is_yes;
	user = review->user ? user_info_ref(review->user) : NULL;
	reviews->stats.ends[review->kind][is_yes ? REVIEW_END_YES
						 : REVIEW_END_NO]++;
	note_known(review);
	take_waiters(review, &waiting);
	tell(&waiting, is_yes ? REVIEW_YES : REVIEW_NO, user);
	user_info_unref(user);
}

static void on_done(void *user, unsigned status, struct span body)
{
	end(user, status, body);
}

/* ---- beginning and end --------------------------------------------------- */

void reviews_init(struct reviews *reviews, struct server *server,
	const struct review_settings *settings)
{
	*reviews = (struct reviews){
		.server = server,
		.settings = *settings,
	};
	map_init(&reviews->by_key);
	list_init(&reviews->asking);
	list_init(&reviews->known);
}

void reviews_close(struct reviews *reviews)
{
	LIST_EACH (node, &reviews->asking) {
		struct review *review = CONTAINER_OF(node, struct review, node);

		errand_cancel(review->errand);
		review->errand = NULL;
	}
}

static void drop_all(struct list *list)
{
	struct list_node *node;

	while ((node = list_first(list)))
		drop(CONTAINER_OF(node, struct review, node));
}

void reviews_fini(struct reviews *reviews)
{
	drop_all(&reviews->asking);
	drop_all(&reviews->known);
	map_fini(&reviews->by_key);
}

void reviews_set(
	struct reviews *reviews, const struct review_settings *settings)
{
	uint32_t entries_max = reviews->settings.entries_max;

	reviews->settings = *settings;
	reviews->settings.entries_max = entries_max;
}

const struct review_stats *reviews_stats(struct reviews *reviews)
{
	reviews->stats.entries = reviews->by_key.count;
	reviews->stats.asking = reviews->asking.count;
	return &reviews->stats;
}

void reviews_check(const struct reviews *reviews)
{
	map_check(&reviews->by_key);
	CHECK(reviews->asking.count + reviews->known.count ==
		reviews->by_key.count);
	CHECK(reviews->asking.count <= REVIEWS_ASKING_MAX);
	LIST_EACH (node, &reviews->known) {
		const struct review *review =
			CONTAINER_OF(node, struct review, node);

		CHECK(review->state == REVIEW_KNOWN && !review->errand &&
			review->has_been_known &&
			list_is_empty(&review->waiters));
	}
}

/* ---- names --------------------------------------------------------------- */

const char *review_kind_name(enum review_kind kind)
{
	static const char *const names[REVIEW_KIND_COUNT] = {
		[REVIEW_TOKEN] = "token",
		[REVIEW_ACCESS] = "access",
	};

	return names[kind];
}

const char *review_end_name(enum review_end end)
{
	static const char *const names[REVIEW_END_COUNT] = {
		[REVIEW_END_YES] = "yes",
		[REVIEW_END_NO] = "no",
		[REVIEW_END_FAILED] = "failed",
		[REVIEW_END_TIMEOUT] = "timeout",
	};

	return names[end];
}

const char *review_lookup_name(enum review_lookup lookup)
{
	static const char *const names[REVIEW_LOOKUP_COUNT] = {
		[REVIEW_LOOKUP_HIT] = "hit",
		[REVIEW_LOOKUP_STALE] = "stale",
		[REVIEW_LOOKUP_JOINED] = "joined",
		[REVIEW_LOOKUP_MISS] = "miss",
		[REVIEW_LOOKUP_FULL] = "full",
	};

	return names[lookup];
}
