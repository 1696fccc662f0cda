/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Carrier: the protocol of a session, behind one table; HTTP/2 is in h2.c,
 * HTTP/1.1 in h1.c.
 *
 * A carrier never touches the socket.  It is given what was received, and is
 * asked to write (conn_write) when the session is flushed; all else that it
 * is told it only records, and marks the session dirty.
 */
#ifndef PROXY_WIRE_CARRIER_H
#define PROXY_WIRE_CARRIER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"
#include "proxy/wire/session.h"
#include "proxy/wire/stream.h"

struct session;

struct carrier_ops {
	/* No word of the peer's is needed first. */
	bool is_ready_at_once;
	void *(*start)(struct session *session);
	/* Frees; every stream of the user was closed. */
	void (*free)(void *carrier);
	/* Never-sent requests end as REFUSED, others as `how`. */
	void (*close_streams)(void *carrier, enum stream_end how);

	/* Calls session_fail() where the peer left the protocol. */
	void (*receive)(void *carrier, const void *bytes, size_t len);
	/*
	 * The peer sends nothing more; `is_clean` as in struct conn_events.
	 * False: that ends the session.  NULL: it always does.
	 */
	bool (*end)(void *carrier, bool is_clean);
	/*
	 * At the end of a turn, before anything is written: received bytes
	 * that had to wait may be gone through now.  NULL: none ever wait.
	 */
	void (*advance)(void *carrier);
	/* Writes until there is nothing more or conn_has_enough(). */
	void (*write)(void *carrier);
	/* What was written went to the kernel. */
	void (*sent)(void *carrier);
	/*
	 * The peer does not take what was written before.  Streams that are to
	 * be reset end for their users all the same, who would have to keep
	 * all that is to be sent.
	 */
	void (*cut_off)(void *carrier);
	/* Nothing more to read and nothing to write: the end, and its kind. */
	bool (*is_over)(const void *carrier, enum session_close *ret_why,
		const char **ret_detail);
	/* A last word before the connection is closed.  NULL: none. */
	void (*say_why)(void *carrier, enum session_close why);

	void (*request)(void *carrier, struct stream *stream,
		struct fields *head, struct relay *body);
	void (*respond)(
		struct stream *stream, struct fields *head, struct relay *body);
	void (*inform)(struct stream *stream, const struct fields *head);
	void (*resume)(struct stream *stream);
	void (*consume)(struct stream *stream, size_t len);
	void (*reset)(struct stream *stream, uint32_t code);
	void (*abandon)(struct stream *stream);

	unsigned (*free_streams)(const void *carrier);
	unsigned (*open_streams)(const void *carrier);
	void (*drain)(void *carrier);
	/* NULL: the protocol has none. */
	void (*ping)(void *carrier);
	/* Each second: its own timers. */
	void (*sweep)(void *carrier, usec_t now);
};

extern const struct carrier_ops h1_ops;
extern const struct carrier_ops h2_ops;

#endif
