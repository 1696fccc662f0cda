/* SPDX-License-Identifier: Apache-2.0 */
/* What ends, or asks, a session for nothing that happens. */
#include "proxy/wire/wire_impl.h"

enum {
	/* What a peer must have taken of what waits for it. */
	PROGRESS_BYTES = 16 * 1024,
};

static bool is_past(usec_t now, usec_t since, usec_t limit)
{
	return limit != 0 && usec_since(now, since) > limit;
}

static void sweep_ping(struct session *session, usec_t now)
{
	const struct wire_limits *limits = &session->wire->limits;

	/* A client that is silent without a request is merely idle. */
	if (session->is_server && list_is_empty(&session->streams))
		return;
	if (session->is_ping_out) {
		if (is_past(now, session->pinged_at, limits->ping_answer))
			session_fail(session, SESSION_CLOSE_TIMEOUT,
				"no answer to PING");
		return;
	}
	if (!is_past(now, session->heard_at, limits->ping_idle))
		return;
	session->is_ping_out = true;
	session->pinged_at = now;
	session->ops->ping(session->carrier);
	session_mark_dirty(session);
}

static void sweep_progress(struct session *session, usec_t now)
{
	const struct conn *conn = &session->conn;

	/* A byte now and then is none. */
	if (!conn_is_blocked(conn) ||
		conn->bytes_out - session->took_bytes >= PROGRESS_BYTES) {
		session->took_bytes = conn->bytes_out;
		session->took_at = now;
	} else if (is_past(now, session->took_at,
			   session->wire->limits.progress)) {
		session_fail(session, SESSION_CLOSE_TIMEOUT,
			"the peer takes nothing");
	}
}

static void sweep_opening(struct session *session, usec_t now)
{
	const struct wire_limits *limits = &session->wire->limits;
	/* In cleartext a server waits for the first request already. */
	bool is_silent = session->is_server && !session->tls && !session->ops;

	if (is_silent &&
		is_past(now, session->opened_at, limits->first_request))
		session_fail(session, SESSION_CLOSE_TIMEOUT, "idle");
	else if (!is_silent &&
		is_past(now, session->opened_at, limits->handshake))
		session_fail(session, SESSION_CLOSE_TIMEOUT,
			session->ops ? "no SETTINGS came"
				     : "the connection was not up in time");
}

void session_sweep(struct session *session, usec_t now)
{
	const struct wire_limits *limits = &session->wire->limits;

	if (session->state >= SESSION_FAILED)
		return;
	if (session->state == SESSION_OPENING) {
		sweep_opening(session, now);
		return;
	}
	if (session->is_server && list_is_empty(&session->streams) &&
		is_past(now, session->idle_at,
			session->had_request ? limits->idle
					     : limits->first_request)) {
		session_fail(session, SESSION_CLOSE_TIMEOUT, "idle");
		return;
	}
	if (session->ops->ping)
		sweep_ping(session, now);
	/* Who stops the reader of a tunnel may let it go on tomorrow. */
	if (!session->is_tunnel)
		sweep_progress(session, now);
	session->ops->sweep(session->carrier, now);
}
