/* SPDX-License-Identifier: Apache-2.0 */
/* What upgraded connections are made of: SPDY, WebSocket, programs. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "tests/kubesim/program.h"
#include "tests/kubesim/spdy.h"
#include "tests/kubesim/websocket.h"

/* What kubectl 1.36 sends for an exec without input. */
static const unsigned char exec_streams[] = {
	0x80,
	0x03,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x29,
	0x00,
	0x00,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x78,
	0xf9,
	0xe3,
	0xc6,
	0xa7,
	0xc2,
	0x62,
	0x60,
	0x60,
	0x60,
	0x04,
	0xa7,
	0xb3,
	0x92,
	0xa2,
	0xd4,
	0xc4,
	0x5c,
	0x68,
	0x51,
	0xc2,
	0x9a,
	0x0a,
	0x0a,
	0x68,
	0x00,
	0x00,
	0x00,
	0x00,
	0xff,
	0xff,
	0x80,
	0x03,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x17,
	0x00,
	0x00,
	0x00,
	0x03,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0xc2,
	0x2e,
	0x55,
	0x5c,
	0x92,
	0x92,
	0x99,
	0x07,
	0x00,
	0x00,
	0x00,
	0xff,
	0xff,
	0x80,
	0x03,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x19,
	0x00,
	0x00,
	0x00,
	0x05,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0xc2,
	0x2a,
	0xc5,
	0x56,
	0x5c,
	0x92,
	0x92,
	0x5f,
	0x5a,
	0x02,
	0x00,
	0x00,
	0x00,
	0xff,
	0xff,
	0x80,
	0x03,
	0x00,
	0x01,
	0x00,
	0x00,
	0x00,
	0x15,
	0x00,
	0x00,
	0x00,
	0x07,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0x00,
	0xc2,
	0x29,
	0x97,
	0x5a,
	0x54,
	0x04,
	0x00,
	0x00,
	0x00,
	0xff,
	0xff,
	0x00,
	0x00,
	0x00,
	0x03,
	0x01,
	0x00,
	0x00,
	0x00,
};

/* Reads all frames, `step` bytes at a time, into one line. */
static void describe(struct span bytes, size_t step, struct buf *ret_line)
{
	static const char *const names[] = {
		[SPDY_SYN_STREAM] = "syn",
		[SPDY_DATA] = "data",
		[SPDY_RESET] = "reset",
		[SPDY_PING] = "ping",
		[SPDY_GOAWAY] = "goaway",
		[SPDY_OTHER] = "other",
	};
	struct spdy_frame frame;
	struct buf in = BUF_INIT;
	struct spdy spdy;
	int ret = 0;

	spdy_init(&spdy);
	while (bytes.len && ret >= 0) {
		size_t len = (size_t)u64_min(step, bytes.len);
		struct span rest;

		buf_append(&in, bytes.ptr, len);
		bytes = span_skip(bytes, len);
		rest = buf_span(&in);
		while ((ret = spdy_read(&spdy, &rest, &frame)) > 0) {
			struct span type =
				spdy_frame_header(&frame, "streamtype");

			buf_printf(ret_line, "%s %u%s%s%.*s%.*s, ",
				names[frame.type], frame.stream,
				frame.fin ? " fin" : "",
				type.len || frame.data.len ? " " : "",
				SPAN_ARG(type), SPAN_ARG(frame.data));
		}
		buf_eat(&in, buf_len(&in) - rest.len);
	}
	if (ret < 0)
		buf_append_str(ret_line, "broken");
	buf_fini(&in);
	spdy_fini(&spdy);
}

static void expect_frames(const void *bytes, size_t len, const char *want)
{
	struct buf line = BUF_INIT;

	describe(span_of(bytes, len), len, &line);
	cr_assert_str_eq(buf_cstr(&line), want, "%s", buf_cstr(&line));
	buf_clear(&line);
	describe(span_of(bytes, len), 1, &line);
	/* Data is given away in pieces. */
	if (!strstr(want, "abc"))
		cr_assert_str_eq(buf_cstr(&line), want, "%s", buf_cstr(&line));
	buf_fini(&line);
}

Test(spdy, streams_are_opened_with_compressed_headers)
{
	expect_frames(exec_streams, sizeof(exec_streams),
		"syn 1 error, syn 3 stdin, syn 5 stdout, syn 7 stderr, "
		"data 3 fin, ");
}

Test(spdy, what_is_written_can_be_read)
{
	struct buf to = BUF_INIT;

	spdy_add_data(&to, 5, SPAN("abc"), false);
	spdy_add_data(&to, 5, SPAN_NONE, true);
	spdy_add_ping(&to, 7);
	spdy_add_goaway(&to, 5);
	expect_frames(buf_cstr(&to), buf_len(&to),
		"data 5 abc, data 5 fin, ping 7, goaway 0, ");
	buf_fini(&to);
}

Test(spdy, nonsense_is_refused)
{
	expect_frames("\x80\x02\x00\x01\x00\x00\x00\x00", 8, "broken");
	expect_frames("\x80\x03\x00\x01\x00\x00\x00\x02??", 10, "broken");
	expect_frames("\x80\x03\x00\x01\x00\x00\x00\x0e"
		      "\0\0\0\1\0\0\0\0\0\0zzzz",
		22, "broken");
	expect_frames("\x80\x03\x00\x06\x00\x10\x00\x00", 8, "broken");
}

static int read_frame(const void *bytes, size_t len, struct span *ret_rest,
	struct websocket *ws, struct websocket_frame *ret_frame)
{
	*ret_rest = span_of(bytes, len);
	return websocket_read(ws, ret_rest, ret_frame);
}

Test(websocket, the_accept_key_of_the_rfc)
{
	char accept[WEBSOCKET_ACCEPT_SIZE];

	websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", accept);
	cr_assert_str_eq(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

Test(websocket, a_message_is_unmasked)
{
	/* RFC 6455, 5.7: "Hello", masked. */
	static const char hello[] = "\x81\x85\x37\xfa\x21\x3d"
				    "\x7f\x9f\x4d\x51\x58";
	struct websocket_frame frame;
	struct websocket ws = { 0 };
	struct span rest;

	for (size_t len = 0; len < sizeof(hello) - 1; len++)
		cr_assert_eq(read_frame(hello, len, &rest, &ws, &frame), 0);
	cr_assert_eq(
		read_frame(hello, sizeof(hello) - 1, &rest, &ws, &frame), 1);
	cr_assert_eq(frame.type, WEBSOCKET_MESSAGE);
	cr_assert(span_eq(frame.data, SPAN("Hello")));
	cr_assert_eq(rest.len, 0);
	websocket_fini(&ws);
}

Test(websocket, a_ping_may_stand_between_fragments)
{
	static const char frames[] = "\x02\x81\0\0\0\0a"
				     "\x89\x81\0\0\0\0p"
				     "\x80\x81\0\0\0\0b";
	struct span rest = span_of(frames, sizeof(frames) - 1);
	struct websocket_frame frame;
	struct websocket ws = { 0 };

	cr_assert_eq(websocket_read(&ws, &rest, &frame), 1);
	cr_assert_eq(frame.type, WEBSOCKET_OTHER);
	cr_assert_eq(websocket_read(&ws, &rest, &frame), 1);
	cr_assert_eq(frame.type, WEBSOCKET_PING);
	cr_assert(span_eq(frame.data, SPAN("p")));
	cr_assert_eq(websocket_read(&ws, &rest, &frame), 1);
	cr_assert_eq(frame.type, WEBSOCKET_MESSAGE);
	cr_assert(span_eq(frame.data, SPAN("ab")));
	websocket_fini(&ws);
}

Test(websocket, what_no_client_sends_is_refused)
{
	struct websocket_frame frame;
	struct websocket ws = { 0 };
	struct span rest;

	/* not masked; reserved bits; a long ping; too long; unknown */
	cr_assert_eq(read_frame("\x82\x01z", 3, &rest, &ws, &frame), -1);
	cr_assert_eq(
		read_frame("\xc2\x81\0\0\0\0z", 7, &rest, &ws, &frame), -1);
	cr_assert_eq(read_frame("\x89\xfe\x01\x00", 4, &rest, &ws, &frame), -1);
	cr_assert_eq(
		read_frame("\x82\xff\1\0\0\0\0\0\0\0", 10, &rest, &ws, &frame),
		-1);
	cr_assert_eq(
		read_frame("\x83\x81\0\0\0\0z", 7, &rest, &ws, &frame), -1);
	websocket_fini(&ws);
}

Test(websocket, lengths_are_written_in_three_ways)
{
	struct buf to = BUF_INIT;
	char bytes[70000] = { 0 };

	websocket_add_message(&to, SPAN("\1"), SPAN("ab"));
	cr_assert(span_eq(buf_span(&to),
		SPAN("\x82\x03\x01"
		     "ab")));
	buf_clear(&to);
	websocket_add_message(&to, SPAN_NONE, span_of(bytes, 200));
	cr_assert(span_starts_with(buf_span(&to), SPAN("\x82\x7e\x00\xc8")));
	buf_clear(&to);
	websocket_add_message(&to, SPAN_NONE, span_of(bytes, sizeof(bytes)));
	cr_assert(span_starts_with(
		buf_span(&to), SPAN("\x82\x7f\0\0\0\0\0\x01\x11\x70")));
	cr_assert_eq(buf_len(&to), 10 + sizeof(bytes));
	buf_fini(&to);
}

/* Runs a program that is given `input`. */
static void expect_run(
	const char *command, const char *input, const char *out, int code)
{
	struct span rest = span_str(command);
	char **argv = xcalloc(8, sizeof(*argv));
	struct program program;
	size_t argc = 0;

	while (!span_is_absent(rest) && argc < 8)
		argv[argc++] = span_dup(span_cut(&rest, '|'));
	program_init(&program, argv, argc, input != NULL);
	program_start(&program);
	if (input) {
		program_input(&program, span_str(input));
		program_input_end(&program);
	}
	while (program_pump(&program)) {
	}
	cr_assert(program.has_ended, "%s", command);
	cr_assert_str_eq(buf_cstr(&program.out), out, "%s", command);
	cr_assert_eq(program.kind ? (int)program.code : -1, code, "%s: %u",
		command, program.code);
	program_fini(&program);
}

Test(program, each_does_what_its_name_says)
{
	expect_run("cat", "abc", "abc", 0);
	expect_run("/bin/cat", NULL, "", 0);
	expect_run("echo|a|b", NULL, "a b\n", 0);
	expect_run("true", NULL, "", 0);
	expect_run("false", NULL, "", 1);
	expect_run("sh|-c|exit 7", NULL, "", 7);
	expect_run("sh|-c|echo  a b", NULL, "a b\n", 0);
	expect_run("sh", "abc", "abc", 0);
	expect_run("sha256sum", "abc",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015"
		"ad  -\n",
		0);
	expect_run("tar|-xmf|-|-C|/", "abc", "", 0);
	expect_run("nope", NULL, "", -1);
	expect_run("sh|-c|nope", NULL, "", -1);
}

Test(program, its_end_is_told_as_the_kubelet_tells_it)
{
	char **argv = xcalloc(1, sizeof(*argv));
	struct program program;
	cJSON *status;
	char *text;

	argv[0] = xstrdup("false");
	program_init(&program, argv, 1, false);
	program_start(&program);
	status = program_status(&program);
	text = json_print(status);
	cr_assert_str_eq(text,
		"{\"metadata\":{},\"status\":\"Failure\",\"message\":"
		"\"command terminated with non-zero exit code: error "
		"executing command [false], exit code 1\",\"reason\":"
		"\"NonZeroExitCode\",\"details\":{\"causes\":[{\"reason\":"
		"\"ExitCode\",\"message\":\"1\"}]}}");
	free(text);
	cJSON_Delete(status);
	program_fini(&program);
}
