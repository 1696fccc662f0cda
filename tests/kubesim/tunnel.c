/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/kubesim/tunnel.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "tests/kubesim/remote.h"

enum {
	ROOM = 64 << 10,
	MAX_PIECE = 32 << 10,
};

static struct tunnel *tunnel_of(struct source *source)
{
	return CONTAINER_OF(source, struct tunnel, source);
}

static void tunnel_receive(struct source *source, struct span bytes)
{
	struct tunnel *tunnel = tunnel_of(source);
	struct span rest;

	buf_append_span(&tunnel->in, bytes);
	rest = buf_span(&tunnel->in);
	if (tunnel->carrier->receive(tunnel, &rest) != 0)
		source->is_over = true;
	buf_eat(&tunnel->in, buf_len(&tunnel->in) - rest.len);
}

static void tunnel_pump(struct source *source, usec_t now, time_t wall)
{
	struct tunnel *tunnel = tunnel_of(source);

	(void)now;
	(void)wall;
	remote_pump(tunnel->remote);
}

static void tunnel_close(struct source *source)
{
	struct tunnel *tunnel = tunnel_of(source);

	LIST_EACH (node, &tunnel->channels) {
		list_remove(node);
		free(CONTAINER_OF(node, struct channel, node));
	}
	remote_free(tunnel->remote);
	spdy_fini(&tunnel->spdy);
	websocket_fini(&tunnel->ws);
	buf_fini(&tunnel->spdy_in);
	buf_fini(&tunnel->in);
	free(tunnel);
}

static const struct source_ops tunnel_ops = {
	.pump = tunnel_pump,
	.receive = tunnel_receive,
	.close = tunnel_close,
};

struct tunnel *tunnel_open(struct api *api, struct answer *answer,
	enum tunnel_protocol protocol, bool closes_stdin, struct remote *remote)
{
	struct tunnel *tunnel = xcalloc(1, sizeof(*tunnel));

	source_init(&tunnel->source, &tunnel_ops, answer->body, &api->sources);
	tunnel->carrier = protocol == TUNNEL_WEBSOCKET ? &carrier_websocket
						       : &carrier_spdy;
	tunnel->in_messages = protocol == TUNNEL_SPDY_OVER_WEBSOCKET;
	tunnel->closes_stdin = closes_stdin;
	tunnel->remote = remote;
	list_init(&tunnel->channels);
	spdy_init(&tunnel->spdy);
	answer->source = &tunnel->source;
	return tunnel;
}

struct channel *tunnel_add_channel(
	struct tunnel *tunnel, enum channel_kind kind, uint32_t id)
{
	struct channel *channel = xcalloc(1, sizeof(*channel));

	channel->tunnel = tunnel;
	channel->kind = kind;
	channel->id = id;
	list_push_back(&tunnel->channels, &channel->node);
	return channel;
}

struct channel *tunnel_channel_by_id(struct tunnel *tunnel, uint32_t id)
{
	LIST_EACH (node, &tunnel->channels) {
		struct channel *channel =
			CONTAINER_OF(node, struct channel, node);

		if (channel->id == id)
			return channel;
	}
	return NULL;
}

struct channel *tunnel_channel(
	struct tunnel *tunnel, enum channel_kind kind, uint32_t request)
{
	LIST_EACH (node, &tunnel->channels) {
		struct channel *channel =
			CONTAINER_OF(node, struct channel, node);

		if (channel->kind == kind && channel->request == request)
			return channel;
	}
	return NULL;
}

void tunnel_send(struct tunnel *tunnel, struct buf *frame)
{
	struct buf message = BUF_INIT;

	if (tunnel->in_messages) {
		websocket_add_message(&message, SPAN(""), buf_span(frame));
		evbuffer_add(tunnel->source.out, buf_cstr(&message),
			buf_len(&message));
		buf_fini(&message);
	} else {
		evbuffer_add(
			tunnel->source.out, buf_cstr(frame), buf_len(frame));
	}
	buf_clear(frame);
}

void channel_write(struct channel *channel, struct span bytes)
{
	if (!channel || channel->is_ended)
		return;
	while (bytes.len) {
		struct span piece = span_of(
			bytes.ptr, (size_t)u64_min(bytes.len, MAX_PIECE));

		channel->tunnel->carrier->write(channel, piece);
		bytes = span_skip(bytes, piece.len);
	}
}

void channel_end(struct channel *channel)
{
	if (!channel || channel->is_ended)
		return;
	channel->is_ended = true;
	channel->tunnel->carrier->end(channel);
}

void tunnel_finish(struct tunnel *tunnel)
{
	if (tunnel->source.is_over)
		return;
	LIST_EACH (node, &tunnel->channels)
		channel_end(CONTAINER_OF(node, struct channel, node));
	tunnel->carrier->finish(tunnel);
	tunnel->source.is_over = true;
}

bool tunnel_has_room(const struct tunnel *tunnel)
{
	return evbuffer_get_length(tunnel->source.out) < ROOM;
}
