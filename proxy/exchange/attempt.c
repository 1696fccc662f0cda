/* SPDX-License-Identifier: Apache-2.0 */
#include "base/check.h"
#include "proxy/exchange/errand.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/replay.h"
#include "proxy/exchange/response_head.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/exchange/tunnel.h"

enum {
	/* What is looked at of a refusal's body … */
	COLLECT_BYTES = 1024,
	/* … and how long it may be: longer ones are passed on at once. */
	COLLECT_LENGTH_MAX = 16 * 1024,
};

static struct exchange *exchange_of_up(struct stream *stream)
{
	return CONTAINER_OF(stream, struct exchange, up);
}

/*
 * All of the body that was taken is still here.  What has not come yet can
 * still be kept, or be found too long to be kept.
 */
static bool body_can_be_sent_again(const struct exchange *ex)
{
	return ex->request_body.taken == 0 || ex->request_body.is_keeping;
}

/* ---- the end of an attempt ----------------------------------------------- */

/*
 * Policy has the request back.  Its body is rewound now and not at the next
 * START: more of it may come, be too much to keep, and then only what is taken
 * goes.
 */
static void wait_again(struct exchange *ex)
{
	if (ex->request_body.is_keeping)
		relay_rewind(&ex->request_body);
	exchange_set_state(ex, EXCHANGE_WAITING);
}

/* What the API server is done with takes memory until the client has it. */
static void watch_the_rest(struct exchange *ex)
{
	if (ex->state == EXCHANGE_STREAMING && ex->has_downstream &&
		!ex->class.is_long_running &&
		relay_waiting(&ex->response_body) > 0)
		pace_watch(&ex->server->paces, &ex->pace,
			ex->response_body.taken, server_now(ex->server));
}

void attempt_finish(
	struct exchange *ex, enum outcome_kind kind, bool is_endpoint_gone)
{
	struct server *server = ex->server;
	struct outcome outcome = {
		.kind = kind,
		.bytes = ex->up.received,
		.is_endpoint_gone = is_endpoint_gone,
	};

	ex->has_upstream = false;
	if (ex->upstream_time)
		ex->transfer_time = usec_since(server_now(server),
			ex->started_at + ex->upstream_time);
	pace_leave(&ex->pace);
	ex->rq.is_body_kept = body_can_be_sent_again(ex);
	server->has_news = true;
	if (kind == OUTCOME_UNSENT)
		server->stats->unsent++;
	else if (kind == OUTCOME_LOST)
		server->stats->lost++;
	if (policy_finish(
		    server->policy, &ex->rq, &outcome, server_now(server))) {
		/* A START or a REJECT follows. */
		wait_again(ex);
		return;
	}
	ex->is_in_policy = false;
	server->in_policy--;
	watch_the_rest(ex);
	if (ex->state == EXCHANGE_STARTED || ex->state == EXCHANGE_COLLECTING)
		exchange_reply(ex, VERDICT_NO_ANSWER, 0, 0);
	else
		exchange_settle(ex);
}

/* The attempt's answer is not for the client. */
static void drop_answer(struct exchange *ex)
{
	if (ex->has_upstream) {
		stream_abandon(&ex->up);
		ex->has_upstream = false;
	}
	relay_fini(&ex->response_body);
	exchange_init_relay(ex, &ex->response_body, 0);
	fields_clear(&ex->up.head);
}

/* ---- passing an answer on ------------------------------------------------ */

/* What the API server may still send. */
static uint64_t window_left(const struct exchange *ex)
{
	uint32_t window = session_window(ex->up.session);

	return window > ex->owed ? window - ex->owed : 0;
}

/*
 * The upstream stream's window opens as bytes leave towards the client, and
 * before that as far as a relay of relay_max allows: what waits, and what the
 * API server may still send, stays below it.
 */
static void open_window(struct exchange *ex)
{
	const struct server_settings *settings = &ex->server->settings;
	uint64_t waiting = relay_waiting(&ex->response_body);
	uint64_t may_come, room, n;

	if (!ex->has_upstream || ex->owed == 0)
		return;
	may_come = window_left(ex);
	room = settings->relay_max > waiting + may_come
		? settings->relay_max - waiting - may_come
		: 0;
	/* Nothing waits: the client is as fast as the API server. */
	n = u64_min(ex->owed, waiting ? room : ex->owed);
	if (n > 0) {
		ex->owed -= n;
		stream_consume(&ex->up, (size_t)n);
	}
	/* What is long-running holds no seat; how slowly it goes is its own. */
	if (ex->owed == 0)
		pace_leave(&ex->pace);
	else if (n == 0 && !ex->class.is_long_running)
		pace_watch(&ex->server->paces, &ex->pace,
			ex->response_body.taken, server_now(ex->server));
}

void attempt_answer_drained(struct exchange *ex)
{
	if (!ex->has_upstream && relay_waiting(&ex->response_body) == 0)
		pace_leave(&ex->pace);
	open_window(ex);
}

/* A long-running request costs no seat once it is under way. */
static void note_initialised(struct exchange *ex)
{
	struct server *server = ex->server;

	if (ex->initial_events_ended)
		return;
	ex->initial_events_ended = true;
	policy_initialised(server->policy, &ex->rq, server_now(server));
	server->has_news = true;
}

static void note_answer(
	struct exchange *ex, const struct response_head *head)
{
	ex->answered = (uint16_t)head->status;
	intake_note_audit_id(ex, head->audit_id);
}

/* `body`: as much of it as was collected. */
static void pass_on(struct exchange *ex, const struct response_head *head,
	bool has_body, struct span body)
{
	struct server *server = ex->server;
	struct response_notes notes = {
		.lane = policy_lane_name(server->policy, &ex->rq),
		.rule = policy_rule_name(server->policy, &ex->rq),
		.wait = request_wait(&ex->rq),
	};
	struct fields fields = FIELDS_INIT;

	exchange_set_state(ex, EXCHANGE_STREAMING);
	ex->status = (uint16_t)head->status;
	note_answer(ex, head);
	if (ex->replay) {
		replay_answered(ex, head->status);
		return;
	}
	if (ex->errand) {
		errand_answered(ex, head->status);
		return;
	}
	intents_answered(&server->intents, ex, head->status, body);
	/* A refused watch has an ordinary body, which must be whole. */
	ex->is_event_stream = ex->class.verb == VERB_WATCH &&
		head->status == 200 && head->content_length == UINT64_MAX;
	boundary_init(&ex->boundary, head->content_type);
	passing_begin(ex, head);
	response_head_write(&ex->up.head, &fields);
	response_notes_write(&notes, &fields);
	stream_respond(
		&ex->down, &fields, has_body ? &ex->response_body : NULL);
	fields_clear(&fields);
	/* No further attempt can come now. */
	fields_clear(&ex->up.head);
	fields_clear(&ex->down.head);
	relay_stop_keeping(&ex->request_body);
	/* What is encoded is not looked into for the end of its events. */
	if (ex->class.is_long_running &&
		(!ex->class.initial_events || head->has_encoding ||
			ex->is_upgrade))
		note_initialised(ex);
}

/* ---- what comes from upstream -------------------------------------------- */

static void pass_bytes_on(struct exchange *ex, const void *bytes, size_t len)
{
	relay_add(&ex->response_body, bytes, len);
	ex->owed += len;
	passing_bytes(ex, span_of(bytes, len));
	if (ex->is_event_stream) {
		boundary_feed(&ex->boundary, span_of(bytes, len));
		if (ex->class.initial_events && !ex->initial_events_ended &&
			initial_events_feed(
				&ex->initial_events, span_of(bytes, len)))
			note_initialised(ex);
	}
}

static void end_answer(struct exchange *ex)
{
	struct fields trailers = FIELDS_INIT;

	passing_end(ex);
	if (ex->up.trailers) {
		response_trailers_write(ex->up.trailers, &trailers);
		fields_move(&trailers, ex->up.trailers);
		if (ex->up.trailers->count > 0)
			ex->response_body.trailers = ex->up.trailers;
	}
	relay_end(&ex->response_body);
	stream_resume(&ex->down);
}

/* No answer that HTTP knows is as if none had come: then it is false. */
static bool read_answer(struct exchange *ex, struct response_head *ret_head)
{
	if (response_head_read(&ex->up.head, &ex->server->settings.key,
		    ret_head) == 0 &&
		(ret_head->status != 101 || ex->is_upgrade))
		return true;
	drop_answer(ex);
	attempt_finish(ex, OUTCOME_LOST, false);
	return false;
}

/*
 * The answer is known, with as much of its body as policy wants to see; more
 * of it follows unless `is_bare`, a head that ends the answer.
 */
static void decide_answer(
	struct exchange *ex, const struct response_head *head, bool is_bare)
{
	struct server *server = ex->server;
	usec_t now = server_now(server);
	char scratch[COLLECT_BYTES];
	struct answer answer = {
		.status = head->status,
		.retry_after = head->retry_after,
		.level_uid = head->level_uid,
		.is_plain_text = head->is_plain_text,
		.is_strange = response_head_is_strange(head),
		.body = SPAN_NONE,
	};

	if (ex->state == EXCHANGE_COLLECTING && !head->has_encoding)
		answer.body = relay_prefix(
			&ex->response_body, scratch, sizeof(scratch));
	ex->rq.is_body_kept = body_can_be_sent_again(ex);
	server->has_news = true;
	switch (policy_answered(server->policy, &ex->rq, &answer, now)) {
	case PASS_ON:
		if (head->status < 300)
			intents_note_token(&server->intents, ex);
		pass_on(ex, head, !is_bare, answer.body);
		return;
	case SWALLOW:
		server->stats->swallowed++;
		drop_answer(ex);
		wait_again(ex);
		return;
	}
	CHECK_UNREACHABLE();
}

/* Enough of a refusal is here, or all that there is of it. */
static void decide_collected(struct exchange *ex)
{
	struct response_head head;

	if (read_answer(ex, &head))
		decide_answer(ex, &head, false);
}

static bool is_to_be_collected(
	const struct exchange *ex, const struct response_head *head)
{
	return (head->status == 429 || head->status >= 500 ||
		       intents_want_body(ex, head->status)) &&
		!ex->is_head && head->content_length > 0 &&
		head->content_length <= COLLECT_LENGTH_MAX;
}

void exchange_end_watch(struct exchange *ex)
{
	if (ex->state != EXCHANGE_STREAMING || !ex->has_upstream ||
		!ex->is_event_stream || !boundary_is_at_one(&ex->boundary))
		return;
	relay_end(&ex->response_body);
	stream_resume(&ex->down);
	stream_abandon(&ex->up);
	attempt_finish(ex, OUTCOME_COMPLETE, false);
}

static void end_if_draining(struct exchange *ex)
{
	if (ex->is_to_end || drain_ends_watches(&ex->server->drain))
		exchange_end_watch(ex);
}

/* The client of a removal that is journaled is gone: it counts all the same. */
static void note_unheard_answer(struct exchange *ex)
{
	struct server *server = ex->server;
	struct response_head head;

	if (response_head_read(&ex->up.head, &server->settings.key, &head) != 0)
		return;
	note_answer(ex, &head);
	intents_answered(&server->intents, ex, head.status, SPAN_NONE);
}

static void receive_head(struct exchange *ex, bool ended)
{
	struct server *server = ex->server;
	struct response_head head;

	ex->upstream_time = usec_since(server_now(server), ex->started_at);
	if (ex->state == EXCHANGE_LEAVING) {
		note_unheard_answer(ex);
		return;
	}
	if (!read_answer(ex, &head))
		return;
	if (!ended && is_to_be_collected(ex, &head)) {
		ex->content_length = head.content_length;
		exchange_set_state(ex, EXCHANGE_COLLECTING);
		return;
	}
	decide_answer(ex, &head, ended);
	end_if_draining(ex);
}

static void receive_body(struct exchange *ex, const void *bytes, size_t len)
{
	if (ex->state == EXCHANGE_LEAVING) {
		stream_consume(&ex->up, len);
		return;
	}
	if ((ex->replay || ex->errand) && ex->state == EXCHANGE_STREAMING) {
		if (ex->replay)
			replay_body(ex, bytes, len);
		else
			errand_body(ex, bytes, len);
		stream_consume(&ex->up, len);
		return;
	}
	pass_bytes_on(ex, bytes, len);
	if (ex->state == EXCHANGE_COLLECTING) {
		if (relay_waiting(&ex->response_body) < COLLECT_BYTES &&
			relay_waiting(&ex->response_body) < ex->content_length)
			return;
		decide_collected(ex);
		if (ex->state != EXCHANGE_STREAMING)
			return;
	}
	open_window(ex);
	stream_resume(&ex->down);
	end_if_draining(ex);
}

static void receive_end(struct exchange *ex)
{
	if (ex->state == EXCHANGE_COLLECTING)
		decide_collected(ex);
	if (ex->state != EXCHANGE_STREAMING)
		return;
	end_answer(ex);
	if (ex->up.self_ended || !ex->has_upstream || tunnel_is_open(ex))
		return;
	/*
	 * Answered before the body was read, as with 413 (RFC 9113, 8.1): the
	 * rest of the body is of no use to anybody.
	 */
	stream_abandon(&ex->up);
	attempt_finish(ex, OUTCOME_COMPLETE, false);
}

/* The answer had begun and will not come to its end. */
static void break_off(struct exchange *ex)
{
	if (tunnel_is_open(ex)) {
		/* All that came is delivered; its own protocol tells of ends.
		 */
		ex->is_broken = true;
		relay_end(&ex->response_body);
	} else if (ex->is_event_stream && boundary_is_at_one(&ex->boundary)) {
		/* The client resumes where the watch ended. */
		ex->server->stats->watches_ended++;
		relay_end(&ex->response_body);
	} else {
		ex->is_broken = true;
		relay_break(&ex->response_body);
	}
	stream_resume(&ex->down);
}

/*
 * RFC 9113, 8.7: certainly not processed; or its HEADERS were never made.
 * Once they were, some of them may have left, whatever became of the socket.
 */
static enum outcome_kind outcome_without_answer(enum stream_end how)
{
	return how == STREAM_END_REFUSED ? OUTCOME_UNSENT : OUTCOME_LOST;
}

void attempt_closed(struct exchange *ex, enum stream_end how)
{
	bool is_whole = ex->up.head_received && ex->up.peer_ended;

	ex->has_upstream = false;
	if (ex->state == EXCHANGE_COLLECTING) {
		/* The head alone says enough. */
		decide_collected(ex);
		if (ex->state != EXCHANGE_STREAMING)
			return;
	}
	switch (ex->state) {
	case EXCHANGE_STARTED:
		attempt_finish(ex, outcome_without_answer(how), false);
		return;
	case EXCHANGE_STREAMING:
		if (!is_whole)
			break_off(ex);
		attempt_finish(ex, is_whole ? OUTCOME_COMPLETE : OUTCOME_BROKEN,
			false);
		if (tunnel_is_open(ex))
			tunnel_end(ex);
		return;
	case EXCHANGE_LEAVING:
		if (is_whole)
			attempt_finish(ex, OUTCOME_COMPLETE, false);
		else if (ex->up.head_received)
			attempt_finish(ex, OUTCOME_BROKEN, false);
		else
			attempt_finish(ex, outcome_without_answer(how), false);
		return;
	case EXCHANGE_IDLE:
	case EXCHANGE_RECEIVING:
	case EXCHANGE_WAITING:
	case EXCHANGE_COLLECTING:
	case EXCHANGE_ANSWERING:
	case EXCHANGE_DONE:
	case EXCHANGE_STATE_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

bool exchange_is_lasting(const struct exchange *ex)
{
	return ex->state == EXCHANGE_STREAMING && ex->has_upstream &&
		(tunnel_is_open(ex) || ex->class.follows);
}

void exchange_end_lasting(struct exchange *ex)
{
	CHECK(exchange_is_lasting(ex));
	stream_abandon(&ex->up);
	ex->has_upstream = false;
	break_off(ex);
	attempt_finish(ex, OUTCOME_BROKEN, false);
	if (tunnel_is_open(ex))
		tunnel_end(ex);
}

static void request_sent(struct exchange *ex)
{
	struct server *server = ex->server;

	if (ex->is_in_policy)
		policy_sent(server->policy, &ex->rq, server_now(server));
}

static void request_body_drained(struct exchange *ex)
{
	/* Sent again, it is not to be received again. */
	uint64_t taken = ex->request_body.taken;

	if (taken <= ex->body_passed || !ex->has_downstream)
		return;
	stream_consume(&ex->down, (size_t)(taken - ex->body_passed));
	ex->body_passed = taken;
}

static void on_head(struct stream *stream, bool ended)
{
	receive_head(exchange_of_up(stream), ended);
}

static void on_body(struct stream *stream, const void *bytes, size_t len)
{
	receive_body(exchange_of_up(stream), bytes, len);
}

static void on_end(struct stream *stream)
{
	receive_end(exchange_of_up(stream));
}

static void on_sent(struct stream *stream)
{
	request_sent(exchange_of_up(stream));
}

static void on_drained(struct stream *stream, size_t len)
{
	(void)len;
	request_body_drained(exchange_of_up(stream));
}

static void on_informational(struct stream *stream, const struct fields *head)
{
	struct exchange *ex = exchange_of_up(stream);

	/* Before an answer only, and not what a further attempt would undo. */
	if (ex->has_downstream && ex->state == EXCHANGE_STARTED)
		stream_inform(&ex->down, head);
}

static void on_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	(void)code;
	attempt_closed(exchange_of_up(stream), how);
}

const struct stream_events ATTEMPT_EVENTS = {
	.on_head = on_head,
	.on_body = on_body,
	.on_end = on_end,
	.on_sent = on_sent,
	.on_drained = on_drained,
	.on_informational = on_informational,
	.on_close = on_close,
};
