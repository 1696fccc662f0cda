/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our server and clients that speak HTTP/1.1, well or badly.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/proxy/wire/raw_peer.h"
#include "tests/unit/proxy/wire/text_peer.h"

/* ---- meeting ----------------------------------------------------------------
 */

static void settings_init(struct loopback_settings *settings)
{
	loopback_settings_default(settings);
	settings->is_cleartext = true;
	settings->is_not_connected = true;
}

static void meet_with(struct loopback *lb, struct text_peer *text,
	const struct loopback_settings *settings)
{
	loopback_init(lb, settings);
	text_client_init(text, lb);
}

static void meet(struct loopback *lb, struct text_peer *text)
{
	struct loopback_settings settings;

	settings_init(&settings);
	meet_with(lb, text, &settings);
}

static void part(struct loopback *lb, struct text_peer *text)
{
	text_peer_fini(text);
	loopback_fini(lb);
}

static struct tape *served(struct loopback *lb, size_t n)
{
	WAIT_FOR(lb, tape_at(&lb->served, n));
	return tape_at(&lb->served, n);
}

static struct span field_of(const struct tape *tape, const char *name)
{
	const struct fields *head = &tape->stream.head;

	for (size_t i = 0; i < head->count; i++) {
		if (span_eq_str(head->items[i].name, name))
			return head->items[i].value;
	}
	return SPAN_NONE;
}

static void expect_field(
	const struct tape *tape, const char *name, const char *value)
{
	struct span is = field_of(tape, name);

	cr_assert(value ? span_eq_str(is, value) : span_is_absent(is),
		"%s: %.*s", name, SPAN_ARG(is));
}

/* The whole answer, whatever else came with it. */
static void expect_answer(
	struct loopback *lb, struct text_peer *text, const char *answer)
{
	WAIT_FOR(lb,
		buf_len(&text->in) >= strlen(answer) || text_is_closed(text));
	cr_assert_str_eq(buf_cstr(&text->in), answer);
	text_forget(text);
}

static void hold(struct tape *tape)
{
	(void)tape;
}

#define ANSWER_HEAD(status)            \
	"HTTP/1.1 " status "\r\n"      \
	"Content-Type: text/plain\r\n" \
	"Audit-Id: 0123-4567\r\n"

/* ---- requests ---------------------------------------------------------------
 */

Test(h1_server, request_is_seen_as_in_http2)
{
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape;

	meet(&lb, &text);
	text_say(&text,
		"GET /api/v1/pods?limit=5%20&x=%2f HTTP/1.1\r\n"
		"HOST: localhost:8443\r\n"
		"ACCEPT:application/json\r\n"
		"X-Two: a\r\n"
		"x-two:\t b \t\r\n"
		"Empty:\r\n"
		"Connection: keep-alive, X-Gone\r\n"
		"X-Gone: 1\r\n"
		"Keep-Alive: 5\r\n"
		"\r\n");
	tape = served(&lb, 0);
	cr_assert(tape->head_ended && tape->ends == 1);
	expect_field(tape, ":method", "GET");
	expect_field(tape, ":scheme", "http");
	expect_field(tape, ":authority", "localhost:8443");
	expect_field(tape, ":path", "/api/v1/pods?limit=5%20&x=%2f");
	expect_field(tape, "accept", "application/json");
	expect_field(tape, "x-two", "a");
	expect_field(tape, "empty", "");
	expect_field(tape, "host", NULL);
	expect_field(tape, "connection", NULL);
	expect_field(tape, "keep-alive", NULL);
	expect_field(tape, "x-gone", NULL);
	cr_assert_eq(tape->stream.head.count, 8);
	cr_assert(span_eq_str(tape->stream.head.items[6].value, "b"));
	cr_assert_not(tape->stream.is_upgrade);
	part(&lb, &text);
}

Test(h1_server, requests_follow_each_other_on_one_connection)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	for (int i = 0; i < 3; i++) {
		text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		expect_answer(&lb, &text,
			ANSWER_HEAD("200 OK") "Content-Length: 0\r\n\r\n");
	}
	cr_assert_eq(lb.served.count, 3);
	cr_assert_eq(tape_at(&lb.served, 2)->how, STREAM_END_CLEAN);
	cr_assert_eq(wire_stats(lb.server_wire)->accepted, 1);
	part(&lb, &text);
}

Test(h1_server, bytes_may_come_one_by_one)
{
	static const char request[] = "POST / HTTP/1.1\r\nHost: x\r\n"
				      "Transfer-Encoding: chunked\r\n\r\n"
				      "3;a=b\r\nabc\r\nA\r\n0123456789\r\n"
				      "0\r\nX-Sum: 7\r\n\r\n";
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		text_bytes(&text, request + i, 1);
		WAIT_FOR(&lb, buf_len(&text.out) == 0);
	}
	WAIT_FOR(&lb, served(&lb, 0)->closes);
	cr_assert(span_eq_str(
		buf_span(&tape_at(&lb.served, 0)->body), "abc0123456789"));
	cr_assert_eq(tape_at(&lb.served, 0)->stream.trailers->count, 1);
	cr_assert(span_eq_str(
		tape_at(&lb.served, 0)->stream.trailers->items[0].name,
		"x-sum"));
	part(&lb, &text);
}

Test(h1_server, pipelined_requests_are_served_in_sequence_and_not_ahead)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text,
		"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
		"POST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
		"GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_field(served(&lb, 0), ":path", "/1");
	loopback_poll(&lb);
	cr_assert_eq(lb.served.count, 1);
	tape_respond(tape_at(&lb.served, 0), "204", false);
	lb.on_request = NULL;
	WAIT_FOR(&lb, lb.served.count == 3 && tape_at(&lb.served, 2)->closes);
	cr_assert(span_eq_str(buf_span(&tape_at(&lb.served, 1)->body), "abc"));
	expect_field(tape_at(&lb.served, 2), ":path", "/3");
	part(&lb, &text);
}

Test(h1_server, who_pipelines_without_end_is_not_read)
{
	static const char junk[1 << 20];
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	served(&lb, 0);
	for (int i = 0; i < 16; i++)
		text_bytes(&text, junk, sizeof(junk));
	for (int i = 0; i < 200; i++)
		loopback_poll(&lb);
	/* The kernel's buffers took their share; ours is small. */
	cr_assert_gt(buf_len(&text.out), 1 << 20);
	cr_assert_lt(wire_stats(lb.server_wire)->bytes_in_down, 1 << 20);
	part(&lb, &text);
}

Test(h1_server, body_with_a_length_comes_as_it_is)
{
	struct loopback lb;
	struct text_peer text;
	char *body = calloc(1, 300000);

	meet(&lb, &text);
	for (size_t i = 0; i < 300000; i++)
		body[i] = (char)(i * 7 + i / 253);
	text_say(&text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n");
	text_bytes(&text, body, 300000);
	WAIT_FOR(&lb, served(&lb, 0)->ends);
	cr_assert(tape_has_pattern(served(&lb, 0), 300000));
	expect_field(served(&lb, 0), "content-length", "300000");
	free(body);
	part(&lb, &text);
}

Test(h1_server, unconsumed_bytes_stop_the_reading)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;
	static const char body[64 * 1024];

	settings_init(&settings);
	settings.server_limits.window_down = 10000;
	meet_with(&lb, &text, &settings);
	lb.on_request = hold;
	text_say(&text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 65536\r\n\r\n");
	tape = served(&lb, 0);
	tape->is_hoarding = true;
	text_bytes(&text, body, sizeof(body));
	WAIT_FOR(&lb, tape->hoarded == 10000);
	for (int i = 0; i < 10; i++)
		loopback_poll(&lb);
	cr_assert_eq(tape->hoarded, 10000);
	tape_consume(tape, 4000);
	WAIT_FOR(&lb, tape->stream.received == 14000);
	tape_consume(tape, 10000);
	while (!tape->ends) {
		loopback_poll(&lb);
		tape_consume(tape, tape->hoarded);
	}
	cr_assert_eq(tape->stream.received, sizeof(body));
	part(&lb, &text);
}

Test(h1_server, continue_is_said_when_the_user_says_so)
{
	struct loopback lb;
	struct text_peer text;
	struct fields head = FIELDS_INIT;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
		"Expect: 100-continue\r\n\r\n");
	expect_field(served(&lb, 0), "expect", "100-continue");
	fields_add_static(&head, SPAN(":status"), SPAN("100"));
	stream_inform(&served(&lb, 0)->stream, &head);
	fields_clear(&head);
	expect_answer(&lb, &text, "HTTP/1.1 100 Continue\r\n\r\n");
	text_say(&text, "ok");
	WAIT_FOR(&lb, served(&lb, 0)->ends);
	tape_respond(served(&lb, 0), "201", false);
	expect_answer(&lb, &text,
		ANSWER_HEAD("201 Created") "Content-Length: 0\r\n\r\n");
	part(&lb, &text);
}

/* ---- answers ----------------------------------------------------------------
 */

static void serve_hello(struct tape *tape)
{
	tape_respond(tape, "200", true);
	tape_write(tape, "hello", 5);
}

Test(h1_server, body_without_a_length_is_chunked)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_hello;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_answer(&lb, &text,
		ANSWER_HEAD("200 OK") "Transfer-Encoding: chunked\r\n\r\n"
				      "5\r\nhello\r\n");
	tape_write(served(&lb, 0), "0123456789abcdef", 16);
	expect_answer(&lb, &text, "10\r\n0123456789abcdef\r\n");
	tape_end(served(&lb, 0));
	expect_answer(&lb, &text, "0\r\n\r\n");
	WAIT_FOR(&lb, served(&lb, 0)->closes);
	cr_assert_eq(served(&lb, 0)->how, STREAM_END_CLEAN);
	part(&lb, &text);
}

Test(h1_server, trailers_go_behind_the_last_chunk)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	meet(&lb, &text);
	lb.on_request = serve_hello;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	tape = served(&lb, 0);
	fields_add_static(&tape->out_trailers, SPAN("x-sum"), SPAN("12"));
	tape->out.trailers = &tape->out_trailers;
	tape_end(tape);
	WAIT_FOR_TEXT(&lb, &text, "hello\r\n0\r\nX-Sum: 12\r\n\r\n");
	part(&lb, &text);
}

static void serve_length_5(struct tape *tape)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), SPAN("200"));
	fields_add_static(&head, SPAN("content-length"), SPAN("5"));
	stream_respond(&tape->stream, &head, &tape->out);
}

Test(h1_server, body_with_a_length_is_not_chunked)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_length_5;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	tape_write(served(&lb, 0), "hello", 5);
	tape_end(served(&lb, 0));
	expect_answer(&lb, &text,
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	WAIT_FOR(&lb, served(&lb, 0)->closes);
	part(&lb, &text);
}

Test(h1_server, body_of_another_length_than_said_breaks_the_connection)
{
	static const char *const bodies[] = { "hell", "hello!" };

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		struct loopback lb;
		struct text_peer text;

		meet(&lb, &text);
		lb.on_request = serve_length_5;
		text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		tape_write(served(&lb, 0), bodies[i], strlen(bodies[i]));
		tape_end(served(&lb, 0));
		WAIT_FOR(&lb, text_is_closed(&text));
		cr_assert(text.is_reset);
		cr_assert_not(text_has(&text, "hello!"));
		part(&lb, &text);
	}
}

static void serve_named(struct tape *tape)
{
	struct fields head = FIELDS_INIT;

	fields_add(&head, SPAN(":status"),
		span_skip(fields_value(&tape->stream.head, FIELD_PATH), 1));
	fields_add_static(&head, SPAN("content-length"), SPAN("7"));
	stream_respond(&tape->stream, &head, NULL);
}

Test(h1_server, answers_without_a_body_by_nature_have_none)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_named;
	text_say(&text, "HEAD /200 HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_answer(
		&lb, &text, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
	text_say(&text, "GET /304 HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_answer(&lb, &text,
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
	text_say(&text, "GET /204 HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_answer(&lb, &text, "HTTP/1.1 204 No Content\r\n\r\n");
	part(&lb, &text);
}

Test(h1_server, unknown_status_has_no_reason)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_named;
	text_say(&text, "HEAD /299 HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR_TEXT(&lb, &text, "HTTP/1.1 299 \r\n");
	part(&lb, &text);
}

static void serve_injection(struct tape *tape)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), SPAN("200"));
	fields_add_static(&head, SPAN("x-a"), SPAN("b\r\nset-cookie: c"));
	stream_respond(&tape->stream, &head, NULL);
}

Test(h1_server, value_with_a_line_feed_is_never_written)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_injection;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert_eq(buf_len(&text.in), 0);
	part(&lb, &text);
}

Test(h1_server, answer_that_breaks_off_is_reset_without_a_last_chunk)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_hello;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR_TEXT(&lb, &text, "5\r\nhello\r\n");
	relay_break(&served(&lb, 0)->out);
	stream_resume(&served(&lb, 0)->stream);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text.is_reset);
	cr_assert_not(text_has(&text, "\r\n0\r\n"));
	cr_assert_eq(served(&lb, 0)->how, STREAM_END_LOCAL);
	part(&lb, &text);
}

Test(h1_server, large_answer_waits_for_a_slow_reader)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	tape = served(&lb, 0);
	text_deafen(&text, true);
	tape_respond(tape, "200", true);
	tape_write_pattern(tape, 32 << 20);
	for (int i = 0; i < 200; i++)
		loopback_poll(&lb);
	cr_assert_gt(tape->refill_left, 0);
	text_deafen(&text, false);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(tape->taken, 32 << 20);
	WAIT_FOR_TEXT(&lb, &text, "\r\n0\r\n\r\n");
	part(&lb, &text);
}

/* ---- the connection's end ---------------------------------------------------
 */

Test(h1_server, close_is_said_and_done)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	text_say(&text,
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n\r\n");
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text.is_ended);
	cr_assert(text_has(&text, "\r\nConnection: close\r\n\r\n"));
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

Test(h1_server, http10_gets_its_body_until_the_end)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_hello;
	text_say(&text, "GET / HTTP/1.0\r\n\r\n");
	expect_field(served(&lb, 0), ":authority", "localhost");
	tape_end(served(&lb, 0));
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text.is_ended);
	expect_answer(&lb, &text,
		ANSWER_HEAD("200 OK") "Connection: close\r\n\r\nhello");
	part(&lb, &text);
}

Test(h1_server, http10_may_stay_if_it_asks)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_named;
	for (int i = 0; i < 2; i++) {
		text_say(&text,
			"HEAD /200 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
		expect_answer(&lb, &text,
			"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n"
			"Connection: keep-alive\r\n\r\n");
	}
	part(&lb, &text);
}

Test(h1_server, http10_answer_that_breaks_off_is_reset)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = serve_hello;
	text_say(&text, "GET / HTTP/1.0\r\n\r\n");
	WAIT_FOR_TEXT(&lb, &text, "hello");
	relay_break(&served(&lb, 0)->out);
	stream_resume(&served(&lb, 0)->stream);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text.is_reset);
	part(&lb, &text);
}

Test(h1_server, early_answer_is_read_though_the_body_is_on_its_way)
{
	static const char body[2 << 20];
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n");
	served(&lb, 0)->is_hoarding = true;
	tape_respond(served(&lb, 0), "413", false);
	text_bytes(&text, body, sizeof(body));
	WAIT_FOR(&lb, buf_len(&text.out) == 0 && text_is_closed(&text));
	cr_assert(text.is_ended);
	expect_answer(&lb, &text,
		ANSWER_HEAD(
			"413 Request Entity Too Large") "Content-Length: 0\r\n"
							"Connection: close\r\n"
							"\r\n");
	cr_assert_eq(served(&lb, 0)->how, STREAM_END_LOCAL);
	/* It reads on until the client has had its say. */
	cr_assert_eq(lb.server_closed, 0);
	text_end(&text);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

Test(h1_server, lingering_has_an_end)
{
	static const char body[1 << 20];
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 99000000\r\n"
		"\r\n");
	tape_respond(served(&lb, 0), "413", false);
	for (int i = 0; i < 32; i++)
		text_bytes(&text, body, sizeof(body));
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_lt(wire_stats(lb.server_wire)->bytes_in_down, 10 << 20);
	part(&lb, &text);
}

Test(h1_server, client_that_is_gone_is_noticed_while_it_waits)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	served(&lb, 0);
	text_end(&text);
	WAIT_FOR(&lb, served(&lb, 0)->closes);
	cr_assert_eq(served(&lb, 0)->how, STREAM_END_LOST);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_EOF);
	part(&lb, &text);
}

Test(h1_server, client_that_is_gone_is_noticed_though_it_is_not_read)
{
	static const char junk[1 << 20];
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	served(&lb, 0);
	text_bytes(&text, junk, 100000);
	WAIT_FOR(&lb, buf_len(&text.out) == 0);
	text_end(&text);
	WAIT_FOR(&lb, served(&lb, 0)->closes);
	cr_assert_eq(served(&lb, 0)->how, STREAM_END_LOST);
	part(&lb, &text);
}

Test(h1_server, half_a_request_is_nobodys)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n");
	text_end(&text);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.served.count, 0);
	part(&lb, &text);
}

Test(h1_server, half_a_body_is_a_lost_request)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	text_say(&text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
	served(&lb, 0);
	text_end(&text);
	WAIT_FOR(&lb, served(&lb, 0)->closes);
	cr_assert_eq(served(&lb, 0)->how, STREAM_END_LOST);
	cr_assert_eq(served(&lb, 0)->ends, 0);
	part(&lb, &text);
}

Test(h1_server, drained_it_closes_behind_the_answer)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	served(&lb, 0);
	wire_drain(lb.server_wire);
	tape_respond(served(&lb, 0), "204", false);
	WAIT_FOR(&lb, lb.server_closed && text_is_closed(&text));
	cr_assert(text_has(&text, "Connection: close"));
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

Test(h1_server, drained_an_idle_connection_is_closed)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR_TEXT(&lb, &text, "200");
	wire_drain(lb.server_wire);
	WAIT_FOR(&lb, lb.server_closed && text.is_ended);
	part(&lb, &text);
}

Test(h1_server, reset_by_the_user_closes_the_connection)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.on_request = hold;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	stream_reset(&served(&lb, 0)->stream, 2);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert_eq(served(&lb, 0)->how, STREAM_END_LOCAL);
	cr_assert_eq(served(&lb, 0)->code, 2);
	part(&lb, &text);
}

Test(h1_server, request_that_nobody_takes_is_told_to_come_again)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	lb.refuses_streams = true;
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text_has(&text, "HTTP/1.1 429 Too Many Requests\r\n"));
	cr_assert(text_has(&text, "Retry-After: 1\r\n"));
	part(&lb, &text);
}
