/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels as SPDY streams, on the connection itself or within WebSocket
 * messages.  The headers of a stream say which channel it is
 * (k8s.io/api/core/v1: streamType, port, requestID).
 */
#include <stdlib.h>

#include "tests/kubesim/remote.h"
#include "tests/kubesim/tunnel.h"

static bool read_kind(struct span type, enum channel_kind *kind)
{
	static const struct {
		const char *name;
		enum channel_kind kind;
	} kinds[] = {
		{ "stdin", CHANNEL_STDIN },
		{ "stdout", CHANNEL_STDOUT },
		{ "stderr", CHANNEL_STDERR },
		{ "error", CHANNEL_ERROR },
		{ "resize", CHANNEL_RESIZE },
		{ "data", CHANNEL_PORT },
	};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (span_eq_str(type, kinds[i].name)) {
			*kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

static uint32_t header_number(const struct spdy_frame *frame, const char *name)
{
	uint64_t value = 0;
	struct span text = spdy_frame_header(frame, name);

	if (span_is_absent(text) || span_to_u64(text, &value) != 0 ||
		value > UINT32_MAX)
		return 0;
	return (uint32_t)value;
}

static int open_stream(struct tunnel *tunnel, const struct spdy_frame *frame)
{
	struct span type = spdy_frame_header(frame, "streamtype");
	struct buf reply = BUF_INIT;
	struct channel *channel;
	enum channel_kind kind;

	if (!read_kind(type, &kind) ||
		tunnel_channel_by_id(tunnel, frame->stream))
		return -1;
	channel = tunnel_add_channel(tunnel, kind, frame->stream);
	channel->port = header_number(frame, "port");
	channel->request = header_number(frame, "requestid");
	spdy_add_reply(&tunnel->spdy, &reply, frame->stream);
	tunnel_send(tunnel, &reply);
	buf_fini(&reply);
	remote_opened(tunnel->remote, channel);
	if (frame->fin)
		remote_ended(tunnel->remote, channel);
	return 0;
}

static int take_frame(struct tunnel *tunnel, const struct spdy_frame *frame)
{
	struct channel *channel = tunnel_channel_by_id(tunnel, frame->stream);
	struct buf reply = BUF_INIT;

	switch (frame->type) {
	case SPDY_SYN_STREAM:
		return open_stream(tunnel, frame);
	case SPDY_DATA:
		if (channel && frame->data.len)
			remote_received(tunnel->remote, channel, frame->data);
		if (channel && frame->fin)
			remote_ended(tunnel->remote, channel);
		return 0;
	case SPDY_RESET:
		if (channel) {
			channel->is_ended = true;
			remote_ended(tunnel->remote, channel);
		}
		return 0;
	case SPDY_PING:
		spdy_add_ping(&reply, frame->stream);
		tunnel_send(tunnel, &reply);
		buf_fini(&reply);
		return 0;
	case SPDY_GOAWAY:
		tunnel_finish(tunnel);
		return 0;
	case SPDY_OTHER:
		return 0;
	}
	return -1;
}

static int take_frames(struct tunnel *tunnel, struct span *in)
{
	struct spdy_frame frame;
	int ret = 0;

	while (!tunnel->source.is_over &&
		(ret = spdy_read(&tunnel->spdy, in, &frame)) > 0) {
		if (take_frame(tunnel, &frame) != 0)
			return -1;
	}
	return ret < 0 ? -1 : 0;
}

/* What the messages hold, one behind the other, is SPDY. */
static int take_message(struct tunnel *tunnel, struct span data)
{
	struct span rest;
	int ret;

	buf_append_span(&tunnel->spdy_in, data);
	rest = buf_span(&tunnel->spdy_in);
	ret = take_frames(tunnel, &rest);
	buf_eat(&tunnel->spdy_in, buf_len(&tunnel->spdy_in) - rest.len);
	return ret;
}

static int spdy_receive(struct tunnel *tunnel, struct span *in)
{
	struct websocket_frame frame;
	int ret = 0;

	if (!tunnel->in_messages)
		return take_frames(tunnel, in);
	while (ret == 0 && !tunnel->source.is_over) {
		int got = websocket_read(&tunnel->ws, in, &frame);

		if (got <= 0)
			return got;
		if (frame.type == WEBSOCKET_MESSAGE)
			ret = take_message(tunnel, frame.data);
		else
			tunnel_answer_message(tunnel, &frame);
	}
	return ret;
}

static void spdy_write(struct channel *channel, struct span bytes)
{
	struct buf frame = BUF_INIT;

	spdy_add_data(&frame, channel->id, bytes, false);
	tunnel_send(channel->tunnel, &frame);
	buf_fini(&frame);
}

static void spdy_end(struct channel *channel)
{
	struct buf frame = BUF_INIT;

	spdy_add_data(&frame, channel->id, SPAN_NONE, true);
	tunnel_send(channel->tunnel, &frame);
	buf_fini(&frame);
}

static void spdy_finish(struct tunnel *tunnel)
{
	struct buf frame = BUF_INIT;
	uint32_t last = 0;

	LIST_EACH (node, &tunnel->channels) {
		uint32_t id = CONTAINER_OF(node, struct channel, node)->id;

		last = id > last ? id : last;
	}
	spdy_add_goaway(&frame, last);
	tunnel_send(tunnel, &frame);
	if (tunnel->in_messages)
		websocket_add_close(&frame);
	evbuffer_add(tunnel->source.out, buf_cstr(&frame), buf_len(&frame));
	buf_fini(&frame);
}

const struct carrier carrier_spdy = {
	.receive = spdy_receive,
	.write = spdy_write,
	.end = spdy_end,
	.finish = spdy_finish,
};
