/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conn: one socket, with TLS on it or in cleartext.
 *
 *	CONNECTING -> HANDSHAKE -> OPEN -> CLOSED
 *	   (client)     (TLS)       \------^  from every state
 *
 * The two directions of an open one end by themselves: the peer's with on_end,
 * ours with conn_end().
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
#include "proxy/wire/linger.h"
#include "proxy/wire/session.h"

enum {
	CONN_RECORD_MAX = 16 * 1024,   /* of a TLS record */
	CONN_RECEIVE_MAX = 128 * 1024, /* at once */
	CONN_SEND_ENOUGH = 128 * 1024, /* better sent before going on */
	/* Of what the kernel did not take: a turn's, and answers of TLS. */
	CONN_KEPT_MAX = 2 * CONN_SEND_ENOUGH,
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
	uint64_t kept; /* memory in `out` of all connections */
	struct lingers lingers;
};

struct conn_events {
	/* TLS is up.  In cleartext for clients only: connected. */
	void (*on_open)(void *user);
	void (*on_data)(void *user, const void *bytes, size_t len);
	/*
	 * The peer sends nothing more.  `is_clean`: it said so (with TLS a FIN
	 * alone may be anybody's).  False: then it is of no use any more.
	 */
	bool (*on_end)(void *user, bool is_clean);
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
	bool is_accepted;     /* the peer is a client */
	bool is_deaf;         /* nothing can be said to the peer any more */
	bool is_paused;       /* nothing is received */
	bool peer_ended;      /* nothing more comes */
	bool is_ending;       /* conn_end() was called */
	bool is_end_said;     /* … and all is sent */
	int fd;               /* owned; -1: none */
	SSL *ssl;             /* owned; NULL: cleartext */
	uint32_t receive_max; /* at once; CONN_RECEIVE_MAX at most */
	struct event readable;
	struct event writable;
	struct span in; /* received, not read by OpenSSL yet */
	struct buf out; /* what the kernel did not take */
	size_t charged; /* of its memory, in io->kept */
	uint64_t bytes_in;
	uint64_t bytes_out;
};

void conn_io_init(struct conn_io *io, struct event_base *base);
void conn_io_fini(struct conn_io *io);

/*
 * Takes the socket, which is connected, or being connected, and `ssl`; NULL:
 * cleartext.
 */
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
/* Nothing will be written behind what is: close_notify, FIN. */
void conn_end(struct conn *conn);
/* It will be closed by a reset, so that nothing seems to have ended well. */
void conn_abort(struct conn *conn);

/* Stops receiving, or goes on with it. */
void conn_pause(struct conn *conn, bool is_paused);
/*
 * For one that is paused and so sees no end: the peer is gone.  With
 * `is_half_enough` also if it only sends nothing more.
 */
bool conn_is_gone(const struct conn *conn, bool is_half_enough);
/* Lets the kernel look for a peer that is silent for long. */
void conn_keep_alive(struct conn *conn);

#endif
