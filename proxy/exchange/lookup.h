/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lookup: the addresses of one configured API server, and when to ask for
 * them again.
 *
 * A name is asked for at the start, every now and then, and soon when an
 * address of it fails; while there is no answer the addresses of the last one
 * stay.  Nothing blocks and nothing fails: a name that cannot be looked up is
 * asked for until it can.
 *
 * Of a name with IPv4 and IPv6 addresses those of one family count, or each
 * server would be there twice: those that come first, until none of them can
 * be connected to and the other family has some.
 *
 * An address that is written out is its own answer, once.
 */
#ifndef PROXY_EXCHANGE_LOOKUP_H
#define PROXY_EXCHANGE_LOOKUP_H

#include <stdbool.h>

#include "base/util.h"
#include "proxy/loop/loop.h"
#include "proxy/loop/resolver.h"

struct lookup;
struct log;

struct lookup_settings {
	const char *host; /* borrowed */
	uint16_t port;
	usec_t every; /* for names */
	struct resolver_files files;
};

/* At least one, with their port, all of one family. */
typedef void lookup_fn(void *user, struct lookup *lookup,
	const struct resolver_address *addresses, unsigned count);

struct lookup {
	struct lookup_settings settings;
	struct loop *loop; /* borrowed, as log */
	struct log *log;
	lookup_fn *on_addresses;
	void *user;
	struct resolver resolver;
	struct resolver_address written_out;
	bool is_name;
	struct loop_timer ask; /* off: an answer is awaited, or is known */
	usec_t asked_at;
	unsigned failures;  /* without an answer, in a row */
	int family;         /* that counts; 0: none was chosen yet */
	bool has_reached;   /* an address, since the last answer */
	bool has_failed_to; /* … reach one */
};

void lookup_init(struct lookup *lookup, struct loop *loop, struct log *log,
	const struct lookup_settings *settings, lookup_fn *on_addresses,
	void *user);
void lookup_fini(struct lookup *lookup);

/* Asks now; the answer may come before it returns. */
void lookup_start(struct lookup *lookup);
/* A connection to one of its addresses was made, or failed. */
void lookup_reached(struct lookup *lookup);
void lookup_not_reached(struct lookup *lookup);

#endif
