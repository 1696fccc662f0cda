/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "tests/kubesim/h1_chunks.h"
#include "tests/kubesim/h1_head.h"

/* What a head comes to, in one line. */
static void describe(
	const char *text, size_t len, struct buf *ret_line, ssize_t *ret_used)
{
	struct h1_refusal refusal;
	struct h1_head head;

	*ret_used = h1_head_read(&head, span_of(text, len), &refusal);
	buf_clear(ret_line);
	if (*ret_used < 0) {
		buf_printf(ret_line, "%d%s%s", refusal.code,
			refusal.text ? " " : "",
			refusal.text ? refusal.text : "");
		return;
	}
	if (*ret_used == 0) {
		buf_append_str(ret_line, "more");
		return;
	}
	buf_printf(ret_line, "%s %s 1.%d", head.method, head.target,
		head.is_11 ? 1 : 0);
	for (size_t i = 0; i < head.count; i++)
		buf_printf(ret_line, " %s=%s", head.fields[i].name,
			head.fields[i].value);
	if (head.is_chunked)
		buf_append_str(ret_line, " chunked");
	if (head.length)
		buf_printf(ret_line, " length %u", (unsigned)head.length);
	if (head.wants_close)
		buf_append_str(ret_line, " close");
	if (head.expects_continue)
		buf_append_str(ret_line, " continue");
	h1_head_fini(&head);
}

/* Whole, every beginning of it says that more is needed. */
static void expect_head(const char *text, const char *want)
{
	size_t len = strlen(text);
	struct buf line = BUF_INIT;
	ssize_t used;

	describe(text, len, &line, &used);
	cr_assert_str_eq(
		buf_cstr(&line), want, "%s: %s", text, buf_cstr(&line));
	for (size_t cut = 0; used > 0 && cut < (size_t)used; cut++) {
		describe(text, cut, &line, &used);
		cr_assert_str_eq(
			buf_cstr(&line), "more", "%.*s", (int)cut, text);
		used = (ssize_t)len;
	}
	buf_fini(&line);
}

/* A request with one more line. */
static void expect_line(const char *more, const char *want)
{
	char text[512];

	snprintf(text, sizeof(text),
		"POST /x HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n", more);
	expect_head(text, want);
}

Test(h1_head, what_is_accepted_as_go_accepts_it)
{
	expect_head(
		"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n", "GET /a?b 1.1 host=x");
	expect_head("GET /a HTTP/1.1\nHost: x\n\n", "GET /a 1.1 host=x");
	expect_head("get /a HTTP/1.2\r\nHost:\r\n\r\n", "get /a 1.1 host=");
	expect_head("GET /a HTTP/1.0\r\n\r\n", "GET /a 1.0");
	expect_head("GET http://y/a?b HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /a?b 1.1 host=x");
	expect_head("CONNECT a:1 HTTP/1.1\r\n\r\n", "CONNECT  1.1");
	expect_head("PRI * HTTP/2.0\r\n\r\n", "PRI * 1.1 close");
	expect_line("A: \t b\r\n  c\r\n\td ", "POST /x 1.1 host=h a=b c d");
	expect_line("A: \xc3\xa4", "POST /x 1.1 host=h a=\xc3\xa4");
	expect_line("Connection: a, Close",
		"POST /x 1.1 host=h connection=a, Close close");
}

Test(h1_head, what_is_refused_in_the_words_of_go)
{
	expect_head("garbage\r\n\r\n", "400");
	expect_head("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "400");
	expect_head("GET /a\r\nHost: x\r\n\r\n", "400");
	expect_head("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", "400");
	expect_head("G(T /a HTTP/1.1\r\nHost: x\r\n\r\n", "400");
	expect_head("GET a HTTP/1.1\r\nHost: x\r\n\r\n", "400");
	expect_head("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", "400");
	expect_head("GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n", "400");
	expect_head("GET /a HTTP/3\r\nHost: x\r\n\r\n", "400");
	expect_head("GET /a HTTP/2.0\r\nHost: x\r\n\r\n",
		"505 unsupported protocol version");
	expect_head(
		"GET /a HTTP/1.1\r\n\r\n", "400 missing required Host header");
	expect_head("GET /a HTTP/1.1\r\n A: b\r\n\r\n", "400");
	expect_line("Host: h", "400");
	expect_head("GET /a HTTP/1.1\r\nHost: a b\r\n\r\n",
		"400 malformed Host header");
	expect_line("A : b", "400 invalid header name");
	expect_line("Ab", "400");
	expect_line(": b", "400");
	expect_line("A(b: c", "400");
	expect_line("A: b\x01", "400");
	expect_line("A: b\rc", "400");
}

Test(h1_head, how_long_the_body_is)
{
	expect_line("Content-Length: 5",
		"POST /x 1.1 host=h content-length=5 length 5");
	expect_line("Content-Length: 5\r\nContent-Length: 5",
		"POST /x 1.1 host=h content-length=5 content-length=5 length "
		"5");
	expect_line("Content-Length: 5\r\nTransfer-Encoding: Chunked",
		"POST /x 1.1 host=h content-length=5 "
		"transfer-encoding=Chunked chunked");
	expect_line("Content-Length: 5\r\nContent-Length: 6", "400");
	expect_line("Content-Length: +5", "400");
	expect_line("Content-Length:", "400");
	expect_line("Content-Length: 18446744073709551615", "400");
	expect_line("Transfer-Encoding: gzip, chunked", "501");
	expect_line("Transfer-Encoding:", "501");
	expect_line("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
		"501");
	expect_head("POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\n",
		"POST / 1.0 transfer-encoding=gzip");
	expect_line("Expect: 100-Continue\r\nContent-Length: 1",
		"POST /x 1.1 host=h expect=100-Continue content-length=1 "
		"length 1 continue");
	expect_line("Expect: 100-continue",
		"POST /x 1.1 host=h expect=100-continue");
}

Test(h1_head, a_head_that_is_too_long_is_refused_while_it_comes)
{
	size_t len = H1_MAX_HEAD;
	char *text = malloc(len);
	struct buf line = BUF_INIT;
	ssize_t used;

	cr_assert(text);
	memset(text, 'a', len);
	memcpy(text, "GET / HTTP/1.1\r\nA: ", 19);
	describe(text, len - 1, &line, &used);
	cr_assert_str_eq(buf_cstr(&line), "more");
	describe(text, len, &line, &used);
	cr_assert_str_eq(buf_cstr(&line), "431");
	buf_fini(&line);
	free(text);
}

/* Fed `step` bytes at a time. */
static void expect_chunks(const char *text, size_t step, const char *want)
{
	struct h1_chunks chunks = { 0 };
	struct buf in = BUF_INIT;
	struct buf body = BUF_INIT;
	size_t before;

	for (size_t at = 0; at < strlen(text); at += step) {
		struct span rest;

		buf_append(&in, text + at,
			(size_t)u64_min(step, strlen(text) - at));
		rest = buf_span(&in);
		do {
			before = rest.len;
			buf_append_span(&body, h1_chunks_step(&chunks, &rest));
		} while (rest.len != before);
		buf_eat(&in, buf_len(&in) - rest.len);
	}
	if (chunks.state == H1_CHUNKS_BROKEN) {
		buf_clear(&body);
		buf_append_str(&body, chunks.error);
	} else if (chunks.state != H1_CHUNKS_DONE) {
		buf_append_str(&body, "...");
	}
	/* What stands behind the end is not taken. */
	if (buf_len(&in) && chunks.state == H1_CHUNKS_DONE)
		buf_printf(&body, "|%s", buf_cstr(&in));
	cr_assert_str_eq(
		buf_cstr(&body), want, "%s: %s", text, buf_cstr(&body));
	buf_fini(&in);
	buf_fini(&body);
}

static void expect_body(const char *text, const char *want)
{
	expect_chunks(text, 1, want);
	expect_chunks(text, 4096, want);
}

Test(h1_chunks, a_body_is_put_together)
{
	expect_body("0\r\n\r\n", "");
	expect_body("2\r\nab\r\n0b ;x=y\r\ncdefghijklm\r\n0\r\n\r\n",
		"abcdefghijklm");
	expect_body("1\r\na\r\n0\r\nA: b\r\n\r\nGET", "a|GET");
	expect_body("3\r\nab", "ab...");
}

Test(h1_chunks, what_is_malformed_is_called_as_go_calls_it)
{
	expect_body("zz\r\n", "invalid byte in chunk length");
	expect_body("\r\n", "empty hex number for chunk length");
	expect_body("11111111111111111\r\n", "http chunk length too large");
	expect_body("2\r\nabx0\r\n", "malformed chunked encoding");
	expect_body("2\nab", "chunked line ends with bare LF");
	expect_body("2\r;\r\nab", "chunked line contains bare CR");
}
