/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema's table as a JSON Schema (draft 2020-12), for editors: names,
 * types, words, ranges and help.  What concerns several keys, and a name that
 * must exist, only `fairway check` knows.
 */
#include "conf/config.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json_quote.h"
#include "conf/schema.h"

/* As base/units.h reads them. */
#define DURATION_PATTERN "^(0|([0-9]+(\\.[0-9]*)?(ns|us|ms|s|m|h))+)$"
#define QUANTITY_PATTERN "^[0-9]+(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$"
#define PERCENT_PATTERN "^[0-9]+(\\.[0-9])?%$"
#define NAME_PATTERN "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"

static void put_string(struct buf *out, const char *text)
{
	json_append_quoted(out, span_str(text), SIZE_MAX);
}

static void put_words(struct buf *out, const struct schema_word *words)
{
	buf_append_str(out, "\"enum\":[");
	for (const struct schema_word *w = words; w->name; w++) {
		put_string(out, w->name);
		buf_append_str(out, w[1].name ? "," : "]");
	}
}

static void put_pattern(struct buf *out, const char *pattern)
{
	buf_append_str(out, "\"type\":\"string\",\"pattern\":");
	put_string(out, pattern);
}

/* `unit` thousandths are one. */
static void put_range(struct buf *out, const char *type,
	const struct schema_key *key, uint64_t unit)
{
	buf_printf(out,
		"\"type\":\"%s\",\"minimum\":%" PRIu64 ".%03" PRIu64
		",\"maximum\":%" PRIu64 ".%03" PRIu64,
		type, key->min / unit, key->min % unit * 1000 / unit,
		key->max / unit, key->max % unit * 1000 / unit);
}

static void put_int_range(struct buf *out, const struct schema_key *key)
{
	buf_printf(out,
		"\"type\":\"integer\",\"minimum\":%" PRIu64
		",\"maximum\":%" PRIu64,
		key->min, key->max);
}

/* What one value is, within braces. */
static void put_value(struct buf *out, const struct schema_key *key)
{
	switch (key->type) {
	case SCHEMA_FIXED:
	case SCHEMA_ENUM:
	case SCHEMA_ENUM_SET:
		put_words(out, key->words);
		return;
	case SCHEMA_BOOL:
		buf_append_str(out, "\"type\":\"boolean\"");
		return;
	case SCHEMA_INT:
	case SCHEMA_BURST:
		put_int_range(out, key);
		return;
	case SCHEMA_THOUSANDTHS:
	case SCHEMA_QPS:
		put_range(out, "number", key, 1000);
		return;
	case SCHEMA_PERCENT:
		put_pattern(out, PERCENT_PATTERN);
		return;
	case SCHEMA_DURATION:
	case SCHEMA_DURATION32:
		put_pattern(out, DURATION_PATTERN);
		return;
	case SCHEMA_QUANTITY:
	case SCHEMA_QUANTITY32:
		/* The pattern is for texts alone. */
		buf_append_str(out,
			"\"type\":[\"string\",\"integer\"],\"minimum\":0,"
			"\"pattern\":");
		put_string(out, QUANTITY_PATTERN);
		return;
	case SCHEMA_NAME:
		put_pattern(out, NAME_PATTERN);
		return;
	case SCHEMA_URLS:
		put_pattern(out, "^https://");
		return;
	case SCHEMA_STRING:
	case SCHEMA_PATH:
	case SCHEMA_STRINGS:
	case SCHEMA_HOST_PORT:
	case SCHEMA_LOCAL:
		buf_append_str(out, "\"type\":\"string\"");
		if (key->max)
			buf_printf(out, ",\"maxLength\":%" PRIu64, key->max);
		return;
	case SCHEMA_SECTION:
	case SCHEMA_LIST:
		break;
	}
	CHECK_UNREACHABLE();
}

static bool is_list_of_values(enum schema_type type)
{
	return type == SCHEMA_ENUM_SET || type == SCHEMA_STRINGS ||
		type == SCHEMA_URLS;
}

static void put_object(struct buf *out, const char *parent);

static void put_items(struct buf *out, const struct schema_key *key)
{
	buf_append_str(out, "\"type\":\"array\",\"items\":{");
	if (key->type == SCHEMA_LIST) {
		char parent[64];

		snprintf(parent, sizeof(parent), "%s[]", key->path);
		put_object(out, parent);
	} else if (key->type == SCHEMA_ENUM_SET) {
		buf_append_str(out, "\"anyOf\":[{\"const\":\"*\"},{");
		put_value(out, key);
		buf_append_str(out, "}]");
	} else {
		put_value(out, key);
	}
	buf_append_str(out, "}");
}

/* One that is empty leaves the default, which some need to be said to. */
static void put_key(struct buf *out, const struct schema_key *key)
{
	bool may_be_empty = key->type != SCHEMA_FIXED;

	buf_append_str(out, "{\"description\":");
	put_string(out, key->help);
	if (may_be_empty)
		buf_append_str(out, ",\"anyOf\":[{\"type\":\"null\"},{");
	else
		buf_append_str(out, ",");
	if (key->type == SCHEMA_SECTION)
		put_object(out, key->path);
	else if (key->type == SCHEMA_LIST || is_list_of_values(key->type))
		put_items(out, key);
	else
		put_value(out, key);
	buf_append_str(out, may_be_empty ? "}" : "");
	if (key->flags & SCHEMA_UNLIMITED)
		buf_append_str(out, ",{\"const\":\"unlimited\"}");
	buf_append_str(out, may_be_empty ? "]}" : "}");
}

/*
 * Required is what every item needs; what only a new one needs, an editor
 * cannot know.
 */
static bool is_required(const struct schema_key *key)
{
	return key->type == SCHEMA_FIXED ||
		((key->flags & SCHEMA_REQUIRED) &&
			span_eq_str(schema_key_name(key), "name"));
}

static void put_object(struct buf *out, const char *parent)
{
	const struct schema_key *key = NULL;
	const char *comma = "";

	buf_append_str(out,
		"\"type\":\"object\",\"additionalProperties\":false,"
		"\"required\":[");
	while ((key = schema_next(parent, key))) {
		if (!is_required(key))
			continue;
		buf_append_str(out, comma);
		json_append_quoted(out, schema_key_name(key), SIZE_MAX);
		comma = ",";
	}
	buf_append_str(out, "],\"properties\":{");
	comma = "";
	while ((key = schema_next(parent, key))) {
		buf_append_str(out, comma);
		json_append_quoted(out, schema_key_name(key), SIZE_MAX);
		buf_append_str(out, ":");
		put_key(out, key);
		comma = ",\n";
	}
	buf_append_str(out, "}");
}

void config_write_json_schema(struct buf *ret_json)
{
	buf_append_str(ret_json,
		"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
		"\n\"title\":\"Fairway's configuration\",\n");
	put_object(ret_json, "");
	buf_append_str(ret_json, "}\n");
}
