/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text peer: the other end of a cleartext connection, byte by byte, for
 * HTTP/1.1.  Part of the loopback's loop, as raw_peer.h is: what it says goes
 * out, and what comes is kept, while the loop turns.
 */
#ifndef TESTS_UNIT_PROXY_WIRE_TEXT_PEER_H
#define TESTS_UNIT_PROXY_WIRE_TEXT_PEER_H

#include <stdbool.h>

#include "base/buf.h"
#include "tests/unit/proxy/wire/loopback.h"

struct event;

struct text_peer {
	struct loopback *lb;
	int fd;           /* -1: not there yet */
	int listening_fd; /* -1: it dialled */
	struct event *readable;
	struct event *writable;
	struct buf out; /* not written yet */
	struct buf in;
	bool ends;     /* behind `out` */
	bool is_ended; /* end of file was read */
	bool is_reset; /* … or an error */
};

/* A client: dials the loopback's server. */
void text_client_init(struct text_peer *text, struct loopback *lb);
/* A server: the loopback's client connects to it, in HTTP/1.1. */
void text_server_init(struct text_peer *text, struct loopback *lb);
void text_peer_fini(struct text_peer *text);

void text_say(struct text_peer *text, const char *words);
void text_bytes(struct text_peer *text, const void *bytes, size_t len);
/* Ends its side behind what was said. */
void text_end(struct text_peer *text);
/* Closes by a reset, at once. */
void text_reset(struct text_peer *text);
/* Reads nothing, or reads again. */
void text_deafen(struct text_peer *text, bool is_deaf);

/* Whether that came, anywhere. */
bool text_has(const struct text_peer *text, const char *words);
/* Forgets what came. */
void text_forget(struct text_peer *text);
bool text_is_closed(const struct text_peer *text);

#define WAIT_FOR_TEXT(lb, text, words) WAIT_FOR(lb, text_has(text, words))

#endif
