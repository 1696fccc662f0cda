/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/probe.h"

#include "base/buf.h"
#include "base/check.h"
#include "proxy/exchange/response_head.h"
#include "proxy/exchange/server_impl.h"
#include "proxy/observe/log.h"

/* So long a server that is back may not know its roles. */
#define ROLES_WITHIN (10 * USEC_PER_SEC)

static void on_timer(void *user);

void probe_init(struct probe *probe, struct server *server, unsigned endpoint)
{
	*probe = (struct probe){
		.server = server,
		.endpoint = endpoint,
		.believed_at = USEC_NEVER,
	};
	loop_timer_init(&probe->timer, server->loop, on_timer, probe);
}

void probe_close(struct probe *probe)
{
	probe->is_ended = true;
	if (probe->session)
		session_close(probe->session);
}

void probe_fini(struct probe *probe)
{
	stream_fini(&probe->stream);
	loop_timer_fini(&probe->timer);
}

static void probe_end(struct probe *probe, enum health_kind result)
{
	if (probe->state == PROBE_REST)
		return;
	probe->state = PROBE_REST;
	loop_timer_set(&probe->timer, USEC_NEVER);
	probe->has_failed = result != HEALTH_PROBE_OK;
	if (result != HEALTH_PROBE_TIMEOUT)
		probe->why_failed = SESSION_CLOSE_CLEAN;
	server_note_health(probe->server, probe->endpoint, result);
}

/* It may go at once, or at the end of the turn: on_closed says so. */
static void close_session(struct probe *probe)
{
	if (!probe->session)
		return;
	probe->is_closing = true;
	session_close(probe->session);
}

static bool forbidden_is_believed(struct probe *probe)
{
	usec_t now = server_now(probe->server);

	/* That is what it says to us when all is well. */
	if (!probe->has_failed)
		probe->is_forbidden = !probe->was_allowed;
	if (!probe->has_failed || probe->is_forbidden)
		return true;
	if (probe->believed_at == USEC_NEVER)
		probe->believed_at = usec_add(now, ROLES_WITHIN);
	return now >= probe->believed_at;
}

static enum health_kind health_of_answer(
	struct probe *probe, const struct response_head *head)
{
	unsigned status = head->status;

	if (response_head_is_strange(head))
		return HEALTH_PROBE_TIMEOUT;
	if (status == 403)
		return forbidden_is_believed(probe) ? HEALTH_PROBE_OK
						    : HEALTH_PROBE_TIMEOUT;
	probe->believed_at = USEC_NEVER;
	probe->was_allowed |= status == 200;
	switch (status) {
	case 200:
	case 401:
	case 429:
		return HEALTH_PROBE_OK;
	}
	return HEALTH_PROBE_FAILED;
}

/* ---- the stream ---------------------------------------------------------- */

static struct probe *probe_of(struct stream *stream)
{
	return CONTAINER_OF(stream, struct probe, stream);
}

/* The same again and again is not worth a line. */
static void log_status(
	struct probe *probe, const struct response_head *head, bool is_bad)
{
	struct server *server = probe->server;
	unsigned bad_status = is_bad ? head->status : 0;

	if (bad_status == probe->bad_status)
		return;
	probe->bad_status = bad_status;
	log_event(server->log, is_bad ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
		!is_bad ? "the API server is ready again"
			: response_head_is_strange(head)
			? "something on the way answers for the API server"
			: "the API server says that it is not ready",
		LOG_FIELDS(LOG_STR("server",
				   upstream_name(
					   server->upstream, probe->endpoint)),
			LOG_UINT("status", head->status)));
}

static void probe_answered(struct probe *probe)
{
	struct response_head head;
	enum health_kind result = HEALTH_PROBE_FAILED;

	if (response_head_read(&probe->stream.head,
		    &probe->server->settings.key, &head) == 0) {
		result = health_of_answer(probe, &head);
		log_status(probe, &head,
			result == HEALTH_PROBE_FAILED ||
				response_head_is_strange(&head));
	}
	probe_end(probe, result);
}

static void probe_stream_closed(struct probe *probe, enum stream_end how)
{
	probe->has_stream = false;
	if (probe->is_ended || probe->state != PROBE_ASKED)
		return;
	if (how != STREAM_END_REFUSED) {
		probe_end(probe, HEALTH_PROBE_TIMEOUT);
		return;
	}
	/* Not looked at, as behind a GOAWAY: says nothing.  Asked again on a
	 * fresh connection, in the time that is left. */
	probe->state = PROBE_CONNECTING;
	close_session(probe);
}

static void on_head(struct stream *stream, bool ended)
{
	(void)ended;
	probe_answered(probe_of(stream));
}

static void on_body(struct stream *stream, const void *bytes, size_t len)
{
	(void)bytes;
	stream_consume(stream, len);
}

static void on_nothing(struct stream *stream)
{
	(void)stream;
}

static void on_drained(struct stream *stream, size_t len)
{
	(void)stream;
	(void)len;
}

static void on_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	(void)code;
	probe_stream_closed(probe_of(stream), how);
}

static const struct stream_events probe_stream_events = {
	.on_head = on_head,
	.on_body = on_body,
	.on_end = on_nothing,
	.on_sent = on_nothing,
	.on_drained = on_drained,
	.on_close = on_close,
};

static void probe_ask(struct probe *probe)
{
	const struct server *server = probe->server;
	struct span authorization = server_own_authorization(server);
	struct fields head = FIELDS_INIT;
	struct buf path = BUF_INIT;

	buf_append_span(
		&path, upstream_prefix(server->upstream, probe->endpoint));
	buf_append_str(&path, "/readyz");
	fields_add_static(&head, SPAN(":method"), SPAN("GET"));
	fields_add_static(&head, SPAN(":scheme"), SPAN("https"));
	fields_add_static(&head, SPAN(":authority"),
		upstream_authority(server->upstream, probe->endpoint));
	fields_add(&head, SPAN(":path"), buf_span(&path));
	fields_add_static(&head, SPAN("user-agent"), SPAN("fairway-probe"));
	if (authorization.len > 0)
		fields_add(&head, SPAN("authorization"), authorization);
	buf_fini(&path);
	stream_fini(&probe->stream);
	stream_init(&probe->stream, &probe_stream_events);
	probe->has_stream = true;
	probe->state = PROBE_ASKED;
	session_request(probe->session, &probe->stream, &head, NULL);
	fields_clear(&head);
}

/* ---- the connection ------------------------------------------------------ */

static void probe_connect(struct probe *probe);

static void probe_ready(struct probe *probe)
{
	if (probe->is_ended)
		return;
	probe->is_ready = true;
	if (probe->state == PROBE_CONNECTING && !probe->is_closing)
		probe_ask(probe);
}

static void probe_closed(struct probe *probe)
{
	bool was_expected = probe->is_closing;

	probe->session = NULL;
	probe->is_ready = false;
	probe->is_closing = false;
	if (probe->is_ended || probe->state == PROBE_REST)
		return;
	if (probe->state == PROBE_CONNECTING && was_expected)
		probe_connect(probe);
	else
		probe_end(probe, HEALTH_PROBE_TIMEOUT);
}

static void on_ready(struct session *session, void *user)
{
	(void)session;
	probe_ready(user);
}

static void on_goaway(struct session *session, void *user)
{
	struct probe *probe = user;

	/* It closes when the stream that may be open is done. */
	probe->is_closing = true;
	session_drain(session);
}

/* The same again and again is not worth a line. */
static void log_failure(
	struct probe *probe, enum session_close why, const char *detail)
{
	struct server *server = probe->server;

	if (probe->is_closing || probe->is_ended ||
		probe->state == PROBE_REST || why == probe->why_failed)
		return;
	probe->why_failed = why;
	log_event(server->log, LOG_LEVEL_WARN, "the API server's probe failed",
		LOG_FIELDS(LOG_STR("server",
				   upstream_name(
					   server->upstream, probe->endpoint)),
			LOG_STR("why", session_close_name(why)),
			LOG_STR("detail", detail)));
}

static void on_closed(struct session *session, void *user,
	enum session_close why, const char *detail)
{
	(void)session;
	log_failure(user, why, detail);
	probe_closed(user);
}

static const struct session_events probe_session_events = {
	.on_ready = on_ready,
	.on_goaway = on_goaway,
	.on_closed = on_closed,
};

static void probe_connect(struct probe *probe)
{
	probe->session = upstream_connect_apart(probe->server->upstream,
		probe->endpoint, SESSION_H2, &probe_session_events, probe);
}

void probe_start(struct probe *probe)
{
	struct server *server = probe->server;

	if (probe->state != PROBE_REST)
		return;
	probe->state = PROBE_CONNECTING;
	loop_timer_set(&probe->timer,
		usec_add(server_now(server),
			server->settings.policy->health.probe_timeout));
	if (!probe->session) {
		probe_connect(probe);
	} else if (probe->has_stream) {
		/* The last answer has not come to its end. */
		close_session(probe);
	} else if (probe->is_ready && !probe->is_closing) {
		probe_ask(probe);
	}
}

void probe_stop(struct probe *probe)
{
	probe->state = PROBE_REST;
	loop_timer_set(&probe->timer, USEC_NEVER);
	close_session(probe);
}

static void on_timer(void *user)
{
	struct probe *probe = user;

	probe_end(probe, HEALTH_PROBE_TIMEOUT);
	/* Whatever it waits for, the next one starts afresh. */
	close_session(probe);
}
