/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with proxy/wire/ and nothing else, for h2spec and measurements.
 *
 *	wire-echo STATE_DIR [PORT [CLEARTEXT_ADDRESS]]
 *
 * speaks HTTP/2 and HTTP/1.1 with TLS, and in cleartext on "127.0.0.1:0" or
 * "unix:/path".  It prints "port NUMBER", "cleartext-port NUMBER" (0: a UNIX
 * socket) and answers until SIGTERM:
 *
 *	GET /bytes/N    N bytes
 *	GET /hold       nothing, for ever
 *	an upgrade      101, and then all bytes as they come
 *	any with a body its body, as it comes
 *	any other       a few bytes
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/identity/pki.h"
#include "proxy/identity/state_dir.h"
#include "proxy/loop/loop.h"
#include "proxy/wire/session.h"

struct echo {
	struct loop *loop;
	struct loop_turn_end turn_end;
	struct wire *wire;
	struct listener *listener;
	struct listener *cleartext; /* NULL: none */
	struct list done;
};

struct request {
	struct stream stream;
	struct list_node node; /* in echo->done */
	struct echo *echo;
	struct relay out;
	uint64_t to_make; /* bytes that /bytes/N still owes */
};

static struct request *request_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct request, stream);
}

static void make_bytes(struct request *request)
{
	static const char some[16 * 1024];

	while (request->to_make > 0 &&
		relay_waiting(&request->out) < 4 * sizeof(some)) {
		size_t n = u64_min(request->to_make, sizeof(some));

		relay_add(&request->out, some, n);
		request->to_make -= n;
		if (request->to_make == 0)
			relay_end(&request->out);
	}
}

static void respond(struct request *request, bool has_body)
{
	struct fields head = FIELDS_INIT;
	const struct field *type =
		fields_find(&request->stream.head, FIELD_CONTENT_TYPE);
	const struct field *upgrade =
		fields_find(&request->stream.head, FIELD_UPGRADE);
	bool is_upgrade = request->stream.is_upgrade;

	fields_add_static(
		&head, SPAN(":status"), is_upgrade ? SPAN("101") : SPAN("200"));
	if (is_upgrade)
		fields_add_ref(&head, upgrade);
	if (type)
		fields_add_ref(&head, type);
	stream_respond(
		&request->stream, &head, has_body ? &request->out : NULL);
	fields_clear(&head);
}

static void on_head(struct stream *stream, bool ended)
{
	struct request *request = request_of(stream);
	struct span path = fields_value(&stream->head, FIELD_PATH);
	struct span prefix = SPAN("/bytes/");

	if (span_eq(path, SPAN("/hold")))
		return;
	if (ended && span_starts_with(path, prefix) &&
		span_to_u64(span_skip(path, prefix.len), &request->to_make) ==
			0) {
		make_bytes(request);
		if (request->to_make == 0 && !request->out.is_ended)
			relay_end(&request->out);
	} else if (ended) {
		relay_add(&request->out, "hello, wire\n", 12);
		relay_end(&request->out);
	}
	respond(request, true);
}

static void on_body(struct stream *stream, const void *bytes, size_t len)
{
	struct request *request = request_of(stream);

	relay_add(&request->out, bytes, len);
	stream_resume(stream);
}

static void on_end(struct stream *stream)
{
	struct request *request = request_of(stream);

	if (request->to_make == 0 && !request->out.is_ended)
		relay_end(&request->out);
	stream_resume(stream);
}

static void on_drained(struct stream *stream, size_t len)
{
	struct request *request = request_of(stream);

	if (stream->received > 0)
		stream_consume(stream, len);
	make_bytes(request);
}

static void on_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	struct request *request = request_of(stream);

	(void)how;
	(void)code;
	list_push_back(&request->echo->done, &request->node);
}

static const struct stream_events stream_events = {
	.on_head = on_head,
	.on_body = on_body,
	.on_end = on_end,
	.on_drained = on_drained,
	.on_close = on_close,
};

static struct stream *on_stream(struct session *session, void *user)
{
	struct request *request = xcalloc(1, sizeof(*request));

	(void)session;
	request->echo = user;
	stream_init(&request->stream, &stream_events);
	relay_init(&request->out, 0);
	return &request->stream;
}

static void on_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	(void)user;
	if (getenv("WIRE_ECHO_LOG"))
		fprintf(stderr, "%s: %s: %s\n", session_peer_name(session),
			session_close_name(why), detail);
}

static const struct session_events session_events = {
	.on_stream = on_stream,
	.on_closed = on_closed,
};

static void on_turn_end(void *user)
{
	struct echo *echo = user;
	struct list_node *node;

	wire_flush(echo->wire);
	wire_reap(echo->wire);
	while ((node = list_pop_front(&echo->done))) {
		struct request *request =
			CONTAINER_OF(node, struct request, node);

		stream_fini(&request->stream);
		relay_fini(&request->out);
		free(request);
	}
	if (!echo->listener && wire_is_drained(echo->wire))
		loop_stop(echo->loop);
}

static void on_term(int signo, void *user)
{
	struct echo *echo = user;

	(void)signo;
	listener_free(echo->listener);
	listener_free(echo->cleartext);
	echo->listener = NULL;
	echo->cleartext = NULL;
	wire_drain(echo->wire);
}

static struct tls_context *make_tls(const char *dir_path, struct err *err)
{
	struct tls_context *tls = NULL;
	struct state_dir dir;
	struct pki pki;

	if (state_dir_open(&dir, dir_path, err) != 0)
		return NULL;
	if (pki_open(&pki, &dir, (time_t)(loop_wall_clock() / USEC_PER_SEC),
		    false, err) == 0) {
		struct tls_server_settings settings = {
			.cert_pem = buf_span(&pki.server_cert_pem),
			.key_pem = buf_span(&pki.server_key_pem),
		};

		tls = tls_server_new(&settings, err);
		pki_fini(&pki);
	}
	state_dir_close(&dir);
	return tls;
}

int main(int argc, char **argv)
{
	struct echo echo = { 0 };
	struct wire_limits limits;
	struct tls_context *tls;
	char address[64];
	struct err err;

	if (argc < 2) {
		fprintf(stderr,
			"usage: wire-echo STATE_DIR [PORT "
			"[CLEARTEXT_ADDRESS]]\n");
		return 64;
	}
	list_init(&echo.done);
	wire_limits_default(&limits);
	tls = make_tls(argv[1], &err);
	if (!tls)
		goto fail;
	echo.loop = loop_new(&err);
	if (!echo.loop)
		goto fail;
	echo.wire = wire_new(echo.loop, &limits);
	snprintf(address, sizeof(address), "127.0.0.1:%s",
		argc > 2 ? argv[2] : "0");
	echo.listener = listener_new(
		echo.wire, address, tls, &session_events, &echo, &err);
	if (!echo.listener)
		goto fail;
	if (argc > 3) {
		echo.cleartext = listener_new(
			echo.wire, argv[3], NULL, &session_events, &echo, &err);
		if (!echo.cleartext)
			goto fail;
	}
	printf("port %u\n", listener_port(echo.listener));
	if (echo.cleartext)
		printf("cleartext-port %u\n", listener_port(echo.cleartext));
	fflush(stdout);
	loop_on_signal(echo.loop, SIGTERM, on_term, &echo);
	loop_add_turn_end(echo.loop, &echo.turn_end, on_turn_end, &echo);
	loop_run(echo.loop);
	wire_free(echo.wire);
	loop_free(echo.loop);
	tls_context_unref(tls);
	return 0;
fail:
	fprintf(stderr, "wire-echo: %s\n", err.text);
	return 1;
}
