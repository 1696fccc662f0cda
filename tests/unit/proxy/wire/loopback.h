/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loopback: servers and clients of ours on one loop, over real sockets and
 * TLS on 127.0.0.1.  Two wires, so that each side has limits of its own.
 *
 *	lb.client --session--> TLS --> lb.listener --session--> on_request
 *	     tape (one for each stream, either side: writes down what happens)
 *
 * A test starts something, and turns the loop until what it waits for has
 * come.  A limit of time ends a test that waits for what never comes; it
 * decides none that passes.
 */
#ifndef TESTS_UNIT_PROXY_WIRE_LOOPBACK_H
#define TESTS_UNIT_PROXY_WIRE_LOOPBACK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/list.h"
#include "proxy/loop/loop.h"
#include "proxy/wire/session.h"
#include "tests/unit/proxy/wire/certs.h"

struct loopback;
struct tape;

/* What the server does with a request; NULL in a test: it echoes. */
typedef void on_request_fn(struct tape *tape);

/* One stream and all that happened to it. */
struct tape {
	struct stream stream; /* first: a tape is its stream */
	struct list_node node;
	struct loopback *lb;
	struct relay out;
	struct fields out_trailers;
	struct buf body; /* received, unless only counted */
	uint64_t taken;  /* reported by on_drained */
	unsigned heads, ends, closes, informationals, sents;
	bool head_ended;
	bool is_counting; /* not kept, only counted */
	bool is_hoarding; /* received bytes are not consumed */
	size_t hoarded;   /* … so many of them */
	bool is_refilled; /* `out` gets pattern bytes as it drains */
	uint64_t refill_left;
	enum stream_end how;
	uint32_t code;
};

struct loopback {
	struct loop *loop;
	struct loop_turn_end turn_end;
	struct wire *server_wire;
	struct wire *client_wire;
	struct test_ca ca;
	struct test_leaf leaf;          /* for localhost and 127.0.0.1 */
	struct tls_context *server_tls; /* NULL: cleartext */
	struct tls_context *client_tls;
	enum session_protocol protocol;
	struct listener *listener;
	uint16_t port;
	struct session *client; /* borrowed; NULL: closed */
	struct session *server; /* borrowed: the last one; NULL: closed */
	struct list served;     /* tapes of the server, owned */
	struct list sent;       /* tapes of the client, owned */
	on_request_fn *on_request;
	/* Behind each event of a stream, on either side; NULL: nothing. */
	void (*meddle)(struct tape *tape, void *user);
	void *meddle_user;
	bool refuses_streams;

	unsigned ready, goaways, client_closed, server_closed;
	enum session_close client_why, server_why;
	char client_detail[256], server_detail[256];
	unsigned turns; /* of the current loop_run() */
	bool is_late;
	struct loop_timer watchdog;
};

struct loopback_settings {
	struct wire_limits server_limits;
	struct wire_limits client_limits;
	enum session_protocol protocol; /* the client's */
	bool is_cleartext;
	bool is_not_connected; /* loopback_connect() comes later */
};

/* With the default limits and our own certificates. */
void loopback_settings_default(struct loopback_settings *ret_settings);
/* NULL: the default. Listens, connects, and waits until that is done. */
void loopback_init(
	struct loopback *lb, const struct loopback_settings *settings);
void loopback_fini(struct loopback *lb);
/* Closes the listener; sessions stay. */
void loopback_stop_listening(struct loopback *lb);
/* Listens again, with lb->server_tls; elsewhere if it did before. */
void loopback_listen(struct loopback *lb);
void loopback_listen_on(
	struct loopback *lb, const char *address, struct err *err);
/* Starts to connect. */
void loopback_connect(struct loopback *lb);
/* Waits for something to happen. */
void loopback_turn(struct loopback *lb);
/* … or only looks. */
void loopback_poll(struct loopback *lb);
/* A TCP connection to the listener, blocking; the caller closes it. */
int loopback_dial(struct loopback *lb);

/* Turns until the condition holds. */
#define WAIT_FOR(lb, condition)            \
	do {                               \
		while (!(condition))       \
			loopback_turn(lb); \
	} while (0)

/* ---- client -------------------------------------------------------------- */

/* A request of any kind; stream.head is not touched. */
struct tape *loopback_request(struct loopback *lb, struct fields *head,
	bool has_body, bool is_upgrade);
/* A request whose body is what the test puts into tape->out (NULL: none). */
struct tape *loopback_get(struct loopback *lb, const char *path);
struct tape *loopback_post(struct loopback *lb, const char *path);
/* Not sent yet. */
struct tape *tape_new(struct loopback *lb, struct list *list);

static inline struct tape *tape_of(struct stream *stream)
{
	return (struct tape *)(void *)stream;
}

/* The n-th of a list, or NULL. */
struct tape *tape_at(const struct list *list, size_t n);
/* More body. */
void tape_write(struct tape *tape, const void *bytes, size_t len);
/* `len` bytes of a pattern, as they drain. */
void tape_write_pattern(struct tape *tape, uint64_t len);
void tape_end(struct tape *tape);
/* Consumes `len` of what was hoarded. */
void tape_consume(struct tape *tape, size_t len);
/* CHECKs that the body is the pattern of that length. */
bool tape_has_pattern(const struct tape *tape, uint64_t len);
unsigned tape_status(const struct tape *tape);

/* ---- server ---------------------------------------------------------------
 */

void tape_respond(struct tape *tape, const char *status, bool has_body);
/* 200 and the request's body. */
void serve_echo(struct tape *tape);

#endif
