/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/principal.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/json.h"
#include "conf/base64.h"

enum {
	/* Of the middle part; longer ones are told apart as they are. */
	CLAIMS_MAX = 8192,
	CLAIMS_DEPTH_MAX = 32,
};

/* RFC 7515, section 2: with - and _, and without padding. */
static int decode_url(struct span text, struct buf *ret_bytes)
{
	struct buf padded = BUF_INIT;
	int result;

	buf_append_span(&padded, text);
	for (size_t i = 0; i < text.len; i++) {
		if (padded.data[i] == '-')
			padded.data[i] = '+';
		else if (padded.data[i] == '_')
			padded.data[i] = '/';
	}
	while (buf_len(&padded) % 4)
		buf_append_str(&padded, "=");
	result = base64_decode(buf_span(&padded), ret_bytes);
	explicit_bzero(padded.data, padded.cap);
	buf_fini(&padded);
	return result;
}

struct claims {
	struct span issuer;
	struct span subject;
};

/* Returns 0, or -1 if it does not say both. */
static int claims_read(struct span text, struct claims *ret_claims)
{
	struct json json;

	*ret_claims = (struct claims){ SPAN_NONE, SPAN_NONE };
	json_init(&json, text.ptr, text.len, CLAIMS_DEPTH_MAX);
	if (json_next(&json) != JSON_OBJECT)
		return -1;
	while (json_next(&json) == JSON_KEY) {
		bool is_issuer = json_text_is(&json, SPAN("iss"));
		bool is_subject = json_text_is(&json, SPAN("sub"));

		json_next(&json);
		if (is_issuer && json.token == JSON_STRING)
			ret_claims->issuer = json.text;
		if (is_subject && json.token == JSON_STRING)
			ret_claims->subject = json.text;
		json_skip(&json);
	}
	return json_next(&json) == JSON_END &&
			!span_is_empty(ret_claims->issuer) &&
			!span_is_empty(ret_claims->subject)
		? 0
		: -1;
}

/*
 * The middle one of the three parts of "Bearer a.b.c"; absent if it is none.
 * Another scheme, a second space: the API server sees no token there, and may
 * answer all the same, as to anybody.
 */
static struct span claims_of(struct span authorization)
{
	struct span rest = authorization, scheme = span_cut(&rest, ' '), part;

	if (!span_eq_nocase(scheme, SPAN("bearer")) ||
		(rest.len > 0 && memchr(rest.ptr, ' ', rest.len)))
		return SPAN_NONE;
	span_cut(&rest, '.');
	part = span_cut(&rest, '.');
	return span_is_empty(rest) || part.len > CLAIMS_MAX ? SPAN_NONE : part;
}

/* What they say is in `text`.  Returns 0, or -1 if it is no such token. */
static int read_token(struct span authorization, struct buf *text,
	struct claims *ret_claims)
{
	struct span part = claims_of(authorization);

	if (span_is_empty(part) || decode_url(part, text) != 0)
		return -1;
	return claims_read(buf_span(text), ret_claims);
}

bool principal_subject(struct span authorization, struct buf *ret_subject)
{
	struct buf text = BUF_INIT;
	struct claims claims;
	bool is_said = read_token(authorization, &text, &claims) == 0 &&
		!memchr(claims.subject.ptr, '\\', claims.subject.len);

	if (is_said)
		buf_append_span(ret_subject, claims.subject);
	buf_fini(&text);
	return is_said;
}

bool principal_is_named(struct span authorization)
{
	struct buf text = BUF_INIT;
	struct claims claims;
	bool result = read_token(authorization, &text, &claims) == 0;

	buf_fini(&text);
	return result;
}

uint64_t principal_of(const struct hash_key *key, struct span authorization)
{
	struct buf text = BUF_INIT;
	struct claims claims;
	uint64_t hash = 0;

	if (read_token(authorization, &text, &claims) == 0) {
		hash = hash_span(key, 21, claims.issuer);
		hash = hash_span(key, hash, claims.subject);
	} else {
		hash = hash_span(key, 22, authorization);
	}
	buf_fini(&text);
	return hash ? hash : 1;
}
