/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Channels as WebSocket messages: the first byte says which channel the rest
 * belongs to (k8s.io/apiserver/pkg/util/wsstream).  With v5 a message of 255
 * and a number ends that channel.
 *
 * Of exec and attach the numbers are the constants below; of port-forward
 * the n-th port has 2n for its bytes and 2n + 1 for its errors.
 */
#include "tests/kubesim/remote.h"
#include "tests/kubesim/tunnel.h"

enum { END_OF_CHANNEL = 255 };

void tunnel_answer_message(
	struct tunnel *tunnel, const struct websocket_frame *frame)
{
	struct buf reply = BUF_INIT;

	if (websocket_answer(&reply, frame))
		tunnel->source.is_over = true;
	evbuffer_add(tunnel->source.out, buf_cstr(&reply), buf_len(&reply));
	buf_fini(&reply);
}

static void take_message(struct tunnel *tunnel, struct span data)
{
	struct channel *channel;
	uint8_t number;

	if (!data.len)
		return;
	number = (uint8_t)*data.ptr;
	data = span_skip(data, 1);
	if (number == END_OF_CHANNEL && tunnel->closes_stdin) {
		if (data.len)
			channel = tunnel_channel_by_id(
				tunnel, (uint8_t)*data.ptr);
		else
			channel = NULL;
		if (channel)
			remote_ended(tunnel->remote, channel);
		return;
	}
	channel = tunnel_channel_by_id(tunnel, number);
	if (channel && data.len)
		remote_received(tunnel->remote, channel, data);
}

static int websocket_receive(struct tunnel *tunnel, struct span *in)
{
	struct websocket_frame frame;
	int ret = 0;

	while (!tunnel->source.is_over &&
		(ret = websocket_read(&tunnel->ws, in, &frame)) > 0) {
		if (frame.type == WEBSOCKET_MESSAGE)
			take_message(tunnel, frame.data);
		else
			tunnel_answer_message(tunnel, &frame);
	}
	return ret < 0 ? -1 : 0;
}

static void websocket_write(struct channel *channel, struct span bytes)
{
	const char number = (char)channel->id;
	struct buf frame = BUF_INIT;

	websocket_add_message(&frame, span_of(&number, 1), bytes);
	tunnel_send(channel->tunnel, &frame);
	buf_fini(&frame);
}

/* The end of a channel of ours is not told: that of the connection is. */
static void websocket_end(struct channel *channel)
{
	(void)channel;
}

static void websocket_finish(struct tunnel *tunnel)
{
	struct buf frame = BUF_INIT;

	websocket_add_close(&frame);
	tunnel_send(tunnel, &frame);
	buf_fini(&frame);
}

const struct carrier carrier_websocket = {
	.receive = websocket_receive,
	.write = websocket_write,
	.end = websocket_end,
	.finish = websocket_finish,
};
