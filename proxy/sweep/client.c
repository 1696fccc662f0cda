/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/sweep/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/check.h"
#include "base/timestamp.h"
#include "proxy/loop/loop.h"
#include "proxy/wire/session.h"
#include "proxy/wire/stream.h"

enum {
	ANSWER_MAX = 64 * 1024 * 1024,
	TRIES_MAX = 8,
	READS_MAX = 2,
	RETRY_AFTER_MAX = 30, /* seconds */
	SLOWNESS_MAX = 32,
	ANSWERS_TO_RECOVER = 8,
};

/* Between questions, for each step of slowness above 1. */
#define YIELD (20 * USEC_PER_MSEC)

struct sweep_client {
	const struct sweep_client_settings *settings; /* borrowed */
	struct loop *loop;                            /* borrowed */
	struct wire *wire;                            /* owned */
	struct session *session;                      /* NULL: none */
	struct loop_turn_end turn_end;
	struct loop_timer timer;
	struct stream stream;
	struct relay body;  /* of the question */
	struct buf *answer; /* borrowed; while one is waited for */
	unsigned status;
	unsigned retry_after;
	int64_t date;
	bool is_too_large;
	unsigned slowness; /* 1: as fast as it may; doubled by a refusal */
	unsigned answers;  /* since it changed */
	bool is_whole;
	bool is_over; /* of what is waited for */
	char why[160]; /* it ended, for people; "": no reason was given */
};

/* ---- waiting ------------------------------------------------------------- */

static void end_wait(struct sweep_client *client)
{
	client->is_over = true;
	loop_stop(client->loop);
}

static void on_timer(void *user)
{
	struct sweep_client *client = user;

	snprintf(client->why, sizeof(client->why), "no answer in time");
	end_wait(client);
}

static void wait_until_over(struct sweep_client *client, usec_t at_most)
{
	client->is_over = false;
	loop_timer_set(&client->timer,
		usec_add(loop_now(client->loop), at_most));
	while (!client->is_over)
		loop_run(client->loop);
	loop_timer_set(&client->timer, USEC_NEVER);
}

static void wait_for(struct sweep_client *client, usec_t how_long)
{
	/* A connection that ends meanwhile is no reason to go on. */
	usec_t until = usec_add(loop_now(client->loop), how_long);

	while (loop_now(client->loop) < until)
		wait_until_over(
			client, usec_since(until, loop_now(client->loop)));
}

void sweep_client_pace(struct sweep_client *client, usec_t how_long)
{
	wait_for(client, how_long * client->slowness);
}

static void slow_down(struct sweep_client *client)
{
	client->slowness =
		(unsigned)u64_min(client->slowness * 2, SLOWNESS_MAX);
	client->answers = 0;
}

static void recover(struct sweep_client *client)
{
	if (client->slowness == 1 || ++client->answers < ANSWERS_TO_RECOVER)
		return;
	client->slowness /= 2;
	client->answers = 0;
}

/* ---- the answer ---------------------------------------------------------- */

static struct sweep_client *client_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct sweep_client, stream);
}

static void receive_head(struct sweep_client *client)
{
	const struct fields *head = &client->stream.head;
	const struct field *status = fields_find(head, FIELD_STATUS);
	uint64_t number = 0;

	if (status && !span_to_u64(status->value, &number) && number < 1000)
		client->status = (unsigned)number;
	if (!span_to_u64(fields_value(head, FIELD_RETRY_AFTER), &number))
		client->retry_after =
			(unsigned)u64_min(number, RETRY_AFTER_MAX);
	for (uint32_t i = 0; i < head->count; i++) {
		if (span_eq(head->items[i].name, SPAN("date")) &&
			timestamp_parse_http(
				head->items[i].value, &client->date))
			client->date = 0;
	}
}

static void receive_body(
	struct sweep_client *client, const void *bytes, size_t len)
{
	if (client->answer && buf_len(client->answer) + len <= ANSWER_MAX)
		buf_append(client->answer, bytes, len);
	else
		client->is_too_large = true;
	stream_consume(&client->stream, len);
}

static void on_head(struct stream *stream, bool ended)
{
	(void)ended;
	receive_head(client_of(stream));
}

static void on_body(struct stream *stream, const void *bytes, size_t len)
{
	receive_body(client_of(stream), bytes, len);
}

static void on_end(struct stream *stream)
{
	client_of(stream)->is_whole = true;
}

static void on_nothing(struct stream *stream)
{
	(void)stream;
}

static void on_drained(struct stream *stream, size_t len)
{
	(void)stream;
	(void)len;
}

static void on_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	(void)how;
	(void)code;
	end_wait(client_of(stream));
}

static const struct stream_events stream_events = {
	.on_head = on_head,
	.on_body = on_body,
	.on_end = on_end,
	.on_sent = on_nothing,
	.on_drained = on_drained,
	.on_close = on_close,
};

/* ---- the connection ------------------------------------------------------ */

static void on_ready(struct session *session, void *user)
{
	(void)session;
	end_wait(user);
}

static void on_goaway(struct session *session, void *user)
{
	(void)user;
	session_drain(session);
}

static void on_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	struct sweep_client *client = user;

	(void)session;
	client->session = NULL;
	snprintf(client->why, sizeof(client->why), "%s%s%s",
		session_close_name(why), *detail ? ": " : "", detail);
	end_wait(client);
}

static const struct session_events session_events = {
	.on_ready = on_ready,
	.on_goaway = on_goaway,
	.on_closed = on_closed,
};

/* It is told of the end before there can be another one. */
static void disconnect(struct sweep_client *client)
{
	if (client->session)
		session_close(client->session);
	while (client->session)
		wait_until_over(client, client->settings->timeout);
}

static int connect_if_needed(struct sweep_client *client, struct err *err)
{
	const struct sweep_client_settings *settings = client->settings;

	if (client->session && session_is_ready(client->session) &&
		session_free_streams(client->session) > 0)
		return 0;
	disconnect(client);
	client->why[0] = '\0';
	client->session = session_connect(client->wire,
		(const struct sockaddr *)&settings->address,
		settings->address_len, settings->tls, SESSION_H2,
		&session_events, client);
	wait_until_over(client, settings->timeout);
	if (client->session && session_is_ready(client->session))
		return 0;
	return err_set(err, "connect to %s: %s", settings->authority,
		client->why);
}

static void end_turn(struct sweep_client *client)
{
	wire_flush(client->wire);
	wire_reap(client->wire);
}

static void on_turn_end(void *user)
{
	end_turn(user);
}

/* ---- the question -------------------------------------------------------- */

static void send_question(
	struct sweep_client *client, const struct sweep_question *question)
{
	const struct sweep_client_settings *settings = client->settings;
	struct span authorization = settings->authorization(
		settings->user, loop_now(client->loop));
	struct fields head = FIELDS_INIT;
	struct buf path = BUF_INIT;
	char length[24];

	buf_append_str(&path, settings->prefix);
	buf_append_span(&path, question->path);
	fields_add(&head, SPAN(":method"), span_str(question->method));
	fields_add_static(&head, SPAN(":scheme"), SPAN("https"));
	fields_add(&head, SPAN(":authority"), span_str(settings->authority));
	fields_add(&head, SPAN(":path"), buf_span(&path));
	/* By its name it gets the lowest lane of a Fairway. */
	fields_add_static(&head, SPAN("user-agent"), SPAN("fairway-sweep"));
	fields_add_static(&head, SPAN("accept"),
		span_is_absent(question->accept) ? SPAN("application/json")
						 : question->accept);
	if (authorization.len > 0)
		fields_add(&head, SPAN("authorization"), authorization);
	if (question->audit_id)
		fields_add(&head, SPAN("audit-id"),
			span_str(question->audit_id));
	if (!span_is_absent(question->content_type)) {
		snprintf(length, sizeof(length), "%zu", question->body.len);
		fields_add(&head, SPAN("content-type"), question->content_type);
		fields_add(&head, SPAN("content-length"), span_str(length));
		relay_add(&client->body, question->body.ptr,
			question->body.len);
		relay_end(&client->body);
	}
	stream_init(&client->stream, &stream_events);
	session_request(client->session, &client->stream, &head,
		span_is_absent(question->content_type) ? NULL : &client->body);
	fields_clear(&head);
	buf_fini(&path);
}

static int ask_once(struct sweep_client *client,
	const struct sweep_question *question, struct buf *ret_body,
	struct err *err)
{
	int result = 0;

	client->is_too_large = false;
	if (connect_if_needed(client, err))
		return -1;
	client->answer = ret_body;
	client->status = client->retry_after = 0;
	client->date = 0;
	client->is_whole = false;
	client->why[0] = '\0';
	relay_init(&client->body, 0);
	send_question(client, question);
	wait_until_over(client, client->settings->timeout);
	if (client->stream.session)
		stream_abandon(&client->stream);
	if (client->is_too_large || !client->is_whole || !client->status)
		result = err_set(err, "%s %.*s: %s", question->method,
			SPAN_ARG(question->path),
			client->is_too_large     ? "the answer is too large"
				: client->why[0] ? client->why
						 : "the answer broke off");
	client->answer = NULL;
	stream_fini(&client->stream);
	relay_fini(&client->body);
	return result;
}

static bool is_to_be_asked_again(const struct sweep_client *client)
{
	return client->retry_after > 0 &&
		(client->status == 429 || client->status == 503);
}

/*
 * A connection ends now and then, by a GOAWAY, a restart, a middle box: what
 * only reads is asked again.
 */
static int ask_surely(struct sweep_client *client,
	const struct sweep_question *question, struct buf *ret_body,
	struct err *err)
{
	bool is_read = !strcmp(question->method, "GET");

	for (unsigned tries = 1;; tries++) {
		buf_clear(ret_body);
		if (!ask_once(client, question, ret_body, err))
			return 0;
		if (!is_read || client->is_too_large || tries == READS_MAX)
			return -1;
		disconnect(client);
	}
}

int sweep_client_ask(struct sweep_client *client,
	const struct sweep_question *question, struct sweep_answer *ret_answer,
	struct err *err)
{
	if (client->slowness > 1)
		wait_for(client, YIELD * (client->slowness - 1));
	for (unsigned tries = 1;; tries++) {
		int failed = ask_surely(
			client, question, &ret_answer->body, err);

		ret_answer->is_too_large = client->is_too_large;
		if (failed)
			return -1;
		if (!is_to_be_asked_again(client) || tries == TRIES_MAX)
			break;
		slow_down(client);
		wait_for(client, client->retry_after * USEC_PER_SEC);
	}
	recover(client);
	ret_answer->status = client->status;
	ret_answer->date = client->date;
	return 0;
}

/* ---- as a whole ---------------------------------------------------------- */

struct sweep_client *sweep_client_new(
	struct loop *loop, const struct sweep_client_settings *settings)
{
	struct sweep_client *client = xcalloc(1, sizeof(*client));
	struct wire_limits limits;

	wire_limits_default(&limits);
	limits.handshake = settings->timeout;
	client->settings = settings;
	client->slowness = 1;
	client->loop = loop;
	client->wire = wire_new(loop, &limits);
	loop_timer_init(&client->timer, loop, on_timer, client);
	loop_add_turn_end(loop, &client->turn_end, on_turn_end, client);
	return client;
}

void sweep_client_free(struct sweep_client *client)
{
	if (!client)
		return;
	disconnect(client);
	loop_remove_turn_end(&client->turn_end);
	loop_timer_fini(&client->timer);
	wire_free(client->wire);
	free(client);
}
