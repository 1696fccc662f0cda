/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/h1_framing.h"

enum {
	/* Of a head; each field is looked for among them. */
	CONNECTION_NAMES_MAX = 32,
};

static const struct refusal bad_length = {
	400,
	"content-length is not one number",
};
static const struct refusal bad_encoding = {
	400,
	"transfer-encoding is not just chunked",
};
static const struct refusal two_framings = {
	400,
	"both content-length and transfer-encoding",
};
static const struct refusal bad_host = {
	400,
	"not exactly one host field",
};
static const struct refusal bad_connection = {
	400,
	"connection names a field that it must not",
};
static const struct refusal long_connection = {
	400,
	"connection names too many fields",
};

/* Cuts the next element off a list: "close, te". */
static struct span next_element(struct span *rest)
{
	return span_trim(span_cut(rest, ','));
}

static bool is_named_in(struct span list, struct span name)
{
	while (!span_is_absent(list)) {
		if (span_eq_nocase(next_element(&list), name))
			return true;
	}
	return false;
}

/* What says how the message is to be read, or who asks. */
static bool must_go_on(struct span name)
{
	struct span identity = SPAN("impersonate-");
	size_t len = u64_min(name.len, identity.len);

	return span_eq_nocase(name, SPAN("host")) ||
		span_eq_nocase(name, SPAN("content-length")) ||
		span_eq_nocase(name, SPAN("transfer-encoding")) ||
		span_eq_nocase(name, SPAN("authorization")) ||
		span_eq_nocase(span_of(name.ptr, len), identity);
}

static const struct refusal *read_connection(
	struct span list, struct h1_framing *framing)
{
	while (!span_is_absent(list)) {
		struct span element = next_element(&list);

		framing->says_close |= span_eq_nocase(element, SPAN("close"));
		framing->says_keep_alive |=
			span_eq_nocase(element, SPAN("keep-alive"));
		framing->says_upgrade |=
			span_eq_nocase(element, SPAN("upgrade"));
		if (must_go_on(element))
			return &bad_connection;
		if (++framing->connection_names > CONNECTION_NAMES_MAX)
			return &long_connection;
	}
	return NULL;
}

static const struct refusal *read_field(
	const struct field *field, struct h1_framing *framing)
{
	/* The others say nothing about it. */
	switch ((int)field->token) {
	case FIELD_CONTENT_LENGTH:
		if (framing->has_length ||
			span_to_u64(field->value, &framing->length) != 0 ||
			framing->length > INT64_MAX)
			return &bad_length;
		framing->has_length = true;
		break;
	case FIELD_TRANSFER_ENCODING:
		if (framing->is_chunked ||
			!span_eq_nocase(field->value, SPAN("chunked")))
			return &bad_encoding;
		framing->is_chunked = true;
		break;
	case FIELD_CONNECTION:
		return read_connection(field->value, framing);
	}
	return NULL;
}

/* HTTP/2 is not begun like this any more (RFC 9113, 3.1). */
static bool has_upgrade(const struct fields *fields)
{
	const struct field *upgrade = fields_find(fields, FIELD_UPGRADE);

	return upgrade && !span_eq_nocase(upgrade->value, SPAN("h2c"));
}

const struct refusal *h1_framing_read(const struct fields *fields,
	bool is_request, bool is_http10, struct h1_framing *ret_framing)
{
	struct h1_framing framing = { 0 };
	size_t hosts = fields_count_of(fields, FIELD_HOST);

	for (size_t i = 0; i < fields->count; i++) {
		const struct refusal *refusal =
			read_field(&fields->items[i], &framing);

		if (refusal)
			return refusal;
	}
	if (framing.is_chunked && framing.has_length)
		return &two_framings;
	if (framing.is_chunked && is_http10)
		return &bad_encoding;
	if (is_request && hosts != 1 && (hosts > 1 || !is_http10))
		return &bad_host;
	framing.says_upgrade =
		framing.says_upgrade && !is_http10 && has_upgrade(fields);
	*ret_framing = framing;
	return NULL;
}

bool h1_field_stays(const struct fields *fields, const struct field *field)
{
	switch ((int)field->token) {
	case FIELD_CONNECTION:
	case FIELD_KEEP_ALIVE:
	case FIELD_PROXY_CONNECTION:
	case FIELD_TRANSFER_ENCODING:
	case FIELD_UPGRADE:
		return true;
	}
	for (size_t i = 0; i < fields->count; i++) {
		if (fields->items[i].token == FIELD_CONNECTION &&
			is_named_in(fields->items[i].value, field->name))
			return true;
	}
	return false;
}
