/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/wire/h1_parser.h"

#include <http_parser.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/check.h"
#include "proxy/wire/h1_framing.h"

static const struct refusal bad_head = {
	400,
	"the request's head cannot be read",
};

struct h1_parser {
	struct http_parser http;
	enum http_parser_type type;
	h1_body_fn *on_body;
	void *user; /* borrowed: of on_body */
	/* During a call: what is parsed, and where its fields go. */
	struct fields_text *text;
	struct fields *fields;
	struct span url;
	struct span name;
	bool is_bare;
};

static struct h1_parser *parser_of(http_parser *http)
{
	return http->data;
}

/* ---- http_parser's callbacks ----------------------------------------------
 */

static int on_url(http_parser *http, const char *at, size_t len)
{
	parser_of(http)->url = span_of(at, len);
	return 0;
}

static int on_header_field(http_parser *http, const char *at, size_t len)
{
	parser_of(http)->name = span_of(at, len);
	return 0;
}

static int on_header_value(http_parser *http, const char *at, size_t len)
{
	struct h1_parser *parser = parser_of(http);

	fields_add_text(parser->fields, parser->text, parser->name,
		span_trim(span_of(at, len)));
	return 0;
}

static int on_headers_complete(http_parser *http)
{
	return parser_of(http)->is_bare;
}

static int on_body(http_parser *http, const char *at, size_t len)
{
	const struct h1_parser *parser = parser_of(http);

	parser->on_body(parser->user, at, len);
	return 0;
}

static const http_parser_settings callbacks = {
	.on_url = on_url,
	.on_header_field = on_header_field,
	.on_header_value = on_header_value,
	.on_headers_complete = on_headers_complete,
	.on_body = on_body,
};

/* ---- what is given to it --------------------------------------------------
 */

struct h1_parser *h1_parser_new(
	bool is_request, h1_body_fn *on_body_fn, void *user)
{
	struct h1_parser *parser = xcalloc(1, sizeof(*parser));

	/* Its limit is one for all; ours were kept before. */
	http_parser_set_max_header_size(UINT32_MAX);
	parser->type = is_request ? HTTP_REQUEST : HTTP_RESPONSE;
	parser->on_body = on_body_fn;
	parser->user = user;
	return parser;
}

void h1_parser_free(struct h1_parser *parser)
{
	free(parser);
}

static int execute(struct h1_parser *parser, struct span bytes)
{
	size_t n = http_parser_execute(
		&parser->http, &callbacks, bytes.ptr, bytes.len);

	return HTTP_PARSER_ERRNO(&parser->http) == HPE_OK && n == bytes.len
		? 0
		: -1;
}

/* A head or trailers: fields in `text`. */
static int execute_text(struct h1_parser *parser, struct fields_text *text,
	size_t len, struct fields *fields)
{
	int result;

	parser->text = text;
	parser->fields = fields;
	result = execute(parser, span_of(fields_text_bytes(text), len));
	parser->text = NULL;
	parser->fields = NULL;
	parser->name = SPAN_NONE;
	return result;
}

const struct refusal *h1_parser_head(struct h1_parser *parser,
	struct fields_text *text, size_t len, bool is_bare,
	struct h1_first *ret_first, struct fields *ret_fields)
{
	http_parser *http = &parser->http;

	http_parser_init(http, parser->type);
	http->data = parser;
	parser->is_bare = is_bare;
	parser->url = SPAN_NONE;
	if (execute_text(parser, text, len, ret_fields) != 0)
		return HTTP_PARSER_ERRNO(http) == HPE_INVALID_METHOD
			? &REFUSAL_METHOD
			: &bad_head;
	*ret_first = (struct h1_first){
		.target = parser->url,
		.status = http->status_code,
		.is_http10 = http->http_major == 1 && http->http_minor == 0,
	};
	if (parser->type == HTTP_REQUEST)
		ret_first->method = span_str(
			http_method_str((enum http_method)http->method));
	return NULL;
}

bool h1_parser_agrees(
	const struct h1_parser *parser, const struct h1_framing *framing)
{
	const http_parser *http = &parser->http;

	return framing->is_chunked == !!(http->flags & F_CHUNKED) &&
		framing->has_length == !!(http->flags & F_CONTENTLENGTH) &&
		(!framing->has_length ||
			framing->length == http->content_length);
}

int h1_parser_body(struct h1_parser *parser, struct span bytes)
{
	return execute(parser, bytes);
}

int h1_parser_trailers(struct h1_parser *parser, struct fields_text *text,
	size_t len, struct fields *ret_fields)
{
	CHECK(parser->http.flags & F_CHUNKED);
	return execute_text(parser, text, len, ret_fields);
}

/* The words of Go's net/http, thus of the API server: some clients show them.
 */
const char *h1_status_reason(unsigned status)
{
	const char *reason = http_status_str((enum http_status)status);

	if (status == HTTP_STATUS_PAYLOAD_TOO_LARGE)
		return "Request Entity Too Large";
	if (status == HTTP_STATUS_URI_TOO_LONG)
		return "Request URI Too Long";
	if (status == HTTP_STATUS_RANGE_NOT_SATISFIABLE)
		return "Requested Range Not Satisfiable";
	return reason[0] == '<' ? "" : reason;
}
