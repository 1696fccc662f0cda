/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our client in HTTP/1.1, and servers that answer well or badly.
 */
#include <criterion/criterion.h>

#include "tests/unit/proxy/wire/text_peer.h"

static void meet(struct loopback *lb, struct text_peer *text)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.is_cleartext = true;
	settings.is_not_connected = true;
	settings.protocol = SESSION_H1;
	loopback_init(lb, &settings);
	text_server_init(text, lb);
}

static void part(struct loopback *lb, struct text_peer *text)
{
	text_peer_fini(text);
	loopback_fini(lb);
}

static void expect_said(
	struct loopback *lb, struct text_peer *text, const char *words)
{
	WAIT_FOR(lb,
		buf_len(&text->in) >= strlen(words) || text_is_closed(text));
	cr_assert_str_eq(buf_cstr(&text->in), words);
}

static void expect_body(const struct tape *tape, const char *body)
{
	cr_assert(span_eq_str(buf_span(&tape->body), body), "%.*s",
		SPAN_ARG(buf_span(&tape->body)));
}

Test(h1_client, request_and_answer)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	meet(&lb, &text);
	cr_assert_eq(session_free_streams(lb.client), 1);
	tape = loopback_get(&lb, "/api?x=%2f");
	cr_assert_eq(session_free_streams(lb.client), 0);
	expect_said(&lb, &text,
		"GET /api?x=%2f HTTP/1.1\r\nHost: localhost\r\n"
		"Connection: close\r\n\r\n");
	cr_assert(tape->sents == 1 && tape->heads == 0);
	text_say(&text,
		"HTTP/1.1 200 Fine \xc3\xa4\r\nContent-Length: 5\r\n"
		"X-A: b\r\nConnection: x-gone\r\nX-Gone: 1\r\n\r\nhello");
	WAIT_FOR(&lb, tape->closes && lb.client_closed);
	cr_assert_eq(tape_status(tape), 200);
	cr_assert_eq(tape->stream.head.count, 3);
	expect_body(tape, "hello");
	cr_assert(tape->ends == 1 && !tape->head_ended);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

Test(h1_client, body_is_chunked_unless_it_has_a_length)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	meet(&lb, &text);
	tape = loopback_post(&lb, "/");
	tape_write(tape, "hello", 5);
	WAIT_FOR_TEXT(&lb, &text, "\r\n\r\n5\r\nhello\r\n");
	tape_end(tape);
	WAIT_FOR_TEXT(&lb, &text, "0\r\n\r\n");
	cr_assert(text_has(&text, "Transfer-Encoding: chunked\r\n"));
	cr_assert_not(text_has(&text, "Content-Length"));
	part(&lb, &text);
}

static void request_head(struct fields *ret_head, struct span method)
{
	fields_add_static(ret_head, SPAN(":method"), method);
	fields_add_static(ret_head, SPAN(":scheme"), SPAN("https"));
	fields_add_static(ret_head, SPAN(":authority"), SPAN("x:1"));
	fields_add_static(ret_head, SPAN(":path"), SPAN("/"));
}

Test(h1_client, length_is_kept_and_hop_by_hop_fields_are_not)
{
	struct loopback lb;
	struct text_peer text;
	struct fields head = FIELDS_INIT;
	struct tape *tape;

	meet(&lb, &text);
	request_head(&head, SPAN("PUT"));
	fields_add_static(&head, SPAN("content-length"), SPAN("5"));
	fields_add_static(&head, SPAN("connection"), SPAN("x"));
	fields_add_static(&head, SPAN("transfer-encoding"), SPAN("chunked"));
	fields_add_static(&head, SPAN("upgrade"), SPAN("h2c"));
	fields_add_static(&head, SPAN("host"), SPAN("y"));
	tape = loopback_request(&lb, &head, true, false);
	tape_write(tape, "hello", 5);
	tape_end(tape);
	expect_said(&lb, &text,
		"PUT / HTTP/1.1\r\nHost: x:1\r\nContent-Length: 5\r\n"
		"Connection: close\r\n\r\nhello");
	part(&lb, &text);
}

Test(h1_client, head_that_would_inject_is_not_sent)
{
	static const struct field bad[] = {
		{ .name = SPAN_INIT("a"), .value = SPAN_INIT("b\r\nc: d") },
		{ .name = SPAN_INIT("a\r\nb"), .value = SPAN_INIT("c") },
		{ .name = SPAN_INIT("a:"), .value = SPAN_INIT("c") },
		{ .name = SPAN_INIT(":path"), .value = SPAN_INIT("/ x") },
		{ .name = SPAN_INIT(":path"), .value = SPAN_INIT("/\r\nA: b") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct loopback lb;
		struct text_peer text;
		struct fields head = FIELDS_INIT;
		struct tape *tape;

		meet(&lb, &text);
		request_head(&head, SPAN("GET"));
		fields_add_static(&head, bad[i].name, bad[i].value);
		tape = loopback_request(&lb, &head, false, false);
		WAIT_FOR(&lb, tape->closes && text_is_closed(&text));
		cr_assert_eq(tape->how, STREAM_END_REFUSED);
		cr_assert_eq(tape->sents, 0);
		cr_assert_eq(buf_len(&text.in), 0);
		part(&lb, &text);
	}
}

/* ---- answers
 * ------------------------------------------------------------------ */

/* What comes of an answer to a GET. */
static void ask(struct loopback *lb, struct text_peer *text, const char *answer,
	struct tape **ret_tape)
{
	meet(lb, text);
	*ret_tape = loopback_get(lb, "/");
	WAIT_FOR_TEXT(lb, text, "\r\n\r\n");
	text_say(text, answer);
}

Test(h1_client, chunked_answer_with_trailers)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	ask(&lb, &text,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
		&tape);
	WAIT_FOR(&lb, tape->closes);
	expect_body(tape, "hello");
	cr_assert_eq(tape->stream.trailers->count, 1);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	part(&lb, &text);
}

Test(h1_client, answer_until_the_end)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	ask(&lb, &text, "HTTP/1.1 200\r\n\r\nhello", &tape);
	WAIT_FOR(&lb, buf_len(&tape->body) == 5);
	cr_assert_eq(tape->ends, 0);
	text_say(&text, ", wire");
	text_end(&text);
	WAIT_FOR(&lb, tape->closes);
	expect_body(tape, "hello, wire");
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	part(&lb, &text);
}

Test(h1_client, answers_without_a_body)
{
	static const char *const answers[] = {
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct loopback lb;
		struct text_peer text;
		struct tape *tape;

		ask(&lb, &text, answers[i], &tape);
		WAIT_FOR(&lb, tape->closes);
		cr_assert(tape->head_ended && tape->ends == 1);
		cr_assert_eq(tape->how, STREAM_END_CLEAN);
		part(&lb, &text);
	}
}

Test(h1_client, interim_answers_come_before)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	ask(&lb, &text,
		"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
		"HTTP/1.1 100 Continue\r\n\r\n"
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
		&tape);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->informationals, 2);
	cr_assert_eq(tape_status(tape), 200);
	expect_body(tape, "x");
	part(&lb, &text);
}

Test(h1_client, answers_that_are_none_break_the_connection)
{
	static const char *const answers[] = {
		"HTTP/1.1 abc\r\n\r\n",
		"HTTP/1.1 99 x\r\n\r\n",
		"HTTP/1.1 1000 x\r\n\r\n",
		"HTTP/1.1 600 x\r\n\r\n",
		"HTTP/2.0 200 OK\r\n\r\n",
		"SSH-2.0-x\r\n\r\n",
		"HTTP/1.1 200 OK\n\n",
		"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
		"HTTP/1.1 200 O\x01K\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		"Transfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"
		"Content-Length: 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n"
		"Connection: Upgrade\r\n\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct loopback lb;
		struct text_peer text;
		struct tape *tape;

		ask(&lb, &text, answers[i], &tape);
		WAIT_FOR(&lb, tape->closes && lb.client_closed);
		cr_assert_eq(tape->heads, 0, "%s", answers[i]);
		cr_assert_eq(tape->how, STREAM_END_LOST);
		cr_assert_eq(lb.client_why, SESSION_CLOSE_PROTOCOL);
		part(&lb, &text);
	}
}

Test(h1_client, answer_before_there_was_a_request_is_none)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	text_say(&text, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_PROTOCOL);
	part(&lb, &text);
}

Test(h1_client, server_that_hangs_up_first_is_a_clean_end)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text);
	text_end(&text);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

Test(h1_client, flood_of_interim_answers_is_ended)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	ask(&lb, &text, "", &tape);
	for (int i = 0; i < 9; i++)
		text_say(&text, "HTTP/1.1 100 Continue\r\n\r\n");
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_FLOOD);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	part(&lb, &text);
}

Test(h1_client, half_an_answer_is_lost)
{
	static const char *const answers[] = {
		"",
		"HTTP/1.1 200 OK\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
		("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "5\r\nhello\r\n"),
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		struct loopback lb;
		struct text_peer text;
		struct tape *tape;

		ask(&lb, &text, answers[i], &tape);
		text_end(&text);
		WAIT_FOR(&lb, tape->closes);
		cr_assert_eq(tape->how, STREAM_END_LOST);
		cr_assert_eq(tape->ends, 0);
		part(&lb, &text);
	}
}

Test(h1_client, unconsumed_bytes_stop_the_reading)
{
	static const char some[4 << 20];
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	ask(&lb, &text, "HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n",
		&tape);
	tape->is_hoarding = true;
	text_bytes(&text, some, sizeof(some));
	WAIT_FOR(&lb, tape->hoarded == 1 << 20);
	for (int i = 0; i < 10; i++)
		loopback_poll(&lb);
	cr_assert_eq(tape->hoarded, 1 << 20);
	while (!tape->closes) {
		tape_consume(tape, tape->hoarded);
		loopback_poll(&lb);
	}
	cr_assert_eq(tape->stream.received, sizeof(some));
	part(&lb, &text);
}

Test(h1_client, abandoned_it_closes_the_connection)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	ask(&lb, &text, "HTTP/1.1 200 OK\r\n\r\nhello", &tape);
	WAIT_FOR(&lb, buf_len(&tape->body) == 5);
	stream_abandon(&tape->stream);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert_eq(tape->closes, 0);
	part(&lb, &text);
}

/* ---- TLS
 * ---------------------------------------------------------------------- */

Test(h1_client, over_tls_with_our_own_server)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct tape *tape;

	loopback_settings_default(&settings);
	settings.protocol = SESSION_H1;
	loopback_init(&lb, &settings);
	cr_assert_eq(session_protocol(lb.client), SESSION_H1);
	tape = loopback_post(&lb, "/");
	tape_write_pattern(tape, 5 << 20);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert(tape_has_pattern(tape, 5 << 20));
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	loopback_fini(&lb);
}
