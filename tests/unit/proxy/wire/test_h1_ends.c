/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1's ends: what is still to be said, or still to be read, when an
 * exchange or a connection ends.
 */
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/wire/wire_impl.h"
#include "tests/unit/proxy/wire/text_peer.h"

static void meet(
	struct loopback *lb, struct text_peer *text, on_request_fn *on_request)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.is_cleartext = true;
	settings.is_not_connected = true;
	loopback_init(lb, &settings);
	lb->on_request = on_request;
	text_client_init(text, lb);
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

static void hold(struct tape *tape)
{
	(void)tape;
}

static void poll_some(struct loopback *lb)
{
	for (int i = 0; i < 50; i++)
		loopback_poll(lb);
}

/* ---- what is on its way to us ----------------------------------------------
 */

static void fill_window(struct loopback *lb, struct text_peer *text)
{
	static const char body[3 << 20];
	const int small = 64 * 1024;

	setsockopt(text->fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	text_say(text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n");
	served(lb, 0)->is_hoarding = true;
	setsockopt(lb->server->conn.fd, SOL_SOCKET, SO_RCVBUF, &small,
		sizeof(small));
	text_bytes(text, body, sizeof(body));
	WAIT_FOR(lb, served(lb, 0)->hoarded == 64 * 1024 - 1);
	poll_some(lb);
	cr_assert(lb->server->conn.is_paused);
	cr_assert_gt(buf_len(&text->out), 0);
}

Test(h1_ends, early_answer_throws_away_what_was_not_read_before)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text, hold);
	fill_window(&lb, &text);
	tape_respond(served(&lb, 0), "413", false);
	WAIT_FOR(&lb, buf_len(&text.out) == 0 && text_is_closed(&text));
	cr_assert_not(text.is_reset);
	cr_assert(text_has(&text, "HTTP/1.1 413 "));
	cr_assert_eq(lb.server_closed, 0);
	text_end(&text);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

Test(h1_ends, time_in_which_nobody_read_is_not_held_against_the_client)
{
	struct loopback lb;
	struct text_peer text;
	usec_t now, limit;

	meet(&lb, &text, hold);
	text_say(&text,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n\r\n");
	served(&lb, 0)->is_hoarding = true;
	for (int i = 0; i < 64 * 1024 - 1; i++)
		text_bytes(&text, "x", 1);
	WAIT_FOR(&lb, served(&lb, 0)->hoarded == 64 * 1024 - 1);
	cr_assert(lb.server->conn.is_paused);
	limit = lb.server->wire->limits.progress;
	lb.server->heard_at -= u64_min(lb.server->heard_at, 2 * limit);
	tape_consume(served(&lb, 0), 64 * 1024 - 1);
	poll_some(&lb);
	cr_assert_not(lb.server->conn.is_paused);
	now = session_now(lb.server);
	lb.server->ops->sweep(lb.server->carrier, now + limit / 2);
	cr_assert_eq(lb.server->state, SESSION_READY);
	lb.server->ops->sweep(lb.server->carrier, now + 2 * limit);
	cr_assert_eq(lb.server->state, SESSION_FAILED);
	part(&lb, &text);
}

/* Window full, the rest and TLS's end came with it. */
Test(h1_ends, server_that_has_said_all_and_left_is_read_to_the_end)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct tape *tape;

	loopback_settings_default(&settings);
	settings.protocol = SESSION_H1;
	settings.client_limits.window_up = 1000;
	loopback_init(&lb, &settings);
	lb.on_request = hold;
	tape = loopback_get(&lb, "/");
	tape->is_hoarding = true;
	tape_respond(served(&lb, 0), "200", true);
	tape_write_pattern(served(&lb, 0), 10000);
	WAIT_FOR(&lb, lb.server_closed && tape->hoarded == 1000);
	poll_some(&lb);
	while (!tape->closes) {
		tape_consume(tape, tape->hoarded);
		loopback_poll(&lb);
	}
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(tape->ends, 1);
	cr_assert(tape_has_pattern(tape, 10000));
	loopback_fini(&lb);
}

/* ---- what is on its way to the peer ----------------------------------------
 */

enum { ANSWER = 120 * 1024 };

/* An answer until the end is made, and the kernel has not taken all of it. */
static void leave_a_rest(struct loopback *lb, struct text_peer *text)
{
	static const char body[ANSWER];
	const int small = 1;

	setsockopt(text->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	text_deafen(text, true);
	text_say(text, "GET / HTTP/1.0\r\n\r\n");
	served(lb, 0);
	setsockopt(lb->server->conn.fd, SOL_SOCKET, SO_SNDBUF, &small,
		sizeof(small));
	tape_respond(served(lb, 0), "200", true);
	tape_write(served(lb, 0), body, sizeof(body));
	tape_end(served(lb, 0));
	WAIT_FOR(lb, served(lb, 0)->closes);
	cr_assert(conn_is_blocked(&lb->server->conn));
}

Test(h1_ends, answer_that_cannot_be_sent_to_its_end_is_reset)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text, hold);
	leave_a_rest(&lb, &text);
	session_close(lb.server);
	WAIT_FOR(&lb, lb.server_closed);
	text_deafen(&text, false);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text.is_reset);
	part(&lb, &text);
}

static void serve_much(struct tape *tape)
{
	tape_respond(tape, "200", true);
	tape_write_pattern(tape, 200 * 1000 * 1000);
}

Test(h1_ends, reset_of_one_that_reads_nothing_is_an_end_at_once)
{
	struct loopback lb;
	struct text_peer text;
	struct tape *tape;

	meet(&lb, &text, serve_much);
	text_deafen(&text, true);
	text_say(&text, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	tape = served(&lb, 0);
	WAIT_FOR(&lb, conn_is_blocked(&lb.server->conn));
	stream_reset(&tape->stream, 11);
	for (int i = 0; i < 10 && !tape->closes; i++)
		loopback_poll(&lb);
	cr_assert_eq(tape->closes, 1);
	cr_assert_eq(tape->how, STREAM_END_LOCAL);
	text_deafen(&text, false);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text.is_reset);
	part(&lb, &text);
}

Test(h1_ends, client_that_ends_its_side_behind_the_answer_gets_all_of_it)
{
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text, hold);
	leave_a_rest(&lb, &text);
	text_end(&text);
	WAIT_FOR(&lb, lb.server_closed || lb.server->conn.peer_ended);
	if (lb.server)
		lb.server->ops->sweep(
			lb.server->carrier, session_now(lb.server));
	poll_some(&lb);
	cr_assert_eq(lb.server_closed, 0);
	text_deafen(&text, false);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert_not(text.is_reset);
	cr_assert_gt(buf_len(&text.in), ANSWER);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_CLEAN);
	part(&lb, &text);
}

static void answer_at_length(struct tape *tape)
{
	struct fields head = FIELDS_INIT;
	char value[4000];

	memset(value, 'x', sizeof(value));
	fields_add_static(&head, SPAN(":status"), SPAN("200"));
	fields_add(&head, SPAN("x"), span_of(value, sizeof(value)));
	stream_respond(&tape->stream, &head, NULL);
}

Test(h1_ends, answers_that_nobody_reads_do_not_pile_up)
{
	static const char request[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct loopback lb;
	struct text_peer text;

	meet(&lb, &text, answer_at_length);
	text_deafen(&text, true);
	for (int i = 0; i < 3000; i++)
		text_say(&text, request);
	served(&lb, 0);
	poll_some(&lb);
	cr_assert_lt(buf_len(&lb.server->conn.out), 256 * 1024);
	text_deafen(&text, false);
	while (lb.served.count < 3000 || !tape_at(&lb.served, 2999)->closes) {
		text_forget(&text);
		loopback_turn(&lb);
	}
	part(&lb, &text);
}

Test(h1_ends, tunnel_that_ends_behind_its_last_bytes_is_not_reset)
{
	struct loopback lb;
	struct text_peer text;
	struct fields head = FIELDS_INIT;
	struct tape *tape;

	meet(&lb, &text, hold);
	text_say(&text,
		"GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
		"Upgrade: websocket\r\n\r\n");
	tape = served(&lb, 0);
	fields_add_static(&head, SPAN(":status"), SPAN("101"));
	fields_add_static(&head, SPAN("upgrade"), SPAN("websocket"));
	stream_respond(&tape->stream, &head, &tape->out);
	tape_write(tape, "last", 4);
	WAIT_FOR(&lb, tape->taken == 4);
	/* Both in one turn, as when upstream is gone. */
	tape_end(tape);
	stream_reset(&tape->stream, 0);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert_not(text.is_reset);
	cr_assert(text_has(&text, "last"));
	part(&lb, &text);
}

Test(h1_ends, sockets_that_nobody_closes_do_not_pile_up)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	enum { CLIENTS = 300, MOST = 256 };
	const struct list *sockets;
	struct loopback lb;
	struct text_peer text;
	int fds[CLIENTS];

	meet(&lb, &text, NULL);
	sockets = &lb.server_wire->io.lingers.sockets;
	for (unsigned i = 0; i < CLIENTS; i++) {
		fds[i] = loopback_dial(&lb);
		cr_assert_eq(send(fds[i], request, strlen(request), 0),
			(ssize_t)strlen(request));
		WAIT_FOR(&lb, lb.server_closed > i);
		cr_assert_leq(sockets->count, MOST);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		close(fds[i]);
	WAIT_FOR(&lb, list_is_empty(sockets));
	part(&lb, &text);
}
