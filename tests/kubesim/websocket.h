/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket frames (RFC 6455), the server's side.  Knows no connection:
 * bytes go in, messages come out, one at a time.
 */
#ifndef TESTS_KUBESIM_WEBSOCKET_H
#define TESTS_KUBESIM_WEBSOCKET_H

#include <stdbool.h>

#include "base/buf.h"

enum websocket_type {
	WEBSOCKET_MESSAGE, /* text or binary, complete */
	WEBSOCKET_PING,
	WEBSOCKET_CLOSE,
	WEBSOCKET_OTHER, /* nothing to be done */
};

struct websocket {
	struct buf message; /* put together from its fragments */
	bool is_done;       /* and given away: begins anew */
};

/* Valid until the next call. */
struct websocket_frame {
	enum websocket_type type;
	struct span data;
};

enum {
	WEBSOCKET_ACCEPT_SIZE = 32,
	WEBSOCKET_MAX_MESSAGE = 4 << 20,
};

void websocket_fini(struct websocket *ws);

/* What answers the Sec-WebSocket-Key, NUL-terminated (section 1.3). */
void websocket_accept(const char *key, char ret_accept[WEBSOCKET_ACCEPT_SIZE]);

/* Takes a frame from the front of `*in`.  1: there is one; 0: more bytes are
 * needed; -1: no client sends that. */
int websocket_read(struct websocket *ws, struct span *in,
	struct websocket_frame *ret_frame);

/* A text message. */
void websocket_add_text(struct buf *to, struct span text);
/* A binary message of `first` and `rest`; one of both may be empty. */
void websocket_add_message(struct buf *to, struct span first, struct span rest);
/* "Normal closure". */
void websocket_add_close(struct buf *to);
/* Answers a frame that is no message.  Returns whether it was the end. */
bool websocket_answer(struct buf *to, const struct websocket_frame *frame);

#endif
