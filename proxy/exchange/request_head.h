/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a request: what is allowed in, and what goes on to the API
 * server.
 *
 * In one pass over the fields, request_head_read() finds what the rest of
 * Fairway wants to know and refuses what must not pass (rows H1 to H11 of the
 * threat model): methods off the list, a second `authorization`, or one beside
 * a client's certificate, a host that is not the authority, and Impersonate-*
 * where Fairway's own credentials would give it power.
 *
 * request_head_write() makes the head for upstream: our authority, the path's
 * own bytes, and all other fields in their order but
 *
 *	hop-by-hop fields, `expect`, `host`; of an upgrade `upgrade` stays
 *	X-Remote-* in any spelling	identity is the front proxy's to say
 *	X-Fairway-*			ours to say
 *	`authorization`, Impersonate-*	where Fairway's own goes in its place
 */
#ifndef PROXY_EXCHANGE_REQUEST_HEAD_H
#define PROXY_EXCHANGE_REQUEST_HEAD_H

#include <stdbool.h>

#include "base/hash.h"
#include "base/span.h"
#include "policy/verdict.h"
#include "proxy/wire/fields.h"

struct user_info;

#define CONTENT_LENGTH_NONE UINT64_MAX

struct request_head {
	struct span method; /* all spans borrow from the fields */
	struct span path;   /* with the query, raw */
	struct span content_type;
	struct span content_encoding;
	struct span user_agent;
	struct span authorization;
	struct span audit_id;    /* the client's own choice */
	struct span traceparent; /* as it came */
	uint64_t content_length; /* CONTENT_LENGTH_NONE: not announced */
	uint64_t impersonation;  /* keyed hash of Impersonate-*; 0: none */
	bool is_head;            /* HEAD: the answer has no body */
	bool is_lent;            /* goes with Fairway's credentials */
	bool expects_continue;   /* waits for a 100 before its body */
};

struct request_head_rules {
	/* Fairway authenticates upstream: Impersonate-* would be its own. */
	bool has_own_credentials;
	/* … and so it does for those who bring no `authorization`. */
	bool lends_credentials;
	bool is_cleartext;   /* the scheme is http */
	/* The connection has a certificate that says who asks: no other
	 * credential may; and whether Impersonate-* is a matter of reviews. */
	bool is_certified;
	bool is_reviewed;
	struct hash_key key; /* of impersonations */
};

/* Where a request goes, and how; the spans outlive the head that is made. */
struct request_route {
	struct span authority;
	struct span prefix;        /* of the path: "" or "/k8s/clusters/x" */
	/* Fairway's own, in place of the client's; absent: the client's. */
	struct span authorization;
	/* Whose the request is to be, by that; NULL: the credential's. */
	const struct user_info *as;
	bool is_upgrade;           /* keeps `upgrade`, has no body */
};

/* VERDICT_NONE, or why it is refused; then `ret_head` is not to be used. */
enum verdict request_head_read(const struct fields *fields,
	const struct request_head_rules *rules, struct request_head *ret_head);

/* Appends the head for upstream to `ret_fields`. */
void request_head_write(const struct fields *received,
	const struct request_route *route, struct fields *ret_fields);

/* Of received trailers, those that may go on. */
void request_trailers_write(
	const struct fields *received, struct fields *ret_fields);

/* "host" or "host:port" as RFC 3986 has it, without userinfo. */
bool request_authority_is_valid(struct span authority);

#endif
