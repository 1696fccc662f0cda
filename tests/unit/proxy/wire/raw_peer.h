/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw peer: the other end of a connection, frame by frame, as hostile or as
 * broken as a test wants it.  It keeps no rule of HTTP/2 by itself, answers
 * nothing unless told to, and counts what it gets.
 *
 * Part of the loopback's loop: what it writes goes out, and what comes is
 * counted, while the loop turns.
 */
#ifndef TESTS_UNIT_PROXY_WIRE_RAW_PEER_H
#define TESTS_UNIT_PROXY_WIRE_RAW_PEER_H

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>
#include <stdbool.h>

#include "base/buf.h"
#include "tests/unit/proxy/wire/loopback.h"

struct event;

struct raw_peer {
	struct loopback *lb;
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;           /* -1: not there yet */
	int listening_fd; /* -1: it dialled */
	struct event *readable;
	struct event *writable;
	struct buf out; /* not written yet */
	struct buf in;  /* not a whole frame yet; or all, if is_text */
	bool is_text;
	size_t preface_left; /* of a client's, before its frames */
	bool is_deaf;
	bool acks_settings;
	bool answers_pings;
	bool is_closed; /* end of file or an error was read */

	unsigned settings, settings_acks, pings, ping_acks, goaways;
	unsigned headers, data, resets, window_updates, ends;
	uint64_t data_bytes;
	uint32_t reset_code, goaway_code; /* the last ones */
	int32_t reset_id, goaway_last_id, ended_id;
};

/* A client: dials the loopback's server. */
void raw_client_init(struct raw_peer *raw, struct loopback *lb);
/*
 * … that offers `alpn` (its wire form; absent: it does not negotiate), and
 * keeps what comes in `in` as it is.
 */
void raw_client_init_with_alpn(
	struct raw_peer *raw, struct loopback *lb, struct span alpn);
/* A server that takes 100 streams: the loopback's client connects to it. */
void raw_server_init(struct raw_peer *raw, struct loopback *lb);
/* … without a word of its own. */
void raw_server_init_silent(struct raw_peer *raw, struct loopback *lb);
void raw_peer_fini(struct raw_peer *raw);

/* Takes nothing from its socket any more. */
void raw_stop_reading(struct raw_peer *raw);

/* Bytes as they are; raw_frame() and the others are built on it. */
void raw_bytes(struct raw_peer *raw, const void *bytes, size_t len);
void raw_frame(struct raw_peer *raw, uint8_t type, uint8_t flags, int32_t id,
	struct span payload);
/* The client's preface and empty SETTINGS, acknowledging ours. */
void raw_preface(struct raw_peer *raw);
void raw_setting(struct raw_peer *raw, uint16_t id, uint32_t value);
/* A good GET of "/". */
void raw_get(struct raw_peer *raw, int32_t id);
/* A good POST whose body follows. */
void raw_post(struct raw_peer *raw, int32_t id);
/* GET with one more field. */
void raw_get_with(
	struct raw_peer *raw, int32_t id, struct span name, struct span value);
/* ":status: 200" */
void raw_status_200(struct raw_peer *raw, int32_t id, uint8_t flags);
void raw_reset(struct raw_peer *raw, int32_t id, uint32_t code);
void raw_goaway(struct raw_peer *raw, int32_t last_id, uint32_t code);
void raw_window_update(struct raw_peer *raw, int32_t id, uint32_t by);
void raw_ping(struct raw_peer *raw);

/* HPACK: a field as a literal that is not indexed, without Huffman code. */
void hpack_literal(struct buf *block, struct span name, struct span value);

#endif
