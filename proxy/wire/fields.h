/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header fields of one message, in order, duplicates kept, pseudo fields
 * first.  Names are lower case.  Bytes are borrowed from what a field holds a
 * reference to (the receiving session's buffers, or a copy of its own), and
 * live until fields_clear(); so a received field can be sent on without a
 * copy.
 */
#ifndef PROXY_WIRE_FIELDS_H
#define PROXY_WIRE_FIELDS_H

#include <stdbool.h>

#include "base/span.h"

/* The names that Fairway looks at; found once, at reception. */
enum field_name {
	FIELD_OTHER,
	FIELD_METHOD, /* pseudo fields first */
	FIELD_SCHEME,
	FIELD_AUTHORITY,
	FIELD_PATH,
	FIELD_STATUS,
	FIELD_PROTOCOL,
	FIELD_AUTHORIZATION,
	FIELD_CONTENT_TYPE,
	FIELD_CONTENT_LENGTH,
	FIELD_CONTENT_ENCODING,
	FIELD_USER_AGENT,
	FIELD_HOST,
	FIELD_RETRY_AFTER,
	FIELD_AUDIT_ID,
	FIELD_TRACEPARENT,
	FIELD_PF_FLOWSCHEMA_UID,    /* x-kubernetes-pf-flowschema-uid */
	FIELD_PF_PRIORITYLEVEL_UID, /* x-kubernetes-pf-prioritylevel-uid */
	FIELD_CONNECTION,           /* hop-by-hop, with those below */
	FIELD_KEEP_ALIVE,
	FIELD_PROXY_CONNECTION,
	FIELD_PROXY_AUTHENTICATE,
	FIELD_PROXY_AUTHORIZATION,
	FIELD_TE,
	FIELD_TRAILER,
	FIELD_TRANSFER_ENCODING,
	FIELD_UPGRADE,
	FIELD_EXPECT,
	FIELD_X_REMOTE,    /* x-remote-user, -group, -uid, -extra-*; _ for - */
	FIELD_IMPERSONATE, /* impersonate-user, -group, -uid, -extra-* */
	FIELD_X_FAIRWAY,   /* x-fairway-* */
	FIELD_FORWARDED,   /* forwarded, x-forwarded-* */
	FIELD_NAME_COUNT,
};

struct field {
	struct span name;
	struct span value;
	enum field_name token;
	bool never_index; /* HPACK: never indexed (received so, or a secret) */
	bool no_index;    /* HPACK: not worth a place in the table */
	/* What keeps the bytes alive; wire's own matter. */
	bool is_copy;   /* name_ref holds a copy of both */
	void *name_ref; /* … otherwise nghttp2's buffers; NULL: static */
	void *value_ref;
};

struct fields {
	struct field *items; /* owned */
	/* 32 bits: there is one of these in each idle stream. */
	uint32_t count;
	uint32_t cap;
	uint32_t bytes; /* of names and values, and 32 each (RFC 9113 6.5.2) */
};

#define FIELDS_INIT ((struct fields){ 0 })

enum field_name field_name_of(struct span name);

/* A copy of both. `name` must be lower case. */
void fields_add(struct fields *fields, struct span name, struct span value);
/* Borrows bytes that outlive the fields, such as literals. */
void fields_add_static(
	struct fields *fields, struct span name, struct span value);
/* Another reference to the same bytes as `field` of another message. */
void fields_add_ref(struct fields *fields, const struct field *field);
/* The first one with that token, NULL if none. */
const struct field *fields_find(
	const struct fields *fields, enum field_name token);
struct span fields_value(const struct fields *fields, enum field_name token);
size_t fields_count_of(const struct fields *fields, enum field_name token);
/* `to` drops what it had and gets what `from` has, which is empty then. */
void fields_move(struct fields *from, struct fields *to);
/* Drops the references and the array. */
void fields_clear(struct fields *fields);

#endif
