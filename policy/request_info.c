/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/request_info.h"

#include "base/units.h"
#include "policy/query.h"

static const struct {
	struct span method;
	enum verb on_resource, elsewhere;
} METHODS[] = {
	{ SPAN_INIT("GET"), VERB_GET, VERB_GET },
	{ SPAN_INIT("HEAD"), VERB_GET, VERB_HEAD },
	{ SPAN_INIT("POST"), VERB_CREATE, VERB_POST },
	{ SPAN_INIT("PUT"), VERB_UPDATE, VERB_PUT },
	{ SPAN_INIT("PATCH"), VERB_PATCH, VERB_PATCH },
	{ SPAN_INIT("DELETE"), VERB_DELETE, VERB_DELETE },
	{ SPAN_INIT("OPTIONS"), VERB_OTHER, VERB_OPTIONS },
	{ SPAN_INIT("CONNECT"), VERB_OTHER, VERB_CONNECT },
};

static enum verb verb_of(struct span method, bool is_resource)
{
	for (size_t i = 0; i < ARRAY_SIZE(METHODS); i++) {
		if (span_eq(method, METHODS[i].method))
			return is_resource ? METHODS[i].on_resource
					   : METHODS[i].elsewhere;
	}
	return VERB_OTHER;
}

/*
 * The parts of a path, and how many of them have been used.  No more are kept
 * than can mean something: prefix, group, version, a verb, "namespaces" and
 * its name, resource, name and subresource.
 */
#define PARTS_MAX 9u

struct parts {
	struct span part[PARTS_MAX];
	unsigned count, used;
};

static void parts_split(struct parts *parts, struct span path)
{
	const char *at, *end, *begin;

	while (path.len && path.ptr[0] == '/')
		path = span_skip(path, 1);
	while (path.len && path.ptr[path.len - 1] == '/')
		path.len--;
	parts->count = parts->used = 0;
	if (!path.len)
		return;
	begin = at = path.ptr;
	for (end = at + path.len; parts->count < PARTS_MAX; at++) {
		if (at < end && *at != '/')
			continue;
		parts->part[parts->count++] =
			span_of(begin, (size_t)(at - begin));
		if (at == end)
			break;
		begin = at + 1;
	}
}

static unsigned parts_left(const struct parts *parts)
{
	return parts->count - parts->used;
}

/* The one that is `ahead` of the next; empty if there is none. */
static struct span parts_peek(const struct parts *parts, unsigned ahead)
{
	return ahead < parts_left(parts) ? parts->part[parts->used + ahead]
					 : SPAN_NONE;
}

static struct span parts_take(struct parts *parts)
{
	struct span part = parts_peek(parts, 0);

	if (parts_left(parts))
		parts->used++;
	return part;
}

/*
 * Stands behind the version.  Returns whether the verb comes from the path,
 * as in /watch/ and /proxy/.
 */
static bool read_verb(
	struct parts *parts, struct span method, struct class *class)
{
	struct span first = parts_peek(parts, 0);
	bool is_watch = span_eq(first, SPAN("watch"));

	class->verb = verb_of(method, true);
	if (!is_watch && !span_eq(first, SPAN("proxy")))
		return false;
	/* With nothing behind it the API server fails, and has no verb. */
	if (parts_left(parts) < 2) {
		class->verb = verb_of(method, false);
		parts_take(parts);
		return true;
	}
	class->verb = is_watch ? VERB_WATCH : VERB_PROXY;
	parts_take(parts);
	return true;
}

static bool is_namespace_subresource(struct span s)
{
	return span_eq(s, SPAN("status")) || span_eq(s, SPAN("finalize"));
}

static void read_object(struct parts *parts, struct class *class)
{
	if (span_eq(parts_peek(parts, 0), SPAN("namespaces")) &&
		parts_left(parts) > 1) {
		class->namespace = parts_peek(parts, 1);
		/* Behind it may be another resource, in that namespace. */
		if (parts_left(parts) > 2 &&
			!is_namespace_subresource(parts_peek(parts, 2)))
			parts->used += 2;
	}
	class->resource = parts_take(parts);
	class->name = parts_take(parts);
	if (class->verb != VERB_PROXY)
		class->subresource = parts_take(parts);
}

/* Returns whether the verb comes from the path. */
static bool read_path(struct span method, struct class *class)
{
	bool has_group, is_verb_in_path;
	struct parts parts;
	struct span prefix;

	parts_split(&parts, class->path);
	class->verb = verb_of(method, false);
	prefix = parts_take(&parts);
	has_group = span_eq(prefix, SPAN("apis"));
	if (!has_group && !span_eq(prefix, SPAN("api")))
		return false;
	if (parts_left(&parts) < (has_group ? 3 : 2))
		return false;
	if (has_group)
		class->group = parts_take(&parts);
	class->is_resource = true;
	class->version = parts_take(&parts);
	is_verb_in_path = read_verb(&parts, method, class);
	read_object(&parts, class);
	return is_verb_in_path;
}

/* The query's parameters that matter; each the first value of its name. */
enum param {
	PARAM_WATCH,
	PARAM_FIELD_SELECTOR,
	PARAM_LABEL_SELECTOR,
	PARAM_LIMIT,
	PARAM_RESOURCE_VERSION,
	PARAM_SEND_INITIAL_EVENTS,
	PARAM_TIMEOUT,
	PARAM_TIMEOUT_SECONDS,
	PARAM_DRY_RUN,
	PARAM_FOLLOW,
	PARAM_COUNT,
};

static const struct span PARAM_NAMES[PARAM_COUNT] = {
	[PARAM_WATCH] = SPAN_INIT("watch"),
	[PARAM_FIELD_SELECTOR] = SPAN_INIT("fieldSelector"),
	[PARAM_LABEL_SELECTOR] = SPAN_INIT("labelSelector"),
	[PARAM_LIMIT] = SPAN_INIT("limit"),
	[PARAM_RESOURCE_VERSION] = SPAN_INIT("resourceVersion"),
	[PARAM_SEND_INITIAL_EVENTS] = SPAN_INIT("sendInitialEvents"),
	[PARAM_TIMEOUT] = SPAN_INIT("timeout"),
	[PARAM_TIMEOUT_SECONDS] = SPAN_INIT("timeoutSeconds"),
	[PARAM_DRY_RUN] = SPAN_INIT("dryRun"),
	[PARAM_FOLLOW] = SPAN_INIT("follow"),
};

struct params {
	struct span value[PARAM_COUNT]; /* raw */
	bool is_set[PARAM_COUNT];
};

static void params_read(struct params *params, struct span query)
{
	struct query_pair pair;

	*params = (struct params){ 0 };
	if (!query.len || !query_is_readable(query))
		return;
	while (query_next(&query, &pair)) {
		for (size_t i = 0; i < PARAM_COUNT; i++) {
			if (params->is_set[i] ||
				!query_text_is(pair.name, PARAM_NAMES[i]))
				continue;
			params->is_set[i] = true;
			params->value[i] = pair.value;
		}
	}
}

static bool param_is_true(const struct params *params, enum param param)
{
	return params->is_set[param] &&
		query_text_is_true(params->value[param]);
}

/* As strconv.ParseInt reads it.  An absent parameter is 0. */
static int param_int(const struct params *params, enum param param,
	char *scratch, int64_t *ret_value)
{
	struct span text = query_decode(params->value[param], scratch);
	bool is_negative = false;
	uint64_t value;

	*ret_value = 0;
	if (!params->is_set[param])
		return 0;
	if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
		is_negative = text.ptr[0] == '-';
		text = span_skip(text, 1);
	}
	if (span_to_u64(text, &value))
		return -1;
	if (value > (uint64_t)INT64_MAX + is_negative)
		return -1;
	*ret_value = (int64_t)(is_negative ? 0 - value : value);
	return 0;
}

/*
 * One term of a field selector.  Returns 0, or -1 if the API server refuses
 * it; `*ret_name` is the value if the term says metadata.name=value.
 */
static int read_term(struct span term, struct span *ret_name)
{
	struct span field = term, value;
	size_t at = 0, out = 0;
	bool is_not, is_escaped = false;
	char *text;

	*ret_name = SPAN_NONE;
	while (at < term.len && term.ptr[at] != '=' &&
		!(term.ptr[at] == '!' && at + 1 < term.len &&
			term.ptr[at + 1] == '='))
		at++;
	if (at == term.len)
		return -1;
	field.len = at;
	is_not = term.ptr[at] == '!';
	at++;
	if (is_not || (at < term.len && term.ptr[at] == '='))
		at++; /* != and ==, and a = that may stand twice */
	value = span_skip(term, at);
	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (is_escaped) {
			if (c != '\\' && c != ',' && c != '=')
				return -1;
			is_escaped = false;
		} else if (c == '\\') {
			is_escaped = true;
		} else if (c == '=') {
			return -1;
		}
	}
	if (is_escaped)
		return -1;
	if (is_not || !span_eq(field, SPAN("metadata.name")))
		return 0;
	/* Unescape in place: it stands in the scratch, and only shrinks. */
	text = (char *)(uintptr_t)value.ptr;
	for (size_t i = 0; i < value.len; i++) {
		if (text[i] == '\\')
			i++;
		text[out++] = text[i];
	}
	*ret_name = span_of(text, out);
	return 0;
}

static bool is_path_segment_name(struct span name)
{
	return !span_eq(name, SPAN(".")) && !span_eq(name, SPAN("..")) &&
		!(name.len &&
			(memchr(name.ptr, '/', name.len) ||
				memchr(name.ptr, '%', name.len)));
}

static struct span cut_term(struct span *rest)
{
	struct span whole = *rest;

	for (size_t i = 0; i < whole.len; i++) {
		if (whole.ptr[i] == '\\') {
			i++;
		} else if (whole.ptr[i] == ',') {
			*rest = span_skip(whole, i + 1);
			return span_of(whole.ptr, i);
		}
	}
	*rest = SPAN_NONE;
	return whole;
}

static bool sorts_before(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.ptr, b.ptr, n) : 0;

	return order ? order < 0 : a.len < b.len;
}

/*
 * The object's name that a field selector fixes, or absent.  The API server
 * sorts the terms and takes the first that fits.
 */
static struct span name_from_selector(struct span selector)
{
	struct span first = SPAN_NONE, name = SPAN_NONE;

	while (!span_is_absent(selector)) {
		struct span term = cut_term(&selector), value;

		if (!term.len)
			continue;
		if (read_term(term, &value))
			return SPAN_NONE;
		if (span_is_absent(value))
			continue;
		if (span_is_absent(name) || sorts_before(term, first)) {
			first = term;
			name = value;
		}
	}
	return is_path_segment_name(name) ? name : SPAN_NONE;
}

static bool is_long_running(const struct class *class)
{
	static const struct span SUBRESOURCES[] = { SPAN_INIT("attach"),
		SPAN_INIT("exec"), SPAN_INIT("proxy"), SPAN_INIT("log"),
		SPAN_INIT("portforward") };

	if (class->verb == VERB_WATCH || class->verb == VERB_PROXY)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(SUBRESOURCES); i++) {
		if (span_eq(class->subresource, SUBRESOURCES[i]))
			return true;
	}
	return false;
}

static bool has_value(const struct params *params, enum param param)
{
	return params->value[param].len > 0;
}

/* A GET without a name is a list or a watch. */
static enum verb list_or_watch(const struct params *params)
{
	return param_is_true(params, PARAM_WATCH) ? VERB_WATCH : VERB_LIST;
}

static void read_timeout(
	const struct params *params, char *scratch, struct class *class)
{
	int64_t seconds;
	usec_t usec;

	if (class->verb == VERB_WATCH) {
		if (!param_int(
			    params, PARAM_TIMEOUT_SECONDS, scratch, &seconds) &&
			seconds > 0)
			class->timeout =
				(uint64_t)seconds < USEC_NEVER / USEC_PER_SEC
				? (usec_t)seconds * USEC_PER_SEC
				: USEC_NEVER;
		return;
	}
	if (has_value(params, PARAM_TIMEOUT) &&
		!units_parse_duration(
			query_decode(params->value[PARAM_TIMEOUT], scratch),
			&usec))
		class->timeout = usec;
}

/* The limit, and last of all the name: it stays in the scratch. */
static void read_list_options(
	const struct params *params, char *scratch, struct class *class)
{
	struct span selector = params->value[PARAM_FIELD_SELECTOR];
	int64_t limit, seconds;

	/* Options that do not decode are not looked at (and answered 400). */
	if (param_int(params, PARAM_LIMIT, scratch, &limit) ||
		param_int(params, PARAM_TIMEOUT_SECONDS, scratch, &seconds))
		return;
	class->has_limit = limit > 0;
	if (selector.len)
		class->name =
			name_from_selector(query_decode(selector, scratch));
}

static void read_resource_options(
	const struct params *params, struct class *class)
{
	struct span version = params->value[PARAM_RESOURCE_VERSION];

	class->has_selector = has_value(params, PARAM_FIELD_SELECTOR) ||
		has_value(params, PARAM_LABEL_SELECTOR);
	class->from_cache =
		(class->verb == VERB_LIST || class->verb == VERB_GET) &&
		query_text_is(version, SPAN("0"));
	class->initial_events = class->verb == VERB_WATCH &&
		param_is_true(params, PARAM_SEND_INITIAL_EVENTS);
	class->follows = span_eq(class->subresource, SPAN("log")) &&
		param_is_true(params, PARAM_FOLLOW);
}

void request_info_read(struct span method, struct span target, char *scratch,
	struct class *ret_class)
{
	struct span query = target, raw = span_cut(&query, '?');
	struct class *class = ret_class;
	bool is_verb_in_path, is_list;
	struct params params;

	*class = (struct class){ .effect = EFFECT_NONE };
	if (!span_starts_with(raw, SPAN("/")) ||
		percent_decode(raw, scratch, &class->path)) {
		/* The API server answers 400 before it looks further. */
		class->path = raw;
		class->verb = verb_of(method, false);
		return;
	}
	if (class->path.ptr == scratch)
		scratch += class->path.len;
	params_read(&params, query);
	is_verb_in_path = read_path(method, class);
	class->is_collection = class->is_resource && !class->name.len;
	is_list = class->is_collection && !is_verb_in_path &&
		class->verb == VERB_GET;
	if (is_list)
		class->verb = list_or_watch(&params);
	else if (class->is_collection && !is_verb_in_path &&
		class->verb == VERB_DELETE)
		class->verb = VERB_DELETECOLLECTION;
	class->is_long_running = is_long_running(class);
	class->is_dry_run = params.is_set[PARAM_DRY_RUN];
	read_timeout(&params, scratch, class);
	if (class->is_resource)
		read_resource_options(&params, class);
	if (is_list)
		read_list_options(&params, scratch, class);
}
