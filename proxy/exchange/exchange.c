/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/exchange.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/exchange/errand.h"
#include "proxy/exchange/replay.h"
#include "proxy/exchange/reply.h"
#include "proxy/exchange/request_head.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/exchange/tunnel.h"
#include "proxy/identity/user_info.h"

enum {
	/* IDLE ones that are kept for the next requests. */
	SPARE_MAX = 256,
	H2_NO_ERROR = 0,
	H2_ENHANCE_YOUR_CALM = 11,
	/* Less would not help. */
	LARGE_ANSWER = 64 * 1024,
};

/* What one that gave way had is to be there before the next one does. */
#define RELIEF_PAUSE (100 * USEC_PER_MSEC)

/* ---- the state ----------------------------------------------------------- */

const char *exchange_state_name(enum exchange_state state)
{
	static const char *const names[EXCHANGE_STATE_COUNT] = {
		"idle",
		"receiving",
		"waiting",
		"started",
		"collecting",
		"streaming",
		"answering",
		"leaving",
		"done",
	};

	return names[state];
}

static struct list *list_of(struct server *server, enum exchange_state state)
{
	switch (state) {
	case EXCHANGE_IDLE:
		return &server->spare;
	case EXCHANGE_RECEIVING:
		return &server->receiving;
	case EXCHANGE_WAITING:
	case EXCHANGE_STARTED:
	case EXCHANGE_COLLECTING:
	case EXCHANGE_STREAMING:
	case EXCHANGE_ANSWERING:
	case EXCHANGE_LEAVING:
		return &server->exchanges;
	case EXCHANGE_DONE:
		return &server->done;
	case EXCHANGE_STATE_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

static void over(struct exchange *ex)
{
	struct server *server = ex->server;

	if (ex->replay)
		replay_over(ex);
	if (ex->errand)
		errand_over(ex);
	ex->is_intent_open = ex->intent != NULL;
	intents_release(&server->intents, ex);
	server_record(server, ex);
}

void exchange_set_state(struct exchange *ex, enum exchange_state state)
{
	/* clang-format off */
	static const unsigned moves[EXCHANGE_STATE_COUNT] = {
		[EXCHANGE_IDLE] = 1 << EXCHANGE_RECEIVING,
		[EXCHANGE_RECEIVING] = 1 << EXCHANGE_WAITING |
			1 << EXCHANGE_ANSWERING | 1 << EXCHANGE_DONE,
		[EXCHANGE_WAITING] = 1 << EXCHANGE_STARTED |
			1 << EXCHANGE_ANSWERING | 1 << EXCHANGE_DONE,
		[EXCHANGE_STARTED] = 1 << EXCHANGE_WAITING |
			1 << EXCHANGE_COLLECTING | 1 << EXCHANGE_STREAMING |
			1 << EXCHANGE_ANSWERING | 1 << EXCHANGE_LEAVING,
		[EXCHANGE_COLLECTING] = 1 << EXCHANGE_WAITING |
			1 << EXCHANGE_STREAMING | 1 << EXCHANGE_ANSWERING |
			1 << EXCHANGE_LEAVING,
		[EXCHANGE_STREAMING] = 1 << EXCHANGE_LEAVING |
			1 << EXCHANGE_DONE,
		[EXCHANGE_ANSWERING] = 1 << EXCHANGE_DONE,
		[EXCHANGE_LEAVING] = 1 << EXCHANGE_DONE,
		[EXCHANGE_DONE] = 1 << EXCHANGE_IDLE,
	};
	/* clang-format on */
	struct server *server = ex->server;
	struct list *list;

	CHECK(moves[ex->state] & 1U << state);
	review_unwait(&ex->asks);
	ex->state = state;
	list = list_of(server, state);
	if (ex->node.list != list) {
		list_remove(&ex->node);
		list_push_back(list, &ex->node);
	}
	if (state == EXCHANGE_DONE)
		over(ex);
}

void exchange_settle(struct exchange *ex)
{
	if (!ex->has_downstream && !ex->has_upstream && !ex->is_in_policy)
		exchange_set_state(ex, EXCHANGE_DONE);
}

/* ---- the client's side --------------------------------------------------- */

static struct exchange *exchange_of_down(struct stream *stream)
{
	return CONTAINER_OF(stream, struct exchange, down);
}

static void ask_for_body(struct exchange *ex)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), SPAN("100"));
	stream_inform(&ex->down, &head);
	fields_clear(&head);
}

/* It says so with its head, and no body follows. */
static void receive_upgrade(struct exchange *ex)
{
	ex->rq.body_len = 0;
	if (tunnel_may_begin(&ex->class)) {
		ex->is_upgrade = true;
		ex->reads_body = false;
		ex->rq.is_apart = true;
		/* However long it lasts, whatever its path. */
		ex->class.is_long_running = true;
	} else {
		relay_end(&ex->request_body);
	}
	intake_submit(ex);
}

static void receive_head(struct exchange *ex, bool ended)
{
	struct server *server = ex->server;
	struct request_head read;
	enum verdict verdict;

	ex->received_at = server_now(server);
	verdict = request_head_read(&ex->down.head, ex->head_rules, &read);
	if (verdict == VERDICT_NONE)
		verdict = authenticate(ex, &read);
	if (verdict == VERDICT_NONE && wire_is_full(server->wire))
		verdict = VERDICT_TOO_MANY;
	if (verdict != VERDICT_NONE) {
		intake_begin_text(ex, 0);
		exchange_reply(ex, verdict,
			verdict_info(verdict)->is_not_executed
				? intake_retry_after(ex)
				: 0,
			0);
		return;
	}
	intake_read_head(ex, &read);
	if (ex->down.is_upgrade) {
		receive_upgrade(ex);
		return;
	}
	/* Without a body its end, on_end, is next. */
	if (read.expects_continue && !ended)
		ask_for_body(ex);
	intake_submit_if_ready(ex);
}

/* Nobody will look at what comes now: the client may send it and be done. */
static void discard_body(struct exchange *ex)
{
	uint64_t added = ex->request_body.added;

	if (added > ex->body_passed)
		stream_consume(&ex->down, (size_t)(added - ex->body_passed));
	relay_fini(&ex->request_body);
	exchange_init_relay(ex, &ex->request_body, 0);
	ex->body_passed = 0;
	ex->is_body_discarded = true;
}

static void receive_body(struct exchange *ex, const void *bytes, size_t len)
{
	ex->bytes_in += len;
	if (!ex->is_body_discarded && ex->state == EXCHANGE_STREAMING &&
		!ex->has_upstream)
		discard_body(ex);
	if (ex->is_body_discarded) {
		stream_consume(&ex->down, len);
		return;
	}
	relay_add(&ex->request_body, bytes, len);
	if (ex->state == EXCHANGE_RECEIVING)
		intake_submit_if_ready(ex);
	else
		attempt_push_body(ex);
}

static void receive_end(struct exchange *ex)
{
	struct fields trailers = FIELDS_INIT;

	/* The session says it again of an upgrade that was none. */
	if (ex->is_body_discarded || ex->request_body.is_ended)
		return;
	if (ex->down.trailers) {
		request_trailers_write(ex->down.trailers, &trailers);
		fields_move(&trailers, ex->down.trailers);
		if (ex->down.trailers->count > 0)
			ex->request_body.trailers = ex->down.trailers;
	}
	relay_end(&ex->request_body);
	if (ex->state == EXCHANGE_RECEIVING)
		intake_submit(ex);
	else
		attempt_push_body(ex);
}

static void answer_drained(struct exchange *ex, size_t len)
{
	const struct relay *answer = &ex->response_body;

	ex->bytes_out += len;
	attempt_answer_drained(ex);
	if (tunnel_is_open(ex)) {
		tunnel_end(ex);
		return;
	}
	/*
	 * Answered before the request was here: RFC 9113, 8.1.  Its last frame
	 * has been made, and goes before the reset.
	 */
	if (answer->is_ended && relay_waiting(answer) == 0 &&
		!answer->trailers && !ex->down.peer_ended)
		stream_reset(&ex->down, H2_NO_ERROR);
}

static bool answer_is_out(const struct exchange *ex)
{
	return ex->status != 0 && !ex->has_upstream &&
		relay_waiting(&ex->response_body) == 0;
}

void exchange_give_up(struct exchange *ex)
{
	struct server *server = ex->server;

	CHECK(ex->is_in_policy);
	server->has_news = true;
	if (policy_cancel(server->policy, &ex->rq, server_now(server))) {
		ex->is_in_policy = false;
		server->in_policy--;
	} else {
		/* ABORT or DRAIN follows, if it does not end before. */
		exchange_set_state(ex, EXCHANGE_LEAVING);
	}
	exchange_settle(ex);
}

static void downstream_closed(struct exchange *ex, enum stream_end how)
{
	/* Both directions came to their ends: so does the upstream's soon. */
	bool is_tunnel_over = tunnel_is_open(ex) && how == STREAM_END_CLEAN;

	ex->has_downstream = false;
	pace_leave(&ex->pace);
	ex->is_left = !ex->is_broken && !answer_is_out(ex) && !is_tunnel_over;
	if (ex->is_in_policy && !is_tunnel_over)
		exchange_give_up(ex);
	else
		exchange_settle(ex);
}

static void on_head(struct stream *stream, bool ended)
{
	receive_head(exchange_of_down(stream), ended);
}

static void on_body(struct stream *stream, const void *bytes, size_t len)
{
	receive_body(exchange_of_down(stream), bytes, len);
}

static void on_end(struct stream *stream)
{
	receive_end(exchange_of_down(stream));
}

static void on_nothing(struct stream *stream)
{
	(void)stream;
}

static void on_drained(struct stream *stream, size_t len)
{
	answer_drained(exchange_of_down(stream), len);
}

static void on_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	(void)code;
	downstream_closed(exchange_of_down(stream), how);
}

static const struct stream_events down_events = {
	.on_head = on_head,
	.on_body = on_body,
	.on_end = on_end,
	.on_sent = on_nothing,
	.on_drained = on_drained,
	.on_close = on_close,
};

/* ---- answers of our own -------------------------------------------------- */

void exchange_reply(struct exchange *ex, enum verdict verdict,
	unsigned retry_after, uint64_t intent)
{
	struct server *server = ex->server;
	struct response_notes notes = { 0 };
	struct fields head = FIELDS_INIT;
	char body[REPLY_BODY_CAP];
	size_t len;

	CHECK(!ex->has_upstream && !ex->is_in_policy);
	exchange_set_state(ex, EXCHANGE_ANSWERING);
	ex->verdict = verdict;
	if (ex->replay || ex->is_own) {
		/* There is no client to tell: a replay is to be sent again. */
		exchange_settle(ex);
		return;
	}
	CHECK(ex->has_downstream);
	ex->status = (uint16_t)verdict_info(verdict)->status;
	server->stats->refused[verdict]++;
	if (ex->submitted_at) {
		notes.lane = policy_lane_name(server->policy, &ex->rq);
		notes.rule = policy_rule_name(server->policy, &ex->rq);
		notes.wait = exchange_wait(ex);
	}
	notes.intent = intent;
	len = reply_body_write(verdict, retry_after, intent, body);
	reply_head_write(verdict, retry_after, len, &notes, &head);
	/* As the API server does with one that it is given. */
	if (ex->audit_id_len)
		fields_add(&head, SPAN("audit-id"), exchange_audit_id(ex));
	if (ex->is_head) {
		stream_respond(&ex->down, &head, NULL);
	} else {
		relay_add(&ex->response_body, body, len);
		relay_end(&ex->response_body);
		stream_respond(&ex->down, &head, &ex->response_body);
	}
	fields_clear(&head);
	fields_clear(&ex->down.head);
	discard_body(ex);
}

usec_t exchange_expire_receiving(struct server *server)
{
	usec_t limit = server->settings.wire.progress;
	usec_t now = server_now(server);
	struct list_node *node;

	while (limit && (node = list_first(&server->receiving))) {
		struct exchange *ex = CONTAINER_OF(node, struct exchange, node);
		usec_t until = usec_add(ex->received_at, limit);

		if (now < until)
			return until;
		exchange_reply(ex, VERDICT_DEADLINE, 0, 0);
	}
	return USEC_NEVER;
}

static void cut_off(struct exchange *ex)
{
	ex->server->stats->slow_readers++;
	if (ex->has_downstream)
		stream_reset(&ex->down, H2_ENHANCE_YOUR_CALM);
}

/* Whose answer takes most of the memory, because it is not read; or NULL. */
static struct exchange *find_largest(struct server *server)
{
	struct exchange *largest = NULL;
	size_t most = LARGE_ANSWER;

	LIST_EACH (node, &server->exchanges) {
		struct exchange *ex = CONTAINER_OF(node, struct exchange, node);

		if (!ex->has_downstream || ex->state != EXCHANGE_STREAMING ||
			ex->response_body.held <= most)
			continue;
		most = ex->response_body.held;
		largest = ex;
	}
	return largest;
}

/*
 * While memory is full all others are refused, so that is not for long: one
 * after the other gives way, however fast it reads.
 */
static usec_t relieve_memory(struct server *server)
{
	usec_t now = server_now(server);
	struct exchange *largest;

	if (!wire_is_full(server->wire)) {
		server->relief_at = USEC_NEVER;
		return USEC_NEVER;
	}
	if (server->relief_at == USEC_NEVER)
		server->relief_at =
			usec_add(now, server->settings.pace.interval);
	if (now < server->relief_at)
		return server->relief_at;
	largest = find_largest(server);
	if (largest)
		cut_off(largest);
	server->relief_at = usec_add(now, RELIEF_PAUSE);
	return server->relief_at;
}

usec_t exchange_expire_slow(struct server *server)
{
	usec_t now = server_now(server);
	struct pace *pace;

	while ((pace = paces_due(&server->paces, now))) {
		struct exchange *ex = CONTAINER_OF(pace, struct exchange, pace);

		if (pace_keeps_up(
			    &server->paces, pace, ex->response_body.taken, now))
			continue;
		cut_off(ex);
	}
	return u64_min(paces_wake_at(&server->paces), relieve_memory(server));
}

struct span exchange_audit_id(const struct exchange *ex)
{
	return ex->audit_id_len ? span_of(ex->audit_id, ex->audit_id_len)
				: SPAN_NONE;
}

usec_t exchange_wait(const struct exchange *ex)
{
	if (!ex->submitted_at)
		return 0;
	if (ex->attempts > 0)
		return request_wait(&ex->rq);
	return usec_since(server_now(ex->server), ex->submitted_at);
}

void exchange_init_relay(
	struct exchange *ex, struct relay *relay, size_t keep_max)
{
	relay_init(relay, keep_max);
	relay_charge_to(relay, wire_relay_bytes(ex->server->wire));
}

/* ---- memory -------------------------------------------------------------- */

static struct exchange *exchange_alloc(struct server *server)
{
	struct list_node *node = list_pop_front(&server->spare);
	struct exchange *ex;

	if (node)
		return CONTAINER_OF(node, struct exchange, node);
	ex = xcalloc(1, sizeof(*ex));
	ex->server = server;
	return ex;
}

struct exchange *exchange_new(struct server *server, struct session *session)
{
	struct exchange *ex = exchange_alloc(server);

	ex->has_downstream = true;
	ex->rq.id = ++server->last_id;
	ex->rq.source = SOURCE_CLIENT;
	ex->rq.peer = session_peer_hash(session);
	ex->rq.affinity = session_serial(session);
	ex->rq.identity = session_client_cert_hash(session);
	ex->head_rules = authenticate_rules(server, session);
	ex->peer = "";
	stream_init(&ex->down, &down_events);
	exchange_init_relay(
		ex, &ex->request_body, server->settings.kept_body_max);
	exchange_init_relay(ex, &ex->response_body, 0);
	ex->received_at = server_now(server);
	exchange_set_state(ex, EXCHANGE_RECEIVING);
	return ex;
}

struct exchange *exchange_new_without_client(
	struct server *server, enum request_source source)
{
	struct exchange *ex = exchange_alloc(server);

	ex->rq.id = ++server->last_id;
	ex->rq.source = source;
	ex->is_own = source != SOURCE_REPLAY;
	ex->head_rules = &server->head_rules;
	ex->peer = "";
	stream_init(&ex->down, &down_events);
	exchange_init_relay(
		ex, &ex->request_body, server->settings.kept_body_max);
	exchange_init_relay(ex, &ex->response_body, 0);
	ex->received_at = server_now(server);
	exchange_set_state(ex, EXCHANGE_RECEIVING);
	return ex;
}

/* Drops all that it has but the memory of `text`. */
static void exchange_clear(struct exchange *ex)
{
	struct exchange spare = {
		.server = ex->server,
		.text = ex->text,
		.text_cap = ex->text_cap,
	};

	CHECK(!list_node_is_linked(&ex->waiter.node));
	pace_leave(&ex->pace);
	tap_close(&ex->tap);
	stream_fini(&ex->down);
	stream_fini(&ex->up);
	relay_fini(&ex->request_body);
	relay_fini(&ex->response_body);
	replay_free(ex->replay);
	free(ex->removal);
	user_info_unref(ex->user);
	user_info_unref(ex->as);
	free(ex->guarded);
	user_info_unref(ex->wanted);
	review_unwait(&ex->asks);
	*ex = spare;
}

void exchange_let_go(struct exchange *ex)
{
	if (ex->has_downstream)
		stream_abandon(&ex->down);
	upstream_unwait(&ex->waiter);
	if (ex->has_upstream && ex->up.session)
		stream_abandon(&ex->up);
	/* Their memory is counted in the wire, which goes next. */
	relay_fini(&ex->request_body);
	relay_fini(&ex->response_body);
}

void exchange_free(struct exchange *ex)
{
	list_remove(&ex->node);
	upstream_unwait(&ex->waiter);
	exchange_clear(ex);
	free(ex->text);
	free(ex);
}

void exchange_reap(struct server *server)
{
	struct list_node *node;

	while ((node = list_first(&server->done))) {
		struct exchange *ex = CONTAINER_OF(node, struct exchange, node);

		if (server->spare.count >= SPARE_MAX) {
			exchange_free(ex);
			continue;
		}
		list_remove(node);
		exchange_clear(ex);
		list_push_front(&server->spare, &ex->node);
	}
}
