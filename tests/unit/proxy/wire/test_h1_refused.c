/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is no request in HTTP/1.1 (threat H7): it is told so with a Status, the
 * connection ends, and nobody else hears of it.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/unit/proxy/wire/text_peer.h"

struct vector {
	const char *bytes;
	size_t len; /* 0: a C string */
	const char *status;
};

static void init_cleartext(
	struct loopback *lb, struct loopback_settings *settings)
{
	settings->is_cleartext = true;
	settings->is_not_connected = true;
	loopback_init(lb, settings);
}

static void expect_refusal(const struct vector *vector)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct text_peer text;
	char line[64];

	loopback_settings_default(&settings);
	init_cleartext(&lb, &settings);
	text_client_init(&text, &lb);
	text_bytes(&text, vector->bytes,
		vector->len ? vector->len : strlen(vector->bytes));
	WAIT_FOR(&lb, text_is_closed(&text));
	snprintf(line, sizeof(line), "HTTP/1.1 %s ", vector->status);
	cr_assert(text_has(&text, line), "%s\ngot: %s", vector->bytes,
		buf_cstr(&text.in));
	cr_assert(text_has(&text, "\r\nConnection: close\r\n"));
	cr_assert(text_has(&text, "\r\nContent-Type: application/json\r\n"));
	cr_assert(
		text_has(&text, "{\"kind\":\"Status\",\"apiVersion\":\"v1\""));
	snprintf(line, sizeof(line), "\"code\":%s}\n", vector->status);
	cr_assert(text_has(&text, line));
	cr_assert_eq(lb.served.count, 0, "%s", vector->bytes);
	text_peer_fini(&text);
	loopback_fini(&lb);
}

static void expect_refusals(const struct vector *vectors, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect_refusal(&vectors[i]);
}

#define BAD(text)                         \
	{                                 \
		text "\r\n\r\n", 0, "400" \
	}
/* One more header field. */
#define BAD_FIELD(text) BAD("GET / HTTP/1.1\r\nHost: x\r\n" text)
/* A body's framing. */
#define BAD_BODY(text)                                          \
	{                                                       \
		"POST / HTTP/1.1\r\nHost: x\r\n" text, 0, "400" \
	}
/* With a NUL in it. */
#define WITH_NUL(text)                        \
	{                                     \
		text, sizeof(text) - 1, "400" \
	}

Test(h1_refused, request_lines)
{
	static const struct vector vectors[] = {
		BAD(""),
		BAD("GET"),
		BAD("GET /"),
		BAD("GET / HTTP/1.1 x\r\nHost: x"),
		BAD("GET  / HTTP/1.1\r\nHost: x"),
		BAD("GET /  HTTP/1.1\r\nHost: x"),
		BAD("GET\t/ HTTP/1.1\r\nHost: x"),
		BAD(" GET / HTTP/1.1\r\nHost: x"),
		BAD("GET /a b HTTP/1.1\r\nHost: x"),
		BAD("G(T / HTTP/1.1\r\nHost: x"),
		BAD("GET\x01 / HTTP/1.1\r\nHost: x"),
		BAD("GET / http/1.1\r\nHost: x"),
		BAD("GET / HTTP/1.1x\r\nHost: x"),
		BAD("GET / HTTP/11\r\nHost: x"),
		BAD("GET / FTP/1.1\r\nHost: x"),
		BAD("\r\nGET / HTTP/1.1\r\nHost: x"),
		{ "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 0, "505" },
		{ "GET / HTTP/1.2\r\nHost: x\r\n\r\n", 0, "505" },
		{ "GET / HTTP/0.9\r\nHost: x\r\n\r\n", 0, "505" },
		{ "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 0, "405" },
		{ "get / HTTP/1.1\r\nHost: x\r\n\r\n", 0, "405" },
		{ "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 0, "405" },
		{ "CONNECT /x HTTP/1.1\r\nHost: x\r\n\r\n", 0, "405" },
	};

	expect_refusals(vectors, ARRAY_SIZE(vectors));
}

Test(h1_refused, targets_in_other_than_origin_form)
{
	static const struct vector vectors[] = {
		BAD("GET http://x/api HTTP/1.1\r\nHost: x"),
		BAD("GET https://10.0.0.1/api HTTP/1.1\r\nHost: x"),
		BAD("OPTIONS * HTTP/1.1\r\nHost: x"),
		BAD("GET x:80 HTTP/1.1\r\nHost: x"),
		BAD("GET api HTTP/1.1\r\nHost: x"),
		BAD("GET ?x HTTP/1.1\r\nHost: x"),
		BAD("GET /\x7f HTTP/1.1\r\nHost: x"),
		BAD("GET /\x80 HTTP/1.1\r\nHost: x"),
		BAD("GET /\xff HTTP/1.1\r\nHost: x"),
		BAD("GET /\x0b HTTP/1.1\r\nHost: x"),
		WITH_NUL("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"),
	};

	expect_refusals(vectors, ARRAY_SIZE(vectors));
}

Test(h1_refused, field_lines)
{
	static const struct vector vectors[] = {
		BAD_FIELD("A : b"),
		BAD_FIELD("A\t: b"),
		BAD_FIELD("A b: c"),
		BAD_FIELD(": b"),
		BAD_FIELD("A"),
		BAD_FIELD(":path: /x"),
		BAD_FIELD("A(: b"),
		BAD_FIELD("\xc3\xa4: b"),
		BAD_FIELD("A\x01: b"),
		BAD_FIELD("A: b\r\n c"),
		BAD_FIELD("A: b\r\n\tc"),
		BAD_FIELD(" A: b"),
		BAD_FIELD("A: b\x01"),
		BAD_FIELD("A: \x7f"),
		BAD_FIELD("A: b\rB: c"),
		BAD_FIELD("A: b\r"),
		BAD_FIELD("A: b\nB: c"),
		BAD_FIELD("A: b\r\r\nB: c"),
		BAD_FIELD("A: b\x0b"),
		WITH_NUL("GET / HTTP/1.1\r\nHost: x\r\nA: b\0\r\n\r\n"),
		WITH_NUL("GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n"),
		{ "GET / HTTP/1.1\nHost: x\n\n", 0, "400" },
		{ "GET / HTTP/1.1\r\nHost: x\n\r\n", 0, "400" },
		{ "GET / HTTP/1.1\r\nHost: x\r\n\n", 0, "400" },
	};

	expect_refusals(vectors, ARRAY_SIZE(vectors));
}

#define NAMES_16 "a,b,c,d,e,f,g,h,i,j,k,l,m,n,,"

Test(h1_refused, hosts)
{
	static const struct vector vectors[] = {
		BAD("GET / HTTP/1.1"),
		BAD("GET / HTTP/1.1\r\nAccept: x"),
		BAD_FIELD("Host: x"),
		BAD_FIELD("HOST: y"),
		BAD("GET / HTTP/1.0\r\nHost: x\r\nHost: x"),
		BAD_FIELD("Connection: host"),
		BAD_FIELD("Connection: close, Authorization"),
		BAD_FIELD("Connection: impersonate-user"),
		BAD_FIELD("Connection: " NAMES_16 "a,close\r\n"
			  "Connection: " NAMES_16),
	};

	expect_refusals(vectors, ARRAY_SIZE(vectors));
}

Test(h1_refused, lengths)
{
	static const struct vector vectors[] = {
		BAD_BODY("Content-Length: +5\r\n\r\nhello"),
		BAD_BODY("Content-Length: -5\r\n\r\nhello"),
		BAD_BODY("Content-Length: 5,5\r\n\r\nhello"),
		BAD_BODY("Content-Length: 5, 5\r\n\r\nhello"),
		BAD_BODY("Content-Length: 0x5\r\n\r\nhello"),
		BAD_BODY("Content-Length: 5 5\r\n\r\nhello"),
		BAD_BODY("Content-Length: five\r\n\r\nhello"),
		BAD_BODY("Content-Length:\r\n\r\nhello"),
		BAD_BODY("Content-Length: 18446744073709551616\r\n\r\nhello"),
		BAD_BODY("Content-Length: 9999999999999999999\r\n\r\nhello"),
		BAD_BODY("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
		BAD_BODY("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
		BAD_BODY("Content-Length: 5\r\nConnection: content-length\r\n"
			 "\r\nhello"),
	};

	expect_refusals(vectors, ARRAY_SIZE(vectors));
}

#define CHUNKED "5\r\nhello\r\n0\r\n\r\n"

Test(h1_refused, transfer_encodings)
{
	static const struct vector vectors[] = {
		BAD_BODY("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"
			 "\r\n" CHUNKED),
		BAD_BODY("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
			 "\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: gzip\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: gzip, chunked\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: chunked, chunked\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: chunked\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: identity\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: chunked;q=1\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: \"chunked\"\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: chunked,\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: xchunked\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding:\r\n\r\n" CHUNKED),
		BAD_BODY("Transfer-Encoding: \x0b"
			 "chunked\r\n\r\n" CHUNKED),
		BAD_BODY("Connection: transfer-encoding\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n" CHUNKED),
		BAD("POST / HTTP/1.0\r\nTransfer-Encoding: chunked"),
	};

	expect_refusals(vectors, ARRAY_SIZE(vectors));
}

/* ---- bodies: the request is known, and is lost
 * -------------------------------- */

static void hold(struct tape *tape)
{
	(void)tape;
}

static void expect_bad_body(const char *head, const char *body)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct text_peer text;
	const struct tape *tape;

	loopback_settings_default(&settings);
	init_cleartext(&lb, &settings);
	lb.on_request = hold;
	text_client_init(&text, &lb);
	text_say(&text, head);
	text_say(&text, body);
	WAIT_FOR(&lb, text_is_closed(&text));
	cr_assert(text_has(&text, "HTTP/1.1 4"), "%s", body);
	cr_assert(text_has(&text, "\"kind\":\"Status\""), "%s", body);
	tape = tape_at(&lb.served, 0);
	cr_assert(tape && tape->closes == 1, "%s", body);
	cr_assert_eq(tape->how, STREAM_END_RESET);
	cr_assert_eq(tape->ends, 0, "%s", body);
	text_peer_fini(&text);
	loopback_fini(&lb);
}

Test(h1_refused, chunks)
{
	static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\n"
				   "Transfer-Encoding: chunked\r\n\r\n";
	static const char *const bodies[] = {
		"\r\n",
		"g\r\n",
		"+5\r\nhello\r\n",
		"-5\r\nhello\r\n",
		"0x5\r\nhello\r\n",
		" 5\r\nhello\r\n",
		"5 \r\nhello\r\n",
		"5 ;a\r\nhello\r\n",
		"5\nhello\r\n",
		"5\r\nhello\n",
		"5\r\nhelloX\r\n",
		"5\r\nhello\r\r\n",
		"5\r\nhello0\r\n\r\n",
		"5\rXhello\r\n",
		"5;a\nhello\r\n",
		"5;a\x01\r\nhello\r\n",
		"5;\xff\r\nhello\r\n",
		"1000000000000000\r\n",
		"ffffffffffffffff\r\n",
		"00000000000000000005\r\nhello\r\n",
		"0\r\nA : b\r\n\r\n",
		"0\r\nA\r\n\r\n",
		"0\r\nA: b\r\n c\r\n\r\n",
		"0\r\nA: b\nB: c\r\n\r\n",
		"0\r\n\n",
		"0\r\nA: \x01\r\n\r\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++)
		expect_bad_body(head, bodies[i]);
}

Test(h1_refused, chunk_extensions_without_end)
{
	struct buf body = BUF_INIT;

	for (int i = 0; i < 300; i++)
		buf_append_str(&body, "1;extension=value\r\nx\r\n");
	buf_append_str(&body, "0\r\n\r\n");
	expect_bad_body("POST / HTTP/1.1\r\nHost: x\r\n"
			"Transfer-Encoding: chunked\r\n\r\n",
		buf_cstr(&body));
	buf_fini(&body);
}

Test(h1_refused, trailers_without_end)
{
	struct buf body = BUF_INIT;

	buf_append_str(&body, "0\r\n");
	for (int i = 0; i < 8000; i++)
		buf_append_str(&body, "a: 0123456789\r\n");
	expect_bad_body("POST / HTTP/1.1\r\nHost: x\r\n"
			"Transfer-Encoding: chunked\r\n\r\n",
		buf_cstr(&body));
	buf_fini(&body);
}

/* ---- limits
 * ------------------------------------------------------------------- */

static void expect_refusal_of(struct buf *bytes, const char *status)
{
	const struct vector vector = { buf_cstr(bytes), 0, status };

	expect_refusal(&vector);
	buf_fini(bytes);
}

Test(h1_refused, heads_that_are_too_large)
{
	struct buf whole = BUF_INIT, endless = BUF_INIT, many = BUF_INIT;

	buf_append_str(&whole, "GET / HTTP/1.1\r\nHost: x\r\nA: ");
	for (int i = 0; i < 7000; i++)
		buf_append_str(&whole, "0123456789");
	buf_append_span(&endless, buf_span(&whole));
	buf_append_str(&whole, "\r\n\r\n");
	expect_refusal_of(&whole, "431");
	expect_refusal_of(&endless, "431");
	buf_append_str(&many, "GET / HTTP/1.1\r\nHost: x\r\n");
	for (int i = 0; i < 256; i++)
		buf_append_str(&many, "a:\r\n");
	buf_append_str(&many, "\r\n");
	expect_refusal_of(&many, "431");
}

Test(h1_refused, targets_that_are_too_long)
{
	struct buf whole = BUF_INIT, endless = BUF_INIT;

	buf_append_str(&whole, "GET /");
	for (int i = 0; i < 900; i++)
		buf_append_str(&whole, "0123456789");
	buf_append_span(&endless, buf_span(&whole));
	buf_append_str(&whole, " HTTP/1.1\r\nHost: x\r\n\r\n");
	expect_refusal_of(&whole, "414");
	expect_refusal_of(&endless, "414");
}

Test(h1_refused, what_is_fine_next_to_the_limits)
{
	struct loopback_settings settings;
	struct loopback lb;
	struct text_peer text;

	loopback_settings_default(&settings);
	init_cleartext(&lb, &settings);
	text_client_init(&text, &lb);
	text_say(&text, "GET /");
	for (int i = 0; i < 819; i++)
		text_say(&text, "0123456789");
	text_say(&text,
		"0 HTTP/1.1\r\nHost: x\r\nConnection: " NAMES_16
		"\r\nConnection: " NAMES_16 "\r\n");
	for (int i = 0; i < 253; i++)
		text_say(&text, "a:\r\n");
	text_say(&text, "\r\n");
	WAIT_FOR_TEXT(&lb, &text, "HTTP/1.1 200 OK\r\n");
	text_peer_fini(&text);
	loopback_fini(&lb);
}

/* ---- time
 * --------------------------------------------------------------------- */

/* Each in the next second's sweep. */
static void expect_timeout(struct loopback_settings *settings,
	const char *words, const char *answer)
{
	struct loopback lb;
	struct text_peer text;

	init_cleartext(&lb, settings);
	lb.on_request = hold;
	text_client_init(&text, &lb);
	text_say(&text, words);
	WAIT_FOR(&lb, text_is_closed(&text));
	if (answer)
		cr_assert(text_has(&text, answer));
	else
		cr_assert_eq(buf_len(&text.in), 0);
	text_end(&text);
	WAIT_FOR(&lb, lb.server_closed);
	cr_assert_eq(lb.server_why, SESSION_CLOSE_TIMEOUT);
	text_peer_fini(&text);
	loopback_fini(&lb);
}

Test(h1_refused, head_that_does_not_end_in_time)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.server_limits.head = 1;
	expect_timeout(&settings, "GET / HTTP/1.1\r\nHost: x\r\n",
		"HTTP/1.1 408 Request Timeout\r\n");
}

Test(h1_refused, connection_without_a_request)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.server_limits.first_request = 1;
	expect_timeout(&settings, "", NULL);
}

Test(h1_refused, body_that_does_not_go_on)
{
	struct loopback_settings settings;

	loopback_settings_default(&settings);
	settings.server_limits.progress = 1;
	expect_timeout(&settings,
		"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab",
		NULL);
}
