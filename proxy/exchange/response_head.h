/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a response: what the API server said, for policy, and what the
 * client gets.
 *
 * All fields are passed on in their order but hop-by-hop ones (with a 101
 * `upgrade` stays), and X-Fairway-* of another Fairway on the way: this one's
 * own are added instead.
 *
 *	x-fairway-lane: finalizers
 *	x-fairway-rule: finalizer-removals
 *	x-fairway-wait: 12ms	from submission to the first start
 *	x-fairway-reason: away	only on answers of Fairway's own
 *	x-fairway-intent: 4294967297	the finalizer removal is pending
 */
#ifndef PROXY_EXCHANGE_RESPONSE_HEAD_H
#define PROXY_EXCHANGE_RESPONSE_HEAD_H

#include <stdbool.h>

#include "base/hash.h"
#include "base/span.h"
#include "base/util.h"
#include "proxy/wire/fields.h"

struct response_head {
	unsigned status;
	int32_t retry_after;      /* seconds; -1: none, or not an integer */
	uint64_t level_uid;       /* its first 64 bits; 0: there is none */
	uint64_t content_length;  /* UINT64_MAX: not announced */
	struct span content_type; /* borrows from the fields, as the next */
	struct span audit_id;
	bool is_plain_text;
	bool has_encoding; /* the body is not as it is */
};

/*
 * 502, 503 or 504 without an Audit-ID, which every answer of an API server
 * has: something on the way says that it did not reach it.
 */
bool response_head_is_strange(const struct response_head *head);

/* Returns 0, or -1 if there is no status from 200 to 599, and not 101. */
int response_head_read(const struct fields *fields, const struct hash_key *key,
	struct response_head *ret_head);

/* What Fairway adds; strings are borrowed and outlive the fields. */
struct response_notes {
	const char *lane; /* NULL: it came to none */
	const char *rule;
	usec_t wait;
	const char *reason; /* NULL: the API server's answer */
	uint64_t intent;    /* 0: none */
};

/* Appends ":status" and the fields that go on. */
void response_head_write(
	const struct fields *received, struct fields *ret_fields);
void response_notes_write(
	const struct response_notes *notes, struct fields *ret_fields);
/* Of received trailers, those that may go on. */
void response_trailers_write(
	const struct fields *received, struct fields *ret_fields);

/* ":status". */
void response_status_write(unsigned status, struct fields *ret_fields);

#endif
