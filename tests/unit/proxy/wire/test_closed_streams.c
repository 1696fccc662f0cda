/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client may still send on a stream that is closed (RFC 9113, 5.1).
 * nghttp2 keeps closed streams in order to know, and would not without: it
 * tells nobody of DATA that it ignores.
 */
#include <criterion/criterion.h>

#include "tests/unit/proxy/wire/raw_peer.h"

static void meet(struct loopback *lb, struct raw_peer *raw)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.is_not_connected = true;
	loopback_init(lb, &settings);
	raw_client_init(raw, lb);
	raw_preface(raw);
	WAIT_FOR(lb, lb->server && raw->settings && raw->settings_acks);
}

static void part(struct loopback *lb, struct raw_peer *raw)
{
	raw_peer_fini(raw);
	loopback_fini(lb);
}

static void get(struct loopback *lb, struct raw_peer *raw, int32_t id)
{
	unsigned ends = raw->ends;

	raw_get(raw, id);
	WAIT_FOR(lb, raw->ends > ends);
}

/* A POST that is refused before its end. */
static void post_in_vain(struct loopback *lb, struct raw_peer *raw, int32_t id)
{
	unsigned resets = raw->resets;

	lb->refuses_streams = true;
	raw_post(raw, id);
	WAIT_FOR(lb, raw->resets > resets);
	lb->refuses_streams = false;
}

static void send_data(struct raw_peer *raw, int32_t id)
{
	raw_frame(raw, NGHTTP2_DATA, 0, id, SPAN("more"));
}

static void send_trailers(struct raw_peer *raw, int32_t id)
{
	struct buf block = BUF_INIT;

	hpack_literal(&block, SPAN("x-sum"), SPAN("1"));
	raw_frame(raw, NGHTTP2_HEADERS,
		NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id,
		buf_span(&block));
	buf_fini(&block);
}

static void expect_gone(
	struct loopback *lb, struct raw_peer *raw, uint32_t code)
{
	WAIT_FOR(lb, lb->server_closed && raw->is_closed);
	cr_assert_eq(lb->server_why, SESSION_CLOSE_PROTOCOL);
	cr_assert_eq(raw->goaway_code, code);
	part(lb, raw);
}

Test(closed_stream, that_the_client_ended_takes_nothing_more)
{
	static void (*const more[])(struct raw_peer * raw, int32_t id) = {
		send_data,
		send_trailers,
		raw_get,
	};
	struct loopback lb;
	struct raw_peer raw;

	for (size_t i = 0; i < ARRAY_SIZE(more); i++) {
		meet(&lb, &raw);
		get(&lb, &raw, 1);
		get(&lb, &raw, 3);
		more[i](&raw, 1);
		expect_gone(&lb, &raw, NGHTTP2_STREAM_CLOSED);
	}
}

Test(closed_stream, that_the_client_reset_takes_nothing_more)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw);
	raw_post(&raw, 1);
	raw_reset(&raw, 1, NGHTTP2_CANCEL);
	get(&lb, &raw, 3);
	send_data(&raw, 1);
	expect_gone(&lb, &raw, NGHTTP2_STREAM_CLOSED);
}

Test(closed_stream, that_we_reset_may_still_get_what_was_on_its_way)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw);
	/* With ids left out, which are another matter. */
	post_in_vain(&lb, &raw, 5);
	get(&lb, &raw, 7);
	send_data(&raw, 5);
	send_trailers(&raw, 5);
	get(&lb, &raw, 9);
	cr_assert_eq(lb.server_closed, 0);
	part(&lb, &raw);
}

Test(closed_stream, that_was_left_out_is_no_new_one)
{
	struct loopback lb;
	struct raw_peer raw;

	meet(&lb, &raw);
	get(&lb, &raw, 5);
	raw_get(&raw, 3);
	expect_gone(&lb, &raw, NGHTTP2_PROTOCOL_ERROR);
}
