/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upgrades: a connection that becomes a tunnel, from both sides.
 */
#include <criterion/criterion.h>

#include "tests/unit/proxy/wire/text_peer.h"

static void init(
	struct loopback *lb, bool is_cleartext, enum session_protocol protocol)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.is_cleartext = is_cleartext;
	settings.is_not_connected = is_cleartext;
	settings.protocol = protocol;
	loopback_init(lb, &settings);
}

static void part(struct loopback *lb, struct text_peer *text)
{
	text_peer_fini(text);
	loopback_fini(lb);
}

/* ---- server
 * ------------------------------------------------------------------- */

static void hold(struct tape *tape)
{
	(void)tape;
}

static void respond_101(struct tape *tape)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), SPAN("101"));
	fields_add_static(&head, SPAN("upgrade"), SPAN("SPDY/3.1"));
	fields_add_static(&head, SPAN("x-a"), SPAN("b"));
	stream_respond(&tape->stream, &head, &tape->out);
}

#define UPGRADE                                              \
	"POST /exec HTTP/1.1\r\nHost: x\r\nContent-Length: " \
	"0\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"  \
	"X-Stream-Protocol-Version: v5\r\n"                  \
	"X-Stream-Protocol-Version: v4\r\n\r\n"
#define SWITCHED                                                              \
	"HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\nX-A: b\r\n" \
	"Connection: Upgrade\r\n\r\n"

static struct tape *meet_client(struct loopback *lb, struct text_peer *text,
	const char *request, on_request_fn *on_request)
{
	init(lb, true, SESSION_H2);
	lb->on_request = on_request;
	text_client_init(text, lb);
	text_say(text, request);
	WAIT_FOR(lb, tape_at(&lb->served, 0));
	return tape_at(&lb->served, 0);
}

Test(h1_tunnel, upgrade_is_seen_with_its_field)
{
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	cr_assert(tape->stream.is_upgrade);
	cr_assert(!tape->head_ended && tape->ends == 0);
	cr_assert(span_eq_str(
		fields_value(&tape->stream.head, FIELD_UPGRADE), "SPDY/3.1"));
	/* Four pseudo ones, the length, and both versions. */
	cr_assert_eq(tape->stream.head.count, 8);
	part(&lb, &text);
}

Test(h1_tunnel, bytes_go_both_ways_and_each_end_by_itself)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	respond_101(tape);
	tape_write(tape, "\0\1server", 8);
	WAIT_FOR(&lb, buf_len(&text.in) == strlen(SWITCHED) + 8);
	cr_assert(span_starts_with(buf_span(&text.in), SPAN(SWITCHED)));
	text_bytes(&text, "\0\1client", 8);
	WAIT_FOR(&lb, buf_len(&tape->body) == 8);
	text_end(&text);
	WAIT_FOR(&lb, tape->ends);
	cr_assert_eq(tape->closes, 0);
	text_forget(&text);
	tape_write(tape, "more", 4);
	WAIT_FOR_TEXT(&lb, &text, "more");
	tape_end(tape);
	WAIT_FOR(&lb, tape->closes && text.is_ended);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

Test(h1_tunnel, our_end_first)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	respond_101(tape);
	tape_end(tape);
	WAIT_FOR(&lb, text.is_ended);
	cr_assert_eq(tape->closes, 0);
	text_say(&text, "still here");
	WAIT_FOR(&lb, buf_len(&tape->body) == 10);
	text_end(&text);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	part(&lb, &text);
}

Test(h1_tunnel, client_that_speaks_first_waits_for_the_answer)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape =
		meet_client(&lb, &text, UPGRADE "GET / HTTP/1.1\r\n", hold);

	loopback_poll(&lb);
	cr_assert_eq(buf_len(&tape->body), 0);
	respond_101(tape);
	WAIT_FOR(&lb, buf_len(&tape->body) == 16);
	part(&lb, &text);
}

Test(h1_tunnel, refusal_is_an_ordinary_answer)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	tape_respond(tape, "403", true);
	tape_write(tape, "no", 2);
	tape_end(tape);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->ends, 1);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	WAIT_FOR_TEXT(&lb, &text, "2\r\nno\r\n0\r\n\r\n");
	cr_assert(text_has(&text, "HTTP/1.1 403 Forbidden\r\n"));
	/* What may be the other protocol is never read as a request. */
	cr_assert(text_has(&text, "Connection: close\r\n"));
	WAIT_FOR(&lb, text_is_closed(&text));
	part(&lb, &text);
}

Test(h1_tunnel, upgrade_with_a_body_is_an_ordinary_request)
{
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape = meet_client(&lb, &text,
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
		"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\nok",
		NULL);

	cr_assert_not(tape->stream.is_upgrade);
	cr_assert_null(fields_find(&tape->stream.head, FIELD_UPGRADE));
	WAIT_FOR(&lb, tape->closes);
	cr_assert(span_eq_str(buf_span(&tape->body), "ok"));
	part(&lb, &text);
}

Test(h1_tunnel, what_came_behind_a_refused_upgrade_is_no_request)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text,
		UPGRADE "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n", hold);

	tape_respond(tape, "403", false);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert_not(text.is_reset);
	cr_assert_eq(lb.served.count, 1);
	part(&lb, &text);
}

Test(h1_tunnel, http2_in_cleartext_is_no_upgrade)
{
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape = meet_client(&lb, &text,
		"GET / HTTP/1.1\r\nHost: x\r\nHTTP2-Settings: AAA\r\n"
		"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
		NULL);

	cr_assert_not(tape->stream.is_upgrade);
	WAIT_FOR_TEXT(&lb, &text, "HTTP/1.1 200 OK");
	cr_assert_not(text_has(&text, "Connection: "));
	part(&lb, &text);
}

Test(h1_tunnel, upgrade_field_alone_is_none)
{
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape = meet_client(&lb, &text,
		"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n",
		NULL);

	cr_assert_not(tape->stream.is_upgrade);
	part(&lb, &text);
}

Test(h1_tunnel, a_switch_that_was_not_asked_for_is_never_said)
{
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape = meet_client(
		&lb, &text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", respond_101);

	WAIT_FOR(&lb, tape->closes && text_is_closed(&text));
	cr_assert_eq(buf_len(&text.in), 0);
	part(&lb, &text);
}

Test(h1_tunnel, client_that_is_gone_is_lost)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	respond_101(tape);
	WAIT_FOR_TEXT(&lb, &text, "101");
	text_reset(&text);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	part(&lb, &text);
}

Test(h1_tunnel, client_that_is_gone_while_its_answer_waits)
{
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	text_end(&text);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	part(&lb, &text);
}

Test(h1_tunnel, broken_off_it_is_reset)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	respond_101(tape);
	WAIT_FOR_TEXT(&lb, &text, "101");
	relay_break(&tape->out);
	stream_resume(&tape->stream);
	WAIT_FOR(&lb, tape->closes && text.is_reset);
	part(&lb, &text);
}

Test(h1_tunnel, who_is_not_consumed_is_not_read)
{
	static const char some[16 << 20];
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	respond_101(tape);
	tape->is_hoarding = true;
	tape->is_counting = true;
	text_bytes(&text, some, sizeof(some));
	WAIT_FOR(&lb, tape->hoarded == 64 * 1024 - 1);
	for (int i = 0; i < 100; i++)
		loopback_poll(&lb);
	cr_assert_eq(tape->hoarded, 64 * 1024 - 1);
	/* The end comes behind all that was said before. */
	text_end(&text);
	while (!tape->ends) {
		tape_consume(tape, tape->hoarded);
		loopback_poll(&lb);
	}
	cr_assert_eq(tape->stream.received, sizeof(some));
	part(&lb, &text);
}

Test(h1_tunnel, reader_that_stops_does_not_stop_the_other_direction)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_client(&lb, &text, UPGRADE, hold);

	respond_101(tape);
	WAIT_FOR_TEXT(&lb, &text, "101");
	text_deafen(&text, true);
	tape_write_pattern(tape, 32 << 20);
	for (int i = 0; i < 200; i++)
		loopback_poll(&lb);
	cr_assert_gt(tape->refill_left, 0);
	tape->is_hoarding = true;
	for (int i = 0; i < 200; i++)
		text_say(&text,
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef"
			"0123456789abcdef0123456789abcdef");
	WAIT_FOR(&lb, tape->hoarded == 64 * 1024 - 1);
	tape_consume(tape, tape->hoarded);
	WAIT_FOR(&lb, tape->stream.received == 200 * 12 * 32);
	part(&lb, &text);
}

/* ---- client
 * ------------------------------------------------------------------- */

static struct tape *ask_for_upgrade(struct loopback *lb)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":method"), SPAN("POST"));
	fields_add_static(&head, SPAN(":scheme"), SPAN("https"));
	fields_add_static(&head, SPAN(":authority"), SPAN("x"));
	fields_add_static(&head, SPAN(":path"), SPAN("/exec"));
	fields_add_static(&head, SPAN("upgrade"), SPAN("SPDY/3.1"));
	return loopback_request(lb, &head, true, true);
}

static struct tape *meet_server(struct loopback *lb, struct text_peer *text)
{
	struct tape *tape;

	init(lb, true, SESSION_H1);
	text_server_init(text, lb);
	tape = ask_for_upgrade(lb);
	/* What it has to say waits for the answer. */
	tape_write(tape, "first", 5);
	WAIT_FOR_TEXT(lb, text, "\r\n\r\n");
	cr_assert_str_eq(buf_cstr(&text->in),
		"POST /exec HTTP/1.1\r\nHost: x\r\nUpgrade: SPDY/3.1\r\n"
		"Content-Length: 0\r\nConnection: Upgrade\r\n\r\n");
	cr_assert_eq(tape->sents, 1);
	text_forget(text);
	return tape;
}

Test(h1_tunnel, client_switches_when_it_is_told_so)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_server(&lb, &text);

	text_say(&text, SWITCHED "hello");
	WAIT_FOR(&lb, tape->heads && buf_len(&tape->body) == 5);
	cr_assert_eq(tape_status(tape), 101);
	cr_assert_not(tape->head_ended);
	cr_assert(span_eq_str(
		fields_value(&tape->stream.head, FIELD_UPGRADE), "SPDY/3.1"));
	WAIT_FOR_TEXT(&lb, &text, "first");
	tape_write(tape, "second", 6);
	WAIT_FOR_TEXT(&lb, &text, "firstsecond");
	text_end(&text);
	WAIT_FOR(&lb, tape->ends);
	tape_end(tape);
	WAIT_FOR(&lb, tape->closes && text.is_ended);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	part(&lb, &text);
}

Test(h1_tunnel, client_that_is_refused_has_said_nothing_more)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_server(&lb, &text);

	text_say(
		&text, "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape_status(tape), 403);
	cr_assert(span_eq_str(buf_span(&tape->body), "no"));
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(tape->taken, 0);
	cr_assert_eq(buf_len(&text.in), 0);
	part(&lb, &text);
}

Test(h1_tunnel, server_that_is_gone_before_it_answered)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape = meet_server(&lb, &text);

	text_end(&text);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	part(&lb, &text);
}

/* ---- both, with TLS
 * ------------------------------------------------------------- */

static void echo_tunnel(struct tape *tape, void *user)
{
	(void)user;
	if (!tape->stream.is_server || tape->closes)
		return;
	if (!tape->stream.head_sent)
		respond_101(tape);
	if (buf_len(&tape->body) > 0) {
		relay_add(&tape->out, buf_span(&tape->body).ptr,
			buf_len(&tape->body));
		buf_clear(&tape->body);
		stream_resume(&tape->stream);
	}
	if (tape->ends && !tape->out.is_ended)
		tape_end(tape);
}

Test(h1_tunnel, over_tls_every_byte_and_both_ends)
{
	struct loopback lb;
	struct tape *tape;

	init(&lb, false, SESSION_H1);
	lb.on_request = hold;
	lb.meddle = echo_tunnel;
	tape = ask_for_upgrade(&lb);
	tape_write_pattern(tape, 3 << 20);
	WAIT_FOR(&lb, tape->closes && lb.client_closed);
	cr_assert(tape_has_pattern(tape, 3 << 20));
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	loopback_fini(&lb);
}
