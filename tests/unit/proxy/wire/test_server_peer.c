/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our client and API servers that end, refuse, stall or break the rules.
 */
#include <criterion/criterion.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/rng.h"
#include "proxy/wire/h2_impl.h"
#include "tests/unit/proxy/wire/raw_peer.h"

/* A client of ours, connected to a server that said its SETTINGS. */
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
	raw_server_init(raw, lb);
	WAIT_FOR(lb, lb->ready && raw->settings && raw->settings_acks);
}

static void part(struct loopback *lb, struct raw_peer *raw)
{
	raw_peer_fini(raw);
	loopback_fini(lb);
}

static void raw_answer(struct raw_peer *raw, int32_t id)
{
	raw_status_200(raw, id, 0);
	raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, SPAN("body"));
}

static void expect_alive(struct loopback *lb, struct raw_peer *raw)
{
	struct tape *tape = loopback_get(lb, "/again");

	WAIT_FOR(lb, tape->sents);
	raw_answer(raw, tape->stream.id);
	WAIT_FOR(lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(lb->client_closed, 0);
}

Test(server_peer, good_answer_is_taken)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	expect_alive(&lb, &raw);
	part(&lb, &raw);
}

/* ---- it ends
 * ------------------------------------------------------------------ */

Test(server_peer, streams_above_its_goaway_were_not_processed)
{
	struct tape *tapes[3];
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(tapes); i++)
		tapes[i] = loopback_get(&lb, "/racing");
	WAIT_FOR(&lb, raw.headers == 3);
	raw_goaway(&raw, tapes[0]->stream.id, NGHTTP2_NO_ERROR);
	WAIT_FOR(&lb, tapes[1]->closes && tapes[2]->closes);
	cr_assert_eq(lb.goaways, 1);
	cr_assert_eq(tapes[1]->how, STREAM_END_REFUSED);
	cr_assert_eq(tapes[2]->how, STREAM_END_REFUSED);
	cr_assert_eq(tapes[0]->closes, 0);
	cr_assert_eq(session_free_streams(lb.client), 0);
	/* What it has taken it finishes. */
	raw_answer(&raw, tapes[0]->stream.id);
	WAIT_FOR(&lb, tapes[0]->closes && lb.client_closed);
	cr_assert_eq(tapes[0]->how, STREAM_END_CLEAN);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	part(&lb, &raw);
}

Test(server_peer, graceful_goaway_comes_twice)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	raw_goaway(&raw, INT32_MAX, NGHTTP2_NO_ERROR);
	WAIT_FOR(&lb, lb.goaways);
	cr_assert_eq(tape->closes, 0);
	raw_goaway(&raw, tape->stream.id, NGHTTP2_NO_ERROR);
	raw_answer(&raw, tape->stream.id);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.goaways, 1);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	part(&lb, &raw);
}

/* Asks again as soon as it has its answer. */
static void ask_again(struct tape *tape, void *user)
{
	if (tape->ends == 1 && !tape->closes && tape->lb->sent.count == 1)
		*(struct tape **)user = loopback_get(tape->lb, "/more");
}

Test(server_peer, request_of_the_turn_that_brings_goaway_was_never_sent)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *first, *second = NULL;

	meet(&lb, &raw, NULL);
	first = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	lb.meddle = ask_again;
	lb.meddle_user = &second;
	/* In one piece: what is asked in between has not left yet. */
	raw_answer(&raw, first->stream.id);
	raw_goaway(&raw, first->stream.id, NGHTTP2_NO_ERROR);
	WAIT_FOR(&lb, second && second->closes);
	cr_assert_eq(first->how, STREAM_END_CLEAN);
	cr_assert_eq(second->how, STREAM_END_REFUSED);
	cr_assert_eq(second->sents, 0);
	cr_assert_eq(raw.headers, 1);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	part(&lb, &raw);
}

Test(server_peer, goaway_with_an_error_ends_what_it_took_as_lost)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *one, *two;

	meet(&lb, &raw, NULL);
	one = loopback_get(&lb, "/1");
	two = loopback_get(&lb, "/2");
	WAIT_FOR(&lb, raw.headers == 2);
	raw_goaway(&raw, one->stream.id, NGHTTP2_ENHANCE_YOUR_CALM);
	WAIT_FOR(&lb, buf_len(&raw.out) == 0);
	shutdown(raw.fd, SHUT_WR);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(one->how, STREAM_END_LOST);
	cr_assert_eq(two->how, STREAM_END_REFUSED);
	part(&lb, &raw);
}

Test(server_peer, end_of_file_in_an_answer_is_a_loss_and_no_end)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_get(&lb, "/list");
	WAIT_FOR(&lb, raw.headers);
	raw_status_200(&raw, tape->stream.id, 0);
	raw_frame(&raw, NGHTTP2_DATA, 0, tape->stream.id, SPAN("{\"items\":["));
	WAIT_FOR(&lb, buf_len(&tape->body) == 10);
	shutdown(raw.fd, SHUT_WR);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_EOF);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	cr_assert_eq(tape->ends, 0);
	part(&lb, &raw);
}

Test(server_peer, loss_of_what_was_sent_was_reported_as_sent_before)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	/* A request that may have left is never sent a second time. */
	meet(&lb, &raw, NULL);
	tape = loopback_post(&lb, "/create");
	tape_write_pattern(tape, 60 * 1000);
	WAIT_FOR(&lb, raw.headers);
	shutdown(raw.fd, SHUT_RDWR);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(tape->sents, 1);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	part(&lb, &raw);
}

Test(server_peer, reset_between_submission_and_flush_still_counts_as_sent)
{
	struct linger abort = { .l_onoff = 1 };
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	/* The socket's buffer takes some of it before the error shows. */
	meet(&lb, &raw, NULL);
	setsockopt(raw.fd, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
	close(raw.fd);
	raw.fd = -1;
	raw.is_closed = true;
	tape = loopback_get(&lb, "/create");
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert(tape->sents == 1 || tape->how == STREAM_END_REFUSED);
	part(&lb, &raw);
}

/* ---- it refuses
 * ---------------------------------------------------------------- */

Test(server_peer, refused_stream_was_not_processed)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_post(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	raw_reset(&raw, tape->stream.id, NGHTTP2_REFUSED_STREAM);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_REFUSED);
	expect_alive(&lb, &raw);
	part(&lb, &raw);
}

Test(server_peer, refused_behind_a_head_is_only_a_reset)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	raw_status_200(&raw, tape->stream.id, 0);
	raw_reset(&raw, tape->stream.id, NGHTTP2_REFUSED_STREAM);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->how, STREAM_END_RESET);
	part(&lb, &raw);
}

Test(server_peer, whole_answer_and_reset_without_error_is_clean)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	/* 413: the answer is there, the rest of the body is not wanted. */
	meet(&lb, &raw, NULL);
	tape = loopback_post(&lb, "/create");
	tape_write(tape, "the first of many", 17);
	WAIT_FOR(&lb, raw.headers);
	raw_answer(&raw, tape->stream.id);
	raw_reset(&raw, tape->stream.id, NGHTTP2_NO_ERROR);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->ends, 1);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert(span_eq_str(buf_span(&tape->body), "body"));
	expect_alive(&lb, &raw);
	part(&lb, &raw);
}

/* As Go does, where a request is refused before its body was read. */
Test(server_peer, many_whole_answers_and_resets_are_no_flood)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	for (unsigned i = 0; i < 1500; i++) {
		struct tape *tape = loopback_post(&lb, "/refused");

		tape_write(tape, "begin", 5);
		WAIT_FOR(&lb, raw.data > i);
		raw_status_200(&raw, tape->stream.id, NGHTTP2_FLAG_END_STREAM);
		raw_reset(&raw, tape->stream.id, NGHTTP2_NO_ERROR);
		WAIT_FOR(&lb, tape->closes);
		cr_assert_eq(tape->how, STREAM_END_CLEAN, "%u: %s", i,
			lb.client_detail);
	}
	expect_alive(&lb, &raw);
	part(&lb, &raw);
}

Test(server_peer, answers_that_meet_our_own_resets_are_no_flood)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	for (unsigned i = 0; i < 500; i++) {
		struct tape *tape = loopback_get(&lb, "/given-up");
		int32_t id = tape->stream.id;

		WAIT_FOR(&lb, raw.headers > i);
		/* Its first DATA is half here, the rest on its way. */
		raw_status_200(&raw, id, 0);
		raw_bytes(&raw, "\0\0\x08\0\0", 5);
		raw_bytes(&raw,
			(char[]){ 0, 0, (char)(id >> 8), (char)id }, 4);
		raw_bytes(&raw, "half", 4);
		WAIT_FOR(&lb, tape->stream.received);
		stream_reset(&tape->stream, NGHTTP2_CANCEL);
		WAIT_FOR(&lb, raw.resets > i);
		raw_bytes(&raw, "half", 4);
		raw_answer(&raw, id);
		raw_status_200(&raw, id, NGHTTP2_FLAG_END_STREAM);
	}
	expect_alive(&lb, &raw);
	part(&lb, &raw);
}

Test(server_peer, half_an_answer_and_reset_without_error_is_not_clean)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	raw_status_200(&raw, tape->stream.id, 0);
	raw_frame(&raw, NGHTTP2_DATA, 0, tape->stream.id, SPAN("half"));
	raw_reset(&raw, tape->stream.id, NGHTTP2_NO_ERROR);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(tape->ends, 0);
	cr_assert_eq(tape->how, STREAM_END_RESET);
	part(&lb, &raw);
}

/* ---- it limits
 * ------------------------------------------------------------------- */

Test(server_peer, its_limit_of_streams_may_change)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	cr_assert_eq(session_free_streams(lb.client), 100);
	tape = loopback_get(&lb, "/");
	cr_assert_eq(session_free_streams(lb.client), 99);
	raw_setting(&raw, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0);
	WAIT_FOR(&lb, raw.settings_acks == 2);
	cr_assert_eq(session_free_streams(lb.client), 0);
	cr_assert(session_is_ready(lb.client));
	raw_answer(&raw, tape->stream.id);
	WAIT_FOR(&lb, tape->closes);
	cr_assert_eq(session_free_streams(lb.client), 0);
	raw_setting(&raw, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 7);
	WAIT_FOR(&lb, raw.settings_acks == 3);
	cr_assert_eq(session_free_streams(lb.client), 7);
	part(&lb, &raw);
}

/*
 * There are two thousand million of them, so a connection may come to their
 * end: another one is to be made then, and this one left.
 */
Test(server_peer, connection_without_stream_ids_left_is_left)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;
	struct h2 *h2;

	meet(&lb, &raw, NULL);
	h2 = lb.client->carrier;
	cr_assert_eq(nghttp2_session_set_next_stream_id(
			     h2->ng, INT32_MAX - 4096),
		0);
	cr_assert(session_is_ready(lb.client));
	tape = loopback_get(&lb, "/the-last");
	WAIT_FOR(&lb, tape->sents);
	WAIT_FOR(&lb, lb.goaways);
	cr_assert_not(session_is_ready(lb.client));
	cr_assert_eq(session_free_streams(lb.client), 0);
	raw_answer(&raw, tape->stream.id);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_CLEAN);
	part(&lb, &raw);
}

Test(server_peer, body_waits_for_its_window)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0);
	WAIT_FOR(&lb, raw.settings_acks == 2);
	tape = loopback_post(&lb, "/");
	tape_write_pattern(tape, 1000);
	WAIT_FOR(&lb, raw.headers);
	cr_assert_eq(raw.data_bytes, 0);
	for (unsigned i = 1; i <= 10; i++) {
		raw_window_update(&raw, tape->stream.id, 100);
		WAIT_FOR(&lb, raw.data_bytes == i * 100);
	}
	WAIT_FOR(&lb, raw.ends);
	part(&lb, &raw);
}

Test(server_peer, upload_that_breaks_at_a_closed_window_is_reset)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	raw_setting(&raw, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10);
	WAIT_FOR(&lb, raw.settings_acks == 2);
	tape = loopback_post(&lb, "/");
	tape_write(tape, "more than ten bytes", 19);
	WAIT_FOR(&lb, raw.data_bytes == 10);
	relay_break(&tape->out);
	stream_resume(&tape->stream);
	WAIT_FOR(&lb, raw.resets);
	cr_assert_eq(raw.ends, 0);
	WAIT_FOR(&lb, tape->closes);
	part(&lb, &raw);
}

/* ---- it is silent
 * -------------------------------------------------------------------- */

Test(server_peer, without_an_answer_to_ping_it_is_gone)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	loopback_settings_default(&settings);
	settings.client_limits.ping_idle = USEC_PER_SEC / 10;
	settings.client_limits.ping_answer = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	raw.answers_pings = false;
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_TIMEOUT);
	cr_assert_eq(raw.pings, 1);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	part(&lb, &raw);
}

Test(server_peer, half_open_connection_is_gone_without_a_stream_as_well)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.client_limits.ping_idle = USEC_PER_SEC / 10;
	settings.client_limits.ping_answer = USEC_PER_SEC / 10;
	meet(&lb, &raw, &settings);
	raw.answers_pings = false;
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_TIMEOUT);
	part(&lb, &raw);
}

Test(server_peer, without_settings_it_never_becomes_ready)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct raw_peer raw;

	loopback_settings_default(&settings);
	settings.client_limits.handshake = USEC_PER_SEC / 10;
	settings.is_not_connected = true;
	loopback_init(&lb, &settings);
	raw_server_init_silent(&raw, &lb);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.ready, 0);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_TIMEOUT);
	part(&lb, &raw);
}

/* ---- it breaks the rules
 * --------------------------------------------------------------- */

struct bad_head {
	const char *what;
	struct span block;
};

Test(server_peer, malformed_answers_are_no_answers)
{
	static const struct bad_head bad[] = {
		{ "no status", SPAN_INIT("\0\1a\1b") },
		{ "status abc", SPAN_INIT("\0\7:status\3abc") },
		{ "status 99", SPAN_INIT("\0\7:status\00299") },
		{ "status 1000", SPAN_INIT("\0\7:status\0041000") },
		{ "two of them", SPAN_INIT("\x88\x88") },
		{ "one behind a field", SPAN_INIT("\0\1a\1b\x88") },
		{ "a request's", SPAN_INIT("\x88\x82") },
		{ "upper case", SPAN_INIT("\x88\0\1A\1b") },
		{ "connection", SPAN_INIT("\x88\0\12connection\5close") },
		{ "line feed", SPAN_INIT("\x88\0\1a\3b\nc") },
		{ "two lengths",
			SPAN_INIT("\x88\0\16content-length\0011"
				  "\0\16content-length\0012") },
	};
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct tape *tape = loopback_get(&lb, "/");

		WAIT_FOR(&lb, raw.headers == i + 1);
		raw_frame(&raw, NGHTTP2_HEADERS,
			NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM,
			tape->stream.id, bad[i].block);
		WAIT_FOR(&lb, tape->closes);
		cr_assert_eq(tape->heads, 0, "%s", bad[i].what);
		cr_assert_neq(tape->how, STREAM_END_CLEAN, "%s", bad[i].what);
		cr_assert_neq(tape->how, STREAM_END_REFUSED, "%s", bad[i].what);
		cr_assert_eq(lb.client_closed, 0, "%s", bad[i].what);
	}
	expect_alive(&lb, &raw);
	part(&lb, &raw);
}

static void answer_with_length(
	struct raw_peer *raw, int32_t id, const char *length, struct span body)
{
	struct buf block = BUF_INIT;

	buf_append_span(&block, SPAN("\x88"));
	hpack_literal(&block, SPAN("content-length"), span_str(length));
	raw_frame(raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, id,
		buf_span(&block));
	raw_frame(raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, id, body);
	buf_fini(&block);
}

Test(server_peer, answer_that_is_not_as_long_as_it_said_never_ends_well)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *shorter, *longer;

	meet(&lb, &raw, NULL);
	shorter = loopback_get(&lb, "/");
	longer = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers == 2);
	answer_with_length(&raw, shorter->stream.id, "10", SPAN("short"));
	answer_with_length(&raw, longer->stream.id, "3", SPAN("longer"));
	WAIT_FOR(&lb, shorter->closes && longer->closes);
	cr_assert_eq(shorter->ends + longer->ends, 0);
	cr_assert_neq(shorter->how, STREAM_END_CLEAN);
	cr_assert_neq(longer->how, STREAM_END_CLEAN);
	expect_alive(&lb, &raw);
	part(&lb, &raw);
}

Test(server_peer, data_behind_the_end_does_no_harm)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_post(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	raw_answer(&raw, tape->stream.id);
	raw_frame(&raw, NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM, tape->stream.id,
		SPAN("and more"));
	WAIT_FOR(&lb, tape->ends && (tape->closes || lb.client_closed));
	cr_assert(span_eq_str(buf_span(&tape->body), "body"));
	part(&lb, &raw);
}

Test(server_peer, storm_of_informational_heads_is_cut_off)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	for (unsigned i = 0; i < 1000; i++)
		raw_frame(&raw, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS,
			tape->stream.id, SPAN("\0\7:status\003103"));
	WAIT_FOR(&lb, tape->closes || lb.client_closed);
	cr_assert_lt(tape->informationals, 500);
	cr_assert_neq(tape->how, STREAM_END_CLEAN);
	part(&lb, &raw);
}

Test(server_peer, huge_head_is_no_answer)
{
	struct buf block = BUF_INIT;
	char value[8000];
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	memset(value, 'v', sizeof(value));
	buf_append_span(&block, SPAN("\x88"));
	for (unsigned i = 0; i < 12; i++)
		hpack_literal(&block, SPAN("a"), span_of(value, sizeof(value)));
	for (size_t at = 0; at < buf_len(&block); at += 16000) {
		size_t n = u64_min(16000, buf_len(&block) - at);

		raw_frame(&raw, at ? NGHTTP2_CONTINUATION : NGHTTP2_HEADERS,
			at + n == buf_len(&block) ? NGHTTP2_FLAG_END_HEADERS
						  : 0,
			tape->stream.id,
			span_of(block.data + block.start + at, n));
	}
	buf_fini(&block);
	WAIT_FOR(&lb, tape->closes || lb.client_closed);
	cr_assert_eq(tape->heads, 0);
	cr_assert_neq(tape->how, STREAM_END_CLEAN);
	part(&lb, &raw);
}

Test(server_peer, push_is_never_taken)
{
	struct loopback lb;
	struct raw_peer raw;
	struct tape *tape;

	meet(&lb, &raw, NULL);
	tape = loopback_get(&lb, "/");
	WAIT_FOR(&lb, raw.headers);
	raw_frame(&raw, NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS,
		tape->stream.id, SPAN("\0\0\0\2\x82\x87\x84\x01\x09localhost"));
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_PROTOCOL);
	cr_assert_eq(tape->how, STREAM_END_LOST);
	part(&lb, &raw);
}

Test(server_peer, answer_to_nothing_is_a_broken_protocol)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw, NULL);
	raw_status_200(&raw, 77, NGHTTP2_FLAG_END_STREAM);
	WAIT_FOR(&lb, lb.client_closed);
	cr_assert_eq(lb.client_why, SESSION_CLOSE_PROTOCOL);
	part(&lb, &raw);
}

Test(server_peer, flipped_bits_only_end_streams_or_the_connection)
{
	struct rng rng;

	for (uint64_t seed = 1; seed <= 150; seed++) {
		struct loopback lb;
		struct raw_peer raw;
		struct tape *tapes[4];

		rng_init(&rng, seed);
		meet(&lb, &raw, NULL);
		for (size_t i = 0; i < ARRAY_SIZE(tapes); i++)
			tapes[i] = loopback_post(&lb, "/");
		WAIT_FOR(&lb, raw.headers == ARRAY_SIZE(tapes));
		for (size_t i = 0; i < ARRAY_SIZE(tapes); i++) {
			raw_status_200(&raw, tapes[i]->stream.id, 0);
			raw_window_update(&raw, tapes[i]->stream.id, 10);
			raw_frame(&raw, NGHTTP2_DATA, 0, tapes[i]->stream.id,
				SPAN("half of it"));
			raw_ping(&raw);
		}
		raw_reset(&raw, tapes[0]->stream.id, NGHTTP2_CANCEL);
		raw_answer(&raw, tapes[1]->stream.id);
		raw_goaway(&raw, tapes[2]->stream.id, NGHTTP2_NO_ERROR);
		for (unsigned i = 0; i < 1 + seed % 4; i++) {
			size_t at = rng_below(&rng, buf_len(&raw.out));

			raw.out.data[raw.out.start + at] ^=
				(char)(1U << rng_below(&rng, 8));
		}
		WAIT_FOR(&lb, buf_len(&raw.out) == 0 || raw.is_closed);
		shutdown(raw.fd, SHUT_RDWR);
		WAIT_FOR(&lb, lb.client_closed);
		for (size_t i = 0; i < ARRAY_SIZE(tapes); i++)
			cr_assert_eq(tapes[i]->closes, 1);
		part(&lb, &raw);
	}
}
