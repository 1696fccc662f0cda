/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An upgraded connection to what runs in a pod: exec, attach, port-forward.
 *
 *   bytes <-> carrier (SPDY streams or WebSocket channels)
 *               opened, received, ended  ->  remote.h  (what runs)
 *               channel_write, _end, tunnel_finish  <-
 *
 * A channel is one stream of bytes of it.  The tunnel owns its channels.
 */
#ifndef TESTS_KUBESIM_TUNNEL_H
#define TESTS_KUBESIM_TUNNEL_H

#include "base/buf.h"
#include "tests/kubesim/api.h"
#include "tests/kubesim/source.h"
#include "tests/kubesim/spdy.h"
#include "tests/kubesim/websocket.h"

struct remote;

enum channel_kind {
	CHANNEL_STDIN,
	CHANNEL_STDOUT,
	CHANNEL_STDERR,
	CHANNEL_ERROR, /* of a port as well */
	CHANNEL_RESIZE,
	CHANNEL_PORT,
};

struct channel {
	struct list_node node; /* in tunnel->channels */
	struct tunnel *tunnel; /* borrowed */
	enum channel_kind kind;
	uint32_t id;      /* the SPDY stream or the WebSocket channel */
	uint32_t request; /* of port-forward: which two belong together */
	unsigned port;
	bool is_ended; /* we write no more */
};

enum tunnel_protocol {
	TUNNEL_SPDY,
	TUNNEL_WEBSOCKET,           /* a channel's number before its bytes */
	TUNNEL_SPDY_OVER_WEBSOCKET, /* messages hold pieces of SPDY */
};

struct carrier {
	/* Takes frames from the front of `*in`; -1: the peer talks nonsense. */
	int (*receive)(struct tunnel *tunnel, struct span *in);
	void (*write)(struct channel *channel, struct span bytes);
	void (*end)(struct channel *channel);
	/* The last words, if there are any. */
	void (*finish)(struct tunnel *tunnel);
};

struct tunnel {
	struct source source;
	const struct carrier *carrier;
	struct remote *remote; /* owned */
	struct list channels;  /* struct channel, owned */
	struct buf in;         /* what came and is no whole frame yet */
	bool closes_stdin;     /* v5: the end of a channel can be told */
	bool in_messages;      /* SPDY over WebSocket */
	struct spdy spdy;
	struct buf spdy_in;
	struct websocket ws;
};

/* Takes the remote; the answer's body is what goes to the client. */
struct tunnel *tunnel_open(struct api *api, struct answer *answer,
	enum tunnel_protocol protocol, bool closes_stdin,
	struct remote *remote);

/* For remote.h */
void channel_write(struct channel *channel, struct span bytes);
void channel_end(struct channel *channel);
/* NULL when there is none of the kind (of that request, for ports). */
struct channel *tunnel_channel(
	struct tunnel *tunnel, enum channel_kind kind, uint32_t request);
/* Nothing more is said. */
void tunnel_finish(struct tunnel *tunnel);
/* Whether the client has read enough for more to be written. */
bool tunnel_has_room(const struct tunnel *tunnel);

/* For the carriers */
extern const struct carrier carrier_spdy;
extern const struct carrier carrier_websocket;
struct channel *tunnel_add_channel(
	struct tunnel *tunnel, enum channel_kind kind, uint32_t id);
struct channel *tunnel_channel_by_id(struct tunnel *tunnel, uint32_t id);
/* Sends what a frame was put together in, and empties it. */
void tunnel_send(struct tunnel *tunnel, struct buf *frame);
/* Answers what is no message: a ping, the end. */
void tunnel_answer_message(
	struct tunnel *tunnel, const struct websocket_frame *frame);

#endif
