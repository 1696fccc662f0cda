/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/exchange/request_head.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/exchange/impersonation.h"

/* GET HEAD POST PUT PATCH DELETE OPTIONS: what the API server serves. */
static bool method_is_allowed(struct span method)
{
	switch (method.len) {
	case 3:
		return span_eq(method, SPAN("GET")) ||
			span_eq(method, SPAN("PUT"));
	case 4:
		return span_eq(method, SPAN("HEAD")) ||
			span_eq(method, SPAN("POST"));
	case 5:
		return span_eq(method, SPAN("PATCH"));
	case 6:
		return span_eq(method, SPAN("DELETE"));
	case 7:
		return span_eq(method, SPAN("OPTIONS"));
	}
	return false;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		(c >= 'A' && c <= 'Z');
}

static bool port_is_valid(struct span port)
{
	uint64_t number;

	return port.len > 0 && port.len <= 5 &&
		span_to_u64(port, &number) == 0 && number <= UINT16_MAX;
}

bool request_authority_is_valid(struct span authority)
{
	size_t i = 0;

	if (authority.len == 0 || authority.len > 255 + 6)
		return false;
	if (authority.ptr[0] == '[') {
		for (i = 1; i < authority.len && authority.ptr[i] != ']'; i++) {
			char c = authority.ptr[i];

			if (!is_alnum(c) && c != ':' && c != '.' && c != '%')
				return false;
		}
		if (i == authority.len || i == 1)
			return false;
		i++;
	} else {
		while (i < authority.len && authority.ptr[i] != ':') {
			char c = authority.ptr[i++];

			if (!is_alnum(c) && c != '.' && c != '-' && c != '_')
				return false;
		}
		if (i == 0)
			return false;
	}
	if (i == authority.len)
		return true;
	return authority.ptr[i] == ':' &&
		port_is_valid(span_skip(authority, i + 1));
}

/*
 * RFC 9112, 3.2: origin-form.  Controls and bytes above ASCII would be read
 * differently by somebody on the way, `#` ends a path for some.
 */
static bool path_is_valid(struct span path)
{
	if (path.len == 0)
		return false;
	if (path.ptr[0] != '/')
		return false;
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.ptr[i];

		if (c <= 0x20 || c >= 0x7f || c == '#')
			return false;
	}
	return true;
}

/* What one pass over the fields collects besides the head itself. */
struct reading {
	struct span scheme;
	struct span authority;
	struct span host;
	struct span protocol;
	unsigned authorizations;
	unsigned hosts;
	unsigned lengths;
	bool is_bad;
};

/* Whom the credential wants to be: another one for each. */
static void mix_impersonation(struct request_head *head,
	const struct request_head_rules *rules, const struct field *field)
{
	uint64_t hash = head->impersonation;

	hash = hash_span(&rules->key, hash, field->name);
	hash = hash_span(&rules->key, hash, field->value);
	head->impersonation = hash ? hash : 1;
}

static void read_field(const struct field *field,
	const struct request_head_rules *rules, struct request_head *head,
	struct reading *reading)
{
	/* The other names say nothing to Fairway. */
	switch ((int)field->token) {
	case FIELD_METHOD:
		head->method = field->value;
		break;
	case FIELD_PATH:
		head->path = field->value;
		break;
	case FIELD_SCHEME:
		reading->scheme = field->value;
		break;
	case FIELD_AUTHORITY:
		reading->authority = field->value;
		break;
	case FIELD_PROTOCOL:
		reading->protocol = field->value;
		break;
	case FIELD_HOST:
		reading->hosts++;
		reading->host = field->value;
		break;
	case FIELD_AUTHORIZATION:
		reading->authorizations++;
		head->authorization = field->value;
		break;
	case FIELD_IMPERSONATE:
		mix_impersonation(head, rules, field);
		break;
	case FIELD_CONTENT_TYPE:
		head->content_type = field->value;
		break;
	case FIELD_CONTENT_ENCODING:
		head->content_encoding = field->value;
		break;
	case FIELD_CONTENT_LENGTH:
		reading->lengths++;
		reading->is_bad |=
			span_to_u64(field->value, &head->content_length) != 0;
		break;
	case FIELD_USER_AGENT:
		head->user_agent = field->value;
		break;
	case FIELD_AUDIT_ID:
		head->audit_id = field->value;
		break;
	case FIELD_TRACEPARENT:
		head->traceparent = field->value;
		break;
	case FIELD_EXPECT:
		head->expects_continue =
			span_eq_nocase(field->value, SPAN("100-continue"));
		reading->is_bad |= !head->expects_continue;
		break;
	}
}

static bool reading_is_sound(const struct request_head *head,
	const struct request_head_rules *rules, const struct reading *reading)
{
	struct span scheme = rules->is_cleartext ? SPAN("http") : SPAN("https");

	if (reading->is_bad || reading->authorizations > 1 ||
		reading->hosts > 1 || reading->lengths > 1 ||
		!span_is_absent(reading->protocol))
		return false;
	/* RFC 9110, 4.2: the connection is a secure one, or is not. */
	if (!span_is_absent(reading->scheme) &&
		!span_eq(reading->scheme, scheme))
		return false;
	if (!path_is_valid(head->path))
		return false;
	/* RFC 9113, 8.3.1: one of them at least, and one meaning. */
	if (!span_is_absent(reading->authority))
		return request_authority_is_valid(reading->authority) &&
			(reading->hosts == 0 ||
				span_eq_nocase(
					reading->authority, reading->host));
	return reading->hosts == 1 && request_authority_is_valid(reading->host);
}

/*
 * A WebSocket client may have its token among its protocols (Kubernetes:
 * authentication/request/websocket/protocol.go).
 */
static bool has_websocket_token(const struct fields *fields)
{
	static const struct span mark =
		SPAN_INIT("base64url.bearer.authorization.k8s.io.");

	for (size_t i = 0; i < fields->count; i++) {
		struct span value = fields->items[i].value;

		if (!span_eq(fields->items[i].name,
			    SPAN("sec-websocket-protocol")))
			continue;
		for (; value.len >= mark.len; value = span_skip(value, 1)) {
			if (span_starts_with(value, mark))
				return true;
		}
	}
	return false;
}

enum verdict request_head_read(const struct fields *fields,
	const struct request_head_rules *rules, struct request_head *ret_head)
{
	struct reading reading = { 0 };
	struct request_head head = { .content_length = CONTENT_LENGTH_NONE };

	for (size_t i = 0; i < fields->count; i++)
		read_field(&fields->items[i], rules, &head, &reading);
	if (!method_is_allowed(head.method)) {
		/* RFC 9110, 15.5.6; CONNECT and TRACE have no path to judge. */
		return VERDICT_METHOD;
	}
	if (!reading_is_sound(&head, rules, &reading))
		return VERDICT_BAD_REQUEST;
	if (rules->is_certified &&
		(reading.authorizations > 0 || has_websocket_token(fields)))
		return VERDICT_TWO_CREDENTIALS;
	head.is_lent = rules->lends_credentials && reading.authorizations == 0;
	if (head.impersonation &&
		(rules->has_own_credentials || head.is_lent ||
			(rules->is_certified && !rules->is_reviewed)))
		return VERDICT_IMPERSONATION;
	head.is_head = span_eq(head.method, SPAN("HEAD"));
	*ret_head = head;
	return VERDICT_NONE;
}

/* Whether a field stays on this side of Fairway. */
static bool field_ends_here(const struct field *field)
{
	switch (field->token) {
	case FIELD_METHOD:
	case FIELD_SCHEME:
	case FIELD_AUTHORITY:
	case FIELD_PATH:
	case FIELD_STATUS:
	case FIELD_PROTOCOL:
	case FIELD_HOST:
	case FIELD_CONNECTION:
	case FIELD_KEEP_ALIVE:
	case FIELD_PROXY_CONNECTION:
	case FIELD_PROXY_AUTHENTICATE:
	case FIELD_PROXY_AUTHORIZATION:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_UPGRADE:
	case FIELD_EXPECT:
	case FIELD_X_REMOTE:
	case FIELD_X_FAIRWAY:
		return true;
	case FIELD_TE:
		return !span_eq_nocase(field->value, SPAN("trailers"));
	case FIELD_OTHER:
	case FIELD_AUTHORIZATION:
	case FIELD_CONTENT_TYPE:
	case FIELD_CONTENT_LENGTH:
	case FIELD_CONTENT_ENCODING:
	case FIELD_USER_AGENT:
	case FIELD_RETRY_AFTER:
	case FIELD_AUDIT_ID:
	case FIELD_TRACEPARENT:
	case FIELD_PF_FLOWSCHEMA_UID:
	case FIELD_PF_PRIORITYLEVEL_UID:
	case FIELD_TRAILER:
	case FIELD_IMPERSONATE:
	case FIELD_FORWARDED:
		return false;
	case FIELD_NAME_COUNT:
		break;
	}
	CHECK_UNREACHABLE();
}

static void add_path(
	struct fields *to, const struct field *path, struct span prefix)
{
	char *joined;
	size_t len = prefix.len + path->value.len;

	if (span_is_empty(prefix)) {
		fields_add_ref(to, path);
		return;
	}
	joined = xmalloc(len);
	memcpy(joined, prefix.ptr, prefix.len);
	memcpy(joined + prefix.len, path->value.ptr, path->value.len);
	fields_add(to, SPAN(":path"), span_of(joined, len));
	free(joined);
}

/* Of an upgrade, which has no body (threat H6). */
static bool upgrade_keeps(const struct field *field)
{
	if (field->token == FIELD_UPGRADE)
		return true;
	return field->token != FIELD_CONTENT_LENGTH && !field_ends_here(field);
}

void request_head_write(const struct fields *received,
	const struct request_route *route, struct fields *ret_fields)
{
	const struct field *method = fields_find(received, FIELD_METHOD);
	const struct field *path = fields_find(received, FIELD_PATH);
	bool is_ours = !span_is_absent(route->authorization);

	CHECK(method && path);
	fields_add_ref(ret_fields, method);
	fields_add_static(ret_fields, SPAN(":scheme"), SPAN("https"));
	fields_add_static(ret_fields, SPAN(":authority"), route->authority);
	add_path(ret_fields, path, route->prefix);
	for (size_t i = 0; i < received->count; i++) {
		const struct field *field = &received->items[i];
		bool goes_on = route->is_upgrade ? upgrade_keeps(field)
						 : !field_ends_here(field);

		if (is_ours && field->token == FIELD_AUTHORIZATION)
			continue;
		if (route->as && field->token == FIELD_IMPERSONATE)
			continue;
		if (goes_on)
			fields_add_ref(ret_fields, field);
	}
	if (is_ours)
		fields_add(ret_fields, SPAN("authorization"),
			route->authorization);
	if (route->as)
		impersonation_write(route->as, ret_fields);
}

/* Names that say who asks, or how a message is to be read: never at its end. */
static bool trailer_ends_here(const struct field *field)
{
	switch ((int)field->token) {
	case FIELD_AUTHORIZATION:
	case FIELD_IMPERSONATE:
	case FIELD_CONTENT_TYPE:
	case FIELD_CONTENT_LENGTH:
	case FIELD_CONTENT_ENCODING:
	case FIELD_TE:
	case FIELD_TRAILER:
	case FIELD_FORWARDED:
		return true;
	}
	return field_ends_here(field);
}

void request_trailers_write(
	const struct fields *received, struct fields *ret_fields)
{
	for (size_t i = 0; i < received->count; i++) {
		if (!trailer_ends_here(&received->items[i]))
			fields_add_ref(ret_fields, &received->items[i]);
	}
}
