/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session: one connection and the protocol on it, as a server (towards
 * clients) or as a client (towards the API server).  With TLS the protocol is
 * negotiated; a server takes HTTP/1.1 from a client that does not negotiate.
 * In cleartext the first bytes tell: HTTP/2's preface, or HTTP/1.1.
 *
 * Nothing is sent before wire_flush() at the end of the turn, where each
 * session that has something to say writes once; nothing is freed before
 * wire_reap() behind it.  So events and calls may come in any order.
 */
#ifndef PROXY_WIRE_SESSION_H
#define PROXY_WIRE_SESSION_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/list.h"
#include "base/span.h"
#include "base/util.h"
#include "proxy/wire/stream.h"

struct loop;
struct session;
struct stack_st_X509; /* OpenSSL's, as the next */
struct tls_context;
struct wire;
struct x509_st;

enum session_close {
	SESSION_CLOSE_CLEAN,    /* GOAWAY, everything answered, EOF */
	SESSION_CLOSE_EOF,      /* the peer ended it with streams open */
	SESSION_CLOSE_RESET,    /* socket error */
	SESSION_CLOSE_CONNECT,  /* could not connect */
	SESSION_CLOSE_TLS,      /* handshake refused: certificate, ALPN … */
	SESSION_CLOSE_TIMEOUT,  /* handshake, idle, PING or progress */
	SESSION_CLOSE_PROTOCOL, /* the peer broke the protocol */
	SESSION_CLOSE_FLOOD,    /* … or our limits */
	SESSION_CLOSE_LOCAL,    /* session_close() */
	SESSION_CLOSE_COUNT,
};

const char *session_close_name(enum session_close why);

enum session_protocol {
	SESSION_H2,
	SESSION_H1, /* HTTP/1.1; as a client for one request, then closed */
};

struct session_events {
	/*
	 * Server: a request begins.  Returns the stream to use, embedded in
	 * what the user keeps for it; NULL refuses it (REFUSED_STREAM).
	 */
	struct stream *(*on_stream)(struct session *session, void *user);
	/* TLS is up and the peer's first SETTINGS are here. */
	void (*on_ready)(struct session *session, void *user);
	/* GOAWAY was received: no new streams.  HTTP/2 only. */
	void (*on_goaway)(struct session *session, void *user);
	/*
	 * The last event; behind the on_close of every stream.  `detail`
	 * says for people what was wrong.
	 */
	void (*on_closed)(struct session *session, void *user,
		enum session_close why, const char *detail);
};

/* Limits and timers; all have defaults (wire_limits_default). */
struct wire_limits {
	uint32_t streams_max;      /* per downstream connection, >= 1000 */
	uint32_t head_bytes_max;   /* of one message: 64 KiB */
	uint32_t head_fields_max;  /* 256 */
	uint32_t target_bytes_max; /* of :path: 8 KiB */
	uint32_t resets_burst;     /* RST_STREAM that a peer makes us send */
	uint32_t resets_per_second;
	uint32_t frames_burst; /* frames that carry nothing */
	uint32_t frames_per_second;
	uint32_t outbound_frames_max; /* queued for a peer that does not read */
	uint32_t window_down; /* stream window towards clients: 64 KiB */
	uint32_t window_up;   /* … towards the API server: 1 MiB */
	usec_t handshake;     /* TCP + TLS */
	usec_t first_request; /* on a fresh connection */
	usec_t head;          /* HEADERS to END_HEADERS */
	usec_t idle;          /* downstream without streams */
	usec_t ping_idle;     /* silence before a PING */
	usec_t ping_answer;   /* … and until its answer */
	usec_t progress;      /* a peer that takes nothing of a response */
	usec_t upgrade;       /* until a server answers one; 0: for ever */
	/* Of memory for what waits, relay_bytes and in sockets' way; 0: any. */
	uint64_t memory_max;
	uint32_t connections_max;
	/* At connections_max one gives way to a new one: no one is refused. */
	bool oldest_gives_way;
};

void wire_limits_default(struct wire_limits *ret_limits);

/* Counters for metrics. */
struct wire_stats {
	uint64_t accepted, connected, refused_connections;
	uint64_t accept_pauses; /* for want of descriptors */
	uint64_t handshakes, handshake_failures;
	uint64_t closed_down[SESSION_CLOSE_COUNT];
	uint64_t closed_up[SESSION_CLOSE_COUNT];
	uint64_t bytes_in_down, bytes_out_down, bytes_in_up, bytes_out_up;
	uint64_t streams_down, streams_up;
	uint32_t open_down, open_up; /* connections now */
	/* Of memory now: in relays, and of what HTTP/1.1 read ahead. */
	uint64_t relay_bytes;
};

struct wire *wire_new(struct loop *loop, const struct wire_limits *limits);
void wire_free(struct wire *wire);
/*
 * Other limits from now on.  What a peer was told of them at the start of its
 * connection stays so for that one.
 */
void wire_set_limits(struct wire *wire, const struct wire_limits *limits);
const struct wire_stats *wire_stats(const struct wire *wire);
/* For relay_charge_to(): the memory in all relays. */
uint64_t *wire_relay_bytes(struct wire *wire);
/* What waits takes more memory than it may: no more of it is taken. */
bool wire_is_full(const struct wire *wire);
/*
 * End of the turn: each dirty session writes once.  Streams and sessions that
 * end are told of it here, too, so policy may have news behind it.
 */
void wire_flush(struct wire *wire);
/* … and what was closed is freed. */
void wire_reap(struct wire *wire);

/* ---- TLS -------------------------------------------------------------- */

struct tls_server_settings {
	struct span cert_pem, key_pem;
	struct span client_ca_pem; /* absent: no client certificate is asked */
	bool demand_client_cert;   /* without one the handshake fails */
	/*
	 * Any certificate is taken, or none; clients are only told which CAs
	 * are meant.  Whose it is (session_client_cert) is the user's matter.
	 */
	bool takes_any_cert;
};

struct tls_client_settings {
	struct span ca_pem;   /* absent: the system's */
	struct span cert_pem; /* absent: no client certificate */
	struct span key_pem;
	const char *server_name; /* to verify and SNI; an IP is fine */
	bool insecure_skip_verify;
};

struct tls_context *tls_server_new(
	const struct tls_server_settings *settings, struct err *err);
struct tls_context *tls_client_new(
	const struct tls_client_settings *settings, struct err *err);
/* When its own certificate ends, since 1970; 0: it shows none. */
usec_t tls_context_expires_at(const struct tls_context *tls);
/* Of a client's: whom its certificate names (CN); NULL: nobody. */
const char *tls_context_own_name(const struct tls_context *tls);
/* Counted: sessions hold a reference. */
struct tls_context *tls_context_ref(struct tls_context *tls);
void tls_context_unref(struct tls_context *tls);

/* ---- sessions --------------------------------------------------------- */

struct listener;

/*
 * Listens; each accepted connection becomes a server session.  `address` is
 * "127.0.0.1:8443", "[::1]:0"; listener_port() tells the real port.  `tls` NULL
 * is cleartext: only on loopback, or on a UNIX socket of mode 0600,
 * "unix:/run/fairway.sock".
 */
struct listener *listener_new(struct wire *wire, const char *address,
	struct tls_context *tls, const struct session_events *events,
	void *user, struct err *err);
/*
 * The same in cleartext for anybody on the network: for what may be seen by
 * anybody.
 */
struct listener *listener_new_public(struct wire *wire, const char *address,
	const struct session_events *events, void *user, struct err *err);
/* 0: a UNIX socket. */
unsigned listener_port(const struct listener *listener);
/* Of connections that come; those that are there keep theirs. */
void listener_set_tls(struct listener *listener, struct tls_context *tls);
/* Stops accepting; sessions stay. */
void listener_free(struct listener *listener);
/* All server sessions: GOAWAY, finish what is open, close. */
void wire_drain(struct wire *wire);
/* True when no server session is left. */
bool wire_is_drained(const struct wire *wire);

/*
 * Connects, without blocking; on_ready or on_closed follows.  `tls` NULL:
 * cleartext.
 */
struct session *session_connect(struct wire *wire, const struct sockaddr *addr,
	socklen_t addr_len, struct tls_context *tls,
	enum session_protocol protocol, const struct session_events *events,
	void *user);

/* Client: sends a request; `body` NULL: none.  As stream_respond(). */
void session_request(struct session *session, struct stream *stream,
	struct fields *head, struct relay *body);
/* Client: how many more streams the peer takes now; 0 behind a GOAWAY. */
unsigned session_free_streams(const struct session *session);
unsigned session_open_streams(const struct session *session);
bool session_is_ready(const struct session *session);
/* GOAWAY, then closes when the last stream is done. */
void session_drain(struct session *session);
/* Now: resets what is open. */
void session_close(struct session *session);

/*
 * How much of a body the peer may send that was not consumed.  Of the limits
 * as they were when the session began.
 */
uint32_t session_window(const struct session *session);
/* What is spoken; asked of a session that is ready, or in on_stream. */
enum session_protocol session_protocol(const struct session *session);
bool session_is_cleartext(const struct session *session);
/*
 * Who is there: "127.0.0.1:4711", or "unix:uid=1000,pid=4711", for logs; a
 * hash of the address alone, or of the user.
 */
const char *session_peer_name(const struct session *session);
uint64_t session_peer_hash(const struct session *session);
/* A number of its own for each session, never 0, never reused. */
uint64_t session_serial(const struct session *session);
/* Server: the verified client certificate's SHA-256 hash part; 0: none. */
uint64_t session_client_cert_hash(const struct session *session);
/*
 * Server: the certificate that the client has shown, and has the key of; with
 * takes_any_cert not verified.  OpenSSL's X509, borrowed; NULL: none.  Behind
 * it what the client sent to lead to an authority; or NULL.
 */
struct x509_st *session_client_cert(const struct session *session);
struct stack_st_X509 *session_client_chain(const struct session *session);
/* What its user keeps with it, who frees it in on_closed; NULL at first. */
void session_set_note(struct session *session, void *note);
void *session_note(const struct session *session);

#endif
