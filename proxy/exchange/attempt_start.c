/* SPDX-License-Identifier: Apache-2.0 */
/* An attempt begins, or is given up; what comes of it: attempt.c. */
#include "base/check.h"
#include "proxy/exchange/exchange.h"
#include "proxy/exchange/server_impl.h"

/* ---- starting ------------------------------------------------------------ */

/* It has its turn, and is not to be sent any more. */
static void refuse(struct exchange *ex, enum verdict verdict)
{
	struct server *server = ex->server;
	struct outcome outcome = { .kind = OUTCOME_COMPLETE };
	bool has_acted = ex->rq.may_have_acted;

	CHECK(!policy_finish(
		server->policy, &ex->rq, &outcome, server_now(server)));
	ex->is_in_policy = false;
	server->in_policy--;
	server->has_news = true;
	exchange_reply(ex, has_acted ? VERDICT_NO_ANSWER : verdict, 0, 0);
}

void attempt_start(struct exchange *ex, const struct decision *decision)
{
	enum verdict verdict = authenticate_again(ex);
	struct server *server = ex->server;
	struct session *session;

	CHECK(!ex->has_upstream);
	if (verdict != VERDICT_NONE) {
		refuse(ex, verdict);
		return;
	}
	exchange_set_state(ex, EXCHANGE_STARTED);
	ex->endpoint = decision->endpoint;
	ex->conn_class = decision->conn_class;
	ex->wants_fresh_token = decision->use_fresh_token;
	ex->has_upstream = true;
	ex->owed = 0;
	ex->started_at = server_now(server);
	if (ex->attempts < UINT8_MAX)
		ex->attempts++;
	/* Policy was told (is_body_kept) what cannot be sent again. */
	CHECK(ex->request_body.taken == 0);
	stream_fini(&ex->up);
	stream_init(&ex->up, &ATTEMPT_EVENTS);
	ex->up.is_upgrade = ex->is_upgrade;
	if (ex->is_upgrade) {
		upstream_wait_apart(
			server->upstream, ex->endpoint, &ex->waiter);
		return;
	}
	session = upstream_session(
		server->upstream, ex->endpoint, ex->conn_class);
	if (session)
		attempt_send(ex, session);
	else
		upstream_wait(server->upstream, ex->endpoint, ex->conn_class,
			&ex->waiter);
}

/* An ABORT or DRAIN follows; what is an intent still waits as one again. */
static void withdraw_replay(struct exchange *ex)
{
	struct server *server = ex->server;

	CHECK(!policy_cancel(server->policy, &ex->rq, server_now(server)));
	exchange_set_state(ex, EXCHANGE_LEAVING);
	server->has_news = true;
}

void attempt_send(struct exchange *ex, struct session *session)
{
	struct server *server = ex->server;
	struct fields fields = FIELDS_INIT;
	bool has_body = !ex->request_body.is_ended ||
		ex->request_body.added > 0 || ex->request_body.trailers;
	struct request_route route = {
		.authority = upstream_authority(server->upstream, ex->endpoint),
		.prefix = upstream_prefix(server->upstream, ex->endpoint),
		.authorization = SPAN_NONE,
		.as = ex->as,
		.is_upgrade = ex->is_upgrade,
	};

	/* While it waited its intent may have ended, or our credentials changed. */
	if (ex->replay &&
		(!ex->intent ||
			!intents_may_send(&server->intents, ex->intent))) {
		withdraw_replay(ex);
		return;
	}
	if (ex->is_lent || ex->as)
		route.authorization = server_own_authorization(server);
	else if (ex->wants_fresh_token)
		route.authorization = server_fresh_authorization(server,
			fields_value(&ex->down.head, FIELD_AUTHORIZATION),
			ex->received_at);
	/* Else Fairway's credentials would be the client's. */
	CHECK(!ex->head_rules->is_certified || ex->is_own || ex->as);
	server->stats->attempts++;
	request_head_write(&ex->down.head, &route, &fields);
	session_request(
		session, &ex->up, &fields, has_body ? &ex->request_body : NULL);
	fields_clear(&fields);
}

void attempt_cannot_connect(struct exchange *ex)
{
	attempt_finish(ex, OUTCOME_UNSENT, true);
}

void attempt_push_body(struct exchange *ex)
{
	if (ex->has_upstream && ex->up.session)
		stream_resume(&ex->up);
}

/* ---- giving up ----------------------------------------------------------- */

void attempt_abort(struct exchange *ex)
{
	CHECK(ex->has_upstream);
	upstream_unwait(&ex->waiter);
	if (!ex->up.session) {
		attempt_finish(ex, OUTCOME_UNSENT, false);
		return;
	}
	stream_abandon(&ex->up);
	attempt_closed(ex, STREAM_END_LOCAL);
}

void attempt_drain(struct exchange *ex)
{
	uint64_t owed = ex->owed;

	CHECK(ex->has_upstream);
	if (!ex->up.session) {
		attempt_abort(ex);
		return;
	}
	ex->owed = 0;
	if (owed > 0)
		stream_consume(&ex->up, (size_t)owed);
	/* What of its body has not come will not come any more. */
	if (!ex->request_body.is_ended) {
		relay_break(&ex->request_body);
		stream_resume(&ex->up);
	}
}
