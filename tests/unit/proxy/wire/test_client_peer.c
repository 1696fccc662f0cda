/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our server and clients that break the rules, or use them against us.
 */
#include <criterion/criterion.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rng.h"
#include "proxy/wire/wire_impl.h"
#include "tests/unit/proxy/wire/raw_peer.h"

static void hold(struct tape *tape)
{
	(void)tape;
}

/* A server with `settings` (NULL: the default) and a client that said hello. */
static void meet(struct loopback *lb, struct raw_peer *raw,
	const struct loopback_settings *settings)
{
	struct loopback_settings defaults;

	if (settings)
		defaults = *settings;
	else
		loopback_settings_default(&defaults);
	defaults.is_not_connected = true;
	loopback_init(lb, &defaults);
	raw_client_init(raw, lb);
	raw_preface(raw);
	WAIT_FOR(lb, lb->server && raw->settings && raw->settings_acks);
}

static void part(struct loopback *lb, struct raw_peer *raw)
{
	raw_peer_fini(raw);
	loopback_fini(lb);
}

static void expect_closed(
	struct loopback *lb, struct raw_peer *raw, enum session_close why)
{
	WAIT_FOR(lb, lb->server_closed && raw->is_closed);
	cr_assert_eq(
		lb->server_why, why, "%s", session_close_name(lb->server_why));
}

/* The connection still serves a good request. */
static void expect_alive(struct loopback *lb, struct raw_peer *raw, int32_t id)
{
	unsigned ends = raw->ends;

	lb->on_request = NULL;
	raw_get(raw, id);
	WAIT_FOR(lb, raw->ends > ends);
	cr_assert_eq(raw->ended_id, id);
	cr_assert_eq(lb->server_closed, 0);
}

Test(client_peer, good_request_is_served)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	expect_alive(&lb, &raw, 1);
	part(&lb, &raw);
}

Test(client_peer, bytes_may_come_one_by_one)
{
	struct loopback lb;
	struct raw_peer raw;
	struct buf bytes;

	meet(&lb, &raw, NULL);
	raw_post(&raw, 1);
	raw_frame(&raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, 1,
		SPAN("0123456789"));
	bytes = raw.out;
	raw.out = BUF_INIT;
	for (size_t i = 0; i < buf_len(&bytes); i++) {
		raw_bytes(&raw, buf_span(&bytes).ptr + i, 1);
		WAIT_FOR(&lb, buf_len(&raw.out) == 0);
	}
	buf_fini(&bytes);
	WAIT_FOR(&lb, raw.ends);
	cr_assert_eq(raw.data_bytes, 10);
	part(&lb, &raw);
}

/* ---- what is not HTTP/2 at all
 * ----------------------------------------------- */

Test(client_peer, who_speaks_neither_protocol_is_told_no)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.is_not_connected = true;
	loopback_init(&lb, &settings);
	raw_client_init_with_alpn(&raw, &lb, SPAN("\x06spdy/3"));
	expect_closed(&lb, &raw, SESSION_CLOSE_TLS);
	part(&lb, &raw);
}

Test(client_peer, plain_http_to_the_port_is_closed)
{
	static const char request[] = "GET /api HTTP/1.1\r\nHost: x\r\n\r\n";
	struct loopback_settings settings;
	struct loopback lb;
	int fd;

	loopback_settings_default(&settings);
	settings.is_not_connected = true;
	loopback_init(&lb, &settings);
	fd = loopback_dial(&lb);
	cr_assert_gt(send(fd, request, sizeof(request) - 1, 0), 0);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_TLS);
	close(fd);
	loopback_fini(&lb);
}

Test(client_peer, http1_inside_tls_is_closed)
{
	static const char request[] = "GET /api HTTP/1.1\r\nHost: x\r\n\r\n";
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.is_not_connected = true;
	loopback_init(&lb, &settings);
	raw_client_init(&raw, &lb);
	raw_bytes(&raw, request, sizeof(request) - 1);
	expect_closed(&lb, &raw, SESSION_CLOSE_PROTOCOL);
	part(&lb, &raw);
}

Test(client_peer, silence_behind_tls_is_closed)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.server_limits.handshake = USEC_PER_SEC / 10;
	settings.is_not_connected = true;
	loopback_init(&lb, &settings);
	raw_client_init(&raw, &lb);
	raw.acks_settings = false;
	expect_closed(&lb, &raw, SESSION_CLOSE_TIMEOUT);
	part(&lb, &raw);
}

/* ---- requests that RFC 9113 does not know: errors of their stream
 * ------------- */

struct bad_field {
	struct span name, value;
};

Test(client_peer, malformed_requests_end_their_stream_only)
{
	static const struct bad_field bad[] = {
		{ SPAN_INIT("connection"), SPAN_INIT("close") },
		{ SPAN_INIT("connection"), SPAN_INIT("authorization") },
		{ SPAN_INIT("keep-alive"), SPAN_INIT("timeout=5") },
		{ SPAN_INIT("proxy-connection"), SPAN_INIT("close") },
		{ SPAN_INIT("transfer-encoding"), SPAN_INIT("chunked") },
		{ SPAN_INIT("upgrade"), SPAN_INIT("h2c") },
		{ SPAN_INIT("te"), SPAN_INIT("gzip") },
		{ SPAN_INIT("Accept"), SPAN_INIT("*/*") },
		{ SPAN_INIT("a b"), SPAN_INIT("x") },
		{ SPAN_INIT("a\r\nx"), SPAN_INIT("x") },
		{ SPAN_INIT("a:b"), SPAN_INIT("x") },
		{ SPAN_INIT("a\xff"), SPAN_INIT("x") },
		{ SPAN_INIT(""), SPAN_INIT("x") },
		{ SPAN_INIT("a"), SPAN_INIT("x\r\ny: z") },
		{ SPAN_INIT("a"), SPAN_INIT("x\0y") },
		{ SPAN_INIT("a"), SPAN_INIT(" x") },
		{ SPAN_INIT("a"), SPAN_INIT("x\x7f") },
		{ SPAN_INIT(":path"), SPAN_INIT("/two") },
		{ SPAN_INIT(":method"), SPAN_INIT("PUT") },
		{ SPAN_INIT(":status"), SPAN_INIT("200") },
		{ SPAN_INIT(":protocol"), SPAN_INIT("websocket") },
		{ SPAN_INIT(":unknown"), SPAN_INIT("x") },
		{ SPAN_INIT("content-length"), SPAN_INIT("5") },
		{ SPAN_INIT("content-length"), SPAN_INIT("5,5") },
		{ SPAN_INIT("content-length"), SPAN_INIT("-1") },
		{ SPAN_INIT("content-length"), SPAN_INIT("0x5") },
		{ SPAN_INIT("content-length"), SPAN_INIT("") },
		{ SPAN_INIT("content-length"),
			SPAN_INIT("99999999999999999999") },
	};
	struct loopback lb;
	struct raw_peer raw;
	int32_t id = 1;

	meet(&lb, &raw, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++, id += 2) {
		raw_get_with(&raw, id, bad[i].name, bad[i].value);
		WAIT_FOR(&lb, raw.resets + raw.ends > i || raw.is_closed);
		cr_assert(raw.resets == i + 1 && raw.reset_id == id,
			"%.*s: %.*s", SPAN_ARG(bad[i].name),
			SPAN_ARG(bad[i].value));
		cr_assert_eq(raw.reset_code, NGHTTP2_PROTOCOL_ERROR);
	}
	/* None of them was a request to anybody, or one that ended well. */
	LIST_EACH (node, &lb.served) {
		const struct tape *tape = CONTAINER_OF(node, struct tape, node);

		cr_assert_eq(tape->ends, 0);
		cr_assert_neq(tape->how, STREAM_END_CLEAN);
	}
	expect_alive(&lb, &raw, id);
	part(&lb, &raw);
}

Test(client_peer, body_that_is_not_as_long_as_it_said_never_ends_well)
{
	struct buf block = BUF_INIT;
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	buf_append_span(&block, SPAN("\x83\x87\x84\x01\x09localhost"));
	hpack_literal(&block, SPAN("content-length"), SPAN("10"));
	for (int32_t id = 1; id <= 3; id += 2) {
		raw_frame(&raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id,
			buf_span(&block));
		raw_frame(&raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id,
			id == 1 ? SPAN("too short")
				: SPAN("longer than ten bytes"));
	}
	buf_fini(&block);
	WAIT_FOR(&lb, raw.resets == 2);
	for (size_t i = 0; i < 2; i++) {
		WAIT_FOR(&lb, tape_at(&lb.served, i)->closes);
		cr_assert_eq(tape_at(&lb.served, i)->ends, 0);
	}
	expect_alive(&lb, &raw, 5);
	part(&lb, &raw);
}

/* ---- heads that are too large
 * ------------------------------------------------------ */

Test(client_peer, head_that_is_a_little_too_large_is_answered_431)
{
	struct buf block = BUF_INIT;
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	buf_append_span(&block, SPAN("\x82\x87\x84\x01\x09localhost"));
	for (unsigned i = 0; i < 300; i++)
		hpack_literal(&block, SPAN("cookie"), SPAN("crumb"));
	cr_assert_lt(buf_len(&block), 16384);
	raw_frame(&raw, NGHTTP2_HEADERS,
		NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
		buf_span(&block));
	buf_fini(&block);
	WAIT_FOR(&lb, raw.ends);
	cr_assert_eq(raw.headers, 1);
	/* A Status, as for every other refusal. */
	cr_assert_gt(raw.data_bytes, 100);
	cr_assert_null(tape_at(&lb.served, 0));
	expect_alive(&lb, &raw, 3);
	part(&lb, &raw);
}

Test(client_peer, long_path_is_answered_and_not_served)
{
	char path[9000];
	struct buf block = BUF_INIT;
	struct loopback lb;
	struct raw_peer raw;

	memset(path, '/', sizeof(path));
	meet(&lb, &raw, NULL);
	buf_append_span(&block, SPAN("\x82\x87\x01\x09localhost"));
	hpack_literal(&block, SPAN(":path"), span_of(path, sizeof(path)));
	raw_frame(&raw, NGHTTP2_HEADERS,
		NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
		buf_span(&block));
	buf_fini(&block);
	WAIT_FOR(&lb, raw.ends);
	cr_assert_null(tape_at(&lb.served, 0));
	expect_alive(&lb, &raw, 3);
	part(&lb, &raw);
}

Test(client_peer, hpack_bomb_ends_the_connection)
{
	char value[3900], bomb[16000];
	struct buf block = BUF_INIT;
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	/* Into the table, once … */
	memset(value, 'v', sizeof(value));
	buf_append_span(&block, SPAN("\x82\x87\x84\x01\x09localhost"));
	hpack_literal(&block, SPAN("bomb"), span_of(value, sizeof(value)));
	block.data[block.start + 14] = 0x40;
	raw_frame(&raw, NGHTTP2_HEADERS,
		NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
		buf_span(&block));
	WAIT_FOR(&lb, raw.ends);
	/* … and 16 000 times 3.9 KB out of it, by a byte each. */
	memset(bomb, (char)0xbe, sizeof(bomb));
	for (int32_t id = 3; id < 103; id += 2)
		raw_frame(&raw, NGHTTP2_HEADERS,
			NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id,
			span_of(bomb, sizeof(bomb)));
	buf_fini(&block);
	expect_closed(&lb, &raw, SESSION_CLOSE_FLOOD);
	cr_assert_eq(raw.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
	cr_assert_eq(lb.served.count, 1);
	part(&lb, &raw);
}

Test(client_peer, continuation_without_end_ends_the_connection)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	raw_frame(&raw, NGHTTP2_HEADERS, 0, 1, SPAN("\x82"));
	for (unsigned i = 0; i < 300; i++)
		raw_frame(&raw, NGHTTP2_CONTINUATION, 0, 1, SPAN_NONE);
	expect_closed(&lb, &raw, SESSION_CLOSE_PROTOCOL);
	cr_assert_null(tape_at(&lb.served, 0));
	part(&lb, &raw);
}

Test(client_peer, head_that_never_ends_is_not_waited_for)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.server_limits.head = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	raw_frame(&raw, NGHTTP2_HEADERS, 0, 1, SPAN("\x82"));
	expect_closed(&lb, &raw, SESSION_CLOSE_TIMEOUT);
	part(&lb, &raw);
}

/* ---- floods
 * ---------------------------------------------------------------------- */

static void expect_calmed(struct loopback *lb, struct raw_peer *raw)
{
	expect_closed(lb, raw, SESSION_CLOSE_FLOOD);
	cr_assert_eq(raw->goaways, 1);
	cr_assert_eq(raw->goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
}

Test(client_peer, rapid_reset_ends_the_connection)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	lb.on_request = hold;
	for (int32_t id = 1; id < 4000; id += 2) {
		raw_get(&raw, id);
		raw_reset(&raw, id, NGHTTP2_CANCEL);
	}
	WAIT_FOR(&lb, lb.server_closed && raw.is_closed);
	cr_assert_eq(raw.goaways, 1);
	cr_assert_leq(lb.served.count, 1100, "%zu", lb.served.count);
	part(&lb, &raw);
}

static void make_us_reset_by_window(struct raw_peer *raw, int32_t id)
{
	raw_get(raw, id);
	raw_window_update(raw, id, INT32_MAX);
}

static void make_us_reset_by_zero_update(struct raw_peer *raw, int32_t id)
{
	raw_get(raw, id);
	raw_window_update(raw, id, 0);
}

static void make_us_reset_by_length(struct raw_peer *raw, int32_t id)
{
	struct buf block = BUF_INIT;

	buf_append_span(&block, SPAN("\x83\x87\x84\x01\x09localhost"));
	hpack_literal(&block, SPAN("content-length"), SPAN("1"));
	raw_frame(raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id,
		buf_span(&block));
	raw_frame(raw, NGHTTP2_DATA, 0, id, SPAN("two"));
	buf_fini(&block);
}

static void make_us_reset_by_data_behind_the_end(
	struct raw_peer *raw, int32_t id)
{
	raw_get(raw, id);
	raw_frame(raw, NGHTTP2_DATA, 0, id, SPAN("more"));
}

static void make_us_reset_by_head_behind_the_end(
	struct raw_peer *raw, int32_t id)
{
	raw_get(raw, id);
	raw_get(raw, id);
}

static void make_us_reset_by_self_dependence(struct raw_peer *raw, int32_t id)
{
	char payload[5] = { 0, 0, (char)(id >> 8), (char)id, 16 };

	raw_get(raw, id);
	raw_frame(raw, NGHTTP2_PRIORITY, 0, id,
		span_of(payload, sizeof(payload)));
}

static void make_us_reset_by_malformed_head(struct raw_peer *raw, int32_t id)
{
	raw_get_with(raw, id, SPAN("connection"), SPAN("close"));
}

Test(client_peer, made_you_reset_ends_the_connection_in_all_its_forms)
{
	static void (*const forms[])(struct raw_peer * raw, int32_t id) = {
		make_us_reset_by_window,
		make_us_reset_by_zero_update,
		make_us_reset_by_length,
		make_us_reset_by_data_behind_the_end,
		make_us_reset_by_head_behind_the_end,
		make_us_reset_by_self_dependence,
		make_us_reset_by_malformed_head,
	};
	struct loopback lb;
	struct raw_peer raw;

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		meet(&lb, &raw, NULL);
		lb.on_request = hold;
		for (int32_t id = 1; id < 6000; id += 2)
			forms[i](&raw, id);
		WAIT_FOR(&lb, lb.server_closed && raw.is_closed);
		cr_assert(lb.server_why == SESSION_CLOSE_FLOOD ||
				lb.server_why == SESSION_CLOSE_PROTOCOL,
			"form %zu: %s", i, session_close_name(lb.server_why));
		/* The bar: 250 (facts, B3). */
		cr_assert_leq(lb.served.count, 250, "form %zu: %zu", i,
			lb.served.count);
		part(&lb, &raw);
	}
}

static void answer_and_reset(struct tape *tape, void *user)
{
	(void)user;
	if (!tape->stream.is_server || tape->closes || !buf_len(&tape->body) ||
		tape->stream.head_sent)
		return;
	tape_respond(tape, "429", false);
	stream_reset(&tape->stream, NGHTTP2_NO_ERROR);
}

/* It is our reset that meets the rest of it on its way. */
Test(client_peer, uploads_that_are_answered_in_the_middle_of_a_frame_are_none)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.server_limits.resets_burst = 10;
	settings.server_limits.resets_per_second = 1;
	meet(&lb, &raw, &settings);
	lb.on_request = hold;
	lb.meddle = answer_and_reset;
	for (int32_t id = 1; id < 100; id += 2) {
		/* Of ten bytes five. */
		raw_post(&raw, id);
		raw_bytes(&raw, "\0\0\x0a\0\0\0\0\0", 8);
		raw_bytes(&raw, &(char){ (char)id }, 1);
		raw_bytes(&raw, "hello", 5);
		WAIT_FOR(&lb, raw.resets == (unsigned)(id + 1) / 2);
		raw_bytes(&raw, "hello", 5);
	}
	lb.meddle = NULL;
	expect_alive(&lb, &raw, 101);
	part(&lb, &raw);
}

static void flood(uint8_t type, int32_t id, struct span payload)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	lb.on_request = hold;
	raw_post(&raw, 1);
	for (unsigned i = 0; i < 30000; i++)
		raw_frame(&raw, type, 0, id, payload);
	expect_calmed(&lb, &raw);
	part(&lb, &raw);
}

Test(client_peer, flood_of_empty_data_is_calmed)
{
	flood(NGHTTP2_DATA, 1, SPAN_NONE);
}

Test(client_peer, flood_of_priorities_is_calmed)
{
	flood(NGHTTP2_PRIORITY, 1, SPAN("\0\0\0\0\x10"));
}

Test(client_peer, flood_of_window_updates_is_calmed)
{
	flood(NGHTTP2_WINDOW_UPDATE, 0, SPAN("\0\0\0\1"));
}

Test(client_peer, flood_of_unknown_frames_is_calmed)
{
	flood(0x42, 0, SPAN("what"));
}

/* Its answers wait for a peer that reads nothing. */
static void flood_unread(
	void (*send_one)(struct raw_peer *raw), struct raw_peer *raw)
{
	struct loopback lb;

	meet(&lb, raw, NULL);
	raw_stop_reading(raw);
	while (!lb.server_closed) {
		for (unsigned i = 0; i < 1000 && buf_len(&raw->out) < 100000;
			i++)
			send_one(raw);
		loopback_turn(&lb);
	}
	cr_assert(lb.server_why == SESSION_CLOSE_FLOOD ||
		lb.server_why == SESSION_CLOSE_PROTOCOL);
	part(&lb, raw);
}

Test(client_peer, flood_of_pings_that_are_not_read_ends_the_connection)
{
	struct raw_peer raw;

	flood_unread(raw_ping, &raw);
}

static void send_empty_settings(struct raw_peer *raw)
{
	raw_frame(raw, NGHTTP2_SETTINGS, 0, 0, SPAN_NONE);
}

Test(client_peer, flood_of_settings_that_are_not_read_ends_the_connection)
{
	struct raw_peer raw;

	flood_unread(send_empty_settings, &raw);
}

Test(client_peer, flood_of_key_updates_that_are_not_read_ends_the_connection)
{
	const int small = 1;
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	raw_stop_reading(&raw);
	setsockopt(lb.server->conn.fd, SOL_SOCKET, SO_SNDBUF, &small,
		sizeof(small));
	while (!lb.server_closed) {
		/* Each is to be answered by one of ours. */
		for (unsigned i = 0; i < 1000 && !raw.is_closed; i++) {
			if (SSL_key_update(raw.ssl,
				    SSL_KEY_UPDATE_REQUESTED) != 1 ||
				SSL_do_handshake(raw.ssl) != 1)
				break;
		}
		ERR_clear_error();
		loopback_poll(&lb);
		if (lb.server)
			cr_assert_lt(buf_len(&lb.server->conn.out),
				2 * 1024 * 1024);
	}
	cr_assert_eq(lb.server_why, SESSION_CLOSE_FLOOD);
	part(&lb, &raw);
}

Test(client_peer, settings_of_2000_entries_end_the_connection)
{
	static char payload[12000];
	struct loopback lb;
	struct raw_peer raw;

	for (size_t i = 0; i < sizeof(payload); i += 6)
		payload[i + 1] = 8;
	meet(&lb, &raw, NULL);
	raw_frame(&raw, NGHTTP2_SETTINGS, 0, 0,
		span_of(payload, sizeof(payload)));
	WAIT_FOR(&lb, lb.server_closed && raw.is_closed);
	cr_assert_eq(raw.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
	part(&lb, &raw);
}

/* A client that reads a large answer says WINDOW_UPDATE very often. */
static void serve_50_mb(struct tape *tape)
{
	tape_respond(tape, "200", true);
	tape_write_pattern(tape, 50 * 1000 * 1000);
}

Test(client_peer, window_updates_for_what_was_sent_are_no_flood)
{
	uint64_t seen = 0;
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	lb.on_request = serve_50_mb;
	raw_get(&raw, 1);
	while (!raw.ends && !raw.is_closed) {
		/* As some clients do: for each 2 KB, of both windows. */
		for (; seen + 2000 <= raw.data_bytes; seen += 2000) {
			raw_window_update(&raw, 0, 2000);
			raw_window_update(&raw, 1, 2000);
		}
		loopback_turn(&lb);
	}
	cr_assert_eq(raw.data_bytes, 50 * 1000 * 1000);
	cr_assert_eq(lb.server_closed, 0);
	part(&lb, &raw);
}

/* ---- the slow and the silent
 * -------------------------------------------------------- */

static void serve_1_mb(struct tape *tape)
{
	tape_respond(tape, "200", true);
	tape_write_pattern(tape, 1000 * 1000);
}

Test(client_peer, zero_window_reader_is_reset_in_the_end)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.server_limits.progress = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	lb.on_request = serve_1_mb;
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0);
	raw_get(&raw, 1);
	WAIT_FOR(&lb, raw.resets);
	cr_assert_eq(raw.reset_id, 1);
	cr_assert_eq(raw.data_bytes, 0);
	WAIT_FOR(&lb, tape_at(&lb.served, 0)->closes);
	cr_assert_eq(tape_at(&lb.served, 0)->how, STREAM_END_LOCAL);
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
	expect_alive(&lb, &raw, 3);
	part(&lb, &raw);
}

static void serve_much(struct tape *tape)
{
	tape_respond(tape, "200", true);
	tape_write_pattern(tape, 200 * 1000 * 1000);
}

Test(client_peer, reader_that_reads_nothing_is_left_in_the_end)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	loopback_settings_default(&settings);
	settings.server_limits.progress = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	lb.on_request = serve_much;
	raw_stop_reading(&raw);
	raw_window_update(&raw, 0, INT32_MAX - 65535);
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, INT32_MAX);
	raw_get(&raw, 1);
	WAIT_FOR(&lb, tape_at(&lb.served, 0));
	tape = tape_at(&lb.served, 0);
	WAIT_FOR(&lb, tape->closes);
	/* What the kernel took, and little more. */
	cr_assert_lt(tape->taken, 20 * 1000 * 1000);
	if (lb.server_closed)
		cr_assert_eq(lb.server_why, SESSION_CLOSE_TIMEOUT);
	else
		cr_assert_eq(tape->how, STREAM_END_LOCAL);
	part(&lb, &raw);
}

Test(client_peer, reader_that_takes_a_little_now_and_then_is_left_in_the_end)
{
	const int small = 1;
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;
	usec_t began;

	loopback_settings_default(&settings);
	settings.server_limits.progress = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	lb.on_request = serve_much;
	raw_stop_reading(&raw);
	setsockopt(lb.server->conn.fd, SOL_SOCKET, SO_SNDBUF, &small,
		sizeof(small));
	raw_window_update(&raw, 0, INT32_MAX - 65535);
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, INT32_MAX);
	raw_get(&raw, 1);
	WAIT_FOR(&lb, conn_is_blocked(&lb.server->conn));
	began = loop_now(lb.loop);
	while (lb.server &&
		usec_since(loop_now(lb.loop), began) < 5 * USEC_PER_SEC) {
		/* As if it had taken one more. */
		lb.server->conn.bytes_out++;
		loopback_turn(&lb);
	}
	cr_assert_eq(lb.server_closed, 1);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_TIMEOUT);
	part(&lb, &raw);
}

Test(client_peer, what_waits_for_a_socket_takes_memory_too)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.server_limits.memory_max = 16 * 1024;
	meet(&lb, &raw, &settings);
	lb.on_request = serve_much;
	raw_stop_reading(&raw);
	raw_window_update(&raw, 0, INT32_MAX - 65535);
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, INT32_MAX);
	cr_assert_not(wire_is_full(lb.server_wire));
	raw_get(&raw, 1);
	WAIT_FOR(&lb, lb.server && conn_is_blocked(&lb.server->conn));
	cr_assert(wire_is_full(lb.server_wire));
	session_close(lb.server);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_not(wire_is_full(lb.server_wire));
	part(&lb, &raw);
}

Test(client_peer, reset_of_one_that_reads_nothing_is_an_end_at_once)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	lb.on_request = serve_much;
	raw_stop_reading(&raw);
	raw_window_update(&raw, 0, INT32_MAX - 65535);
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, INT32_MAX);
	raw_get(&raw, 1);
	WAIT_FOR(&lb, tape_at(&lb.served, 0));
	tape = tape_at(&lb.served, 0);
	WAIT_FOR(&lb, conn_is_blocked(&lb.server->conn));
	stream_reset(&tape->stream, NGHTTP2_ENHANCE_YOUR_CALM);
	for (unsigned i = 0; i < 10 && !tape->closes; i++)
		loopback_poll(&lb);
	cr_assert_eq(tape->closes, 1);
	cr_assert_eq(tape->how, STREAM_END_LOCAL);
	cr_assert_eq(lb.server_closed, 0);
	part(&lb, &raw);
}

Test(client_peer, watcher_that_does_not_answer_ping_is_left)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.server_limits.ping_idle = USEC_PER_SEC / 10;
	settings.server_limits.ping_answer = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	lb.on_request = hold;
	raw.answers_pings = false;
	raw_get(&raw, 1);
	expect_closed(&lb, &raw, SESSION_CLOSE_TIMEOUT);
	cr_assert_eq(raw.pings, 1);
	cr_assert_eq(tape_at(&lb.served, 0)->how, STREAM_END_LOST);
	part(&lb, &raw);
}

Test(client_peer, drain_does_not_hang_on_one_that_answers_no_ping)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.server_limits.ping_answer = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	raw.answers_pings = false;
	wire_drain(lb.server_wire);
	WAIT_FOR(&lb, wire_is_drained(lb.server_wire));
	part(&lb, &raw);
}

Test(client_peer, drain_says_notice_first_and_the_last_stream_then)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	lb.on_request = hold;
	raw.answers_pings = false;
	raw_get(&raw, 1);
	WAIT_FOR(&lb, tape_at(&lb.served, 0));
	wire_drain(lb.server_wire);
	WAIT_FOR(&lb, raw.goaways == 1 && raw.pings);
	cr_assert_eq(raw.goaway_last_id, INT32_MAX);
	/* On its way when the notice was sent. */
	raw_get(&raw, 3);
	raw_frame(&raw, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, SPAN("12345678"));
	WAIT_FOR(&lb, raw.goaways == 2);
	cr_assert_eq(raw.goaway_last_id, 3);
	cr_assert_eq(raw.goaway_code, NGHTTP2_NO_ERROR);
	tape_respond(tape_at(&lb.served, 0), "200", false);
	tape_respond(tape_at(&lb.served, 1), "200", false);
	expect_closed(&lb, &raw, SESSION_CLOSE_CLEAN);
	cr_assert_eq(raw.ends, 2);
	part(&lb, &raw);
}

Test(client_peer, one_that_leaves_in_the_middle_is_noticed)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	lb.on_request = hold;
	raw_post(&raw, 1);
	WAIT_FOR(&lb, tape_at(&lb.served, 0));
	shutdown(raw.fd, SHUT_RDWR);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_EOF);
	cr_assert_eq(tape_at(&lb.served, 0)->how, STREAM_END_LOST);
	part(&lb, &raw);
}

Test(client_peer, bytes_behind_its_goaway_do_no_harm)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	lb.on_request = hold;
	raw_get(&raw, 1);
	raw_goaway(&raw, 0, NGHTTP2_NO_ERROR);
	raw_ping(&raw);
	WAIT_FOR(&lb, raw.ping_acks);
	tape_respond(tape_at(&lb.served, 0), "200", false);
	WAIT_FOR(&lb, raw.ends == 1);
	expect_closed(&lb, &raw, SESSION_CLOSE_CLEAN);
	part(&lb, &raw);
}

/* ---- noise
 * ----------------------------------------------------------------------------
 */

Test(client_peer, random_bytes_only_end_the_connection)
{
	struct rng rng;

	for (uint64_t seed = 1; seed <= 30; seed++) {
		struct loopback lb;
		struct raw_peer raw;
		char bytes[4096];

		rng_init(&rng, seed);
		meet(&lb, &raw, NULL);
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (char)rng_next(&rng);
		/* A length that is allowed, so that more of it is read. */
		bytes[0] = bytes[1] = 0;
		for (unsigned i = 0; i < 8; i++)
			raw_bytes(&raw, bytes, sizeof(bytes));
		WAIT_FOR(&lb, buf_len(&raw.out) == 0 || raw.is_closed);
		shutdown(raw.fd, SHUT_RDWR);
		WAIT_FOR(&lb, lb.server_closed);
		part(&lb, &raw);
	}
}

/* A good conversation with some of its bits turned over. */
static void write_conversation(struct raw_peer *raw)
{
	for (int32_t id = 1; id < 9; id += 2) {
		raw_post(raw, id);
		raw_get_with(raw, id + 100, SPAN("x-field"), SPAN("value"));
		raw_frame(raw, NGHTTP2_DATA, 0, id, SPAN("half of it"));
		raw_window_update(raw, id, 1000);
		raw_ping(raw);
		raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id,
			SPAN("the rest"));
		raw_reset(raw, id + 100, NGHTTP2_CANCEL);
	}
}

Test(client_peer, flipped_bits_only_end_streams_or_the_connection)
{
	struct rng rng;

	for (uint64_t seed = 1; seed <= 150; seed++) {
		struct loopback lb;
		struct raw_peer raw;

		rng_init(&rng, seed);
		meet(&lb, &raw, NULL);
		write_conversation(&raw);
		for (unsigned i = 0; i < 1 + seed % 4; i++) {
			size_t at = rng_below(&rng, buf_len(&raw.out));

			raw.out.data[raw.out.start + at] ^=
				(char)(1U << rng_below(&rng, 8));
		}
		WAIT_FOR(&lb, buf_len(&raw.out) == 0 || raw.is_closed);
		shutdown(raw.fd, SHUT_RDWR);
		WAIT_FOR(&lb, lb.server_closed);
		LIST_EACH (node, &lb.served) {
			cr_assert_eq(
				CONTAINER_OF(node, struct tape, node)->closes,
				1);
		}
		part(&lb, &raw);
	}
}
