/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/value.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/control.h"
#include "conf/config.h"
#include "conf/number.h"
#include "conf/server_url.h"
#include "conf/suggest.h"
#include "conf/text_file.h"

#define NAME_LEN_MAX 63 /* a DNS label's */

/* ---- what a value must be --------------------------------------------- */

static void describe_words(const struct schema_word *words, struct buf *text)
{
	for (const struct schema_word *w = words; w->name; w++) {
		if (w != words)
			buf_append_str(text, w[1].name ? ", " : " or ");
		buf_append_str(text, w->name);
	}
}

void value_describe(const struct schema_key *key, struct buf *ret_text)
{
	if (number_is_type(key->type)) {
		number_describe(key, ret_text);
		return;
	}
	if (key->words) {
		describe_words(key->words, ret_text);
		return;
	}
	if (key->type == SCHEMA_BOOL)
		buf_append_str(ret_text, "true or false");
	else if (key->type == SCHEMA_NAME)
		buf_append_str(ret_text,
			"a name of 1 to 63 lower-case letters, digits and "
			"inner \"-\"");
	else if (key->type == SCHEMA_HOST_PORT)
		buf_append_str(ret_text, "HOST:PORT");
	else if (key->type == SCHEMA_LOCAL)
		buf_append_str(
			ret_text, "127.0.0.1:PORT, [::1]:PORT or unix:PATH");
	else if (key->type == SCHEMA_URLS)
		buf_append_str(ret_text, "an https URL");
	else if (key->max)
		buf_printf(ret_text,
			"text of at most %u bytes without control characters",
			(unsigned)key->max);
	else
		buf_append_str(ret_text, "text without control characters");
}

static int refuse(const struct schema_key *key, struct span text,
	const char *cure, struct err *err)
{
	struct buf what = BUF_INIT, shown = BUF_INIT;

	value_describe(key, &what);
	node_quote(text, &shown);
	err_set(err, "must be %s, is %s%s", buf_cstr(&what), buf_cstr(&shown),
		cure);
	buf_fini(&what);
	buf_fini(&shown);
	return -1;
}

/* ---- reading ---------------------------------------------------------- */

static int parse_bool(const struct schema_key *key,
	const struct value_text *value, void *ret_value, struct err *err)
{
	bool is_true = span_eq(value->text, SPAN("true"));

	if (!is_true && !span_eq(value->text, SPAN("false")))
		return refuse(key, value->text, "", err);
	if (!value->is_plain)
		return refuse(
			key, value->text, "; write it without quotes", err);
	*(bool *)ret_value = is_true;
	return 0;
}

static int find_word(const struct schema_key *key, struct span text,
	unsigned *ret_value, struct err *err)
{
	struct suggest suggest;
	char cure[96] = "";

	suggest_init(&suggest, text);
	for (const struct schema_word *w = key->words; w->name; w++) {
		if (span_eq_str(text, w->name)) {
			*ret_value = w->value;
			return 0;
		}
		suggest_offer(&suggest, w->name);
	}
	if (suggest.best)
		snprintf(cure, sizeof(cure), "; did you mean \"%s\"?",
			suggest.best);
	return refuse(key, text, cure, err);
}

static bool has_control(struct span text)
{
	for (; text.len; text = span_skip(text, 1)) {
		if (control_len(text))
			return true;
	}
	return false;
}

static bool is_name(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];
		bool is_edge = i == 0 || i == text.len - 1;

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') &&
			(c != '-' || is_edge))
			return false;
	}
	return text.len > 0 && text.len <= NAME_LEN_MAX;
}

static int parse_string(const struct schema_key *key,
	const struct value_text *value, struct arena *arena, void *ret_value,
	struct err *err)
{
	char *text;

	if (has_control(value->text) ||
		(key->type == SCHEMA_NAME && !is_name(value->text)))
		return refuse(key, value->text, "", err);
	text = arena_dup(arena, value->text);
	if (key->type == SCHEMA_PATH) {
		char *path = text_file_resolve(value->file, text);

		text = arena_dup(arena, span_str(path));
		free(path);
	}
	if (key->max && strlen(text) > key->max)
		return refuse(key, span_str(text), "", err);
	*(const char **)ret_value = text;
	return 0;
}

static int parse_url(const struct schema_key *key,
	const struct value_text *value, struct arena *arena, void *ret_value,
	struct err *err)
{
	struct server_url url;
	struct err why;

	if (server_url_parse(value->text, &url, &why)) {
		char cure[sizeof(why.text) + 2];

		snprintf(cure, sizeof(cure), "; %s", why.text);
		return refuse(key, value->text, cure, err);
	}
	server_url_fini(&url);
	*(const char **)ret_value = arena_dup(arena, value->text);
	return 0;
}

static int parse_host_port(const struct schema_key *key,
	const struct value_text *value, struct arena *arena, void *ret_value,
	struct err *err)
{
	struct host_port *address = ret_value;
	struct span host;
	struct err why;
	uint16_t port;

	if (host_port_split(value->text, &host, &port, &why)) {
		char cure[sizeof(why.text) + 2];

		snprintf(cure, sizeof(cure), "; %s", why.text);
		return refuse(key, value->text, cure, err);
	}
	address->host = arena_dup(arena, host);
	address->port = port;
	return 0;
}

static bool is_loopback(struct span host)
{
	char *text = span_dup(host);
	struct in6_addr in6;
	struct in_addr in;
	bool is;

	if (inet_pton(AF_INET, text, &in) == 1)
		is = ntohl(in.s_addr) >> 24 == 127;
	else
		is = inet_pton(AF_INET6, text, &in6) == 1 &&
			IN6_IS_ADDR_LOOPBACK(&in6);
	free(text);
	return is;
}

static int parse_unix(const struct schema_key *key,
	const struct value_text *value, struct arena *arena, void *ret_value,
	struct err *err)
{
	char *given = span_dup(span_skip(value->text, strlen("unix:")));
	char *path = text_file_resolve(value->file, given);
	struct buf address = BUF_INIT;
	int result = 0;

	if (!*given)
		result = refuse(key, value->text, "; the path is missing", err);
	else if (strlen(path) > key->max)
		result =
			refuse(key, value->text, "; the path is too long", err);
	buf_printf(&address, "unix:%s", path);
	if (!result)
		*(const char **)ret_value =
			arena_dup(arena, buf_span(&address));
	buf_fini(&address);
	free(path);
	free(given);
	return result;
}

static int parse_local(const struct schema_key *key,
	const struct value_text *value, struct arena *arena, void *ret_value,
	struct err *err)
{
	struct span host;
	struct err why;
	uint16_t port;

	if (has_control(value->text))
		return refuse(key, value->text, "", err);
	if (span_starts_with(value->text, SPAN("unix:")))
		return parse_unix(key, value, arena, ret_value, err);
	if (!span_is_empty(value->text)) {
		if (host_port_split(value->text, &host, &port, &why))
			return refuse(key, value->text, "", err);
		if (!is_loopback(host))
			return refuse(key, value->text,
				"; others connect to listen.address, by TLS",
				err);
	}
	*(const char **)ret_value = arena_dup(arena, value->text);
	return 0;
}

int value_parse(const struct schema_key *key, const struct value_text *value,
	struct arena *arena, void *ret_value, struct err *err)
{
	unsigned word = 0;

	if (number_is_type(key->type))
		return number_parse(key, value, ret_value, err);
	if (key->words && find_word(key, value->text, &word, err))
		return -1;
	if (key->type == SCHEMA_FIXED)
		return 0;
	if (key->type == SCHEMA_ENUM) {
		memcpy(ret_value, &word, sizeof(word));
		return 0;
	}
	if (key->type == SCHEMA_ENUM_SET) {
		*(uint32_t *)ret_value |= UINT32_C(1) << word;
		return 0;
	}
	if (key->type == SCHEMA_BOOL)
		return parse_bool(key, value, ret_value, err);
	if (key->type == SCHEMA_HOST_PORT)
		return parse_host_port(key, value, arena, ret_value, err);
	if (key->type == SCHEMA_LOCAL)
		return parse_local(key, value, arena, ret_value, err);
	if (key->type == SCHEMA_URLS)
		return parse_url(key, value, arena, ret_value, err);
	return parse_string(key, value, arena, ret_value, err);
}

/* ---- writing ---------------------------------------------------------- */

/* What readers of YAML 1.1 or 1.2 take for no text. */
static bool is_yaml_word(struct span text)
{
	static const char *const WORDS[] = { "null", "true", "false", "yes",
		"no", "on", "off", "y", "n" };

	for (size_t i = 0; i < ARRAY_SIZE(WORDS); i++)
		if (span_eq_nocase(text, span_str(WORDS[i])))
			return true;
	return false;
}

/* Plain where YAML would not take it for something else. */
static void format_text(const char *text, struct buf *ret_text)
{
	bool is_plain = (*text >= 'a' && *text <= 'z') ||
		(*text >= 'A' && *text <= 'Z') || *text == '/';

	for (const char *at = text; *at && is_plain; at++)
		is_plain = (*at >= 'a' && *at <= 'z') ||
			(*at >= 'A' && *at <= 'Z') ||
			(*at >= '0' && *at <= '9') || strchr("-_./", *at);
	if (is_plain && !is_yaml_word(span_str(text)))
		buf_append_str(ret_text, text);
	else
		node_write_quoted(span_str(text), ret_text);
}

static void format_list(const struct strings *list, struct buf *ret_text)
{
	buf_append_str(ret_text, "[");
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buf_append_str(ret_text, ", ");
		format_text(list->items[i], ret_text);
	}
	buf_append_str(ret_text, "]");
}

static void format_set(
	const struct schema_word *words, uint32_t set, struct buf *ret_text)
{
	const char *separator = "";

	buf_append_str(ret_text, "[");
	for (const struct schema_word *w = words; w->name; w++) {
		if (!(set >> w->value & 1))
			continue;
		buf_printf(ret_text, "%s%s", separator, w->name);
		separator = ", ";
	}
	buf_append_str(ret_text, "]");
}

static const char *word_of(const struct schema_word *words, const void *value)
{
	unsigned word;

	memcpy(&word, value, sizeof(word));
	for (const struct schema_word *w = words; w->name; w++)
		if (w->value == word)
			return w->name;
	CHECK_UNREACHABLE();
}

static void format_host_port(
	const struct host_port *address, struct buf *ret_text)
{
	bool is_v6 = strchr(address->host, ':') != NULL;

	buf_printf(ret_text, is_v6 ? "\"[%s]:%u\"" : "%s:%u", address->host,
		(unsigned)address->port);
}

bool value_format(
	const struct schema_key *key, const void *value, struct buf *ret_text)
{
	switch (key->type) {
	case SCHEMA_FIXED:
		buf_append_str(ret_text, key->words->name);
		return true;
	case SCHEMA_BOOL:
		buf_append_str(
			ret_text, *(const bool *)value ? "true" : "false");
		return true;
	case SCHEMA_STRING:
	case SCHEMA_NAME:
	case SCHEMA_PATH:
	case SCHEMA_LOCAL:
		format_text(*(const char *const *)value, ret_text);
		return true;
	case SCHEMA_ENUM:
		buf_append_str(ret_text, word_of(key->words, value));
		return true;
	case SCHEMA_ENUM_SET:
		format_set(key->words, *(const uint32_t *)value, ret_text);
		return true;
	case SCHEMA_STRINGS:
	case SCHEMA_URLS:
		format_list(value, ret_text);
		return true;
	case SCHEMA_HOST_PORT:
		format_host_port(value, ret_text);
		return true;
	case SCHEMA_INT:
	case SCHEMA_THOUSANDTHS:
	case SCHEMA_PERCENT:
	case SCHEMA_QPS:
	case SCHEMA_BURST:
	case SCHEMA_DURATION:
	case SCHEMA_DURATION32:
	case SCHEMA_QUANTITY:
	case SCHEMA_QUANTITY32:
		return number_format(key, value, ret_text);
	case SCHEMA_SECTION:
	case SCHEMA_LIST:
		return false;
	}
	CHECK_UNREACHABLE();
}
