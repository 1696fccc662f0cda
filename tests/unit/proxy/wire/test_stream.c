/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests and answers between a client and a server of ours.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <nghttp2/nghttp2.h>

#include "tests/unit/proxy/wire/loopback.h"

/* Waits for the end of both sides of the first stream. */
static struct tape *wait_for_both_ends(struct loopback *lb, struct tape *tape)
{
	WAIT_FOR(lb, tape->closes && tape_at(&lb->served, 0)->closes);
	return tape_at(&lb->served, 0);
}

static void expect_clean(const struct tape *tape)
{
	cr_assert_eq(tape->how, STREAM_END_CLEAN);
	cr_assert_eq(tape->heads, 1);
	cr_assert_eq(tape->closes, 1);
	cr_assert(tape->ends == 1 || tape->head_ended);
}

Test(stream, request_without_body_is_answered)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_get(&lb, "/api/v1/pods");
	server = wait_for_both_ends(&lb, client);
	expect_clean(client);
	expect_clean(server);
	cr_assert(server->head_ended);
	cr_assert_eq(client->sents, 1);
	cr_assert_eq(tape_status(client), 200);
	cr_assert(span_eq_str(fields_value(&server->stream.head, FIELD_PATH),
		"/api/v1/pods"));
	cr_assert(
		span_eq_str(fields_value(&client->stream.head, FIELD_AUDIT_ID),
			"0123-4567"));
	loopback_fini(&lb);
}

Test(stream, small_body_comes_back_as_it_went)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/echo");
	tape_write(client, "{\"metadata\":{\"finalizers\":null}}", 32);
	tape_end(client);
	server = wait_for_both_ends(&lb, client);
	expect_clean(client);
	expect_clean(server);
	cr_assert(span_eq_str(buf_span(&client->body),
		"{\"metadata\":{\"finalizers\":null}}"));
	cr_assert_eq(client->stream.received, 32);
	loopback_fini(&lb);
}

Test(stream, empty_body_ends_too)
{
	struct loopback lb;
	struct tape *client;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/echo");
	WAIT_FOR(&lb, tape_at(&lb.served, 0));
	tape_end(client);
	expect_clean(wait_for_both_ends(&lb, client));
	expect_clean(client);
	cr_assert_eq(buf_len(&client->body), 0);
	loopback_fini(&lb);
}

Test(stream, bodies_pass_through_small_windows_both_ways)
{
	struct loopback_settings settings;
	uint64_t len = 300 * 1000;
	struct tape *client;
	struct loopback lb;

	loopback_settings_default(&settings);
	settings.server_limits.window_down = 1000;
	settings.client_limits.window_up = 777;
	loopback_init(&lb, &settings);
	client = loopback_post(&lb, "/echo");
	tape_write_pattern(client, len);
	expect_clean(wait_for_both_ends(&lb, client));
	expect_clean(client);
	cr_assert(tape_has_pattern(client, len));
	cr_assert_eq(client->taken, len);
	loopback_fini(&lb);
}

Test(stream, many_at_once_do_not_mix)
{
	struct tape *tapes[200];
	struct loopback lb;

	loopback_init(&lb, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(tapes); i++) {
		tapes[i] = loopback_post(&lb, "/echo");
		tape_write_pattern(tapes[i], i * 331);
	}
	for (size_t i = 0; i < ARRAY_SIZE(tapes); i++) {
		WAIT_FOR(&lb, tapes[i]->closes);
		expect_clean(tapes[i]);
		cr_assert(tape_has_pattern(tapes[i], i * 331));
	}
	cr_assert_eq(session_open_streams(lb.client), 0);
	loopback_fini(&lb);
}

Test(stream, watch_events_come_one_by_one)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/watch");
	WAIT_FOR(&lb, client->heads);
	server = tape_at(&lb.served, 0);
	for (unsigned i = 1; i <= 20; i++) {
		tape_write(server, "event\n", 6);
		WAIT_FOR(&lb, buf_len(&client->body) == i * 6);
	}
	cr_assert_eq(client->closes, 0);
	loopback_fini(&lb);
}

/* ---- flow control -------------------------------------------------------- */

static void serve_50_mb(struct tape *tape)
{
	tape_respond(tape, "200", true);
	tape_write_pattern(tape, 50 * 1000 * 1000);
}

Test(stream, slow_reader_of_50_mb_needs_bounded_memory)
{
	struct loopback lb;
	struct tape *client;
	uint64_t window;

	loopback_init(&lb, NULL);
	lb.on_request = serve_50_mb;
	client = loopback_get(&lb, "/list");
	client->is_hoarding = client->is_counting = true;
	window = 1024 * 1024;
	while (!client->ends) {
		struct tape *server = tape_at(&lb.served, 0);

		/* What left the relay and did not arrive waits somewhere. */
		if (server)
			cr_assert_leq(server->taken - client->stream.received,
				window + 64 * 1024);
		cr_assert_leq(client->hoarded, window);
		tape_consume(client, u64_min(client->hoarded, 100 * 1000));
		loopback_turn(&lb);
	}
	cr_assert_eq(client->stream.received, 50 * 1000 * 1000);
	loopback_fini(&lb);
}

Test(stream, reader_that_stops_does_not_stop_others)
{
	struct loopback_settings settings;
	struct tape *slow[8], *quick;
	struct loopback lb;

	loopback_settings_default(&settings);
	settings.client_limits.window_up = 65535;
	loopback_init(&lb, &settings);
	lb.on_request = serve_50_mb;
	for (size_t i = 0; i < ARRAY_SIZE(slow); i++) {
		slow[i] = loopback_get(&lb, "/list");
		slow[i]->is_hoarding = slow[i]->is_counting = true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(slow); i++)
		WAIT_FOR(&lb, slow[i]->hoarded == 65535);
	lb.on_request = NULL;
	quick = loopback_post(&lb, "/echo");
	tape_write_pattern(quick, 200 * 1000);
	WAIT_FOR(&lb, quick->closes);
	expect_clean(quick);
	for (size_t i = 0; i < ARRAY_SIZE(slow); i++)
		cr_assert_eq(slow[i]->hoarded, 65535);
	loopback_fini(&lb);
}

static void hoard(struct tape *tape)
{
	tape->is_hoarding = tape->is_counting = true;
}

Test(stream, held_uploads_do_not_close_the_connection_window)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct tape *quick;

	loopback_settings_default(&settings);
	settings.server_limits.window_down = 65535;
	loopback_init(&lb, &settings);
	lb.on_request = hoard;
	for (size_t i = 0; i < 40; i++)
		tape_write_pattern(loopback_post(&lb, "/held"), 1000 * 1000);
	for (size_t i = 0; i < 40; i++)
		WAIT_FOR(&lb,
			tape_at(&lb.served, i) &&
				tape_at(&lb.served, i)->hoarded == 65535);
	lb.on_request = NULL;
	quick = loopback_post(&lb, "/echo");
	tape_write_pattern(quick, 200 * 1000);
	WAIT_FOR(&lb, quick->closes);
	expect_clean(quick);
	cr_assert(tape_has_pattern(quick, 200 * 1000));
	loopback_fini(&lb);
}

/* ---- ends that are not clean ----------------------------------------------
 */

Test(stream, reset_by_the_client_is_seen_by_the_server)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/echo");
	WAIT_FOR(&lb, client->heads);
	stream_reset(&client->stream, NGHTTP2_CANCEL);
	server = wait_for_both_ends(&lb, client);
	cr_assert_eq(client->how, STREAM_END_LOCAL);
	cr_assert_eq(server->how, STREAM_END_RESET);
	cr_assert_eq(server->code, NGHTTP2_CANCEL);
	cr_assert_eq(server->ends, 0);
	loopback_fini(&lb);
}

Test(stream, reset_by_the_server_is_seen_by_the_client)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/echo");
	WAIT_FOR(&lb, client->heads);
	server = tape_at(&lb.served, 0);
	stream_reset(&server->stream, NGHTTP2_INTERNAL_ERROR);
	wait_for_both_ends(&lb, client);
	cr_assert_eq(server->how, STREAM_END_LOCAL);
	cr_assert_eq(client->how, STREAM_END_RESET);
	cr_assert_eq(client->code, NGHTTP2_INTERNAL_ERROR);
	loopback_fini(&lb);
}

static void reset_at_once(struct tape *tape)
{
	stream_reset(&tape->stream, NGHTTP2_REFUSED_STREAM);
}

Test(stream, reset_inside_an_event_is_fine)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	lb.on_request = reset_at_once;
	client = loopback_post(&lb, "/echo");
	tape_write(client, "body", 4);
	server = wait_for_both_ends(&lb, client);
	cr_assert_eq(client->how, STREAM_END_REFUSED);
	cr_assert_eq(server->how, STREAM_END_LOCAL);
	loopback_fini(&lb);
}

Test(stream, refused_by_the_server_was_certainly_not_processed)
{
	struct loopback lb;
	struct tape *client;

	loopback_init(&lb, NULL);
	lb.refuses_streams = true;
	client = loopback_get(&lb, "/api");
	WAIT_FOR(&lb, client->closes);
	cr_assert_eq(client->how, STREAM_END_REFUSED);
	cr_assert_eq(client->heads, 0);
	/* The session is none the worse for it. */
	lb.refuses_streams = false;
	client = loopback_get(&lb, "/api");
	WAIT_FOR(&lb, client->closes);
	expect_clean(client);
	loopback_fini(&lb);
}

Test(stream, broken_answer_never_looks_whole)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/list");
	WAIT_FOR(&lb, client->heads);
	server = tape_at(&lb.served, 0);
	tape_write(server, "{\"items\":[", 10);
	relay_break(&server->out);
	stream_resume(&server->stream);
	wait_for_both_ends(&lb, client);
	cr_assert_eq(client->how, STREAM_END_RESET);
	cr_assert_eq(client->code, NGHTTP2_INTERNAL_ERROR);
	cr_assert_eq(client->ends, 0);
	cr_assert_eq(server->how, STREAM_END_LOCAL);
	loopback_fini(&lb);
}

Test(stream, broken_upload_never_looks_whole)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/echo");
	tape_write(client, "{\"spec\":", 8);
	WAIT_FOR(&lb, client->heads);
	relay_break(&client->out);
	stream_resume(&client->stream);
	server = wait_for_both_ends(&lb, client);
	cr_assert_eq(server->ends, 0);
	cr_assert_eq(server->how, STREAM_END_RESET);
	cr_assert_eq(client->how, STREAM_END_LOCAL);
	loopback_fini(&lb);
}

Test(stream, abandoned_by_the_client_has_no_more_events)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/echo");
	WAIT_FOR(&lb, client->heads);
	server = tape_at(&lb.served, 0);
	tape_write(server, "unread", 6);
	stream_abandon(&client->stream);
	cr_assert_null(client->stream.session);
	WAIT_FOR(&lb, server->closes);
	cr_assert_eq(server->how, STREAM_END_RESET);
	cr_assert_eq(server->code, NGHTTP2_CANCEL);
	cr_assert_eq(client->closes, 0);
	cr_assert_eq(buf_len(&client->body), 0);
	WAIT_FOR(&lb, session_open_streams(lb.client) == 0);
	loopback_fini(&lb);
}

Test(stream, abandoned_by_the_server_is_reset)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	client = loopback_post(&lb, "/echo");
	WAIT_FOR(&lb, client->heads);
	server = tape_at(&lb.served, 0);
	stream_abandon(&server->stream);
	WAIT_FOR(&lb, client->closes);
	cr_assert_eq(client->how, STREAM_END_RESET);
	cr_assert_eq(server->closes, 0);
	loopback_fini(&lb);
}

static void serve_one_event(struct tape *tape)
{
	tape_respond(tape, "200", true);
	tape_write(tape, "event\n", 6);
}

Test(stream, over_the_reset_budget_abandoned_answers_are_drained)
{
	unsigned resets = 0, open = 0;
	struct loopback lb;
	struct tape *client;

	/* An API server answers a storm of resets by GOAWAY. */
	loopback_init(&lb, NULL);
	lb.on_request = serve_one_event;
	for (unsigned i = 0; i < 900; i++)
		loopback_get(&lb, "/watch");
	LIST_EACH (node, &lb.sent) {
		client = CONTAINER_OF(node, struct tape, node);
		WAIT_FOR(&lb, buf_len(&client->body) > 0);
	}
	LIST_EACH (node, &lb.sent) {
		client = CONTAINER_OF(node, struct tape, node);
		stream_abandon(&client->stream);
	}
	/* A request behind them: what was abandoned is known by then. */
	lb.on_request = NULL;
	client = loopback_get(&lb, "/echo");
	WAIT_FOR(&lb, client->closes);
	expect_clean(client);
	lb.on_request = serve_one_event;
	LIST_EACH (node, &lb.served) {
		struct tape *server = CONTAINER_OF(node, struct tape, node);

		if (server->closes && server->how == STREAM_END_RESET)
			resets++;
		if (server->closes)
			continue;
		open++;
		tape_write(server, "nobody reads this\n", 18);
		tape_end(server);
	}
	cr_assert_gt(resets, 0);
	cr_assert_leq(resets, 400);
	cr_assert_eq(resets + open, 900);
	/* The others end as the server ends them, and make room then. */
	WAIT_FOR(&lb, session_open_streams(lb.client) == 0);
	cr_assert_eq(lb.client_closed, 0);
	loopback_fini(&lb);
}

/* ---- the rest of HTTP -------------------------------------------------------
 */

static void refuse_upload(struct tape *tape)
{
	tape_respond(tape, "413", true);
	tape_write(tape, "too large", 9);
	tape_end(tape);
}

Test(stream, answer_before_the_end_of_the_request_is_whole)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	lb.on_request = refuse_upload;
	client = loopback_post(&lb, "/create");
	tape_write(client, "the first of many", 17);
	WAIT_FOR(&lb, client->ends);
	cr_assert_eq(tape_status(client), 413);
	cr_assert(span_eq_str(buf_span(&client->body), "too large"));
	/* What is left of the request may still be sent, or is not asked for.
	 */
	if (!client->closes)
		tape_end(client);
	server = wait_for_both_ends(&lb, client);
	expect_clean(client);
	cr_assert(server->how == STREAM_END_CLEAN ||
		server->how == STREAM_END_LOCAL);
	loopback_fini(&lb);
}

static void serve_trailers(struct tape *tape)
{
	fields_add(&tape->out_trailers, SPAN("x-checksum"), SPAN("4711"));
	tape->out.trailers = &tape->out_trailers;
	tape_respond(tape, "200", true);
	tape_write(tape, "body", 4);
	tape_end(tape);
}

Test(stream, trailers_go_both_ways)
{
	struct loopback lb;
	struct tape *client, *server;

	loopback_init(&lb, NULL);
	lb.on_request = serve_trailers;
	client = loopback_post(&lb, "/echo");
	fields_add(&client->out_trailers, SPAN("x-count"), SPAN("1"));
	client->out.trailers = &client->out_trailers;
	tape_write(client, "ping", 4);
	tape_end(client);
	server = wait_for_both_ends(&lb, client);
	expect_clean(client);
	expect_clean(server);
	cr_assert_eq(client->stream.trailers->count, 1);
	cr_assert(span_eq_str(client->stream.trailers->items[0].value, "4711"));
	cr_assert_eq(server->stream.trailers->count, 1);
	cr_assert(
		span_eq_str(server->stream.trailers->items[0].name, "x-count"));
	loopback_fini(&lb);
}

static void serve_trailers_only(struct tape *tape)
{
	fields_add(&tape->out_trailers, SPAN("x-checksum"), SPAN("0"));
	tape->out.trailers = &tape->out_trailers;
	tape_respond(tape, "200", true);
	tape_end(tape);
}

Test(stream, trailers_come_behind_an_empty_body_as_well)
{
	struct loopback lb;
	struct tape *client;

	loopback_init(&lb, NULL);
	lb.on_request = serve_trailers_only;
	client = loopback_get(&lb, "/empty");
	wait_for_both_ends(&lb, client);
	expect_clean(client);
	cr_assert_eq(client->stream.trailers->count, 1);
	loopback_fini(&lb);
}

static void serve_continue(struct tape *tape)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), SPAN("100"));
	stream_inform(&tape->stream, &head);
	stream_inform(&tape->stream, &head);
	fields_clear(&head);
	tape_respond(tape, "201", false);
}

Test(stream, informational_heads_come_before_the_answer)
{
	struct loopback lb;
	struct tape *client;

	loopback_init(&lb, NULL);
	lb.on_request = serve_continue;
	client = loopback_get(&lb, "/create");
	wait_for_both_ends(&lb, client);
	expect_clean(client);
	cr_assert_eq(client->informationals, 2);
	cr_assert_eq(tape_status(client), 201);
	loopback_fini(&lb);
}

static void serve_nothing(struct tape *tape)
{
	tape_respond(tape, "204", false);
}

Test(stream, answer_without_a_body_ends_with_its_head)
{
	struct loopback lb;
	struct tape *client;

	loopback_init(&lb, NULL);
	lb.on_request = serve_nothing;
	client = loopback_get(&lb, "/empty");
	wait_for_both_ends(&lb, client);
	expect_clean(client);
	cr_assert(client->head_ended);
	loopback_fini(&lb);
}

static void hold(struct tape *tape)
{
	(void)tape;
}

/* Of many fields, or in a few. */
static void add_long_fields(struct fields *head, unsigned count, size_t len)
{
	char *value = malloc(len);

	cr_assert_not_null(value);
	memset(value, '{', len); /* its Huffman code is longer than itself */
	for (unsigned i = 0; i < count; i++)
		fields_add(head, SPAN("x-long"), span_of(value, len));
	free(value);
}

static void serve_long_head(struct tape *tape)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), SPAN("200"));
	add_long_fields(&head, 3, 40000);
	stream_respond(&tape->stream, &head, NULL);
	fields_clear(&head);
}

/* The limits of heads are a setting; and what is passed on may grow by ours. */
Test(stream, heads_as_long_as_is_taken_go_both_ways)
{
	struct loopback_settings settings;
	struct fields head = FIELDS_INIT;
	struct loopback lb;
	struct tape *client;

	loopback_settings_default(&settings);
	settings.server_limits.head_bytes_max = 1024 * 1024;
	settings.client_limits.head_bytes_max = 1024 * 1024;
	loopback_init(&lb, &settings);
	lb.on_request = serve_long_head;
	fields_add_static(&head, SPAN(":method"), SPAN("GET"));
	fields_add_static(&head, SPAN(":scheme"), SPAN("https"));
	fields_add_static(&head, SPAN(":authority"), SPAN("localhost"));
	fields_add_static(&head, SPAN(":path"), SPAN("/"));
	add_long_fields(&head, 20, 50000);
	client = loopback_request(&lb, &head, false, false);
	WAIT_FOR(&lb, client->closes);
	cr_assert_eq(client->how, STREAM_END_CLEAN);
	cr_assert_eq(tape_status(client), 200);
	cr_assert_gt(client->stream.head.bytes, 120000);
	cr_assert_gt(tape_at(&lb.served, 0)->stream.head.bytes, 1000000);
	loopback_fini(&lb);
}

static void serve_endless_head(struct tape *tape)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":status"), SPAN("200"));
	add_long_fields(&head, 100, 50000);
	stream_respond(&tape->stream, &head, NULL);
	fields_clear(&head);
}

Test(stream, answer_whose_head_cannot_be_sent_is_reset_and_not_forgotten)
{
	struct loopback lb;
	struct tape *client;

	loopback_init(&lb, NULL);
	lb.on_request = serve_endless_head;
	client = loopback_get(&lb, "/");
	WAIT_FOR(&lb, client->closes && tape_at(&lb.served, 0)->closes);
	cr_assert_eq(client->how, STREAM_END_RESET);
	cr_assert_eq(client->heads, 0);
	loopback_fini(&lb);
}

Test(stream, answer_much_later_is_still_an_answer)
{
	struct loopback lb;
	struct tape *held, *client;

	loopback_init(&lb, NULL);
	lb.on_request = hold;
	held = loopback_get(&lb, "/held");
	lb.on_request = hold;
	WAIT_FOR(&lb, tape_at(&lb.served, 0));
	lb.on_request = NULL;
	for (unsigned i = 0; i < 20; i++) {
		client = loopback_get(&lb, "/quick");
		WAIT_FOR(&lb, client->closes);
	}
	tape_respond(tape_at(&lb.served, 0), "200", false);
	WAIT_FOR(&lb, held->closes);
	expect_clean(held);
	loopback_fini(&lb);
}

Test(stream, no_more_start_than_the_peer_takes)
{
	struct loopback_settings settings;
	struct loopback lb;

	loopback_settings_default(&settings);
	settings.server_limits.streams_max = 3;
	loopback_init(&lb, &settings);
	lb.on_request = hold;
	cr_assert_eq(session_free_streams(lb.client), 3);
	loopback_get(&lb, "/1");
	loopback_get(&lb, "/2");
	cr_assert_eq(session_free_streams(lb.client), 1);
	loopback_get(&lb, "/3");
	cr_assert_eq(session_free_streams(lb.client), 0);
	cr_assert_eq(session_open_streams(lb.client), 3);
	WAIT_FOR(&lb, tape_at(&lb.served, 2));
	tape_respond(tape_at(&lb.served, 1), "200", false);
	WAIT_FOR(&lb, tape_at(&lb.sent, 1)->closes);
	cr_assert_eq(session_free_streams(lb.client), 1);
	loopback_fini(&lb);
}
