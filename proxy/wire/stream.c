/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/stream.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/wire_impl.h"

void stream_init(struct stream *stream, const struct stream_events *events)
{
	*stream = (struct stream){ .events = events };
}

void stream_fini(struct stream *stream)
{
	CHECK(!stream->session);
	fields_clear(&stream->head);
	if (stream->trailers)
		fields_clear(stream->trailers);
	free(stream->trailers);
	stream->trailers = NULL;
}

void stream_take_trailers(struct stream *stream, struct fields *received)
{
	CHECK(!stream->trailers);
	stream->trailers = xcalloc(1, sizeof(*stream->trailers));
	fields_move(received, stream->trailers);
}

void stream_attach(struct stream *stream, struct session *session)
{
	CHECK(!stream->session && stream->events);
	stream->session = session;
	list_push_back(&session->streams, &stream->node);
	if (session->is_server)
		session->wire->stats.streams_down++;
	else
		session->wire->stats.streams_up++;
}

static void stream_detach(struct stream *stream)
{
	struct session *session = stream->session;

	list_remove(&stream->node);
	stream->session = NULL;
	stream->carrier = NULL;
	stream->out = NULL;
	if (list_is_empty(&session->streams))
		session->idle_at = session_now(session);
}

void stream_close(struct stream *stream, enum stream_end how, uint32_t code)
{
	stream_detach(stream);
	if (stream->events->on_close)
		stream->events->on_close(stream, how, code);
}

void stream_respond(
	struct stream *stream, struct fields *head, struct relay *body)
{
	CHECK(stream->session && stream->is_server && !stream->head_sent);
	stream->head_sent = true;
	stream->out = body;
	stream->session->ops->respond(stream, head, body);
	session_mark_dirty(stream->session);
}

void stream_inform(struct stream *stream, const struct fields *head)
{
	CHECK(stream->session && stream->is_server && !stream->head_sent);
	stream->session->ops->inform(stream, head);
	session_mark_dirty(stream->session);
}

void stream_resume(struct stream *stream)
{
	const struct relay *out = stream->out;

	/* Otherwise it is going to ask by itself, if its window is open. */
	if (!stream->session ||
		!(stream->is_deferred || (out && out->is_broken)))
		return;
	stream->session->ops->resume(stream);
	session_mark_dirty(stream->session);
}

void stream_consume(struct stream *stream, size_t len)
{
	if (!stream->session || len == 0)
		return;
	stream->session->ops->consume(stream, len);
	session_mark_dirty(stream->session);
}

void stream_reset(struct stream *stream, uint32_t code)
{
	CHECK(stream->session);
	stream->session->ops->reset(stream, code);
	session_mark_dirty(stream->session);
}

void stream_abandon(struct stream *stream)
{
	struct session *session = stream->session;

	if (!session)
		return;
	stream->is_abandoned = true;
	session->ops->abandon(stream);
	session_mark_dirty(session);
	stream_detach(stream);
}
