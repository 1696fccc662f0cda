/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conn: one socket with TLS on it.
 *
 *	CONNECTING -> HANDSHAKE -> OPEN -> CLOSED
 *	   (client)                 \------^  from every state
 *
 * In: one recv() of up to 128 KiB for each event, decrypted record by record
 * until nothing is left.  Out: what is written in a turn is gathered to full
 * TLS records, and these to one send(); only what the kernel does not take is
 * kept with the connection.  So the large buffers are shared by all (struct
 * conn_io), and a silent connection has none.
 *
 * OpenSSL sees neither the socket nor a memory BIO, but a BIO of our own that
 * reads from the receive buffer and writes into the send buffer.
 */
#ifndef PROXY_WIRE_CONN_H
#define PROXY_WIRE_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "proxy/wire/session.h"

enum {
	CONN_RECORD_MAX = 16 * 1024,   /* of a TLS record */
	CONN_RECEIVE_MAX = 128 * 1024, /* at once */
	CONN_SEND_ENOUGH = 128 * 1024, /* better sent before going on */
};

struct conn;

/* What all connections of a wire share; content never outlives a call. */
struct conn_io {
	struct event_base *base; /* borrowed */
	BIO_METHOD *method;      /* owned */
	char *received;          /* owned, CONN_RECEIVE_MAX: from the socket */
	char *plain_in;          /* owned, CONN_RECORD_MAX: decrypted */
	char *plain_out;         /* owned, CONN_RECORD_MAX: to be encrypted */
	size_t plain_out_len;
	struct buf cipher_out; /* to the socket */
};

struct conn_events {
	/* TLS is up and h2 was chosen. */
	void (*on_open)(void *user);
	void (*on_data)(void *user, const void *bytes, size_t len);
	/* More can be written again: conn_send(). */
	void (*on_writable)(void *user);
	/* It is of no use any more; conn_close() is left to the user. */
	void (*on_failed)(
		void *user, enum session_close why, const char *detail);
};

enum conn_state {
	CONN_CONNECTING,
	CONN_HANDSHAKE,
	CONN_OPEN,
	CONN_CLOSED,
};

struct conn {
	struct conn_io *io; /* borrowed */
	const struct conn_events *events;
	void *user;
	enum conn_state state;
	bool is_failed;
	bool is_deaf; /* nothing can be said to the peer any more */
	int fd;       /* owned; -1: none */
	SSL *ssl;     /* owned */
	struct event readable;
	struct event writable;
	struct span in; /* received, not read by OpenSSL yet */
	struct buf out; /* what the kernel did not take */
	uint64_t bytes_in;
	uint64_t bytes_out;
};

void conn_io_init(struct conn_io *io, struct event_base *base);
void conn_io_fini(struct conn_io *io);

/* Takes the socket, which is connected, or being connected, and `ssl`. */
void conn_init(struct conn *conn, struct conn_io *io, int fd, SSL *ssl,
	bool is_connecting, const struct conn_events *events, void *user);
/* Tells the peer, if it still listens, and closes.  Twice is fine. */
void conn_close(struct conn *conn);

/* Gathers.  Only while nothing of another connection is gathered. */
void conn_write(struct conn *conn, const void *bytes, size_t len);
/* True: conn_send() before more is gathered. */
bool conn_has_enough(const struct conn *conn);
/* The kernel has not taken all that was sent before: do not write. */
static inline bool conn_is_blocked(const struct conn *conn)
{
	return buf_len(&conn->out) > 0;
}
/* Encrypts what was gathered and sends.  Returns -1 if it failed. */
int conn_send(struct conn *conn);

#endif
