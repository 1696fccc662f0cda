/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes to our server in HTTP/1.1, at once and one by one.  What must
 * hold: both ways the same requests are seen, with the same bodies; what is
 * seen of them is fit to go on; and what is refused is told so once.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/h1_syntax.h"
#include "proxy/wire/wire_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Sockets cost more than bytes: longer inputs are given in larger pieces. */
enum { PIECES_MAX = 512 };

struct run {
	struct wire *wire;
	struct session *session; /* NULL: over */
	int peer_fd;
	struct buf seen; /* whole requests, as the user sees them */
	unsigned refusals;
	struct list requests; /* that are not over */
};

struct request {
	struct stream stream;
	struct list_node node;
	struct run *run;
	struct relay out;
	struct buf body;
};

static struct request *request_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct request, stream);
}

/* ---- what is seen
 * ------------------------------------------------------------- */

static void check_field(const struct field *field)
{
	struct span name = field->name;

	if (name.len > 0 && name.ptr[0] == ':')
		name = span_skip(name, 1);
	CHECK(h1_is_token(name) && h1_is_value(field->value));
	for (size_t i = 0; i < name.len; i++)
		CHECK(name.ptr[i] < 'A' || name.ptr[i] > 'Z');
}

static void note_fields(struct buf *seen, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		check_field(&fields->items[i]);
		buf_append_span(seen, fields->items[i].name);
		buf_append_str(seen, "=");
		buf_append_span(seen, fields->items[i].value);
		buf_append_str(seen, "\n");
	}
}

static void note_request(struct request *request)
{
	struct stream *stream = &request->stream;
	struct span path = fields_value(&stream->head, FIELD_PATH);
	struct span length = fields_value(&stream->head, FIELD_CONTENT_LENGTH);
	uint64_t number;

	CHECK(path.len > 0 && path.ptr[0] == '/');
	CHECK(fields_count_of(&stream->head, FIELD_AUTHORITY) == 1);
	CHECK(fields_count_of(&stream->head, FIELD_CONTENT_LENGTH) <= 1);
	/* They end here. */
	CHECK(!fields_find(&stream->head, FIELD_HOST) &&
		!fields_find(&stream->head, FIELD_CONNECTION) &&
		!fields_find(&stream->head, FIELD_TRANSFER_ENCODING));
	if (!span_is_absent(length) && !stream->is_upgrade)
		CHECK(span_to_u64(length, &number) == 0 &&
			number == stream->received);
	note_fields(&request->run->seen, &stream->head);
	buf_append_span(&request->run->seen, buf_span(&request->body));
	if (stream->trailers)
		note_fields(&request->run->seen, stream->trailers);
	buf_append_str(&request->run->seen, "\n--\n");
}

/* ---- the user
 * ----------------------------------------------------------------- */

static void respond(struct request *request, struct span status)
{
	struct fields head = FIELDS_INIT;
	struct span upgrade =
		fields_value(&request->stream.head, FIELD_UPGRADE);

	fields_add_static(&head, SPAN(":status"), status);
	if (span_eq(status, SPAN("101")))
		fields_add(&head, SPAN("upgrade"), upgrade);
	stream_respond(&request->stream, &head, &request->out);
}

static void on_head(struct stream *stream, bool ended)
{
	CHECK(!stream->is_upgrade || !ended);
	if (stream->is_upgrade)
		respond(request_of(stream), SPAN("101"));
}

static void on_body(struct stream *stream, const void *bytes, size_t len)
{
	buf_append(&request_of(stream)->body, bytes, len);
	stream_consume(stream, len);
}

static void on_end(struct stream *stream)
{
	struct request *request = request_of(stream);

	if (!stream->is_upgrade)
		note_request(request);
	relay_end(&request->out);
	if (!stream->head_sent)
		respond(request, SPAN("200"));
	stream_resume(stream);
}

static void on_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	struct request *request = request_of(stream);

	(void)how;
	(void)code;
	if (stream->is_upgrade)
		note_request(request);
	list_remove(&request->node);
	stream_fini(stream);
	relay_fini(&request->out);
	buf_fini(&request->body);
	free(request);
}

static const struct stream_events stream_events = {
	.on_head = on_head,
	.on_body = on_body,
	.on_end = on_end,
	.on_close = on_close,
};

static struct stream *on_stream(struct session *session, void *user)
{
	struct request *request = xcalloc(1, sizeof(*request));
	struct run *run = user;

	(void)session;
	request->run = run;
	stream_init(&request->stream, &stream_events);
	relay_init(&request->out, 0);
	list_push_back(&run->requests, &request->node);
	return &request->stream;
}

static void on_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	struct run *run = user;

	(void)session;
	(void)why;
	(void)detail;
	run->session = NULL;
}

static const struct session_events session_events = {
	.on_stream = on_stream,
	.on_closed = on_closed,
};

/* ---- a run
 * -------------------------------------------------------------------- */

static void take_answers(struct run *run)
{
	/* Of our user it gets 101 and 200 only. */
	static const char refused[] = "\"kind\":\"Status\"";
	char bytes[4096];
	ssize_t n;

	while ((n = recv(run->peer_fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >
		0) {
		if (memmem(bytes, (size_t)n, refused, sizeof(refused) - 1))
			run->refusals++;
	}
}

static void end_turn(struct run *run)
{
	wire_flush(run->wire);
	wire_reap(run->wire);
	take_answers(run);
}

static void give(struct run *run, const uint8_t *data, size_t size, size_t step)
{
	while (size > 0 && run->session) {
		struct conn *conn = &run->session->conn;
		size_t n = u64_min(step, size);
		/* Of exact size, so that a sanitizer sees what reads beyond. */
		char *piece = xmalloc(n);

		memcpy(piece, data, n);
		conn->events->on_data(conn->user, piece, n);
		free(piece);
		end_turn(run);
		data += n;
		size -= n;
	}
}

static void run_with(
	struct run *run, const uint8_t *data, size_t size, size_t step)
{
	const struct sockaddr addr = { .sa_family = AF_UNIX };
	struct wire_limits limits;
	struct loop *loop;
	struct err err;
	int fds[2];

	*run = (struct run){ 0 };
	list_init(&run->requests);
	loop = loop_new(&err);
	CHECK(loop &&
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	wire_limits_default(&limits);
	run->wire = wire_new(loop, &limits);
	run->peer_fd = fds[1];
	session_accept(run->wire, fds[0], &addr, NULL, &session_events, run);
	run->session = CONTAINER_OF(
		list_first(&run->wire->sessions), struct session, node);
	give(run, data, size, step);
	wire_free(run->wire);
	CHECK(list_is_empty(&run->requests));
	close(fds[1]);
	loop_free(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct run whole, parts;

	/* HTTP/2 is nghttp2's. */
	if (size >= 4 && !memcmp(data, "PRI ", 4))
		return 0;
	run_with(&whole, data, size, size + 1);
	run_with(&parts, data, size, size / PIECES_MAX + 1);
	CHECK(span_eq(buf_span(&whole.seen), buf_span(&parts.seen)));
	CHECK(whole.refusals <= 1 && whole.refusals == parts.refusals);
	buf_fini(&whole.seen);
	buf_fini(&parts.seen);
	return 0;
}
