/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/proxy/wire/loopback.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"

enum { REFILL_BELOW = 64 * 1024 };

/* Far more than any test needs, under valgrind as well. */
#define LATE (60 * USEC_PER_SEC)

/* ---- the pattern -----------------------------------------------------------
 */

static char pattern_at(uint64_t offset)
{
	return (char)(offset * 7 + offset / 253);
}

static void refill(struct tape *tape)
{
	char bytes[16384];

	while (tape->refill_left > 0 &&
		relay_waiting(&tape->out) < REFILL_BELOW) {
		size_t n = u64_min(sizeof(bytes), tape->refill_left);

		for (size_t i = 0; i < n; i++)
			bytes[i] = pattern_at(tape->out.added + i);
		relay_add(&tape->out, bytes, n);
		tape->refill_left -= n;
	}
	if (tape->refill_left == 0 && !tape->out.is_ended)
		relay_end(&tape->out);
	stream_resume(&tape->stream);
}

void tape_write_pattern(struct tape *tape, uint64_t len)
{
	tape->is_refilled = true;
	tape->refill_left = len;
	refill(tape);
}

bool tape_has_pattern(const struct tape *tape, uint64_t len)
{
	struct span body = buf_span(&tape->body);

	if (body.len != len)
		return false;
	for (size_t i = 0; i < body.len; i++) {
		if (body.ptr[i] != pattern_at(i))
			return false;
	}
	return true;
}

static void meddle(struct tape *tape)
{
	if (tape->lb->meddle)
		tape->lb->meddle(tape, tape->lb->meddle_user);
}

/* ---- what happens to a stream -----------------------------------------------
 */

static void note_head(struct stream *stream, bool ended)
{
	struct tape *tape = tape_of(stream);

	cr_assert_eq(tape->closes, 0);
	tape->heads++;
	tape->head_ended = ended;
	if (stream->is_server && tape->lb->on_request)
		tape->lb->on_request(tape);
	else if (stream->is_server)
		serve_echo(tape);
	meddle(tape);
}

static void note_body(struct stream *stream, const void *bytes, size_t len)
{
	struct tape *tape = tape_of(stream);

	cr_assert(tape->heads > 0 && tape->ends == 0 && tape->closes == 0);
	if (!tape->is_counting)
		buf_append(&tape->body, bytes, len);
	if (tape->is_hoarding)
		tape->hoarded += len;
	else
		stream_consume(stream, len);
	if (stream->is_server && !tape->lb->on_request) {
		relay_add(&tape->out, bytes, len);
		stream_resume(stream);
	}
	meddle(tape);
}

static void note_end(struct stream *stream)
{
	struct tape *tape = tape_of(stream);

	cr_assert(tape->heads > 0 && tape->ends == 0 && tape->closes == 0);
	tape->ends++;
	if (stream->is_server && !tape->lb->on_request) {
		relay_end(&tape->out);
		stream_resume(stream);
	}
	meddle(tape);
}

static void note_sent(struct stream *stream)
{
	cr_assert_not(stream->is_server);
	tape_of(stream)->sents++;
	meddle(tape_of(stream));
}

static void note_drained(struct stream *stream, size_t len)
{
	struct tape *tape = tape_of(stream);

	tape->taken += len;
	cr_assert_eq(tape->taken, tape->out.taken);
	if (tape->is_refilled)
		refill(tape);
	meddle(tape);
}

static void note_informational(
	struct stream *stream, const struct fields *head)
{
	cr_assert_gt(head->count, 0);
	tape_of(stream)->informationals++;
}

static void note_close(
	struct stream *stream, enum stream_end how, uint32_t code)
{
	struct tape *tape = tape_of(stream);

	cr_assert_eq(tape->closes, 0);
	cr_assert_null(stream->session);
	tape->closes++;
	tape->how = how;
	tape->code = code;
	meddle(tape);
}

static const struct stream_events tape_events = {
	.on_head = note_head,
	.on_body = note_body,
	.on_end = note_end,
	.on_sent = note_sent,
	.on_drained = note_drained,
	.on_informational = note_informational,
	.on_close = note_close,
};

struct tape *tape_new(struct loopback *lb, struct list *list)
{
	struct tape *tape = xcalloc(1, sizeof(*tape));

	tape->lb = lb;
	stream_init(&tape->stream, &tape_events);
	relay_init(&tape->out, 0);
	list_push_back(list, &tape->node);
	return tape;
}

static void tape_free(struct tape *tape)
{
	list_remove(&tape->node);
	stream_fini(&tape->stream);
	relay_fini(&tape->out);
	fields_clear(&tape->out_trailers);
	buf_fini(&tape->body);
	free(tape);
}

struct tape *tape_at(const struct list *list, size_t n)
{
	struct list_node *node = list_first(list);

	while (node && n-- > 0)
		node = list_next(node);
	return node ? CONTAINER_OF(node, struct tape, node) : NULL;
}

void tape_write(struct tape *tape, const void *bytes, size_t len)
{
	relay_add(&tape->out, bytes, len);
	stream_resume(&tape->stream);
}

void tape_end(struct tape *tape)
{
	relay_end(&tape->out);
	stream_resume(&tape->stream);
}

void tape_consume(struct tape *tape, size_t len)
{
	cr_assert_leq(len, tape->hoarded);
	tape->hoarded -= len;
	stream_consume(&tape->stream, len);
}

unsigned tape_status(const struct tape *tape)
{
	struct span status = fields_value(&tape->stream.head, FIELD_STATUS);
	uint64_t number = 0;

	if (span_to_u64(status, &number) != 0)
		return 0;
	return (unsigned)number;
}

void tape_respond(struct tape *tape, const char *status, bool has_body)
{
	struct fields head = FIELDS_INIT;

	fields_add(&head, SPAN(":status"), span_str(status));
	fields_add_static(&head, SPAN("content-type"), SPAN("text/plain"));
	fields_add(&head, SPAN("audit-id"), SPAN("0123-4567"));
	stream_respond(&tape->stream, &head, has_body ? &tape->out : NULL);
	fields_clear(&head);
}

void serve_echo(struct tape *tape)
{
	tape_respond(tape, "200", true);
}

/* ---- what happens to a session
 * ------------------------------------------------ */

static struct stream *serve_stream(struct session *session, void *user)
{
	struct loopback *lb = user;

	(void)session;
	if (lb->refuses_streams)
		return NULL;
	return &tape_new(lb, &lb->served)->stream;
}

static void server_ready(struct session *session, void *user)
{
	struct loopback *lb = user;

	lb->server = session;
}

static void server_goaway(struct session *session, void *user)
{
	(void)session;
	(void)user;
}

static void server_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	struct loopback *lb = user;

	snprintf(lb->server_detail, sizeof(lb->server_detail), "%s", detail);
	lb->server_closed++;
	lb->server_why = why;
	if (lb->server == session)
		lb->server = NULL;
}

static const struct session_events server_events = {
	.on_stream = serve_stream,
	.on_ready = server_ready,
	.on_goaway = server_goaway,
	.on_closed = server_closed,
};

static void client_ready(struct session *session, void *user)
{
	struct loopback *lb = user;

	cr_assert(session_is_ready(session));
	lb->ready++;
}

static void client_goaway(struct session *session, void *user)
{
	struct loopback *lb = user;

	cr_assert_eq(session_free_streams(session), 0);
	lb->goaways++;
}

static void client_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	struct loopback *lb = user;

	cr_assert_eq(session, lb->client);
	lb->client = NULL;
	lb->client_closed++;
	lb->client_why = why;
	snprintf(lb->client_detail, sizeof(lb->client_detail), "%s", detail);
}

static const struct session_events client_events = {
	.on_ready = client_ready,
	.on_goaway = client_goaway,
	.on_closed = client_closed,
};

/* ---- the loop
 * ------------------------------------------------------------------ */

static void end_turn(void *user)
{
	struct loopback *lb = user;

	for (int i = 0; i < 2; i++) {
		wire_flush(lb->server_wire);
		wire_flush(lb->client_wire);
	}
	wire_reap(lb->server_wire);
	wire_reap(lb->client_wire);
	/* The first one comes before the first event. */
	if (++lb->turns > 1)
		loop_stop(lb->loop);
}

static void on_late(void *user)
{
	struct loopback *lb = user;

	lb->is_late = true;
}

void loopback_turn(struct loopback *lb)
{
	lb->turns = 0;
	loop_run(lb->loop);
	cr_assert_not(lb->is_late, "what was waited for did not come");
}

static void on_nothing(evutil_socket_t fd, short what, void *user)
{
	(void)fd;
	(void)what;
	(void)user;
}

void loopback_poll(struct loopback *lb)
{
	static const struct timeval now = { 0 };
	struct event *event =
		event_new(loop_base(lb->loop), -1, 0, on_nothing, NULL);

	event_add(event, &now);
	loopback_turn(lb);
	event_free(event);
}

void loopback_settings_default(struct loopback_settings *ret_settings)
{
	*ret_settings = (struct loopback_settings){ 0 };
	wire_limits_default(&ret_settings->server_limits);
	wire_limits_default(&ret_settings->client_limits);
}

static void open_tls(struct loopback *lb)
{
	struct tls_server_settings server = {
		.cert_pem = buf_span(&lb->leaf.cert_pem),
		.key_pem = buf_span(&lb->leaf.key_pem),
	};
	struct tls_client_settings client = {
		.ca_pem = buf_span(&lb->ca.cert_pem),
		.server_name = "localhost",
	};
	struct err err;

	lb->server_tls = tls_server_new(&server, &err);
	cr_assert_not_null(lb->server_tls);
	lb->client_tls = tls_client_new(&client, &err);
	cr_assert_not_null(lb->client_tls);
}

void loopback_listen_on(
	struct loopback *lb, const char *address, struct err *err)
{
	lb->listener = listener_new(lb->server_wire, address, lb->server_tls,
		&server_events, lb, err);
	if (lb->listener)
		lb->port = (uint16_t)listener_port(lb->listener);
}

void loopback_listen(struct loopback *lb)
{
	struct err err;

	loopback_listen_on(lb, "127.0.0.1:0", &err);
	cr_assert_not_null(lb->listener, "%s", err.text);
}

void loopback_stop_listening(struct loopback *lb)
{
	listener_free(lb->listener);
	lb->listener = NULL;
}

void loopback_init(
	struct loopback *lb, const struct loopback_settings *settings)
{
	struct loopback_settings defaults;
	struct err err;

	loopback_settings_default(&defaults);
	if (!settings)
		settings = &defaults;
	*lb = (struct loopback){ .loop = loop_new(&err) };
	cr_assert_not_null(lb->loop);
	list_init(&lb->served);
	list_init(&lb->sent);
	lb->server_wire = wire_new(lb->loop, &settings->server_limits);
	lb->client_wire = wire_new(lb->loop, &settings->client_limits);
	test_ca_init(&lb->ca);
	test_leaf_init(&lb->leaf, &lb->ca, "DNS:localhost,IP:127.0.0.1");
	lb->protocol = settings->protocol;
	if (!settings->is_cleartext)
		open_tls(lb);
	loopback_listen(lb);
	loop_add_turn_end(lb->loop, &lb->turn_end, end_turn, lb);
	loop_timer_init(&lb->watchdog, lb->loop, on_late, lb);
	loop_timer_set(&lb->watchdog, usec_add(loop_now(lb->loop), LATE));
	if (settings->is_not_connected)
		return;
	loopback_connect(lb);
	/* In cleartext the server waits for the first bytes. */
	WAIT_FOR(lb, lb->ready && (lb->server || settings->is_cleartext));
}

void loopback_fini(struct loopback *lb)
{
	listener_free(lb->listener);
	loop_remove_turn_end(&lb->turn_end);
	wire_free(lb->client_wire);
	wire_free(lb->server_wire);
	while (!list_is_empty(&lb->served))
		tape_free(tape_at(&lb->served, 0));
	while (!list_is_empty(&lb->sent))
		tape_free(tape_at(&lb->sent, 0));
	tls_context_unref(lb->server_tls);
	tls_context_unref(lb->client_tls);
	test_leaf_fini(&lb->leaf);
	test_ca_fini(&lb->ca);
	loop_timer_fini(&lb->watchdog);
	loop_free(lb->loop);
}

static void listener_address(
	const struct loopback *lb, struct sockaddr_in *ret_addr)
{
	*ret_addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(lb->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

void loopback_connect(struct loopback *lb)
{
	struct sockaddr_in addr;

	listener_address(lb, &addr);
	lb->client = session_connect(lb->client_wire,
		(const struct sockaddr *)&addr, sizeof(addr), lb->client_tls,
		lb->protocol, &client_events, lb);
	cr_assert_not_null(lb->client);
}

int loopback_dial(struct loopback *lb)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in addr;

	listener_address(lb, &addr);
	cr_assert(fd >= 0 &&
		connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0);
	return fd;
}

struct tape *loopback_request(struct loopback *lb, struct fields *head,
	bool has_body, bool is_upgrade)
{
	struct tape *tape = tape_new(lb, &lb->sent);

	tape->stream.is_upgrade = is_upgrade;
	session_request(
		lb->client, &tape->stream, head, has_body ? &tape->out : NULL);
	fields_clear(head);
	return tape;
}

static struct tape *send_request(struct loopback *lb, struct span method,
	const char *path, bool has_body)
{
	struct fields head = FIELDS_INIT;

	fields_add_static(&head, SPAN(":method"), method);
	fields_add_static(&head, SPAN(":scheme"), SPAN("https"));
	fields_add_static(&head, SPAN(":authority"), SPAN("localhost"));
	fields_add(&head, SPAN(":path"), span_str(path));
	return loopback_request(lb, &head, has_body, false);
}

struct tape *loopback_get(struct loopback *lb, const char *path)
{
	return send_request(lb, SPAN("GET"), path, false);
}

struct tape *loopback_post(struct loopback *lb, const char *path)
{
	return send_request(lb, SPAN("POST"), path, true);
}
